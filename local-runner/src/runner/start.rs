//! The start: database, AWS endpoint and build side by side, then the functions, then their data.

use std::{net::Ipv4Addr, path::Path, sync::Arc, time::Duration};

use adapter::{Adapter, Manifest};
use catalog::{Head, Host, names};
use tokio::time::Instant;

use super::{Options, RunError, Running, dashboard, dashboard::Pages, front::Front};
use crate::{
    aws,
    cargo::{Built, Cargo},
    chaos::{Chaos, Interference},
    clock::{SystemClock, TravellingClock},
    console::{Banner, Console, Demo, Format},
    control::logs::Logs,
    dashboard::recorder::Recorder,
    environment::{self, bar::Bar},
    handover::Door,
    invocations::{self, LateInvoker},
    links::Links,
    ports_plan::PortsPlan,
    postgres::{self, ConnectionStrings, Postgres},
    rebuild::{
        Rebuild,
        freshness::{Freshness, Trouble},
        gate::Gate,
        modified,
    },
    report::Report,
    resources::Cloud,
    schedules,
    state::{self, StateDir},
    watch::Watch,
};

/// Starts everything, says so, and writes `runner.json`.
pub(super) async fn start(options: &Options, console: &Console, since: Instant) -> Result<Running, RunError> {
    let mut phases = Phases { since, last: since, lines: Vec::new() };
    let state = StateDir::take(&options.state_dir)?;
    postgres::stop_stale(state.path()).await;
    let remote = options.remote.as_ref();
    let inherited = Door::inherited();
    let has_cluster = options.database_url.is_none() && remote.is_none();
    let ports = PortsPlan::settle(options.ports, has_cluster, inherited.as_ref().map(Door::port));
    let ports = ports.map_err(RunError::Ports)?;
    phases.end("folder and ports");
    environment::unused(&options.cascade).iter().for_each(|line| console.say(line));
    let cargo = Cargo::new(&options.project, &options.executables, console.format() == Format::Coloured);
    let freshness = Arc::new(Freshness::default());
    // From now on: what is changed while it builds and starts is built afterwards.
    let watch = options.watch.then(|| watch(options, &freshness)).transpose()?;
    let invoker = Arc::new(LateInvoker::new(Arc::clone(&freshness), options.remote.clone()));
    let chaos = Arc::new(Chaos::default());
    let (database, cloud, links) = tokio::join!(
        database(options, state.path(), ports),
        cloud(options, state.path(), ports, Arc::clone(&invoker), Arc::clone(&chaos)),
        executables(options, &cargo, state.path(), console, &freshness),
    );
    phases.end("database, AWS and build");
    let (postgres, (services, cloud), links) = (database?, cloud?, links?);
    let recorder = Arc::new(Recorder::new(Arc::new(SystemClock)));
    let logs = Arc::new(Logs::default());
    let report = Arc::new(Report::new(console.clone(), Arc::clone(&recorder), Arc::clone(&logs)));
    let place = environment::Place {
        ports,
        binaries: links.folder(),
        databases: postgres.urls(),
        cascade: &options.cascade,
        remote,
    };
    let settings = environment::manifest(&place);
    let manifest = Manifest::from_json(&settings.to_string()).map_err(adapter::StartError::from)?;
    let door = match inherited {
        Some(door) => door,
        None => Door::open(ports.http).map_err(RunError::Door)?,
    };
    chaos.tell(Arc::clone(&report) as _);
    if remote.is_none() {
        chaos.reach_database(&postgres.urls().owner);
    }
    let gate = Gate(Arc::clone(&freshness));
    let front = Front { gate, bar: remote.map(|remote| Bar::new(remote.name(), &remote.target())) };
    let front = Interference { front, chaos: Arc::clone(&chaos) };
    let adapter = Arc::new(functions(manifest, &report, front, &door).await?);
    invoker.connect(Arc::clone(&adapter));
    phases.end("adapter");
    let opened = dashboard::Opened {
        ports,
        settings: &settings,
        urls: postgres.urls(),
        cloud: &cloud,
        chaos: &chaos,
        logs,
        freshness: Arc::clone(&freshness),
    };
    let pages = Pages::open(options, &state, opened, &services, &adapter, recorder).await?;
    phases.end("dashboard and mailbox");
    let demo = match remote {
        Some(_) => None,
        None => Some(own_data(&adapter, &state, &services, &mut phases).await?),
    };
    let rebuild = rebuild(options, cargo, links, &adapter, &report, console, freshness);
    let rebuild = watch.map(|watch| (rebuild, watch));
    say_ready(console, options, &state, ports, &postgres, demo, since)?;
    // Not before: what the runner itself does at its start is no experiment.
    if !options.chaos.rules.is_empty() {
        chaos.set(&options.chaos);
    }
    if options.timings {
        phases.lines.iter().for_each(|line| console.say(line));
    }
    Ok(Running { adapter, invoker, services, postgres, report, pages, rebuild, door, ports, state })
}

/// Schema, demo data and schedules of a cloud of one's own.
async fn own_data(
    adapter: &Adapter,
    state: &StateDir,
    services: &aws::Services,
    phases: &mut Phases,
) -> Result<Demo, RunError> {
    invocations::migrate(adapter).await.map_err(RunError::Setup)?;
    phases.end("migrations");
    let demo = invocations::seed(adapter).await.map_err(RunError::Setup)?;
    let demo = state.remember_demo(demo).map_err(RunError::Announce)?;
    phases.end("demo data");
    schedules::ensure(&services.schedules()).await.map_err(RunError::Schedules)?;
    Ok(demo)
}

async fn functions(
    manifest: Manifest,
    report: &Arc<Report>,
    front: Interference<Front>,
    door: &Door,
) -> Result<Adapter, adapter::StartError> {
    let options = adapter::Options {
        intercept: Some(Arc::new(front)),
        listener: Some(door.listener()),
        ..adapter::Options::default()
    };
    Adapter::start_with(manifest, Arc::clone(report) as _, options).await
}

async fn database(options: &Options, state_dir: &Path, ports: PortsPlan) -> Result<Postgres, RunError> {
    if let Some(remote) = &options.remote {
        return Ok(Postgres::shared(remote.app_database(), remote.operator_database()).await?);
    }
    let settings = postgres::Settings {
        state_dir: state_dir.to_owned(),
        port: ports.postgres,
        durable: true,
        database_url: options.database_url.clone(),
    };
    Ok(Postgres::start(&settings).await?)
}

async fn cloud(
    options: &Options,
    state_dir: &Path,
    ports: PortsPlan,
    invoker: Arc<LateInvoker>,
    chaos: Arc<Chaos>,
) -> Result<(aws::Services, Cloud), RunError> {
    let elsewhere =
        options.remote.as_ref().map(|remote| remote.refusal("This runner has no cloud of its own"));
    let config = aws::Config {
        listen: (Ipv4Addr::LOCALHOST, ports.aws).into(),
        // What is kept for the developer's own cloud is not touched meanwhile.
        state_dir: state_dir.join(if elsewhere.is_some() { "aws-of-shared" } else { "aws" }),
        invoker: Some(invoker),
        clock: Arc::new(TravellingClock::default()),
        chaos,
        elsewhere,
    };
    let services = aws::Services::start(config).await.map_err(RunError::Aws)?;
    let cloud = Cloud::connect(&services.endpoint_url()).await;
    if options.remote.is_none() {
        cloud.ensure().await.map_err(RunError::Resources)?;
    }
    Ok((services, cloud))
}

/// A build that fails leaves the executables of an earlier one, if there are any.
async fn executables(
    options: &Options,
    cargo: &Cargo,
    state_dir: &Path,
    console: &Console,
    freshness: &Freshness,
) -> Result<Links, RunError> {
    if options.build {
        console.say("building");
        match cargo.build(&Head::ALL.map(Head::name)).await.map_err(RunError::Executables)? {
            Built::Yes => {}
            Built::No(failure) => {
                let (_, broken) = failure.divide(&Head::ALL);
                let trouble = Trouble::in_compiling(&broken, failure.errors);
                console.complain(&trouble.to_string());
                freshness.broken(&broken, trouble);
            }
        }
    }
    let mut links = Links::new(options.executables.clone(), state_dir.join("bin"));
    links.refresh(&Head::ALL).and_then(|_| links.prune()).map_err(RunError::Executables)?;
    Ok(links)
}

fn watch(options: &Options, freshness: &Freshness) -> Result<Watch, RunError> {
    let mut watch = Watch::start(&options.project).map_err(RunError::Watch)?;
    if let Some(since) = options.changed_since {
        freshness.building(&watch.recall(since).heads());
    }
    Ok(watch)
}

fn rebuild(
    options: &Options,
    cargo: Cargo,
    links: Links,
    adapter: &Arc<Adapter>,
    report: &Arc<Report>,
    console: &Console,
    freshness: Arc<Freshness>,
) -> Rebuild {
    let (adapter, report, console) = (Arc::clone(adapter), Arc::clone(report), console.clone());
    let program = options.executables.join("local-runner");
    let (own, owns_database) = (modified(&program), options.remote.is_none());
    Rebuild { cargo, links, adapter, report, console, program, own, freshness, owns_database }
}

fn say_ready(
    console: &Console,
    options: &Options,
    state: &StateDir,
    ports: PortsPlan,
    postgres: &Postgres,
    demo: Option<Demo>,
    since: Instant,
) -> Result<(), RunError> {
    let ConnectionStrings { owner, app, operator } = postgres.urls().clone();
    let url = |host| names::local_url(host, ports.http);
    console.banner(&Banner {
        http_port: ports.http,
        dashboard_url: &ports.dashboard_url(),
        aws_url: &ports.aws_url(),
        database_url: &owner,
        demo: demo.as_ref(),
        remote: options.remote.as_ref(),
        took: since.elapsed(),
    });
    let running = state::Running {
        pid: std::process::id(),
        urls: state::Urls {
            app: url(Host::App),
            api: url(Host::Api),
            admin: url(Host::Admin),
            aws: ports.aws_url(),
            dashboard: ports.dashboard_url(),
            smtp: ports.smtp_url(),
        },
        ports: state::Ports {
            http: ports.http,
            aws: ports.aws,
            postgres: postgres.pid().map(|_| ports.postgres),
            dashboard: ports.dashboard,
            smtp: ports.smtp,
        },
        database: state::DatabaseUrls { owner, app, operator },
        demo,
    };
    state.announce(&running).map_err(RunError::Announce)
}

/// How long each part of the start took.
struct Phases {
    since: Instant,
    last: Instant,
    lines: Vec<String>,
}

impl Phases {
    fn end(&mut self, name: &str) {
        let ms = |duration: Duration| duration.as_millis();
        let line = format!("{name}: {} ms (at {} ms)", ms(self.last.elapsed()), ms(self.since.elapsed()));
        self.last = Instant::now();
        self.lines.push(line);
    }
}
