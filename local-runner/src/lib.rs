//! A developer's cloud on one machine: Postgres, the AWS services that Velox uses, schedules, and all
//! functions under the adapter, rebuilt when their source changes.

pub mod aws;
pub mod cargo;
pub mod changes;
pub mod chaos;
pub mod cli;
pub mod clock;
pub mod console;
pub mod control;
pub mod dashboard;
pub mod environment;
pub mod handover;
pub mod invocations;
pub mod links;
pub mod mail;
pub mod ports;
pub mod ports_plan;
pub mod postgres;
pub mod processes;
pub mod rebuild;
pub mod report;
pub mod resources;
pub mod runner;
pub mod schedules;
pub mod state;
pub mod watch;

#[cfg(test)]
mod scratch;
