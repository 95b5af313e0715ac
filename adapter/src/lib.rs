//! A host for AWS Lambda functions: HTTP and SQS in, the Lambda Runtime API to function processes that run
//! unmodified.
//!
//! A [`Manifest`] says what to run; an [`Observer`] is told what happens; [`Adapter::start`] does it. The
//! `adapter` binary is this library with a command line and JSON logs. How it is used: `README.md`.

#![warn(missing_docs)]

mod adapter;
pub mod event;
mod function;
#[cfg(test)]
mod fuzz;
mod health;
mod host;
pub mod intercept;
pub mod launcher;
mod log;
pub mod manifest;
mod memory;
mod metrics;
pub mod observer;
mod orphans;
mod queue;
mod routing;
mod runtime_api;
mod server;

pub use adapter::{Adapter, InvocationResult, InvokeError, Options, ReloadError, StartError};
pub use intercept::Intercept;
pub use launcher::Launcher;
pub use log::LogObserver;
pub use manifest::{Manifest, ManifestError};
pub use memory::MemoryControl;
pub use observer::Observer;
