//! What it costs to have a function served by the adapter: CPU, latency, memory and the first answer, beside the
//! same answer from axum and, where it is installed, from `cargo lambda watch --release`.
//!
//! Times on a shared machine wobble; CPU per request, system calls and the ratios are what to compare.

#![allow(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod load;
mod peers;
mod processes;

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    time::Duration,
};

use load::Load;
use processes::Server;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    match env::args().nth(1).as_deref() {
        Some("axum") => {
            let number = |place| env::args().nth(place).ok_or("axum PORT THREADS");
            peers::axum(number(2)?.parse()?, number(3)?.parse()?)
        }
        // The adapter starts this program once more as its function.
        None if env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() => peers::hello(),
        Some("--seconds") => measure(Duration::from_secs(env::args().nth(2).ok_or("--seconds N")?.parse()?)),
        None => measure(Duration::from_secs(5)),
        Some(other) => {
            Err(format!("`{other}` is not known; --seconds N says how long each load lasts").into())
        }
    }
}

fn measure(long: Duration) -> Result<(), Failure> {
    let folder = env::current_exe()?.parent().map(PathBuf::from).ok_or("no folder")?;
    println!("                            req/s   p50 µs   p99 µs   CPU µs/request: server, function, both");
    let axum = Server::axum(1)?;
    let leanest = loaded("axum, 1 thread, 32 conn.", &axum, 32, long)?;
    loaded("axum, 1 thread, 1 conn.", &axum, 1, long)?;
    drop(axum);
    let axum = Server::axum(0)?;
    let bare = loaded("axum, 32 connections", &axum, 32, long)?;
    drop(axum);
    let adapter = Server::adapter(&folder, 1, 32)?;
    let ours = loaded("adapter, 32 connections", &adapter, 32, long)?;
    loaded("adapter, 1 connection", &adapter, 1, long)?;
    match adapter.system_calls(long)? {
        Some(calls) => println!(
            "adapter, system calls: {:.2} a request, and {:.0} a second on files, whatever the load",
            calls.per_request, calls.on_files_per_second
        ),
        None => println!("adapter, system calls: not counted, strace is not installed"),
    }
    let before = adapter.resident_kib();
    let requests = Load::requests(adapter.port, 32, 1_000_000)?.requests;
    println!("adapter, memory: {before} KiB, after {requests} more requests {} KiB", adapter.resident_kib());
    drop(adapter);
    println!("adapter / axum, requests a second: {:.2}; on one thread {:.2}", ours / bare, ours / leanest);
    many(&folder)?;
    match Server::cargo_lambda_watch()? {
        Some(watch) => {
            let peer = loaded("cargo lambda watch", &watch, 32, long)?;
            println!("adapter / cargo lambda watch, requests a second: {:.1}", ours / peer);
        }
        None => println!("cargo lambda watch: not installed"),
    }
    Ok(())
}

/// Prints a line; returns requests a second.
fn loaded(name: &str, server: &Server, connections: usize, long: Duration) -> Result<f64, Failure> {
    Load::of(server.port, connections, Duration::from_millis(500))?;
    let before = server.cpu();
    let load = Load::of(server.port, connections, long)?;
    let after = server.cpu();
    let per_request = |ticks: u64| ticks as f64 * processes::TICK_US / load.requests as f64;
    let (own, function) = (per_request(after.0 - before.0), per_request(after.1 - before.1));
    let rate = load.requests as f64 / load.took.as_secs_f64();
    let (p50, p99) = (load.percentile(0.50), load.percentile(0.99));
    println!("{name:<24} {rate:>8.0} {p50:>8.0} {p99:>8.0}   {own:.1}, {function:.1}, {:.1}", own + function);
    Ok(rate)
}

/// 60 functions known, 10 of them running.
fn many(folder: &Path) -> Result<(), Failure> {
    let adapter = Server::adapter(folder, 60, 8)?;
    let mut first = Vec::new();
    for number in 0..10 {
        first.push(Load::once(adapter.port, &format!("/f{number}"))?.as_secs_f64() * 1e3);
    }
    first.sort_by(f64::total_cmp);
    let functions = adapter.functions_kib();
    println!(
        "60 known, 10 running: adapter {} KiB, functions {} to {} KiB, first answers after {:.1} to {:.1} ms",
        adapter.resident_kib(),
        functions.iter().min().copied().unwrap_or_default(),
        functions.iter().max().copied().unwrap_or_default(),
        first.first().copied().unwrap_or_default(),
        first.last().copied().unwrap_or_default(),
    );
    Ok(())
}
