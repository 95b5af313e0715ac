//! The domain against a real Postgres, through the application's own roles.
//!
//! Needs the variables that `local-runner postgres --ephemeral -- …` sets; `cargo velox test` does that.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on panics")]

mod api_keys;
mod audit;
mod customers;
mod identity;
mod impersonation;
mod imports;
mod invitations;
mod members;
mod organization_end;
mod organizations;
mod outbox;
mod passkeys;
mod permissions;
mod staff;
mod tenancy;
mod tenancy_references;
mod two_factor;
mod world;
