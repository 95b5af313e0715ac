//! The adapter as a program: a manifest, JSON logs, signals.

mod program;

use std::{env, fs, path::PathBuf, process::ExitCode};

use adapter::{Manifest, launcher};
use clap::{Parser, Subcommand};

/// Runs AWS Lambda functions in a container.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, args_conflicts_with_subcommands = true)]
struct Arguments {
    /// The manifest, a JSON file. It is read again on SIGHUP.
    #[arg(long)]
    manifest: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Exits with 0 if the URL answers with 2xx within two seconds.
    Healthcheck {
        /// For example `http://127.0.0.1:9000/readyz`.
        #[arg(long)]
        url: http::Uri,
    },
    /// Says everything that is wrong with a manifest; exits with 0 if nothing is.
    Check {
        /// A JSON file.
        #[arg(long)]
        manifest: PathBuf,
    },
    /// Invokes one function once, prints its answer, and exits with 1 if it failed. Nothing else of the manifest runs.
    Invoke {
        /// Its name in the manifest.
        function: String,
        /// A JSON file.
        #[arg(long)]
        manifest: PathBuf,
        /// The event, as JSON; `-` reads it from standard input.
        #[arg(long, default_value = "{}")]
        payload: String,
    },
    /// Prints the JSON Schema of a manifest.
    Schema,
}

fn main() -> ExitCode {
    if let Some(code) = launcher::run_if_requested() {
        return code;
    }
    let arguments = Arguments::parse();
    let result = match (arguments.command, arguments.manifest) {
        (Some(Command::Healthcheck { url }), _) => program::healthcheck(&url),
        (Some(Command::Check { manifest }), _) => program::check(&manifest),
        (Some(Command::Invoke { function, manifest, payload }), _) => {
            return program::invoke(&manifest, &function, payload);
        }
        (Some(Command::Schema), _) => program::schema(),
        (None, Some(path)) => return program::serve(&path),
        (None, None) => Err("--manifest is missing".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => program::failed(&reason),
    }
}

fn read(path: &PathBuf) -> Result<Manifest, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Manifest::from_template(&text, |name| env::var(name).ok()).map_err(|error| error.to_string())
}
