//! The adapter as process 1 of a container: what functions leave behind is reaped, and nothing else is.

use std::{fs, process::Command};

use rustix::process::Signal;
use serde_json::json;

use crate::{
    program::{Program, ask, body},
    world::{eventually, function, manifest},
};

/// Process ids whose parent is `parent`, and whether they are zombies.
fn children(parent: u32) -> Vec<(u32, bool)> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let child = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let mut fields = stat.rsplit_once(") ")?.1.split(' ');
        let is_zombie = fields.next()? == "Z";
        (fields.next()?.parse() == Ok(parent)).then_some((pid, is_zombie))
    };
    entries.filter_map(child).collect()
}

#[tokio::test]
async fn as_process_1_it_reaps_orphans_and_still_sees_how_its_own_processes_end() {
    let namespace = ["--pid", "--fork", "--mount-proc", "--kill-child"];
    let allowed = Command::new("unshare").args(namespace).arg("true").output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        println!("skipped: `unshare --pid` is not permitted here");
        return;
    }
    let mut command = Command::new("unshare");
    command.args(namespace).arg(env!("CARGO_BIN_EXE_adapter"));
    let with = json!({ "processes": { "max": 1 } });
    let mut program = Program::start_under("process-1", &manifest(&[function("f", with)]), command);
    let address = program.address().await;
    assert!(ask(&address, "/pid").await.starts_with("HTTP/1.1 200"));
    let adapter = children(program.child.id())[0].0;
    let function = children(adapter)[0].0;
    for _ in 0..20 {
        assert_eq!(body(&ask(&address, "/orphan").await), "left one behind");
    }
    eventually("orphans have come to it", || children(adapter).len() > 1).await;
    eventually("they have ended and are reaped", || children(adapter) == [(function, false)]).await;
    for _ in 0..3 {
        assert!(ask(&address, "/orphan").await.starts_with("HTTP/1.1 200"));
        assert!(ask(&address, "/exit").await.starts_with("HTTP/1.1 502"));
    }
    let seen = program.log().matches("exit status: 7").count();
    assert!(seen >= 3, "its own children's statuses are not taken away: {}", program.log());
    let pid = rustix::process::Pid::from_raw(adapter.cast_signed()).unwrap();
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    assert!(program.child.wait().unwrap().success(), "SIGTERM ends it in order");
}
