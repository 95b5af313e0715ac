//! Velox's business rules and its SQL.
//!
//! Knows nothing of what calls it: no HTTP, no Lambda, no HTML. A capability is a folder of functions over a
//! transaction ([`database`]); the transaction's type says whose rows it can see.

#![warn(missing_docs, clippy::float_arithmetic, clippy::as_conversions)]

pub mod api_keys;
pub mod audit;
pub mod clock;
pub mod customers;
pub mod database;
pub mod demo;
pub mod error;
pub mod identity;
pub mod ids;
pub mod imports;
pub mod job_runs;
pub mod mail;
pub mod migrations;
pub mod organizations;
pub mod outbox;
pub mod seal;
pub mod spreadsheet;

pub use clock::Clock;
pub use database::{CrossTenantTx, Database, IdentityTx, OperatorDatabase, TenantTx};
pub use error::{Failure, FieldError, FieldErrors, InputError, Kind, StorageError};
pub use ids::{
    ApiKeyId, AuditEventId, CustomerId, ImportId, InvitationId, OrganizationId, OutboxId, PasskeyId, UserId,
};
