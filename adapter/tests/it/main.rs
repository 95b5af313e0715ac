//! The adapter with real function processes, over real sockets.

mod world;

mod failures;
mod http_in;
mod life;
mod manifest;
mod processes;
mod runtime_api;
