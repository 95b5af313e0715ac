//! The developer's database: found, installed or downloaded, and run as a private cluster of this checkout.
//!
//! Private means: own data directory, own port, own passwords. Nothing that runs already is adopted, except a
//! database that the developer names with `DATABASE_URL`.

mod account;
mod binaries;
mod cluster;
mod connection;
#[cfg(feature = "download")]
mod download;
mod install;
mod passwords;
mod roles;
mod server;

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

pub use connection::ConnectionStrings;
pub use server::stop_stale;

use catalog::names;
use cluster::Cluster;
use server::Server;
use sqlx::{ConnectOptions, Connection, postgres::PgConnectOptions};

/// The superuser of a private cluster and owner of its database.
pub const OWNER: &str = "velox_owner";
/// The role that sees one tenant at a time.
pub const APP: &str = "velox_app";
/// The role that works across tenants.
pub const OPERATOR: &str = "velox_operator";

/// What the caller wants to have.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The runner's folder; passwords are kept here, and the cluster where its system user can reach it.
    pub state_dir: PathBuf,
    /// TCP port on 127.0.0.1.
    pub port: u16,
    /// Survives a power cut. Off only for clusters that are thrown away: writes are then not flushed.
    pub durable: bool,
    /// A database that the developer runs, as its owner; no private cluster then.
    pub database_url: Option<String>,
}

/// A database that accepts connections.
#[derive(Debug)]
pub struct Postgres {
    urls: ConnectionStrings,
    private: Option<Private>,
}

/// The server of a private cluster, and what it takes to start it again.
#[derive(Debug)]
struct Private {
    server: Server,
    cluster: Cluster,
    settings: Settings,
}

impl Postgres {
    /// Starts the private cluster (or turns to the developer's own database) and sees to it that the
    /// database and its roles exist.
    ///
    /// # Errors
    /// When no server can be found, or it does not start: the message says what to do.
    pub async fn start(settings: &Settings) -> Result<Self, PostgresError> {
        let passwords = passwords::keep(&settings.state_dir)?;
        if let Some(url) = &settings.database_url {
            let urls = ConnectionStrings::beside(url, &passwords)?;
            roles::ensure(&urls, &passwords).await?;
            return Ok(Self { urls, private: None });
        }
        let binaries = binaries::locate(&settings.state_dir).await?;
        let cluster = Cluster::prepare(binaries, settings, &passwords).await?;
        let server = Server::start(&cluster, settings).await?;
        let urls = ConnectionStrings::private(settings.port, &passwords);
        match roles::ensure_database(&urls).await {
            Ok(()) => {}
            Err(error) => {
                server.stop().await;
                return Err(error);
            }
        }
        roles::ensure(&urls, &passwords).await?;
        let private = Private { server, cluster, settings: settings.clone() };
        Ok(Self { urls, private: Some(private) })
    }

    /// The database of a shared environment: reached with the roles that it has, and not looked after. There is no
    /// owner's connection string.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn shared(app: &str, operator: &str) -> Result<Self, PostgresError> {
        for (doing, url) in [("the shared database, DATABASE_URL", app), ("OPERATOR_DATABASE_URL", operator)]
        {
            let options: PgConnectOptions = url.parse().map_err(|_| PostgresError::BadUrl)?;
            let connection = options.connect().await.map_err(PostgresError::sql(doing))?;
            let _ = connection.close().await;
        }
        let urls =
            ConnectionStrings { owner: String::new(), app: app.to_owned(), operator: operator.to_owned() };
        Ok(Self { urls, private: None })
    }

    /// How to connect, by role.
    #[must_use]
    pub fn urls(&self) -> &ConnectionStrings {
        &self.urls
    }

    /// The server's process; none when the developer runs the database.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.private.as_ref().and_then(|private| private.server.pid())
    }

    /// A fast shutdown: open transactions are rolled back, everything committed is on disk. A database
    /// that the developer runs is left alone.
    pub async fn stop(self) {
        if let Some(private) = self.private {
            private.server.stop().await;
        }
    }

    /// Starts the private server again whenever it ends without having been told to; `say` hears of it.
    pub async fn keep_running(&mut self, say: impl Fn(&str)) {
        let Some(private) = &mut self.private else { return std::future::pending().await };
        loop {
            say(&format!("Postgres ended ({}): starting it again", private.server.ended().await));
            while let Err(error) = private.start_again().await {
                say(&format!("Postgres does not start yet: {error}"));
                tokio::time::sleep(START_AGAIN_AFTER).await;
            }
            say("Postgres is back; what was committed is there");
        }
    }
}

impl Private {
    async fn start_again(&mut self) -> Result<(), PostgresError> {
        self.server = Server::start(&self.cluster, &self.settings).await?;
        Ok(())
    }
}

/// Sessions of a server that was killed need a moment to notice, and hold its memory until then.
const START_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Why there is no database. Each message is a sentence for the developer.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// Neither found nor installable.
    #[error(
        "no PostgreSQL server found. Install one (Debian, Ubuntu: `sudo apt-get install postgresql`; macOS: \
         `brew install postgresql`), or set DATABASE_URL to the owner's connection string of a database you run"
    )]
    NotFound,
    /// A program of PostgreSQL ended with an error.
    #[error("`{program}` failed ({status}): {output}")]
    Program {
        /// Its name.
        program: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        output: String,
    },
    /// The server ended or did not get ready.
    #[error("PostgreSQL did not start; the end of {}:\n{tail}", log.display())]
    NotReady {
        /// Its log file.
        log: PathBuf,
        /// The last lines of it.
        tail: String,
    },
    /// A file or process could not be handled.
    #[error("{doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// What came of it.
        source: io::Error,
    },
    /// A connection string that cannot be read.
    #[error("DATABASE_URL is not a connection string like postgres://user:password@host:port/database")]
    BadUrl,
    /// The server refused.
    #[error("{doing}: {source}")]
    Sql {
        /// What was tried.
        doing: &'static str,
        /// What came of it.
        source: sqlx::Error,
    },
}

impl PostgresError {
    fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    fn sql(doing: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Sql { doing, source }
    }
}

const DATABASE: &str = names::DATABASE;
