//! Schedules, parameters and traces in the dashboard of a real runner.

use http::StatusCode;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::{
    dashboard::{done, eventually, latest, ok},
    runner::Runner,
};

#[tokio::test(flavor = "multi_thread")]
async fn schedules_are_told_in_words_run_paused_and_travelled_past() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    let page = ok(dashboard.get("/schedules").await);
    for says in ["velox-relay-outbox", "every minute", "every hour", "rate(1 minute)", "in "] {
        assert!(page.to_lowercase().contains(says), "{says}: {page}");
    }
    let schedule = "/schedules/velox/velox-expire-imports";
    let run = dashboard.post_form(&format!("{schedule}/run"), &[]).await;
    assert!(done(&mut dashboard, &run).await.contains("velox-expire-imports fired."));
    eventually(&mut dashboard, "/invocations?q=expire-imports", "fire of its schedule").await;
    let paused = dashboard.post_form(&format!("{schedule}/pause"), &[]).await;
    let page = done(&mut dashboard, &paused).await;
    assert!(page.contains("is paused.") && page.contains("Resume"), "{page}");
    let resumed = dashboard.post_form(&format!("{schedule}/resume"), &[]).await;
    assert!(!done(&mut dashboard, &resumed).await.contains("Resume"));
    let travelled = dashboard.post_form("/schedules/travel", &[("step", "180"), ("time", "")]).await;
    done(&mut dashboard, &travelled).await;
    let page = eventually(&mut dashboard, "/schedules", ": arrived.").await;
    assert!(page.contains(" fires in ") && page.contains("ahead"), "{page}");
    // A month of real jobs takes longer than a page waits for.
    let travelled = dashboard.post_form("/schedules/travel", &[("step", "43200"), ("time", "")]).await;
    let page = done(&mut dashboard, &travelled).await;
    assert!(page.contains("so far") && page.contains("Stop"), "{page}");
    let other = dashboard.post_form("/schedules/travel", &[("step", "60"), ("time", "")]).await;
    assert!(other.status == StatusCode::UNPROCESSABLE_ENTITY && other.text().contains("on its way"));
    let stopped = dashboard.post_form("/schedules/travel/cancel", &[]).await;
    done(&mut dashboard, &stopped).await;
    eventually(&mut dashboard, "/schedules", ": cancelled").await;
    for time in ["soon", "2001-01-01 00:00", "2099-01-01 00:00"] {
        let refused = dashboard.post_form("/schedules/travel", &[("step", ""), ("time", time)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{time}: {}", refused.text());
        assert!(refused.text().contains(time), "what was typed stays: {}", refused.text());
    }
    let missing = dashboard.post_form("/schedules/velox/none/run", &[]).await;
    assert!(done(&mut dashboard, &missing).await.contains("none"));
}

#[tokio::test(flavor = "multi_thread")]
async fn secure_parameters_are_hidden_until_somebody_asks() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    assert!(ok(dashboard.get("/parameters").await).contains("No parameters"));
    for (name, value, kind) in
        [("/velox/plain", "in the open", "String"), ("/velox/key", "under the stone", "SecureString")]
    {
        let fields = [("name", name), ("value", value), ("kind", kind)];
        let put = dashboard.post_form("/parameters/put", &fields).await;
        let page = done(&mut dashboard, &put).await;
        assert!(page.contains(&format!("{name} has version 1.")), "{page}");
    }
    let page = ok(dashboard.get("/parameters").await);
    assert!(page.contains("in the open") && !page.contains("under the stone"), "{page}");
    let shown = dashboard.post_form("/parameters/reveal", &[("name", "/velox/key")]).await;
    assert!(ok(shown).contains("under the stone"));
    let found = ok(dashboard.get("/parameters?q=plain").await);
    assert!(found.contains("/velox/plain") && !found.contains("/velox/key"), "{found}");
    let fields = [("name", "not a name!"), ("value", "x"), ("kind", "String")];
    let refused = dashboard.post_form("/parameters/put", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(refused.text().contains("not a name!"));
}

/// What a crash leaves behind: a job that no request sends any more.
async fn leave_in_the_outbox(runner: &Runner) {
    let mut owner = PgConnection::connect(&runner.running.database.owner).await.unwrap();
    let statement = "SELECT id FROM organizations LIMIT 1";
    let organization: Uuid = sqlx::query_scalar(statement).fetch_one(&mut owner).await.unwrap();
    let job =
        json!({ "job": "import-customers", "organization_id": organization, "import_id": Uuid::now_v7() });
    let insert = "INSERT INTO outbox (id, organization_id, function, body, created_at)
                  VALUES ($1, $2, 'import-customers', $3, now() - interval '1 hour')";
    let insert = sqlx::query(insert).bind(Uuid::now_v7()).bind(organization).bind(job);
    insert.execute(&mut owner).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_the_relay_sent_and_the_relays_fire_link_to_each_other() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    leave_in_the_outbox(&runner).await;
    let run = dashboard.post_form("/schedules/velox/velox-relay-outbox/run", &[]).await;
    done(&mut dashboard, &run).await;
    eventually(&mut dashboard, "/invocations?q=import-customers", "1 message").await;
    let job = latest(&mut dashboard, "import-customers").await;
    let page = eventually(&mut dashboard, &job, "Same trace").await;
    let trace = page.split("Same trace").nth(1).unwrap();
    let relay = trace.split(">relay-outbox<").next().unwrap();
    let relay = relay.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    assert!(relay.starts_with("/invocations/"), "the relay is linked: {trace}");
    assert!(trace.contains("this one") && trace.contains("<svg"), "on one axis: {trace}");
    let back = ok(dashboard.get(relay).await);
    assert!(back.split("Same trace").nth(1).unwrap().contains(&job), "and back: {back}");
}
