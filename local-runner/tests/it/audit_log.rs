//! The audit log as its readers see it: filtered, page by page, and as a file.

use http::StatusCode;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{http::Client, runner::Runner};

/// 120 entries of one day, of which one has a name that a spreadsheet would run.
const ENTRIES: &str = "
    INSERT INTO audit_events (id, organization_id, actor_kind, actor_id, action, subject_kind, address, at, detail)
    SELECT gen_random_uuid(), m.organization_id, 'user', m.user_id, 'allow_list.changed', 'organization', '192.0.2.1',
           '2025-03-01T12:00:00Z', CASE n WHEN 7 THEN '\"=1+1\"' ELSE '{}' END::jsonb
    FROM memberships m, generate_series(1, 120) n";

async fn owner(runner: &Runner) -> Client {
    let demo = runner.running.demo.clone().unwrap();
    let mut database = PgConnection::connect(&runner.running.database.owner).await.unwrap();
    database.execute(AssertSqlSafe(ENTRIES)).await.unwrap();
    let mut app = runner.app();
    let login = [("email", demo.email.as_str()), ("password", demo.password.as_str())];
    assert_eq!(app.post_form("/login", &login).await.status, StatusCode::SEE_OTHER);
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_filtered_paged_and_taken_away() {
    let runner = Runner::start();
    let mut app = owner(&runner).await;
    for (query, shown) in [
        ("?action=allow_list.changed", "1–50 of 120 entries"),
        ("?action=allow_list.changed&page=3", "101–120 of 120 entries"),
        ("?from=2025-03-01&to=2025-03-01", "1–50 of 120 entries"),
        ("?from=2025-03-02&action=allow_list.changed", "No entry matches"),
        ("?to=2025-02-28", "No entry matches"),
        ("?person=01930000-0000-7000-8000-000000000001", "No entry matches"),
        ("?action=user.signed_in", "1–1 of 1 entries"),
    ] {
        let page = app.get(&format!("/settings/audit{query}")).await;
        assert!(page.text().contains(shown), "{query}: {}", page.text());
    }
    let page = app.get("/settings/audit?action=allow_list.changed&page=2").await.text();
    assert!(page.contains("href=\"/settings/audit?action=allow_list.changed&amp;page=3\""), "{page}");

    let file = app.get("/settings/audit.csv?action=allow_list.changed").await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment; filename=\"velox-audit-"));
    let text = file.text();
    assert_eq!(text.lines().count(), 121, "{text}");
    assert!(text.contains(",'=1+1") && !text.contains(",=1+1"), "{text}");
    assert!(app.get("/settings/audit").await.text().contains("Audit log exported"));
}
