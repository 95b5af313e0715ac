//! The dashboard and the mailbox, opened with what the runner has.

use std::{collections::BTreeMap, net::Ipv4Addr, sync::Arc};

use adapter::Adapter;
use catalog::{environment as key, names};
use serde_json::Value;

use super::{Options, RunError};
use crate::{
    aws::Services,
    chaos::Chaos,
    clock::SystemClock,
    control::{Control, logs::Logs},
    dashboard::{Dashboard, Setting, Sources, recorder::Recorder},
    environment::{self, cascade, remote::Remote},
    mail::{Mailbox, SmtpServer},
    ports_plan::PortsPlan,
    postgres::ConnectionStrings,
    rebuild::freshness::Freshness,
    resources::Cloud,
    state::StateDir,
};

/// Both, while they are open.
pub(super) struct Pages {
    _dashboard: Dashboard,
    /// None when mail goes to a shared environment's server.
    _smtp: Option<SmtpServer>,
}

/// What was settled before.
#[derive(Clone)]
pub(super) struct Opened<'a> {
    pub(super) ports: PortsPlan,
    /// The adapter's manifest.
    pub(super) settings: &'a Value,
    pub(super) urls: &'a ConnectionStrings,
    pub(super) cloud: &'a Cloud,
    pub(super) chaos: &'a Arc<Chaos>,
    pub(super) logs: Arc<Logs>,
    pub(super) freshness: Arc<Freshness>,
}

impl Pages {
    pub(super) async fn open(
        options: &Options,
        state: &StateDir,
        opened: Opened<'_>,
        services: &Services,
        adapter: &Arc<Adapter>,
        recorder: Arc<Recorder>,
    ) -> Result<Self, RunError> {
        let Opened { ports, settings, urls, cloud, chaos, logs, freshness } = opened;
        let remote = options.remote.as_ref();
        let folder = remote.map_or_else(|| "mail".to_owned(), |remote| format!("mail-{}", remote.name()));
        let (folder, clock) = (state.path().join(folder), Arc::new(SystemClock));
        let mailbox = tokio::task::spawn_blocking(move || Mailbox::open(folder, clock)).await;
        let mailbox = mailbox.map_err(|error| RunError::Pages(error.to_string()))?;
        let mailbox = Arc::new(mailbox.map_err(|error| RunError::Pages(error.to_string()))?);
        let at = |port| (Ipv4Addr::LOCALHOST, port).into();
        let failed = |what: &str, error: std::io::Error| RunError::Pages(format!("{what}: {error}"));
        let smtp = match remote.and_then(Remote::smtp) {
            Some(_) => None,
            None => {
                let started =
                    SmtpServer::start(at(ports.smtp), Arc::clone(&mailbox), Arc::clone(chaos)).await;
                Some(started.map_err(|error| failed("mail", error))?)
            }
        };
        let schedules = services.schedules();
        let aws = services.view();
        let control = Control { logs, aws, schedules, mailbox: Arc::clone(&mailbox), freshness };
        let sources = Sources {
            recorder,
            adapter: Arc::clone(adapter),
            aws: services.view(),
            aws_url: ports.aws_url(),
            s3: cloud.s3().clone(),
            schedules: services.schedules(),
            smtp: smtp.as_ref().map_or_else(String::new, |smtp| smtp.addr().to_string()),
            mailbox,
            databases: readable(urls),
            clock: Arc::new(SystemClock),
            project: options.project.clone(),
            http_port: ports.http,
            environments: environments(settings, options),
            settings: runner(options, state, ports),
            chaos: Arc::clone(chaos),
            remote: options.remote.clone(),
            control: control.routes(),
        };
        let dashboard = Dashboard::start(at(ports.dashboard), sources).await;
        let dashboard = dashboard.map_err(|error| failed("the dashboard", error))?;
        Ok(Self { _dashboard: dashboard, _smtp: smtp })
    }
}

/// The dashboard reads as the owner; where there is none, as the role that sees most.
fn readable(urls: &ConnectionStrings) -> ConnectionStrings {
    let mut urls = urls.clone();
    if urls.owner.is_empty() {
        urls.owner.clone_from(&urls.operator);
    }
    urls
}

fn setting(name: &str, value: impl Into<String>, origin: impl Into<String>) -> Setting {
    Setting { name: name.to_owned(), value: value.into(), origin: origin.into() }
}

/// How the runner is set.
fn runner(options: &Options, state: &StateDir, ports: PortsPlan) -> Vec<Setting> {
    let flags = [
        ("--http-port", options.ports.http, ports.http, names::LOCAL_HTTP_PORT),
        ("--aws-port", options.ports.aws, ports.aws, names::LOCAL_AWS_PORT),
        ("--postgres-port", options.ports.postgres, ports.postgres, names::LOCAL_POSTGRES_PORT),
        ("--dashboard-port", options.ports.dashboard, ports.dashboard, names::LOCAL_DASHBOARD_PORT),
        ("--smtp-port", options.ports.smtp, ports.smtp, names::LOCAL_SMTP_PORT),
    ];
    let ports = flags.map(|(flag, asked, taken, usual)| {
        let origin = match asked {
            0 => "any free one, as the flag asked",
            _ if asked == usual => "catalogue: names.rs",
            _ => "flag",
        };
        setting(flag, taken.to_string(), origin)
    });
    let own = options.state_dir == options.project.join(".velox");
    let on = |on: bool| if on { "yes" } else { "no" };
    let database = match &options.database_url {
        Some(url) => setting(
            "--database-url",
            url,
            match options.cascade.source(key::DATABASE_URL) {
                Some(source) => format!("flag, or DATABASE_URL of {source}"),
                None => "flag".to_owned(),
            },
        ),
        None if options.remote.is_some() => setting("--database-url", "none: the environment's", "--env"),
        None => setting("--database-url", "none: a private cluster", "default"),
    };
    let switch = |flag, given: bool| setting(flag, on(given), if given { "flag" } else { "default" });
    let shared =
        setting("--env", options.cascade.name(), if options.remote.is_some() { "flag" } else { "default" });
    let folder = if own { "default" } else { "flag" };
    let mut all = vec![
        shared,
        setting(
            "--project",
            options.project.display().to_string(),
            "the checkout around the current folder, or flag",
        ),
        setting("--state-dir", state.path().display().to_string(), folder),
    ];
    all.extend(ports);
    all.extend([database, switch("--no-build", !options.build), switch("--no-watch", !options.watch)]);
    all
}

/// The environment of each function, as the adapter gives it.
fn environments(manifest: &Value, options: &Options) -> BTreeMap<String, Vec<Setting>> {
    let functions = manifest["functions"].as_array().into_iter().flatten();
    let environment = |function: &Value| {
        let values = function["environment"].as_object().into_iter().flatten();
        let pairs = values.filter_map(|(name, value)| Some((name, value.as_str()?)));
        // The local cloud's passwords are nobody's secret; a shared environment's are never shown.
        let is_hidden = |name, value| options.remote.is_some() && cascade::is_secret(name, value);
        let shown = |name, value| if is_hidden(name, value) { "[hidden]" } else { value };
        pairs.map(|(name, value)| setting(name, shown(name, value), origin(name, options))).collect()
    };
    functions.filter_map(|f| Some((f["name"].as_str()?.to_owned(), environment(f)))).collect()
}

fn origin(name: &str, options: &Options) -> String {
    let of_theirs = |name: &str| match &options.remote {
        Some(_) if environment::is_decided(name) => options.cascade.own(name).is_some(),
        _ => !environment::is_decided(name),
    };
    if let Some(source) = options.cascade.source(name).filter(|_| of_theirs(name)) {
        return source.to_string();
    }
    let text = match name {
        key::LOG => "the runner's default; set VELOX_LOG to change it",
        key::DATABASE_URL | key::OPERATOR_DATABASE_URL | key::OWNER_DATABASE_URL => {
            let where_from = match options.database_url {
                Some(_) => "--database-url",
                None => "the private cluster",
            };
            return format!("{where_from}; the role is the catalogue's");
        }
        key::SESSIONS_TABLE | key::TOKENS_TABLE | key::THROTTLES_TABLE | key::FILES_BUCKET => {
            "catalogue: names.rs"
        }
        key::APP_URL | key::API_URL | key::QUEUE_URL_PREFIX | key::SMTP_URL | "AWS_ENDPOINT_URL" => {
            "the runner's ports"
        }
        "AWS_REGION" => "catalogue: names.rs",
        _ => "the local runner",
    };
    text.to_owned()
}
