//! What every function starts with: configuration, logs, connections, and the loop that serves its handler.
//!
//! A head is a table of named handlers. [`http::Head`] and [`jobs::Head`] run one of them by name: the three-line
//! binaries name it, a head's bundle takes the name under which it was started. The generic code of the Lambda
//! runtime is instantiated here, once, and not in every binary.

pub mod browser;
pub mod http;
pub mod jobs;

mod attempt;
mod aws;
mod configuration;
mod dynamo;
mod files;
mod name;
mod queues;
mod resources;
mod secret;
mod sessions;
mod spans;
mod telemetry;
mod throttles;
mod tokens;
mod trace;

pub use attempt::{Attempt, PER_NETWORK};
pub use configuration::{Configuration, ConfigurationError};
pub use dynamo::TableError;
pub use files::{FileStore, FileStoreError};
pub use queues::{QueueError, Queues};
pub use resources::{OperatorResources, Resources};
pub use secret::Secret;
pub use sessions::{Audience, Device, Session, Sessions};
pub use throttles::{Throttle, ThrottleError, Throttles};
pub use tokens::{TokenError, TokenKind, Tokens};
