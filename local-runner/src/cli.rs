//! The command line.

mod postgres;

use std::{
    env,
    io::{self, Write},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use catalog::{environment::DATABASE_URL, names};
use clap::{Args, Parser, Subcommand};
use tokio::time::Instant;
use tracing_subscriber::EnvFilter;

use crate::{
    chaos::{self, Plan},
    console::{Console, Format},
    environment::{
        self,
        cascade::{self, Cascade},
        remote::Remote,
    },
    handover::Door,
    ports_plan::PortsPlan,
    runner::{self, Ended, Options},
};

/// Runs all of Velox on this machine.
#[derive(Debug, Parser)]
#[command(name = "local-runner", version, args_conflicts_with_subcommands = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    run: Run,
    #[command(subcommand)]
    command: Option<Task>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Runs a command with a database beside it.
    Postgres(postgres::Arguments),
}

#[derive(Debug, Args)]
struct Run {
    /// The checkout [default: the one around the current folder].
    #[arg(long)]
    project: Option<PathBuf>,
    /// The runner's folder [default: .velox in the checkout].
    #[arg(long)]
    state_dir: Option<PathBuf>,
    /// Port of app, API and admin pages; 0 for any free one.
    #[arg(long, default_value_t = names::LOCAL_HTTP_PORT)]
    http_port: u16,
    /// Port of the AWS services; 0 for any free one.
    #[arg(long, default_value_t = names::LOCAL_AWS_PORT)]
    aws_port: u16,
    /// Port of Postgres; 0 for any free one.
    #[arg(long, default_value_t = names::LOCAL_POSTGRES_PORT)]
    postgres_port: u16,
    /// Port of the dashboard; 0 for any free one.
    #[arg(long, default_value_t = names::LOCAL_DASHBOARD_PORT)]
    dashboard_port: u16,
    /// Port that takes mail (SMTP); 0 for any free one.
    #[arg(long, default_value_t = names::LOCAL_SMTP_PORT)]
    smtp_port: u16,
    /// Owner's connection string of a database that you run, instead of a private cluster.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// Start with the executables that are there.
    #[arg(long)]
    no_build: bool,
    /// Do not rebuild when sources change.
    #[arg(long)]
    no_watch: bool,
    /// A shared environment that functions work on in place of a cloud of your own: `dev`, `staging`. Its settings
    /// stand in `.env.<NAME>`.
    #[arg(long, value_name = "NAME", default_value = cascade::LOCAL)]
    env: String,
    /// With --env: URL prefix of queues that you made for yourself there. Jobs go to them, and they alone are polled.
    #[arg(long, value_name = "PREFIX")]
    own_queues: Option<String>,
    /// What a newer build would host, for the runner that is ready.
    #[arg(long, hide = true)]
    print_manifest: bool,
    /// Changes since this time, in ms since 1970, are not in what was built.
    #[arg(long, hide = true, value_name = "MS")]
    changed_since: Option<u64>,
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
    /// Say how long each phase of the start took.
    #[arg(long)]
    timings: bool,
    /// What goes wrong on purpose: 'web-customers:latency=200ms@30%; sqs:duplicate@10%; import-customers:crash@1/20'.
    #[arg(long, value_name = "RULES", value_parser = rules)]
    chaos: Option<Rules>,
    /// From which chaos follows: the same seed and calls give the same faults [default: any].
    #[arg(long, value_name = "SEED", requires = "chaos")]
    chaos_seed: Option<u64>,
}

/// The rules of `--chaos`. A type of its own, lest clap takes a list for several values.
#[derive(Debug, Clone)]
struct Rules(Vec<chaos::Rule>);

fn rules(text: &str) -> Result<Rules, chaos::RuleError> {
    chaos::read(text).map(Rules)
}

/// See [`Run`]; for [`crate::rebuild`].
pub(crate) const PRINT_MANIFEST: &str = "--print-manifest";

/// What the file of the shared environment that the command line names says about AWS; none for the local one. What
/// is wrong with either is told later.
#[must_use]
pub fn shared_account() -> Option<Vec<(String, String)>> {
    let Arguments { run, command } = Arguments::try_parse().ok()?;
    if command.is_some() || run.env == cascade::LOCAL {
        return None;
    }
    let project = project(run.project.as_deref()).ok();
    let cascade = project.and_then(|project| Cascade::read(&project, &run.env, &[], |_| None).ok());
    let of_aws =
        |cascade: &Cascade| cascade.own_values().filter(|(key, _)| key.starts_with("AWS_")).collect();
    Some(cascade.as_ref().map(of_aws).unwrap_or_default())
}

/// What the process does when everything has stopped.
#[derive(Debug)]
pub enum Next {
    /// Ends.
    Exit(ExitCode),
    /// Becomes the newer build of itself, with the same ports and the socket that was open; changes since then are not
    /// in it.
    Restart(PathBuf, Door, PortsPlan, SystemTime),
}

impl Next {
    /// Does it.
    ///
    /// # Errors
    /// When the newer build cannot be started.
    pub fn follow(self) -> Result<ExitCode, String> {
        match self {
            Self::Exit(code) => Ok(code),
            Self::Restart(program, door, ports, since) => {
                let mut next = Command::new(&program);
                // Built just now. Of flags that stand twice the last one counts.
                next.args(env::args_os().skip(1)).arg("--no-build").args(ports.arguments());
                let since = since.duration_since(UNIX_EPOCH).unwrap_or_default();
                next.arg("--changed-since").arg(since.as_millis().to_string());
                let failed = |error| format!("{}: {error}", program.display());
                door.hand_over(&mut next).map_err(failed)?;
                Err(failed(next.exec()))
            }
        }
    }
}

/// Does what the command line says.
///
/// # Errors
/// One message for the developer.
pub async fn run() -> Result<Next, String> {
    let since = Instant::now();
    let arguments = Arguments::parse();
    let filter = EnvFilter::try_from_env("LOCAL_RUNNER_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).without_time().init();
    match arguments.command {
        Some(Task::Postgres(arguments)) => postgres::run(arguments).await.map(Next::Exit),
        None => run_all(arguments.run, since).await,
    }
}

async fn run_all(run: Run, since: Instant) -> Result<Next, String> {
    let project = project(run.project.as_deref())?;
    let program = env::current_exe().map_err(|error| format!("this program's path: {error}"))?;
    let executables = program.parent().map(Path::to_owned).unwrap_or_default();
    // What the runner decides is in its own environment as well: see `environment::isolate`.
    let is_theirs = |key: &str| key == DATABASE_URL || !environment::is_decided(key);
    let from_process = |key: &str| env::var(key).ok().filter(|_| is_theirs(key));
    Remote::admit(&run.env).map_err(|error| error.to_string())?;
    let cascade = Cascade::read(&project, &run.env, &environment::KNOWN, from_process);
    let cascade = cascade.map_err(|error| error.to_string())?;
    let remote = Remote::read(&cascade, &project, run.own_queues.as_deref(), |key| env::var(key).ok());
    let remote = remote.map_err(|error| error.to_string())?;
    if remote.is_some() && run.chaos.is_some() {
        return Err("--chaos is for a cloud of your own: leave it out with --env".to_owned());
    }
    let database_url = match &remote {
        // An exported DATABASE_URL is about another database.
        Some(_) => None,
        None => run.database_url.or_else(|| cascade.get(DATABASE_URL).map(str::to_owned)),
    };
    let options = Options {
        remote,
        state_dir: run.state_dir.unwrap_or_else(|| project.join(".velox")),
        project,
        executables,
        ports: PortsPlan {
            http: run.http_port,
            aws: run.aws_port,
            postgres: run.postgres_port,
            dashboard: run.dashboard_port,
            smtp: run.smtp_port,
        },
        database_url: database_url.filter(|url| !url.is_empty()),
        cascade,
        build: !run.no_build,
        watch: !run.no_watch,
        changed_since: run.changed_since.map(|ms| UNIX_EPOCH + Duration::from_millis(ms)),
        chaos: Plan {
            rules: run.chaos.map(|rules| rules.0).unwrap_or_default(),
            seed: run.chaos_seed.unwrap_or_else(Plan::any_seed),
        },
        timings: run.timings,
    };
    if run.print_manifest {
        let manifest = runner::preview(&options).await.map_err(|error| error.to_string())?;
        let _ = writeln!(io::stdout(), "{manifest}");
        return Ok(Next::Exit(ExitCode::SUCCESS));
    }
    let console = Console::start(Format::choose(run.json));
    let ended = runner::run(options, console.clone(), since).await;
    console.flush();
    match ended {
        Ok(Ended::Stopped) => Ok(Next::Exit(ExitCode::SUCCESS)),
        Ok(Ended::Restart(door, ports, since)) => Ok(Next::Restart(program, door, ports, since)),
        Err(error) => Err(error.to_string()),
    }
}

/// The checkout around a folder is the one with the catalogue.
fn project(given: Option<&Path>) -> Result<PathBuf, String> {
    let start = match given {
        Some(path) => path.canonicalize().map_err(|error| format!("{}: {error}", path.display()))?,
        None => env::current_dir().map_err(|error| format!("the current folder: {error}"))?,
    };
    let found = start.ancestors().find(|folder| folder.join("functions/catalog/Cargo.toml").is_file());
    found.map(Path::to_owned).ok_or_else(|| {
        format!("{} is not within a checkout of Velox: go there, or name it with --project", start.display())
    })
}
