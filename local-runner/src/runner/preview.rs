//! What a newer build of the runner would host, for the one that runs: so that a changed catalogue answers requests
//! before the restart that it takes.

use catalog::Head;

use super::{Options, RESTART_DELAY, RunError};
use crate::{
    environment::{self, Place},
    links::Links,
    ports_plan::PortsPlan,
    postgres::ConnectionStrings,
    resources::Cloud,
    state::{self, Running},
};

/// The adapter's manifest of this program's catalogue, for the runner that is ready in the folder. Makes the
/// executables and queues that it names.
///
/// # Errors
/// When none is ready, or they cannot be made.
pub async fn preview(options: &Options) -> Result<String, RunError> {
    let none = || RunError::Setup("no runner is ready here".to_owned());
    let Running { ports, database, urls, .. } = state::running(&options.state_dir).ok_or_else(none)?;
    let mut links = Links::new(options.executables.clone(), options.state_dir.join("bin"));
    links.refresh(&Head::ALL).map_err(RunError::Executables)?;
    if options.remote.is_none() {
        Cloud::connect(&urls.aws).await.ensure().await.map_err(RunError::Resources)?;
    }
    let ports = PortsPlan {
        http: ports.http,
        aws: ports.aws,
        postgres: ports.postgres.unwrap_or(0),
        dashboard: ports.dashboard,
        smtp: ports.smtp,
    };
    let place = Place {
        ports,
        binaries: links.folder(),
        databases: &ConnectionStrings {
            owner: database.owner,
            app: database.app,
            operator: database.operator,
        },
        cascade: &options.cascade,
        remote: options.remote.as_ref(),
    };
    let mut manifest = environment::manifest(&place);
    // The restart follows.
    manifest["shutdown_delay_ms"] = u64::try_from(RESTART_DELAY.as_millis()).unwrap_or_default().into();
    Ok(manifest.to_string())
}
