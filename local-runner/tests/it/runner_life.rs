//! The runner's start and end: nothing is lost, nothing stays behind, and what stands in the way is named.

use std::{
    net::TcpListener,
    thread,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use sqlx::{Connection, PgConnection};

use crate::runner::{Folder, Runner, is_alive, was_killed_by};

async fn execute(url: &str, statement: &'static str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn count(url: &str, statement: &'static str) -> i64 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let count = sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    count
}

fn gone_within(pids: &[(u32, String)], patience: Duration) {
    let started = Instant::now();
    loop {
        let alive: Vec<_> = pids.iter().filter(|(pid, _)| is_alive(*pid)).collect();
        if alive.is_empty() {
            return;
        }
        assert!(started.elapsed() < patience, "still there: {alive:#?}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn ctrl_c_ends_every_process_also_when_pressed_twice() {
    let runner = Runner::start();
    let below = runner.descendants();
    let has = |name: &str| below.iter().any(|(_, command)| command.contains(name));
    assert!(has("postgres") && has("/bin/migrate"), "{below:#?}");
    runner.signal(Signal::INT);
    let (status, folder) = runner.end(Signal::INT);
    assert!(status.success(), "{status}");
    gone_within(&below, Duration::from_millis(100));
    assert!(folder.running().is_none(), "runner.json tells of a runner that is gone");
}

#[test]
fn sigterm_in_the_middle_of_the_start_leaves_nothing_behind() {
    for ms in [30, 150, 400] {
        let folder = Folder::new();
        let mut child = folder.command().spawn().unwrap();
        thread::sleep(Duration::from_millis(ms));
        let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
        rustix::process::kill_process(pid, Signal::TERM).unwrap();
        // Before the signal is listened to, it ends the process; that is an orderly end as well.
        let status = child.wait().unwrap();
        assert!(status.success() || was_killed_by(status, Signal::TERM), "after {ms} ms: {status}");
        let started = Instant::now();
        while process_in(folder.path()).is_some() {
            assert!(
                started.elapsed() < Duration::from_secs(5),
                "after {ms} ms: {:?}",
                process_in(folder.path())
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A process that has the folder in its command line.
fn process_in(folder: &std::path::Path) -> Option<String> {
    let ids = std::fs::read_dir("/proc").unwrap().flatten();
    let mut pids = ids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let folder = folder.to_str().unwrap();
    pids.find_map(|pid| {
        is_alive(pid)
            .then(|| local_runner::processes::command_line(pid))
            .flatten()
            .filter(|line| line.contains(folder))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_survives_a_restart_and_the_demo_keeps_its_key() {
    let runner = Runner::start();
    let demo = runner.running.demo.clone().unwrap();
    assert!(demo.api_key.is_some());
    execute(&runner.running.database.owner, "CREATE TABLE kept AS SELECT generate_series(1, 1000)").await;
    let (_, folder) = runner.end(Signal::TERM);
    let runner = Runner::start_in(folder, &[]);
    assert_eq!(count(&runner.running.database.owner, "SELECT count(*) FROM kept").await, 1000);
    assert_eq!(runner.running.demo.clone().unwrap(), demo);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_runner_leaves_no_process_and_the_next_start_finds_everything() {
    let runner = Runner::start();
    execute(&runner.running.database.owner, "CREATE TABLE kept AS SELECT generate_series(1, 1000)").await;
    let below = runner.descendants();
    let (status, folder) = runner.end(Signal::KILL);
    assert!(was_killed_by(status, Signal::KILL));
    // At once, while the old server may still be shutting down.
    let runner = Runner::start_in(folder, &[]);
    gone_within(&below, Duration::from_secs(2));
    assert_eq!(count(&runner.running.database.owner, "SELECT count(*) FROM kept").await, 1000);
}

#[test]
fn a_second_start_in_the_same_folder_says_that_velox_runs_there() {
    let runner = Runner::start();
    let pid = runner.running.pid;
    let output = std::process::Command::new(crate::runner::PROGRAM)
        .args(["--no-build", "--no-watch", "--project"])
        .arg(crate::runner::project())
        .arg("--state-dir")
        .arg(runner.state_dir())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.starts_with(&format!("Velox already runs here (process {pid}, http://app.localhost:")),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_busy_port_is_one_line_with_its_owner_and_leaves_nothing_behind() {
    let taken = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [http, postgres] = taken.each_ref().map(|listener| listener.local_addr().unwrap().port().to_string());
    let folder = Folder::new();
    let (status, said) = folder.refused(&["--http-port", &http, "--postgres-port", &postgres]);
    assert_eq!(status.code(), Some(1), "{said}");
    let lines: Vec<_> = said.lines().collect();
    let us = std::process::id();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].contains(&format!("port {http} for pages and API")), "{said}");
    assert!(lines[1].contains(&format!("port {postgres} for Postgres")), "{said}");
    assert!(lines.iter().all(|line| line.contains(&format!("(process {us})"))), "{said}");
    assert_eq!(process_in(folder.path()), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_the_developer_runs_is_used_and_left_running() {
    let host = Runner::start();
    let owner = &host.running.database.owner;
    execute(owner, "CREATE DATABASE theirs").await;
    let theirs = format!("{}/theirs", owner.rsplit_once('/').unwrap().0);
    let guest = Runner::start_in(Folder::new(), &["--database-url", &theirs]);
    assert_eq!(guest.running.ports.postgres, None);
    assert_eq!(
        count(&guest.running.database.app, "SELECT count(*) FROM pg_roles WHERE rolname = 'velox_app'").await,
        1
    );
    let (status, _) = guest.end(Signal::INT);
    assert!(status.success());
    assert!(count(&theirs, "SELECT count(*) FROM _sqlx_migrations").await >= 1);
}
