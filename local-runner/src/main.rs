//! `local-runner`: runs all of Velox on this machine.

use std::{io::Write, process::ExitCode, time::Duration};

use adapter::launcher;
use local_runner::{cli, environment};

fn main() -> ExitCode {
    // A copy of this program may have been started to become a child of it.
    if let Some(code) = launcher::run_if_requested() {
        return code;
    }
    let account = match cli::shared_account() {
        Some(variables) => environment::adopt(&variables),
        None => environment::isolate(),
    };
    if let Err(error) = account {
        return fail(&format!("cannot start again with the right AWS credentials: {error}"));
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("no runtime: {error}")),
    };
    let ended = runtime.block_on(cli::run());
    // What still blocks a thread (a name lookup) must not hold up the end.
    runtime.shutdown_timeout(Duration::from_millis(100));
    match ended.and_then(cli::Next::follow) {
        Ok(code) => code,
        Err(message) => fail(&message),
    }
}

fn fail(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{message}");
    ExitCode::FAILURE
}
