//! `local-runner postgres`: a command with a database beside it, for tests and for checking queries.

use std::{
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use sqlx::{Connection, PgConnection, migrate::Migrator};
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

use crate::{
    ports::{self, Wanted},
    postgres::{ConnectionStrings, Postgres, Settings},
};

/// Starts a database, runs a command under it and ends with the command's exit code. The command finds the
/// connection strings of owner, app and operator in VELOX_TEST_DATABASE_URL, VELOX_TEST_APP_DATABASE_URL and
/// VELOX_TEST_OPERATOR_DATABASE_URL.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A new database that is thrown away at the end.
    #[arg(long, required = true)]
    ephemeral: bool,
    /// Apply the migrations of this folder first.
    #[arg(long, value_name = "FOLDER")]
    migrate: Option<PathBuf>,
    /// The command.
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

pub(super) async fn run(arguments: Arguments) -> Result<ExitCode, String> {
    let folder = Folder::create()?;
    let [port] = ports::settle([Wanted { purpose: "Postgres", flag: "", port: 0 }])
        .map_err(|busy| busy.iter().map(ToString::to_string).collect::<String>())?;
    let settings = Settings { state_dir: folder.0.clone(), port, durable: false, database_url: None };
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let postgres = tokio::select! {
        started = Postgres::start(&settings) => started.map_err(|error| error.to_string())?,
        _ = interrupt.recv() => return Ok(ExitCode::FAILURE),
        _ = terminate.recv() => return Ok(ExitCode::FAILURE),
    };
    // Ctrl-C reaches the command itself, which is in our process group: its end is waited for.
    let ended = tokio::select! {
        ended = under(postgres.urls(), &arguments) => ended,
        _ = terminate.recv() => Ok(ExitCode::FAILURE),
    };
    postgres.stop().await;
    ended
}

async fn under(urls: &ConnectionStrings, arguments: &Arguments) -> Result<ExitCode, String> {
    if let Some(migrations) = &arguments.migrate {
        migrate(&urls.owner, migrations)
            .await
            .map_err(|error| format!("{}: {error}", migrations.display()))?;
    }
    let (program, rest) = arguments.command.split_first().ok_or("a command is missing")?;
    let status = Command::new(program)
        .args(rest)
        .env("VELOX_TEST_DATABASE_URL", &urls.owner)
        .env("VELOX_TEST_APP_DATABASE_URL", &urls.app)
        .env("VELOX_TEST_OPERATOR_DATABASE_URL", &urls.operator)
        .kill_on_drop(true)
        .status()
        .await
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

async fn migrate(owner_url: &str, folder: &Path) -> Result<(), sqlx::Error> {
    let migrator = Migrator::new(folder).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
    let mut connection = PgConnection::connect(owner_url).await?;
    migrator.run(&mut connection).await.map_err(|error| sqlx::Error::Migrate(Box::new(error)))?;
    connection.close().await
}

/// A temporary folder that the cluster's account can reach; gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn create() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("velox-postgres-{:016x}", rand::random::<u64>()));
        let create = || {
            fs::create_dir(&path)?;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o711))
        };
        create().map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
