//! The product under chaos, by fixed seeds: whatever goes wrong, each row counts once, a page says what is the matter,
//! and a schedule that fires twice does its work once.

use std::time::{Duration, Instant};

use http::StatusCode;
use sqlx::{Connection, PgConnection, Row};
use uuid::Uuid;

use crate::{
    http::{Answer, Client},
    letters,
    runner::{Folder, Runner, project},
};

const PATIENCE: Duration = Duration::from_secs(240);

/// Somebody who has signed up.
pub(crate) async fn signed_up(runner: &Runner, name: &str) -> Client {
    let email = format!("{name}@chaos.example");
    letters::signed_up(runner, "Chaos AG", &email, "correct horse battery").await
}

/// Sets rules and seed, through the dashboard.
pub(crate) async fn set(runner: &Runner, rules: &str, seed: u64) {
    let seed = seed.to_string();
    let answer = runner.dashboard().post_form("/chaos", &[("rules", rules), ("seed", &seed)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

pub(crate) async fn stop(runner: &Runner) {
    let answer = runner.dashboard().post_form("/chaos/stop", &[]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
}

async fn owner(runner: &Runner) -> PgConnection {
    PgConnection::connect(&runner.running.database.owner).await.unwrap()
}

async fn upload(app: &mut Client) -> Answer {
    let file = std::fs::read(project().join("fixtures/customers-10k.csv")).unwrap();
    app.post_file("/imports", &[], ("file", "customers-10k.csv", &file)).await
}

fn import_of(upload: &Answer) -> Uuid {
    assert_eq!(upload.status, StatusCode::SEE_OTHER, "{}", upload.text());
    upload.location().rsplit('/').next().unwrap().parse().unwrap()
}

/// Waits until an import is completed, and sees to it that each of its rows is there, once.
async fn completed(runner: &Runner, owner: &mut PgConnection, import: Uuid) {
    let started = Instant::now();
    loop {
        let row = sqlx::query("SELECT status, imported_rows FROM imports WHERE id = $1").bind(import);
        let row = row.fetch_one(&mut *owner).await.unwrap();
        let (status, imported): (String, i32) = (row.get(0), row.get(1));
        if status == "completed" {
            assert_eq!(imported, 10_000);
            break;
        }
        assert!(status != "failed" && started.elapsed() < PATIENCE, "{status}\n{}", runner.output());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    counted_once(owner, import).await;
}

async fn counted_once(owner: &mut PgConnection, import: Uuid) {
    let row = sqlx::query(
        "SELECT count(*), count(DISTINCT email), (SELECT count(*) FROM import_errors WHERE import_id = $1)
         FROM customers WHERE import_id = $1",
    );
    let row = row.bind(import).fetch_one(owner).await.unwrap();
    let counts: (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    assert_eq!(counts, (10_000, 10_000, 0), "rows, addresses, rejected rows");
}

const EVERYTHING: &str = "import-customers:crash=150ms@60%,crash=after@20%,duplicate@30%\n\
    sqs:duplicate@50%,reorder@50%,error@5%,throttle@5%\n\
    dynamodb:error@5%,throttle@5%\ns3:error@10%,throttle@10%\n\
    postgres.import-customers:terminate@30%";

const WRONG: [&str; 5] = [
    "process to be killed",
    "process killed as it answered",
    "delivered twice",
    "refused with",
    "closed after",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_import_counts_each_row_once_whatever_goes_wrong_meanwhile() {
    let runner = Runner::start();
    let mut owner = owner(&runner).await;
    let mut imports = Vec::new();
    // What a seed does depends on how far each process comes: as many imports as it takes until everything went wrong.
    for seed in 1.. {
        assert!(seed < 40, "not all of {WRONG:?} happened:\n{}", runner.output());
        let mut app = signed_up(&runner, &format!("seed-{seed}")).await;
        set(&runner, EVERYTHING, seed).await;
        let import = import_of(&upload(&mut app).await);
        completed(&runner, &mut owner, import).await;
        imports.push(import);
        stop(&runner).await;
        if seed >= 6 && WRONG.iter().all(|did| runner.output().contains(did)) {
            break;
        }
    }
    for import in imports {
        counted_once(&mut owner, import).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_process_is_killed_in_the_middle_goes_on_where_it_was() {
    let runner = Runner::start();
    let mut owner = owner(&runner).await;
    let mut app = signed_up(&runner, "middle").await;
    // Each chunk takes a moment, so that there is a middle.
    let dawdle = "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.25); RETURN NULL; END $$;
        CREATE TRIGGER dawdle AFTER INSERT ON customers FOR EACH STATEMENT EXECUTE FUNCTION dawdle();";
    sqlx::raw_sql(dawdle).execute(&mut owner).await.unwrap();
    set(&runner, "import-customers:crash=1200ms", 1).await;
    let import = import_of(&upload(&mut app).await);
    runner.wait_for_output("import-customers was killed: chaos: import-customers:crash=1200ms");
    let row = sqlx::query("SELECT processed_rows FROM imports WHERE id = $1").bind(import);
    let done: i32 = row.fetch_one(&mut owner).await.unwrap().get(0);
    assert!(done < 10_000, "there was a middle");
    stop(&runner).await;
    sqlx::raw_sql("DROP TRIGGER dawdle ON customers").execute(&mut owner).await.unwrap();
    completed(&runner, &mut owner, import).await;
    assert!(app.get("/customers").await.text().contains("of 10,000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_say_that_they_are_not_available_when_sessions_cannot_be_read_or_begun() {
    let runner = Runner::start();
    let mut app = signed_up(&runner, "sessions").await;
    let login = [("email", "sessions@chaos.example"), ("password", "correct horse battery"), ("next", "")];
    for rules in ["dynamodb:error", "dynamodb:throttle", "dynamodb:lost", "dynamodb:latency=30s"] {
        set(&runner, rules, 1).await;
        let mut stranger = runner.app();
        let (customers, signed_in) =
            tokio::join!(app.get("/customers"), stranger.post_form("/login", &login));
        for answer in [customers, signed_in] {
            assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{rules}: {}", answer.text());
            assert!(
                answer.text().contains("Velox is not available right now. Try again shortly."),
                "{rules}"
            );
            assert!(answer.text().starts_with("<!DOCTYPE html>"));
        }
    }
    // Half of all calls fail, and the SDK tries again: a page comes, or says why not.
    set(&runner, "dynamodb:error@50%,latency=20ms@50%", 11).await;
    let mut statuses = Vec::new();
    for _ in 0..15 {
        statuses.push(app.get("/customers").await.status);
    }
    let expected = [StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE];
    assert!(statuses.iter().all(|status| expected.contains(status)), "{statuses:?}");
    assert!(statuses.contains(&StatusCode::OK));
    stop(&runner).await;
    assert_eq!(app.get("/customers").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_come_or_say_why_not_while_processes_crash_and_connections_are_closed() {
    let runner = Runner::start();
    let mut app = signed_up(&runner, "crashes").await;
    set(&runner, "web-customers:crash=before@1/2", 1).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(app.get("/customers").await.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 502).count(), 3, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 3, "{statuses:?}");
    // Closed between two requests, a connection costs no request; closed within one it may cost that one.
    set(&runner, "postgres:terminate=1ms", 2).await;
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(app.get("/customers").await.status.as_u16());
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}\n{}", runner.output());
    runner.wait_for_output("to the database closed after 1ms");
    stop(&runner).await;
    assert_eq!(app.get("/customers").await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_fires_twice_has_one_effect() {
    let runner = Runner::start();
    let mut owner = owner(&runner).await;
    let mut app = signed_up(&runner, "schedules").await;
    // The queue takes nothing, so the job stays in the outbox, which the schedule sends.
    set(&runner, "sqs.SendMessageBatch:error", 1).await;
    let import = import_of(&upload(&mut app).await);
    let waiting = "SELECT count(*) FROM outbox";
    let outbox: i64 = sqlx::query_scalar(waiting).fetch_one(&mut owner).await.unwrap();
    assert_eq!(outbox, 1);
    sqlx::query("UPDATE outbox SET created_at = created_at - interval '1 hour'")
        .execute(&mut owner)
        .await
        .unwrap();
    set(&runner, "scheduler:duplicate; sqs:duplicate; relay-outbox:duplicate; expire-imports:duplicate", 5)
        .await;
    let (before, fired) = (runner.output().len(), chrono::Utc::now());
    for schedule in ["velox-relay-outbox", "velox-expire-imports"] {
        let run = format!("/schedules/velox/{schedule}/run");
        let ran = runner.dashboard().post_form(&run, &[]).await;
        assert_eq!(ran.status, StatusCode::SEE_OTHER, "{}", ran.text());
        let said = runner.dashboard().get(ran.location()).await.text();
        assert!(said.contains("fired."), "{said}");
    }
    completed(&runner, &mut owner, import).await;
    let outbox: i64 = sqlx::query_scalar(waiting).fetch_one(&mut owner).await.unwrap();
    assert_eq!(outbox, 0);
    // Two messages, each delivered twice, each delivery invoked twice.
    let started = Instant::now();
    let invoked = || runner.output()[before..].matches("JOB  expire-imports").count();
    while invoked() < 8 {
        assert!(started.elapsed() < PATIENCE, "{}", runner.output());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let runs = "SELECT count(*) FROM job_runs WHERE job = 'expire-imports' AND started_at >= $1";
    let runs: i64 = sqlx::query_scalar(runs).bind(fired).fetch_one(&mut owner).await.unwrap();
    assert_eq!(runs, 1, "{}", runner.output());
    runner.wait_for_output("scheduler velox-relay-outbox: fired twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_faults_from_the_flag_and_from_the_dashboard() {
    let rules = "web-home:error@40%";
    let runner = Runner::start_in(Folder::new(), &["--chaos", rules, "--chaos-seed", "7"]);
    let mut statuses = Vec::new();
    for round in 0..3 {
        if round > 0 {
            set(&runner, rules, if round == 1 { 7 } else { 8 }).await;
        }
        let mut seen = Vec::new();
        for _ in 0..30 {
            seen.push(runner.app().get("/").await.status.as_u16());
        }
        statuses.push(seen);
    }
    assert_eq!(statuses[0], statuses[1]);
    assert_ne!(statuses[0], statuses[2]);
    assert!(statuses[0].iter().all(|status| [200, 502].contains(status)) && statuses[0].contains(&502));
    runner.wait_for_output("chaos is on: --chaos 'web-home:error@40%' --chaos-seed 7");
}

/// How long a page takes to come, and its status.
async fn timed(mut app: Client) -> (Duration, u16) {
    let started = Instant::now();
    let status = app.get("/").await.status.as_u16();
    (started.elapsed(), status)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_overtaken_by_a_later_one_and_another_runs_into_its_time_out() {
    let runner = Runner::start();
    assert_eq!(runner.app().get("/").await.status, StatusCode::OK);
    set(&runner, "web-home:reorder=60s@1/2", 1).await;
    // Every second one is held back: the seed says whether the first is.
    let mut held = tokio::spawn(timed(runner.app()));
    if tokio::time::timeout(Duration::from_secs(2), &mut held).await.is_ok() {
        held = tokio::spawn(timed(runner.app()));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!held.is_finished(), "it waits for a later one");
    assert_eq!(timed(runner.app()).await.1, 200);
    let (took, status) = held.await.unwrap();
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(60) && status == 200, "{took:?}");
    set(&runner, "web-home:timeout=300ms", 1).await;
    let (took, status) = timed(runner.app()).await;
    assert!(took >= Duration::from_millis(300) && status == 504, "{took:?} {status}");
}
