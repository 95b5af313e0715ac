//! Rolling restarts and reloads under load: not one request and not one message is lost.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    balancer::Balancer,
    program::{Program, write},
    queues_server::Server,
    world::{eventually, function, manifest},
};

/// Requests in a loop over kept-alive connections, until told to stop.
struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    lost: Arc<Mutex<Vec<String>>>,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(address: &str, clients: usize) -> Self {
        let (stop, done, lost): (Arc<AtomicBool>, Arc<AtomicUsize>, Arc<Mutex<Vec<String>>>) =
            Default::default();
        let clients = (0..clients).map(|number| {
            let (stop, done, lost) = (Arc::clone(&stop), Arc::clone(&done), Arc::clone(&lost));
            let address = address.to_owned();
            tokio::spawn(async move {
                let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
                for request in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                    // Most are quick; those that are not are in flight when an adapter is asked to end.
                    let path = if request % 10 == 0 { "/slow" } else { "/echo" };
                    let body = format!("{number}-{request}");
                    let uri = format!("http://{address}{path}");
                    let post = Request::post(uri).body(Full::from(body.clone())).unwrap();
                    let result = match client.request(post).await {
                        Ok(answer) => {
                            let status = answer.status();
                            let text = answer.into_body().collect().await.unwrap().to_bytes();
                            let text = String::from_utf8_lossy(&text).into_owned();
                            let is_right = path == "/slow"
                                || text.contains(&format!("\"body\":{}", json!(body.as_bytes())));
                            if status == 200 && is_right { Ok(()) } else { Err(format!("{status} {text}")) }
                        }
                        Err(error) => Err(format!("{error:?}")),
                    };
                    done.fetch_add(1, Ordering::Relaxed);
                    lost.lock().unwrap().extend(result.err());
                }
            })
        });
        let clients = clients.collect();
        Self { stop, done, lost, clients }
    }

    /// How many requests there were; none may have been lost.
    async fn end(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        futures::future::join_all(self.clients).await;
        let (lost, done) = (self.lost.lock().unwrap(), self.done.load(Ordering::Relaxed));
        assert!(lost.is_empty(), "{} of {done} were lost: {:?}", lost.len(), lost.first());
        done
    }
}

fn web() -> Value {
    function("web", json!({ "concurrency": 8, "processes": { "max": 2 }, "max_queued": 1_000 }))
}

/// A message that is neither finished nor given back at once would stay away for longer than the test waits.
fn service(server: &Server) -> Value {
    let queue = json!({ "url": format!("{}/000000000000/q", server.url), "visibility_timeout_s": 600 });
    let with = json!({ "routes": [], "queues": [queue], "environment": { "TESTBED_KIND": "json" } });
    let mut manifest = manifest(&[web(), function("jobs", with)]);
    manifest["aws"] = json!({ "endpoint_url": server.url, "region": "eu-central-1" });
    manifest["health_listen"] = json!("127.0.0.1:0");
    manifest["shutdown_delay_ms"] = json!(1_000);
    manifest
}

/// Starts an adapter and waits until the balancer sends requests to it.
async fn join(number: usize, server: &Server, balancer: &Balancer) -> (Program, String) {
    let program = Program::start(&format!("rolling-{number}"), &service(server));
    let (address, health) = (program.address().await, program.health_address().await);
    balancer.add(&address, &health);
    eventually("the balancer finds it well", || balancer.is_healthy(&address)).await;
    (program, address)
}

/// `ADAPTER_TEST_ROLLING=60,10`: so many seconds and restarts. That run is recorded in `docs/adapter.md`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rolling_restart_under_load_loses_no_request_and_no_message() {
    let wanted = std::env::var("ADAPTER_TEST_ROLLING").unwrap_or_else(|_| "9,3".to_owned());
    let (seconds, restarts) = wanted.split_once(',').unwrap();
    let (seconds, restarts): (u64, usize) = (seconds.parse().unwrap(), restarts.parse().unwrap());
    let (server, balancer) = (Arc::new(Server::new().await), Balancer::new().await);
    let mut running = std::collections::VecDeque::new();
    for number in 0..2 {
        running.push_back(join(number, &server, &balancer).await);
    }
    let load = Load::start(&balancer.address, 6);
    let sent = Arc::new(AtomicUsize::new(0));
    let sender = {
        let (server, sent) = (Arc::clone(&server), Arc::clone(&sent));
        tokio::spawn(async move {
            loop {
                let number = sent.fetch_add(1, Ordering::Relaxed);
                let deed = if number % 50 == 0 { "slow" } else { "nothing" };
                server.send([json!({ "n": number, "do": deed })]);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    };
    let began = tokio::time::Instant::now();
    let pause = Duration::from_secs(seconds) / u32::try_from(restarts).unwrap();
    for number in 0..restarts {
        let next = join(number + 2, &server, &balancer).await;
        running.push_back(next);
        let (mut old, address) = running.pop_front().unwrap();
        old.signal(Signal::TERM);
        let ended =
            tokio::task::spawn_blocking(move || (old.child.wait().unwrap(), old.log())).await.unwrap();
        assert!(ended.0.success(), "{}", ended.1);
        balancer.remove(&address);
        tokio::time::sleep_until(began + pause * u32::try_from(number + 1).unwrap()).await;
    }
    let requests = load.end().await;
    sender.abort();
    eventually("every message is done", || server.left().is_empty()).await;
    let deleted: usize = server
        .calls("DeleteMessageBatch")
        .iter()
        .map(|call| call["Entries"].as_array().map_or(0, Vec::len))
        .sum();
    let sent = sent.load(Ordering::Relaxed);
    println!("{restarts} restarts in {:?}: {requests} requests, {sent} messages, none lost", began.elapsed());
    assert!(deleted >= sent, "{deleted} of {sent} were deleted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_by_sighup_under_load_drops_nothing() {
    let program = Program::start("reloading", &manifest(&[web()]));
    let load = Load::start(&program.address().await, 4);
    eventually("the load is there", || load.done.load(Ordering::Relaxed) > 20).await;
    for number in 0..10 {
        // Every other one exchanges the processes too.
        let mut web = web();
        web["environment"] = json!({ "VERSION": (number / 2).to_string() });
        write(&program.folder.join("manifest.json"), &manifest(&[web]));
        program.signal(Signal::HUP);
        eventually("it is taken over", || program.log().matches("manifest reloaded").count() > number).await;
        let enough = load.done.load(Ordering::Relaxed) + 20;
        eventually("the load goes on", || load.done.load(Ordering::Relaxed) > enough).await;
    }
    load.end().await;
}
