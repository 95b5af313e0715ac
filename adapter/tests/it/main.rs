//! The adapter with real function processes, over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

mod balancer;
mod program;
mod world;

mod crashes;
mod disturb;
mod exchanges;
mod failures;
mod http_in;
mod http_wire;
mod intercept;
mod launcher;
mod life;
mod manifest;
mod memory;
mod metrics;
mod one_invocation;
mod orphans;
mod processes;
mod queues;
mod queues_fifo;
mod queues_server;
mod queues_trouble;
mod rolling;
mod runtime_api;
mod runtimes;
mod schema;
mod streaming;
