//! Pulling the plug: what dies in the middle of its work loses nothing and does nothing twice.

use std::time::{Duration, Instant};

use http::StatusCode;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, Executor, PgConnection};

use crate::{
    http::Client,
    runner::{Runner, project},
};

const PATIENCE: Duration = Duration::from_secs(120);

/// Somebody who has signed up.
async fn signed_up(runner: &Runner) -> Client {
    let mut app = runner.app();
    let fields = [
        ("organization", "Crash AG"),
        ("name", "Carla Crash"),
        ("email", "carla@crash.example"),
        ("password", "correct horse battery"),
    ];
    let answer = app.post_form("/sign-up", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    app
}

/// The processes of a function.
fn processes(runner: &Runner, function: &str) -> Vec<Pid> {
    let all = runner.descendants().into_iter();
    let of_function = all.filter(|(_, command)| command.split(' ').next().unwrap().ends_with(function));
    of_function.filter_map(|(pid, _)| Pid::from_raw(pid.cast_signed())).collect()
}

/// A number that the page shows in the progress text: `3,000 of 10,000 rows`.
fn rows_done(page: &str) -> Option<u32> {
    let (before, _) = page.split_once(" of 10,000 rows")?;
    let digits = before.rsplit(|c: char| !c.is_ascii_digit() && c != ',').next()?;
    digits.replace(',', "").parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_process_is_killed_in_the_middle_ends_with_exactly_the_right_rows() {
    let runner = Runner::start();
    let mut app = signed_up(&runner).await;
    // Each chunk takes a moment, so that there is a middle.
    let mut owner = PgConnection::connect(&runner.running.database.owner).await.unwrap();
    owner
        .execute(
            "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN PERFORM pg_sleep(0.25); RETURN NULL; END $$;
             CREATE TRIGGER dawdle AFTER INSERT ON customers FOR EACH STATEMENT EXECUTE FUNCTION dawdle();",
        )
        .await
        .unwrap();
    let file = std::fs::read(project().join("fixtures/customers-10k.csv")).unwrap();
    let upload = app.post_file("/imports", &[], ("file", "customers-10k.csv", &file)).await;
    let import = upload.location().to_owned();

    let started = Instant::now();
    let done = loop {
        let page = app.get(&import).await.text();
        if let Some(done) = rows_done(&page).filter(|done| *done >= 3_000) {
            break done;
        }
        assert!(started.elapsed() < PATIENCE && !page.contains("were imported"), "{page}");
    };
    let killed = processes(&runner, "import-customers");
    assert_eq!(killed.len(), 1);
    kill_process(killed[0], Signal::KILL).unwrap();
    assert!((3_000..10_000).contains(&done));
    owner.execute("DROP TRIGGER dawdle ON customers").await.unwrap();

    while !app.get(&import).await.text().contains("10,000 customers were imported") {
        assert!(started.elapsed() < PATIENCE, "{}", runner.output());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(app.get("/customers").await.text().contains("of 10,000"));
    assert!(app.get(&import).await.text().contains(">0<"), "no row is rejected as a repetition");
    assert!(runner.output().contains("import-customers"), "the log names the function that died");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_page_is_there_again_with_the_next_request() {
    let runner = Runner::start();
    let mut app = signed_up(&runner).await;
    assert_eq!(app.get("/customers").await.status, StatusCode::OK);
    for pid in processes(&runner, "web-customers") {
        kill_process(pid, Signal::KILL).unwrap();
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(app.get("/customers").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_database_has_closed_cost_no_request() {
    let runner = Runner::start();
    let mut app = signed_up(&runner).await;
    assert_eq!(app.get("/customers").await.status, StatusCode::OK);
    let mut owner = PgConnection::connect(&runner.running.database.owner).await.unwrap();
    for _ in 0..3 {
        owner
            .execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'velox_app'")
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let page = app.get("/customers").await;
        assert_eq!(page.status, StatusCode::OK, "{}\n{}", page.text(), runner.output());
    }
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
