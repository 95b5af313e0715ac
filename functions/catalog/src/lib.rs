//! The one typed list of everything that can be invoked, and of what it needs to run.
//!
//! From an entry in [`functions`] follow the adapter's manifest, the local runner's routes, queues and
//! schedules, and the rows of the test matrices. Adding a route, job or schedule starts there
//! (`cargo velox new` writes the entry).

#![warn(missing_docs)]

pub mod access;
pub mod deployment;
pub mod environment;
pub mod functions;
pub mod manifest;
pub mod names;
pub mod tables;

mod function;
mod nearest;

pub use access::Access;
pub use function::{
    DatabaseRole, Function, Head, Host, Method, Payload, Processes, Queue, Schedule, Trigger,
};
pub use functions::{FUNCTIONS, find, methods_of};
pub use nearest::nearest;
