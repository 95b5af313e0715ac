//! `cargo velox` as a program, in a checkout of its own, with fake or real programs around it.
#![allow(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod checkout;
mod on_moto;
mod pipeline;
mod registry;
mod release;
mod secret;
mod terminal;
