//! The program: a function when a host starts it, else `lambda-conformance <base URL>`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program")]

use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        return ended(lambda_conformance::run_function());
    }
    let Some(base) = std::env::args().nth(1) else {
        eprintln!("usage: lambda-conformance http://127.0.0.1:3000/conformance");
        return ExitCode::from(2);
    };
    match lambda_conformance::drive(&base) {
        Ok(checks) => {
            let (table, all_kept) = lambda_conformance::report(&checks);
            print!("{table}");
            if all_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        failed => ended(failed.map(drop)),
    }
}

fn ended(result: std::io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}
