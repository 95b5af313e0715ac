//! The local runner's parts together, over real sockets, files and processes.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a failed test panics and prints")]

mod access;
mod architecture;
mod aws_cli;
mod aws_conformance;
mod aws_crash;
mod aws_crash_fifo;
mod aws_dynamodb;
mod aws_lambda;
mod aws_life;
mod aws_s3;
mod aws_scheduler;
mod aws_scheduler_fires;
mod aws_sqs;
mod aws_sqs_fifo;
mod aws_sqs_moves;
mod aws_sqs_query;
mod aws_sqs_queues;
mod aws_sqs_receive;
mod aws_ssm;
mod aws_world;
mod axe;
mod browser;
mod build;
mod crashes;
mod dashboard;
mod dashboard_browser;
mod ephemeral;
mod events;
mod http;
mod journey;
mod lambda_emulator;
mod logs;
mod mail;
mod mapping;
mod mapping_host;
mod mapping_schedules;
mod rebuild;
mod rebuild_world;
mod runner;
mod runner_flow;
mod runner_life;
