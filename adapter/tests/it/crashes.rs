//! The crash matrix: whatever a function does, first thing or under load, what does its client see, what do
//! the others, what does the log say, and does the next request work?
//!
//! The table stands in `docs/adapter.md`; this fails if its outcomes are not those. `ADAPTER_TEST_WRITE=1`
//! writes it anew, times included.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::StreamExt;
use serde_json::json;

use crate::world::{World, eventually, function, testbed};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/adapter.md");
const BEGIN: &str = "<!-- crash matrix: written by adapter/tests/it/crashes.rs -->\n";
const END: &str = "<!-- end of the crash matrix -->\n";

/// One way to misbehave.
#[derive(Clone, Copy)]
struct Deed {
    /// What the function does.
    name: &'static str,
    /// The path that makes it do so.
    path: &'static str,
    environment: (&'static str, &'static str),
    /// Something of the log, of a function's output or of its processes, for what no request fails of.
    log: Option<&'static str>,
}

const fn deed(name: &'static str, path: &'static str) -> Deed {
    Deed { name, path, environment: ("NONE", ""), log: None }
}

const fn wild(name: &'static str, path: &'static str) -> Deed {
    Deed { name, path, environment: ("WILD", "1"), log: None }
}

const DEEDS: [Deed; 12] = [
    deed("panics", "/panic"),
    deed("exits with 0", "/exit-0"),
    deed("exits with 1", "/exit-1"),
    deed("is killed with SIGKILL", "/kill"),
    wild("closes its connection", "/close"),
    wild("sends what is no HTTP", "/garbage"),
    wild("answers with what is no response", "/nonsense"),
    Deed { log: Some("did not ask for work again within 3000 ms"), ..wild("stops asking for work", "/stop") },
    deed("asks for work and never answers", "/hang"),
    Deed {
        log: Some("the second answer was answered with http/1.1 410 gone"),
        ..wild("answers twice", "/twice")
    },
    deed("leaks memory", "/leak"),
    Deed {
        environment: ("TESTBED_SIGTERM", "ignore"),
        log: Some("it did not end when asked to"),
        ..deed("ignores SIGTERM", "/pid")
    },
];

/// A row of the table.
struct Row {
    deed: &'static str,
    when: &'static str,
    client: String,
    others: String,
    log: String,
    recovered: Duration,
}

async fn world(deed: &Deed) -> Arc<World> {
    let wild = testbed().with_file_name("wild");
    let command = if deed.environment.0.starts_with("WILD") { wild } else { testbed() };
    let (name, value) = deed.environment;
    let with = json!({ "command": command, "environment": { name: value }, "timeout_ms": 3_000,
        "start_timeout_ms": 3_000, "memory_mib": 64, "max_queued": 1_000, "processes": { "max": 2 } });
    Arc::new(World::new(&[function("f", with)]).await)
}

/// Does it and waits until a request works.
async fn misbehave(world: &World, deed: &Deed) -> (String, Duration) {
    let response = world.get(deed.path).await;
    if deed.environment.0 == "TESTBED_SIGTERM" {
        world.adapter.replace(&["f"]);
    }
    let (ended, mut client) = (Instant::now(), response.status().as_u16().to_string());
    if response.headers().contains_key("retry-after") {
        client.push_str(" with `Retry-After`");
    }
    while world.status("/fine").await != 200 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (client, ended.elapsed())
}

/// What the log says about it.
async fn log(world: &World, deed: &Deed) -> String {
    let Some(expected) = deed.log else { return told(world, deed.path) };
    let said = || {
        let processes = world.seen.processes.lock().unwrap();
        let output = world.seen.output.lock().unwrap();
        processes.iter().chain(output.iter()).any(|line| line.contains(expected))
    };
    eventually(expected, said).await;
    expected.to_owned()
}

/// Why a request failed, without what is different each time.
fn told(world: &World, path: &str) -> String {
    let requests = world.seen.requests.lock().unwrap();
    let of_path = requests.iter().find(|record| record.path == path).and_then(|record| record.error.clone());
    let first = of_path.unwrap_or_default().lines().next().unwrap_or_default().to_owned();
    let first = first.split(": {").next().unwrap().split(": not JSON").next().unwrap().to_owned();
    match first.split_once("used ").and_then(|(before, rest)| Some((before, rest.split_once(" MiB")?.1))) {
        Some((before, after)) => format!("{before}used … MiB{after}"),
        None => first,
    }
}

async fn first_request(deed: &Deed) -> Row {
    let world = world(deed).await;
    let (client, recovered) = misbehave(&world, deed).await;
    let log = log(&world, deed).await;
    world.adapter.shutdown(Duration::from_secs(5)).await;
    Row { deed: deed.name, when: "first request", client, others: "–".to_owned(), log, recovered }
}

async fn under_load(deed: &Deed) -> Row {
    let world = world(deed).await;
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let seen: Arc<Mutex<BTreeSet<u16>>> = Arc::default();
    let load: Vec<_> = (0..4)
        .map(|_| {
            let (world, stop, done, seen) =
                (Arc::clone(&world), Arc::clone(&stop), Arc::clone(&done), Arc::clone(&seen));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let status = world.status("/fine").await.as_u16();
                    seen.lock().unwrap().insert(status);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    eventually("the load is there", || done.load(Ordering::Relaxed) > 40).await;
    let (client, recovered) = misbehave(&world, deed).await;
    let log = log(&world, deed).await;
    let enough = done.load(Ordering::Relaxed) + 40;
    eventually("the load goes on", || done.load(Ordering::Relaxed) > enough).await;
    stop.store(true, Ordering::Relaxed);
    futures::future::join_all(load).await;
    world.adapter.shutdown(Duration::from_secs(5)).await;
    let others = seen.lock().unwrap().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Row { deed: deed.name, when: "under load", client, others, log, recovered }
}

/// Its processes start, but never ask for work until they are let.
async fn never_polls(when: &'static str) -> Row {
    let allowed = std::env::temp_dir().join(format!("adapter-wild-{}-{}", std::process::id(), when.len()));
    let allowed = Allowed(allowed);
    let _ = fs::remove_file(&allowed.0);
    let deed = Deed { environment: ("WILD_START_UNLESS", ""), ..wild("never asks for work", "/fine") };
    let with = json!({ "command": testbed().with_file_name("wild"), "start_timeout_ms": 500, "max_queued": 1_000,
        "environment": { deed.environment.0: allowed.0 }, "processes": { "max": 2 } });
    let world = Arc::new(World::new(&[function("f", with)]).await);
    let others = if when == "first request" { 0 } else { 4 };
    let others = futures::future::join_all((0..others).map(|_| world.status("/other")));
    let (response, others) = tokio::join!(world.get("/first"), others);
    let ended = Instant::now();
    fs::write(&allowed.0, "").unwrap();
    let client = format!("{} with `Retry-After`", response.status().as_u16());
    assert!(response.headers().contains_key("retry-after"));
    while world.status("/fine").await != 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let recovered = ended.elapsed();
    let log = told(&world, "/first");
    world.adapter.shutdown(Duration::from_secs(5)).await;
    let others: BTreeSet<String> = others.iter().map(|status| status.as_u16().to_string()).collect();
    let others = if others.is_empty() { "–".to_owned() } else { Vec::from_iter(others).join(", ") };
    Row { deed: deed.name, when, client, others, log, recovered }
}

/// Removed when the test ends.
struct Allowed(PathBuf);

impl Drop for Allowed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| the function | when | its client sees | the others see | the log says | next 200 after |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for Row { deed, when, client, others, log, recovered } in rows {
        let milliseconds = recovered.as_millis();
        writeln!(text, "| {deed} | {when} | {client} | {others} | {log} | {milliseconds} ms |").unwrap();
    }
    text
}

/// Without the last column.
fn outcomes(table: &str) -> Vec<String> {
    let row = |line: &str| line.trim_end_matches(" |").rsplit_once(" | ").map(|(row, _)| row.to_owned());
    table.lines().filter_map(row).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_crash_ends_as_the_matrix_says() {
    type Cell = futures::future::BoxFuture<'static, Row>;
    let mut cells: Vec<Cell> = Vec::new();
    for deed in &DEEDS {
        cells.push(Box::pin(first_request(deed)));
        cells.push(Box::pin(under_load(deed)));
    }
    cells.push(Box::pin(never_polls("first request")));
    cells.push(Box::pin(never_polls("under load")));
    let rows: Vec<Row> = futures::stream::iter(cells).buffered(4).collect().await;
    let table = table(&rows);
    println!("{table}");
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the marker of the crash matrix");
    let (committed, after) = rest.split_once(END).expect("the end of the crash matrix");
    if std::env::var_os("ADAPTER_TEST_WRITE").is_some() {
        fs::write(PAGE, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(outcomes(&table), outcomes(committed), "ADAPTER_TEST_WRITE=1 writes it anew");
}
