//! What the program does, one file for each of its tasks.

mod commands;
mod invoke;
mod logs;
mod serve;

pub(crate) use commands::{check, failed, healthcheck, schema};
pub(crate) use invoke::invoke;
pub(crate) use serve::serve;
