//! `cargo velox logs`, `queue`, `invoke`, `schedule` and `mail` beside a running runner, as a developer types them.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::{
    http::Client,
    mail::send_invitation,
    runner::{Folder, PROGRAM, Runner, project},
};

/// The program behind `cargo velox`, from the same build.
fn velox(state_dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(Path::new(PROGRAM).with_file_name("scripts"));
    command.args(arguments).arg("--state-dir").arg(state_dir).current_dir(project());
    command.env_remove("CARGO_MANIFEST_DIR").stdin(Stdio::null());
    command
}

fn said(runner: &Runner, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = velox(&runner.state_dir(), arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn done(runner: &Runner, arguments: &[&str]) -> String {
    let (code, out, err) = said(runner, arguments);
    assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}: {out}");
    out
}

fn refused(runner: &Runner, arguments: &[&str]) -> String {
    let (code, out, err) = said(runner, arguments);
    assert_eq!((code, out.as_str()), (1, ""), "{arguments:?}: {err}");
    err
}

async fn work(runner: &Runner) {
    let event = std::fs::read(project().join("events/import-customers/event.json")).unwrap();
    let event: Value = serde_json::from_slice(&event).unwrap();
    let path = "/2015-03-31/functions/import-customers/invocations";
    Client::new(&runner.running.urls.aws).post_plain_json(path, &event).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_are_chosen_by_function_severity_and_age_and_followed() {
    let runner = Runner::start();
    work(&runner).await;
    let line = loop {
        let lines = said(&runner, &["logs", "import-customers", "--json", "--since", "1h"]).1;
        if let Some(line) = lines.lines().next() {
            break serde_json::from_str::<Value>(line).unwrap();
        }
    };
    assert_eq!(line["function"], "import-customers");
    let message = line["message"].as_str().unwrap().to_owned();
    let people = done(&runner, &["logs"]);
    assert!(people.contains(&message) && people.contains(" import-customers "), "{people}");
    assert!(!people.contains('\u{1b}'), "colours go to a terminal alone: {people}");
    let (code, out, err) = said(&runner, &["logs", "--since", "2100-01-01T00:00"]);
    assert!(code == 0 && out.is_empty() && err.contains("nothing was written"), "{out}{err}");
    assert!(refused(&runner, &["logs", "--level", "loud"]).contains("trace, debug, info"));
    assert!(refused(&runner, &["logs", "import-customer"]).contains("nearest: import-customers"));
    assert!(refused(&runner, &["logs", "--since", "lately"]).contains("10m"));

    let mut child = velox(&runner.state_dir(), &["logs", "import-customers", "--follow", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let next = |lines: &mut dyn Iterator<Item = std::io::Result<String>>| {
        serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap()["request_id"].clone()
    };
    let first = next(&mut lines);
    work(&runner).await;
    while next(&mut lines) == first {}
    let (_, _folder) = runner.end(Signal::TERM);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("has stopped"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_are_listed_fired_paused_and_travelled() {
    let runner = Runner::start();
    let all = done(&runner, &["schedule", "list"]);
    assert!(all.contains("velox-relay-outbox") && all.contains("every minute"), "{all}");
    assert!(
        done(&runner, &["schedule", "pause", "expire-imports"]).contains("velox-expire-imports is paused")
    );
    let all: Value = serde_json::from_str(&done(&runner, &["schedule", "list", "--json"])).unwrap();
    let paused = |schedule: &&Value| schedule["paused"] == true;
    let paused: Vec<_> = all["schedules"].as_array().unwrap().iter().filter(paused).collect();
    assert_eq!((paused.len(), &paused[0]["name"]), (1, &json!("velox-expire-imports")));
    // Paused, and fired by hand all the same.
    assert!(done(&runner, &["schedule", "run", "expire-imports"]).contains("fired"));
    runner.wait_for_output("JOB  expire-imports schedule → ok");
    done(&runner, &["schedule", "resume", "velox/velox-expire-imports"]);
    let travelled: Value =
        serde_json::from_str(&done(&runner, &["schedule", "travel", "2h", "--json"])).unwrap();
    assert!(travelled["fires"].as_u64().unwrap() >= 122, "{travelled}");
    let back = refused(&runner, &["schedule", "travel", "2001-01-01T00:00"]);
    assert!(back.contains("has passed"), "{back}");
    assert!(refused(&runner, &["schedule", "travel", "soon"]).contains("2h"));
    assert!(refused(&runner, &["schedule", "run", "outbox"]).contains("velox-relay-outbox"));
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_listed_shown_and_cleared() {
    let runner = Runner::start();
    assert_eq!(done(&runner, &["mail", "list"]), "no mail\n");
    assert!(refused(&runner, &["mail", "show"]).contains("no such mail"));
    send_invitation(runner.running.ports.smtp).await;
    let list: Value = serde_json::from_str(&done(&runner, &["mail", "list", "--json"])).unwrap();
    let id = list["mail"][0]["id"].as_str().unwrap();
    let shown = done(&runner, &["mail", "show", &id[..20]]);
    assert!(shown.contains("subject  Einladung") && shown.contains("Grüße!"), "{shown}");
    assert!(shown.contains("attached invoice.pdf (9 bytes)"), "{shown}");
    assert_eq!(done(&runner, &["mail", "show"]), shown);
    assert!(refused(&runner, &["mail", "show", "ffff"]).contains("mail list"));
    assert_eq!(done(&runner, &["mail", "clear"]), "1 thrown away\n");
    assert_eq!(done(&runner, &["mail", "list"]), "no mail\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_are_listed_looked_into_and_filled_for_people_and_for_programs() {
    let runner = Runner::start();
    let json = |arguments: &[&str]| {
        let arguments = [&["queue"], arguments, &["--json"]].concat();
        serde_json::from_str::<Value>(&done(&runner, &arguments)).unwrap()
    };
    let letters = ["import-customers", "--dead-letters"];
    let sent = json(&[&["send"][..], &letters, &["{\"n\": 1}"]].concat());
    assert_eq!(sent["queue"], "velox-import-customers-dead-letters");
    // Looking receives nothing, however often.
    for _ in 0..3 {
        let found = json(&[&["peek"][..], &letters].concat());
        let message = &found["messages"][0];
        let seen = (&found["total"], &message["id"], &message["receive_count"], &message["place"]);
        assert_eq!(seen, (&json!(1), &sent["id"], &json!(0), &json!("ready")), "{found}");
    }
    let people = done(&runner, &[&["queue", "peek"][..], &letters].concat());
    assert!(people.contains("(ready, receive count 0)\n{\"n\": 1}"), "{people}");
    let all = json(&["list"]);
    let ours = |queue: &&Value| queue["name"] == sent["queue"];
    let ours = all["queues"].as_array().unwrap().iter().find(ours).unwrap();
    assert!(ours["ready"] == 1 && ours["oldest_sent"].is_string(), "{ours}");
    assert!(done(&runner, &["queue", "list"]).contains("velox-import-customers-dead-letters "));
    assert_eq!(json(&[&["purge"][..], &letters].concat())["queue"], sent["queue"]);
    assert!(done(&runner, &[&["queue", "peek"][..], &letters].concat()).starts_with("nothing is in "));
    assert!(refused(&runner, &["queue", "peek", "web-home"]).contains("import-customers"));

    let invoked: Value = serde_json::from_str(&done(&runner, &["invoke", "web-home", "--json"])).unwrap();
    let seen = (&invoked["status"], &invoked["function_error"], &invoked["payload"]["statusCode"]);
    assert_eq!(seen, (&json!(200), &Value::Null, &json!(200)), "{invoked}");
}

#[test]
fn without_a_runner_each_says_how_to_start_one() {
    let folder = Folder::new();
    for arguments in [&["logs"][..], &["schedule", "list"], &["mail", "list"], &["queue", "list"]] {
        let output = velox(folder.path(), arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("start one with `cargo velox dev`") && said.lines().count() == 1, "{said}");
    }
}
