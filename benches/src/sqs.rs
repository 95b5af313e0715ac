//! How many messages a second the local SQS sends, receives and deletes, in batches of 10, and what that costs: the
//! server in a process of its own, so that its CPU time can be told from the client's; once with a lean HTTP client and
//! once with the AWS SDK. Run by hand, results in `benches/README.md`: `target/release/bench-sqs`

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program to be looked at")]

#[path = "sqs/lean.rs"]
mod lean;
#[path = "sqs/sdk.rs"]
mod sdk;
#[path = "sqs/server.rs"]
mod server;

use std::{
    env, fs,
    time::{Duration, Instant},
};

use server::Server;

/// How many work at the same time, each of them: send 10, receive 10, delete 10, and again.
const WORKERS: usize = 8;
const BATCHES: usize = 1_500;
const BATCH: usize = 10;
const RUNS: usize = 3;

/// About as long as a job's message.
const BODY_BYTES: usize = 200;

/// Bytes that the journal of the state directory holds do not matter; that it is there does.
fn main() {
    let mut arguments = env::args().skip(1);
    if let (Some("serve"), Some(directory)) = (arguments.next().as_deref(), arguments.next()) {
        return server::serve(&directory);
    }
    for (kind, attributes) in [("standard", ""), ("FIFO", r#","Attributes":{"FifoQueue":"true"}"#)] {
        for run in 0..RUNS {
            let name = if attributes.is_empty() { format!("q{run}") } else { format!("q{run}.fifo") };
            let server = Server::start(&scratch(run));
            let url = lean::create_queue(server.address, &name, attributes);
            measure(&format!("{kind}, lean client"), &server, || lean::work(server.address, &url));
            measure(&format!("{kind}, AWS SDK"), &server, || sdk::work(server.address, &url));
        }
    }
    idle();
}

/// An empty state directory.
fn scratch(run: usize) -> String {
    let directory = env::temp_dir().join(format!("bench-sqs-{}-{run}", std::process::id()));
    let _ = fs::remove_dir_all(&directory);
    directory.to_str().unwrap().to_owned()
}

fn measure(what: &str, server: &Server, work: impl FnOnce()) {
    let (server_before, client_before, started) = (server.cpu(), server::own_cpu(), Instant::now());
    work();
    let (took, messages) = (started.elapsed(), (WORKERS * BATCHES * BATCH) as f64);
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / messages;
    println!(
        "{what}: {:.0} messages/s; CPU per message: server {:.1} µs, client {:.1} µs; server {} MiB",
        messages / took.as_secs_f64(),
        each(server.cpu() - server_before),
        each(server::own_cpu() - client_before),
        server.resident_mib(),
    );
}

/// What a hundred waiting long polls cost.
fn idle() {
    let server = Server::start(&scratch(RUNS));
    let url = lean::create_queue(server.address, "idle", "");
    let polls = lean::long_polls(server.address, &url, 100);
    std::thread::sleep(Duration::from_secs(1));
    let before = server.cpu();
    std::thread::sleep(Duration::from_secs(10));
    println!("100 long polls waiting for 10 s: server {:?} of CPU", server.cpu() - before);
    drop(polls);
}
