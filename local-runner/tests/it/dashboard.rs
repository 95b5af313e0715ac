//! The dashboard of a real runner: every page with and without data, and every form does what it says.

use http::{Method, StatusCode};

use crate::{
    http::{Answer, Client},
    runner::Runner,
};

/// Every page that needs no name of a thing.
pub(crate) const PAGES: [&str; 12] = [
    "/",
    "/functions",
    "/invocations",
    "/queues",
    "/schedules",
    "/mail",
    "/files",
    "/tables",
    "/parameters",
    "/database",
    "/chaos",
    "/configuration",
];

const LOGIN: &str = "/functions/web-login-form";

/// Asks until the page says it: log lines and timings come by another way than answers.
pub(crate) async fn eventually(client: &mut Client, path: &str, text: &str) -> String {
    for _ in 0..600 {
        let page = client.get(path).await.text();
        if page.contains(text) {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{path} never says {text:?}:\n{}", client.get(path).await.text());
}

#[expect(clippy::needless_pass_by_value, reason = "an answer is read once")]
pub(crate) fn ok(answer: Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.text()
}

/// Follows a redirect and gives the page behind it.
pub(crate) async fn done(client: &mut Client, answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    let location = answer.location().to_owned();
    ok(client.get(&location).await)
}

/// The address of the latest invocation of a function.
pub(crate) async fn latest(client: &mut Client, function: &str) -> String {
    let page = ok(client.get(&format!("/invocations?q={function}")).await);
    let start = page.find("href=\"/invocations/").unwrap_or_else(|| panic!("no invocation:\n{page}"));
    page[start + 6..].split('"').next().unwrap().to_owned()
}

pub(crate) async fn sign_in(runner: &Runner) -> Client {
    let mut app = runner.app();
    let demo = runner.running.demo.clone().unwrap();
    app.get("/login").await;
    let answer = app.post_form("/login", &[("email", &demo.email), ("password", &demo.password)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(app.get("/customers").await.status, StatusCode::OK);
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_answers_before_and_after_there_is_something_to_show() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    assert!(runner.running.urls.dashboard.starts_with("http://localhost:"));
    assert!(runner.output().contains(&runner.running.urls.dashboard), "the banner says where it is");
    for full in [false, true] {
        if full {
            sign_in(&runner).await;
        }
        for path in PAGES {
            let answer = dashboard.get(path).await;
            let policy = answer.header("content-security-policy").unwrap_or_default().to_owned();
            assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
            let page = ok(answer);
            assert!(page.contains("aria-current=\"page\""), "{path}: {page}");
            assert!(!page.contains("<script>") && !page.contains(" style="), "{path}: {page}");
        }
    }
    let overview = ok(dashboard.get("/").await);
    assert!(overview.contains("/customers") && overview.contains("web-login"), "{overview}");
    let functions = ok(dashboard.get("/functions").await);
    assert!(functions.contains("running") && functions.contains("relay-outbox"), "{functions}");
    for missing in
        ["/nowhere", "/functions/nobody", "/invocations/none", "/queues/none", "/mail/none", "/tables/none"]
    {
        let answer = dashboard.get(missing).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{missing}: {}", answer.text());
        assert!(answer.text().contains("<h1>"), "{missing}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_is_shown_with_event_answer_statements_and_no_passwords() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    let password = runner.running.demo.clone().unwrap().password;
    let app = sign_in(&runner).await;
    let login = latest(&mut dashboard, "POST%20/login").await;
    let page = eventually(&mut dashboard, &login, "SELECT").await;
    assert!(page.contains("[hidden]") && page.contains("email="), "{page}");
    assert!(!page.contains(&password), "the password is hidden");
    assert!(page.contains("DynamoDB.PutItem"), "the session is an AWS call: {page}");
    assert!(page.contains("handler") && page.contains("data-kind=\"sql\""), "{page}");
    let open = ok(dashboard.get(&format!("{login}?secrets=shown")).await);
    assert!(!open.contains("[hidden]</"), "{open}");
    // The session's cookie is a secret as well.
    let list = latest(&mut dashboard, "/customers").await;
    let page = ok(dashboard.get(&list).await);
    assert!(page.contains("&quot;cookies&quot;: [\n    &quot;[hidden]&quot;"), "{page}");
    drop(app);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_runs_the_function_with_the_event_as_it_was_edited() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    sign_in(&runner).await;
    let list = latest(&mut dashboard, "/customers").await;
    let page = ok(dashboard.get(&list).await);
    let event = event_of(&page);
    assert!(event.contains("[hidden]"), "{event}");
    // Nobody is signed in without the cookie, so the hidden one was put back when the answer is the list.
    let replayed = dashboard.post_form(&format!("{list}/replay"), &[("event", &event)]).await;
    let shown = done(&mut dashboard, &replayed).await;
    assert!(shown.contains("web-customers ran with this event."), "{shown}");
    assert!(shown.contains("&quot;statusCode&quot;: 200"), "{shown}");
    let edited = event.replace("[hidden]", "session=none");
    let replayed = dashboard.post_form(&format!("{list}/replay"), &[("event", &edited)]).await;
    let shown = done(&mut dashboard, &replayed).await;
    assert!(shown.contains("&quot;statusCode&quot;: 303"), "{shown}");
    let refused = dashboard.post_form(&format!("{list}/replay"), &[("event", "{\"half\":")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.text().contains("This is not JSON: EOF") && refused.text().contains("{&quot;half&quot;:")
    );
    let refused = dashboard.post_form(&format!("{LOGIN}/invoke"), &[("event", "no")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let direct = dashboard.post_form("/functions/migrate/invoke", &[("event", "{}")]).await;
    assert!(done(&mut dashboard, &direct).await.contains("migrate ran with this event."));
}

/// What stands in the form's text field.
fn event_of(page: &str) -> String {
    let area = page.split("name=\"event\"").nth(1).unwrap().split_once('>').unwrap().1;
    let text = area.split("</textarea>").next().unwrap().trim_start_matches('\n');
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_looked_at_sent_purged_and_redriven() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    // Nothing consumes dead letters.
    let queue = "/queues/velox-import-customers-dead-letters";
    assert!(ok(dashboard.get(queue).await).contains("No messages"));
    for body in ["{\"n\":1}", "<b>plain</b>"] {
        let sent = dashboard.post_form(&format!("{queue}/send"), &[("body", body), ("delay", "")]).await;
        assert!(done(&mut dashboard, &sent).await.contains("Sent as "));
    }
    for _ in 0..2 {
        let page = ok(dashboard.get(queue).await);
        assert!(page.contains("&quot;n&quot;: 1") && page.contains("&lt;b&gt;plain"), "{page}");
        assert!(page.contains("0 receives") && page.contains("ready"), "looking changes nothing: {page}");
    }
    assert!(ok(dashboard.get("/queues").await).contains(">2<"));
    let purged = dashboard.post_form(&format!("{queue}/purge"), &[]).await;
    assert!(done(&mut dashboard, &purged).await.contains("thrown away"));
    assert!(ok(dashboard.get(queue).await).contains("No messages"));
    for (fields, what) in [
        (&[("body", ""), ("delay", "")][..], "MessageBody"),
        (&[("body", "x"), ("delay", "901")], "900 at most"),
        (&[("body", "x"), ("delay", "soon")], "900 at most"),
    ] {
        let refused = dashboard.post_form(&format!("{queue}/send"), fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(refused.text().contains(what), "{}", refused.text());
    }
    let missing = dashboard.post_form("/queues/none/send", &[("body", "x")]).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND, "{}", missing.text());
    let dead = dashboard.post_form(&format!("{queue}/send"), &[("body", "again"), ("delay", "")]).await;
    done(&mut dashboard, &dead).await;
    let moved = dashboard.post_form(&format!("{queue}/redrive"), &[]).await;
    let page = done(&mut dashboard, &moved).await;
    assert!(page.contains("move back"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_functions_keep_in_the_cloud_can_be_looked_at() {
    let runner = Runner::start();
    let (mut dashboard, mut app) = (runner.dashboard(), sign_in(&runner).await);
    let csv = b"name,email,vat_id,country,external_id\nAcme,a@acme.example,,DE,1\n";
    let upload = app.post_file("/imports", &[], ("file", "few.csv", csv)).await;
    assert_eq!(upload.status, StatusCode::SEE_OTHER, "{}", upload.text());
    let table = ok(dashboard.get("/tables/velox-sessions").await);
    assert!(table.contains("Expires") && table.contains("expires_at"), "{table}");
    let bucket = ok(dashboard.get("/files/velox-files").await);
    let start =
        bucket.find("/files/velox-files/object?key=").unwrap_or_else(|| panic!("no object: {bucket}"));
    let object = bucket[start..].split('"').next().unwrap().replace("&amp;", "&");
    let page = ok(dashboard.get(&object).await);
    assert!(page.contains("Acme,a@acme.example"), "{page}");
    let download = dashboard.get(&object.replace("/object?", "/download?")).await;
    assert_eq!(download.body.as_ref(), csv);
    assert!(download.header("content-disposition").unwrap().starts_with("attachment"));
    let deleted = dashboard.post_form(&object.replace("/object?", "/delete?"), &[]).await;
    assert!(done(&mut dashboard, &deleted).await.contains("is deleted"));
    assert_eq!(dashboard.get(&object).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sql_box_reads_and_nothing_else() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    let tables = ok(dashboard.get("/database").await);
    assert!(tables.contains("/database/tables/public/customers"), "{tables}");
    let table = ok(dashboard.get("/database/tables/public/organizations").await);
    assert!(table.contains("created_at") && table.contains("uuid"), "{table}");
    let mut run = async |sql: &str| dashboard.post_form("/database/query", &[("sql", sql)]).await;
    let rows =
        ok(run("SELECT n, n::text || 'x' AS t, NULL AS nothing FROM generate_series(1, 1000) n;").await);
    assert!(
        rows.contains("500 rows and more") && rows.contains(">500x<") && !rows.contains(">501x<"),
        "{rows}"
    );
    assert!(rows.contains("<span class=\"null\">null</span>"));
    assert!(ok(run("EXPLAIN SELECT 1").await).contains("Result"));
    for (sql, says) in [
        ("SELECT *\nFROM custmers", "relation &quot;custmers&quot; does not exist"),
        ("SELECT *\nFROM custmers", "line 2: FROM custmers"),
        ("DELETE FROM customers", "syntax error"),
        (
            "WITH gone AS (DELETE FROM customers RETURNING *) SELECT * FROM gone",
            "must not contain data-modifying",
        ),
        ("SELECT nextval('pg_toast.none')", "does not exist"),
        ("SELECT 1; DELETE FROM customers", "one statement at a time"),
        ("SELECT set_config('transaction_read_only', 'off', false)", "read-write"),
        ("", "syntax error"),
        ("SELECT pg_sleep(60)", "more than five seconds"),
    ] {
        let answer = run(sql).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{sql}: {}", answer.text());
        assert!(answer.text().contains(says), "{sql}: {}", answer.text());
    }
    assert!(ok(run("SELECT count(*) AS still FROM organizations").await).contains("still"));
    let missing = dashboard.get("/database/tables/public/none").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_can_neither_read_the_dashboard_nor_post_to_it() {
    let runner = Runner::start();
    let port = runner.running.ports.dashboard;
    for ours in ["localhost", "127.0.0.1", "dashboard.localhost"] {
        let mut client = Client::new(&format!("http://{ours}:{port}"));
        assert_eq!(client.get("/").await.status, StatusCode::OK, "{ours}");
    }
    let mut rebound = Client::new(&format!("http://evil.example:{port}"));
    for path in ["/", "/configuration", "/events", "/assets/app.css"] {
        assert_eq!(rebound.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for (name, value) in [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
        let mut other = runner.dashboard().with_header(name, value);
        assert_eq!(other.post_form("/mail/clear", &[]).await.status, StatusCode::FORBIDDEN, "{value}");
    }
    // The application's own pages are another origin, too.
    let mut other = runner.dashboard().with_header("origin", &runner.running.urls.app);
    let answer = other.send(Method::POST, "/mail/clear", None, bytes::Bytes::new()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_says_where_each_value_came_from() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    let page = ok(dashboard.get("/configuration").await);
    let password = runner.running.database.app.split([':', '@']).nth(2).unwrap().to_owned();
    assert!(page.contains("[hidden]") && !page.contains(&password), "{page}");
    for says in
        ["--dashboard-port", "any free one, as the flag asked", "SESSIONS_TABLE", "catalogue: names.rs"]
    {
        assert!(page.contains(says), "{says}: {page}");
    }
    assert!(ok(dashboard.get("/configuration?secrets=shown").await).contains(&password));
}
