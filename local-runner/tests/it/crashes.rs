//! Pulling the plug of what the functions stand on. What happens to functions themselves is in `chaos`.

use http::StatusCode;
use rustix::process::{Pid, Signal, kill_process};

use crate::{http::Client, letters, runner::Runner};

/// Somebody who has signed up.
async fn signed_up(runner: &Runner) -> Client {
    letters::signed_up(runner, "Crash AG", "carla@crash.example", "correct horse battery").await
}

/// The processes of a function.
fn processes(runner: &Runner, function: &str) -> Vec<Pid> {
    let all = runner.descendants().into_iter();
    let of_function = all.filter(|(_, command)| command.split(' ').next().unwrap().ends_with(function));
    of_function.filter_map(|(pid, _)| Pid::from_raw(pid.cast_signed())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_comes_back_with_what_was_committed() {
    let runner = Runner::start();
    let mut app = signed_up(&runner).await;
    assert_eq!(app.get("/customers").await.status, StatusCode::OK);
    let servers = processes(&runner, "/bin/postgres");
    assert_eq!(servers.len(), 1, "{:?}", runner.descendants());
    kill_process(servers[0], Signal::KILL).unwrap();
    runner.wait_for_output("Postgres is back");
    let page = app.get("/customers").await;
    assert_eq!(page.status, StatusCode::OK, "{}", runner.output());
    assert!(page.text().contains("Crash AG"));
}
