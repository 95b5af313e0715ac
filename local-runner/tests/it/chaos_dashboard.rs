//! Chaos in the dashboard and at the command line: set, refused, marked everywhere, told where it struck, stopped; and
//! what else the pages of invocations tell: those that run, and those of the same trace.

use http::StatusCode;

use crate::{
    chaos::{set, signed_up, stop},
    dashboard::ok,
    http::Client,
    runner::{Folder, Runner, project},
};

const MARKER: &str = "<strong>Chaos is on. </strong>";

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_set_added_removed_and_stopped_without_javascript() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    assert!(!ok(dashboard.get("/chaos").await).contains(MARKER));
    for (field, rules, seed, says) in [
        ("rules", "sqss:duplicate", "7", "Did you mean `sqs`?"),
        ("rules", "sqs:dupplicate@10%", "7", "character 5, `dupplicate`"),
        ("seed", "sqs:duplicate", "seven", "Enter a whole number"),
    ] {
        let refused = dashboard.post_form("/chaos", &[("rules", rules), ("seed", seed)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = refused.text();
        assert!(
            text.contains(says) && text.contains(rules) && text.contains(&format!("value=\"{seed}\"")),
            "{text}"
        );
        assert!(text.contains(&format!("href=\"#field-{field}\"")), "{text}");
    }
    let added = [("target", "web-customers"), ("fault", "latency"), ("value", "5ms"), ("chance", "30%")];
    assert_eq!(dashboard.post_form("/chaos/add", &added).await.status, StatusCode::SEE_OTHER);
    let wrong = [("target", "web-customers"), ("fault", "terminate"), ("value", ""), ("chance", "")];
    let refused = dashboard.post_form("/chaos/add", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("no such fault of web-customers"), "{}", refused.text());
    let wrong = [("target", "sqs"), ("fault", "error"), ("value", ""), ("chance", "often")];
    let refused = dashboard.post_form("/chaos/add", &wrong).await;
    assert!(refused.text().contains("href=\"#field-chance\""), "{}", refused.text());
    let page = ok(dashboard.get("/chaos").await);
    assert!(page.contains(MARKER) && page.contains("<code>web-customers:latency=5ms@30%</code>"), "{page}");
    assert!(
        page.contains("cargo velox dev --chaos &#39;web-customers:latency=5ms@30%&#39; --chaos-seed")
            || page.contains("cargo velox dev --chaos 'web-customers:latency=5ms@30%' --chaos-seed"),
        "{page}"
    );
    let other = [("rule", "0"), ("text", "web-home:error")];
    dashboard.post_form("/chaos/remove", &other).await;
    assert!(ok(dashboard.get("/chaos").await).contains(MARKER), "the list had changed: nothing is removed");
    let one = [("rule", "0"), ("text", "web-customers:latency=5ms@30%")];
    assert_eq!(dashboard.post_form("/chaos/remove", &one).await.status, StatusCode::SEE_OTHER);
    assert!(!ok(dashboard.get("/chaos").await).contains(MARKER));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_says_that_there_is_chaos_and_faults_are_marked_where_they_struck() {
    let runner = Runner::start();
    let mut app = signed_up(&runner, "marked").await;
    set(&runner, "web-customers:latency=1ms; dynamodb.GetItem:latency=1ms; web-dashboard:duplicate", 1).await;
    assert_eq!(app.get("/customers").await.status, StatusCode::OK);
    assert_eq!(app.get("/dashboard").await.status, StatusCode::OK);
    let mut dashboard = runner.dashboard();
    for path in [
        "/",
        "/functions",
        "/queues",
        "/schedules",
        "/files",
        "/tables",
        "/parameters",
        "/configuration",
        "/mail",
    ] {
        assert!(ok(dashboard.get(path).await).contains(MARKER), "{path}");
    }
    assert!(dashboard.get("/no-such-page").await.text().contains(MARKER));
    let page = ok(dashboard.get("/chaos").await);
    assert!(page.contains("dynamodb.GetItem velox-sessions") && page.contains("held back for 1ms"), "{page}");
    let found = ok(dashboard.get("/invocations?q=web-customers&outcome=chaos").await);
    let invocation =
        found.split("href=\"/invocations/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = ok(dashboard.get(&format!("/invocations/{invocation}")).await);
    for says in ["This was done to it on purpose.", "held back for 1ms", "answered 1 ms later"] {
        assert!(page.contains(says), "{says}: {page}");
    }
    let again = ok(dashboard.get("/invocations?q=web-dashboard").await);
    assert!(again.contains("once more, by chaos"), "{again}");
    runner.wait_for_output("CHAOS web-customers: held back for 1ms (web-customers:latency=1ms, call 1 in ");
    stop(&runner).await;
    assert!(!ok(dashboard.get("/").await).contains(MARKER));
}

#[test]
fn rules_that_are_wrong_are_refused_at_the_command_line() {
    let folder = Folder::new();
    let (status, says) = folder.refused(&["--chaos", "web-custmers:latency=200ms"]);
    assert!(!status.success());
    assert!(
        says.contains("character 1, `web-custmers`") && says.contains("Did you mean `web-customers`?"),
        "{says}"
    );
    let (status, says) = folder.refused(&["--chaos-seed", "7"]);
    assert!(!status.success() && says.contains("--chaos <RULES>"), "{says}");
}

/// The first invocation in the list that a query finds.
async fn first(dashboard: &mut Client, query: &str) -> Option<String> {
    let page = ok(dashboard.get(&format!("/invocations?{query}")).await);
    let id = page.split("href=\"/invocations/").nth(1)?;
    Some(id.split('"').next().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_and_its_job_lead_to_each_other_and_what_runs_is_counted() {
    let runner = Runner::start();
    let mut app = signed_up(&runner, "trace").await;
    // The job takes a while, so that it is seen running.
    set(&runner, "import-customers:latency=3s", 1).await;
    let file = std::fs::read(project().join("fixtures/customers-ragged.csv")).unwrap();
    let answer = app.post_file("/imports", &[], ("file", "customers-ragged.csv", &file)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let mut dashboard = runner.dashboard();
    let mut running = None;
    while running.is_none() {
        running = first(&mut dashboard, "outcome=running&q=import-customers").await;
    }
    let job = running.unwrap();
    assert!(ok(dashboard.get("/").await).contains("1 running, 0 failed"));
    assert!(ok(dashboard.get("/functions/import-customers").await).contains("1 running"));
    let request = first(&mut dashboard, "q=web-start-import").await.unwrap();
    for (from, to) in [(&request, &job), (&job, &request)] {
        let page = ok(dashboard.get(&format!("/invocations/{from}")).await);
        let same = page.split("Same trace").nth(1).unwrap_or_else(|| panic!("no trace: {page}"));
        assert!(same.contains(&format!("/invocations/{to}")), "{page}");
    }
    runner.wait_for_output("import-customers 1 of 1 messages → ok");
    assert_eq!(first(&mut dashboard, "outcome=running").await, None);
    assert!(ok(dashboard.get("/").await).contains("0 running"));
}
