//! Schedules and parameters in the dashboard of a real runner.

use http::StatusCode;

use crate::{
    dashboard::{done, eventually, ok},
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
    let page = done(&mut dashboard, &travelled).await;
    assert!(page.contains("fires on the way.") && page.contains("ahead"), "{page}");
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
