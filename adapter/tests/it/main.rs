//! The adapter with real function processes, over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

mod world;

mod failures;
mod http_in;
mod launcher;
mod life;
mod manifest;
mod processes;
mod queues;
mod runtime_api;
