//! An event source mapping at full speed: no-op messages through one adapter and one handler process, from a durable
//! local queue, each in a process of its own so that their CPU time can be told apart. Run by hand, results in
//! `benches/README.md`: `target/release/bench-queues`

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program to be looked at"
)]

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use adapter::{Adapter, Manifest, observer::Silent};
use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::{QueueAttributeName, SendMessageBatchRequestEntry},
};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use local_runner::{
    aws::{Config, Services},
    clock::SystemClock,
};
use serde_json::{Value, json};

const SENDERS: usize = 8;
/// Batches of 10 in flight.
const CONCURRENCY: u32 = 16;
const SAMPLES: usize = 500;

fn main() -> ExitCode {
    if let Some(code) = adapter::launcher::run_if_requested() {
        return code;
    }
    let role = env::args().nth(1).unwrap_or_default();
    let argument = env::args().nth(2).unwrap_or_default();
    match role.as_str() {
        "handler" => on_one_thread(handler()).unwrap(),
        "queue" => on_threads(queue(Path::new(&argument))),
        "adapter" => on_threads(host(&argument)),
        count => on_one_thread(measure(count.parse().unwrap_or(100_000))),
    }
    ExitCode::SUCCESS
}

fn on_one_thread<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn on_threads<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

/// A function that does nothing but note how late messages arrive that say when they were sent.
async fn handler() -> Result<(), Error> {
    let late = env::var("BENCH_LATENCIES")?;
    let late: &'static str = late.leak();
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        for record in event.payload["Records"].as_array().into_iter().flatten() {
            if let Some(sent) = record["body"].as_str().and_then(|body| body.parse::<u128>().ok()) {
                let mut file = fs::OpenOptions::new().append(true).create(true).open(late)?;
                writeln!(file, "{}", now_us() - sent)?;
            }
        }
        Ok::<_, Error>(json!({ "batchItemFailures": [] }))
    });
    lambda_runtime::run_concurrent(service).await
}

/// The local queue, durable on disk; prints its URL.
async fn queue(state_dir: &Path) {
    let config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        state_dir: state_dir.to_owned(),
        invoker: None,
        clock: Arc::new(SystemClock),
        chaos: Arc::default(),
        elsewhere: None,
    };
    let services = Services::start(config).await.unwrap();
    println!("{}", services.endpoint_url());
    std::future::pending::<()>().await;
}

async fn host(manifest: &str) {
    let manifest = Manifest::from_json(manifest).unwrap();
    let _adapter = Adapter::start(manifest, Arc::new(Silent)).await.unwrap();
    std::future::pending::<()>().await;
}

/// A child that is killed when it is dropped.
struct Running(Child);

impl Running {
    fn start(role: &str, argument: &str, out: Stdio) -> Self {
        let command = env::current_exe().unwrap();
        Self(Command::new(command).args([role, argument]).stdout(out).spawn().unwrap())
    }

    fn cpu(&self) -> Duration {
        cpu(self.0.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn measure(count: usize) {
    let target = env::current_exe().unwrap().parent().unwrap().to_owned();
    let scratch = target.join(format!("bench-queues-{}", std::process::id()));
    fs::create_dir_all(&scratch).unwrap();
    let mut queue = Running::start("queue", scratch.to_str().unwrap(), Stdio::piped());
    let mut endpoint = String::new();
    BufReader::new(queue.0.stdout.take().unwrap()).read_line(&mut endpoint).unwrap();
    let client = client(endpoint.trim());
    let url = client.create_queue().queue_name("noop").send().await.unwrap().queue_url.unwrap();
    let latencies = scratch.join("latencies");

    let started = Instant::now();
    fill(&client, &url, count).await;
    println!("sent {count} messages at {} a second", per_second(count, started.elapsed()));

    let queue_before = queue.cpu();
    let started = Instant::now();
    let host = Running::start("adapter", &manifest(endpoint.trim(), &url, &latencies), Stdio::null());
    drained(&client, &url).await;
    let took = started.elapsed();
    println!("worked off {} a second, start of the processes included", per_second(count, took));
    let handler: Duration = children(host.0.id()).into_iter().map(cpu).sum();
    for (what, time) in [("adapter", host.cpu()), ("handler", handler), ("queue", queue.cpu() - queue_before)]
    {
        println!("{what}: {:.1} µs of CPU a message", time.as_secs_f64() * 1e6 / count as f64);
    }

    let before = (host.cpu(), queue.cpu());
    tokio::time::sleep(Duration::from_secs(10)).await;
    println!("idle for 10 s: adapter {:?}, queue {:?} of CPU", host.cpu() - before.0, queue.cpu() - before.1);

    for _ in 0..SAMPLES {
        let body = now_us().to_string();
        client.send_message().queue_url(&url).message_body(body).send().await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    drained(&client, &url).await;
    let text = fs::read_to_string(&latencies).unwrap();
    let mut late: Vec<u64> = text.lines().map(|line| line.parse().unwrap()).collect();
    late.sort_unstable();
    let at = |share: usize| late[(late.len() - 1) * share / 100];
    println!(
        "send to handler, {} messages one by one: p50 {} µs, p90 {} µs, p99 {} µs",
        late.len(),
        at(50),
        at(90),
        at(99)
    );
    drop((host, queue));
    fs::remove_dir_all(scratch).unwrap();
}

fn manifest(endpoint: &str, url: &str, latencies: &Path) -> String {
    let executable = env::current_exe().unwrap();
    json!({
        "listen": "127.0.0.1:0",
        "aws": { "endpoint_url": endpoint, "region": "eu-central-1" },
        "functions": [{
            "name": "noop", "command": executable, "args": ["handler"], "concurrency": CONCURRENCY,
            "processes": { "min": 1, "max": 1 }, "environment": { "BENCH_LATENCIES": latencies },
            "queues": [{ "url": url, "batch_size": 10, "maximum_concurrency": CONCURRENCY,
                         "visibility_timeout_s": 60, "report_batch_item_failures": true }],
        }],
    })
    .to_string()
}

async fn fill(client: &Client, url: &str, count: usize) {
    let share = count / SENDERS / 10;
    let senders = (0..SENDERS).map(|_| async {
        for _ in 0..share {
            let entries = (0..10).map(|index| {
                let entry = SendMessageBatchRequestEntry::builder().id(index.to_string());
                entry.message_body(r#"{"import":"0192d3c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d"}"#).build().unwrap()
            });
            let request = client.send_message_batch().queue_url(url).set_entries(Some(entries.collect()));
            request.send().await.unwrap();
        }
    });
    futures::future::join_all(senders).await;
}

async fn drained(client: &Client, url: &str) {
    let names = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ];
    loop {
        let asked = client.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
        if asked.send().await.unwrap().attributes.unwrap().values().all(|count| count == "0") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn client(endpoint: &str) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("any", "any", None, None, "bench"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

fn per_second(count: usize, took: Duration) -> u64 {
    (count as f64 / took.as_secs_f64()) as u64
}

fn now_us() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()
}

/// User and system time of a process so far, in the kernel's ticks of 10 ms.
fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').collect();
    let ticks =
        |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

/// The processes below one, over all generations.
fn children(pid: u32) -> Vec<u32> {
    let mut all = Vec::new();
    for entry in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path().join("children")).unwrap_or_default();
        for child in text.split_whitespace().filter_map(|child| child.parse().ok()) {
            all.push(child);
            all.extend(children(child));
        }
    }
    all
}
