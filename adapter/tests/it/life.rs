//! Start and end: of the library and of the program, in order and not.

use std::{process::Command, time::Duration};

use adapter::{Adapter, Manifest, StartError, observer::Silent};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    program::{Program, ask, body, write},
    world::{World, eventually, function, is_alive, manifest},
};

#[tokio::test]
async fn a_busy_address_is_named() {
    let world = World::new(&[]).await;
    let address = world.adapter.local_addr();
    let manifest = Manifest::from_json(&json!({ "listen": address }).to_string()).unwrap();
    match Adapter::start(manifest, std::sync::Arc::new(Silent)).await {
        Err(StartError::Address { address: named, .. }) => assert_eq!(named, address),
        other => panic!("{:?}", other.map(|adapter| adapter.local_addr())),
    }
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_in_flight_and_leaves_no_process() {
    let world = World::new(&[function("f", json!({ "processes": { "max": 1 } }))]).await;
    let pid: u32 = world.text("/pid").await.parse().unwrap();
    let shutdown = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.adapter.shutdown(Duration::from_secs(10)).await;
    };
    let (slow, ()) = tokio::join!(world.text("/slow"), shutdown);
    assert_eq!(slow, "slow");
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn a_shutdown_does_not_wait_longer_than_it_may() {
    let world = World::new(&[function("f", json!({}))]).await;
    let pid: u32 = world.text("/pid").await.parse().unwrap();
    let started = std::time::Instant::now();
    let shutdown = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.adapter.shutdown(Duration::from_millis(300)).await;
    };
    let hanging = tokio::time::timeout(Duration::from_secs(10), reqwest_like(&world, "/hang"));
    let (_, ()) = tokio::join!(hanging, shutdown);
    assert!(started.elapsed() < Duration::from_secs(8));
    assert!(!is_alive(pid));
}

/// A request that may also fail because the connection is closed.
async fn reqwest_like(world: &World, target: &str) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(world.adapter.local_addr()).await.unwrap();
    stream.write_all(format!("GET {target} HTTP/1.1\r\nhost: a\r\n\r\n").as_bytes()).await.unwrap();
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

#[tokio::test]
async fn a_reload_adds_changes_and_removes_functions_without_touching_the_others() {
    let routed = |name: &str, with: Value| {
        let mut all = json!({ "routes": [{ "method": "GET", "path": format!("/{name}") }] });
        all.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        function(name, all)
    };
    let pid = async |world: &World, name: &str| {
        let body = world.get(&format!("/{name}")).await;
        serde_json::from_slice::<Value>(body.body()).ok().and_then(|saw| saw["pid"].as_u64())
    };
    let world =
        World::new(&[routed("same", json!({})), routed("changed", json!({})), routed("gone", json!({}))])
            .await;
    let before = (pid(&world, "same").await, pid(&world, "changed").await, pid(&world, "gone").await);
    let next = manifest(&[
        routed("same", json!({})),
        routed("changed", json!({ "memory_mib": 512 })),
        routed("new", json!({})),
    ]);
    let next = Manifest::from_json(&next.to_string()).unwrap();
    world.adapter.reload(next).await.unwrap();
    assert_eq!(pid(&world, "same").await, before.0);
    assert_ne!(pid(&world, "changed").await, before.1);
    assert!(pid(&world, "new").await.is_some());
    assert_eq!(world.status("/gone").await, 404);
    let gone = u32::try_from(before.2.unwrap()).unwrap();
    eventually("its process has ended", || !is_alive(gone)).await;
    world.end().await;
}

#[tokio::test]
async fn functions_die_with_an_adapter_that_is_killed() {
    let mut program =
        Program::start("killed", &manifest(&[function("f", json!({ "processes": { "min": 2, "max": 2 } }))]));
    let address = program.address().await;
    let pid: u32 = body(&ask(&address, "/pid").await).parse().unwrap();
    assert!(is_alive(pid));
    program.signal(Signal::KILL);
    program.child.wait().unwrap();
    eventually("its function has died", || !is_alive(pid)).await;
}

#[tokio::test]
async fn sigterm_finishes_the_request_in_flight_and_exits_with_0() {
    let mut program = Program::start("terminated", &manifest(&[function("f", json!({}))]));
    let address = program.address().await;
    let pid: u32 = body(&ask(&address, "/pid").await).parse().unwrap();
    let terminate = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        program.signal(Signal::TERM);
    };
    let (answer, ()) = tokio::join!(ask(&address, "/slow"), terminate);
    assert_eq!(body(&answer), "slow");
    assert!(program.child.wait().unwrap().success());
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn sighup_reads_the_manifest_again_and_keeps_the_old_one_if_it_is_wrong() {
    let with =
        |path: &str| manifest(&[function("f", json!({ "routes": [{ "method": "GET", "path": path }] }))]);
    let program = Program::start("reloaded", &with("/pid"));
    let address = program.address().await;
    let pid = body(&ask(&address, "/pid").await).to_owned();
    let file = program.folder.join("manifest.json");
    std::fs::write(&file, "{ nonsense").unwrap();
    program.signal(Signal::HUP);
    eventually("it says so", || program.log().contains("not taken over")).await;
    assert_eq!(body(&ask(&address, "/pid").await), pid);
    write(&file, &with("/{anything+}"));
    program.signal(Signal::HUP);
    eventually("it says so", || program.log().contains("manifest reloaded")).await;
    assert!(ask(&address, "/other").await.starts_with("HTTP/1.1 200"));
    assert_eq!(body(&ask(&address, "/pid").await), pid, "only the route has changed");
}

#[tokio::test]
async fn health_is_told_on_a_port_of_its_own() {
    let mut manifest = manifest(&[]);
    manifest["health_listen"] = json!("127.0.0.1:0");
    let world = World::of(manifest).await;
    let address = world.adapter.health_addr().unwrap().to_string();
    let check = move |path: &str| {
        let url = format!("http://{address}{path}");
        Command::new(env!("CARGO_BIN_EXE_adapter")).args(["healthcheck", "--url", &url]).output().unwrap()
    };
    let (ready, unknown) =
        tokio::task::spawn_blocking(move || (check("/readyz"), check("/unknown"))).await.unwrap();
    assert!(ready.status.success() && !unknown.status.success(), "{ready:?} {unknown:?}");
    world.end().await;
}

#[tokio::test]
async fn a_manifest_that_is_wrong_ends_the_program_with_the_path_in_its_log() {
    let mut program = Program::start("wrong", &manifest(&[function("f", json!({ "concurrency": 0 }))]));
    assert!(!program.child.wait().unwrap().success());
    assert!(program.log().contains("functions[0].concurrency"), "{}", program.log());
}
