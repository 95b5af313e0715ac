//! The audit log can be added to and nothing else.

use sqlx::{AssertSqlSafe, Row};

use crate::world::World;

#[tokio::test]
async fn entries_are_written_and_can_be_neither_changed_nor_deleted() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let mut app = world.app_as(tenant).await;
    let rows =
        sqlx::query("SELECT action FROM audit_events ORDER BY action").fetch_all(&mut app).await.unwrap();
    let actions: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(actions, ["organization.created", "user.created"]);
    for statement in
        ["UPDATE audit_events SET action = 'x'", "DELETE FROM audit_events", "TRUNCATE audit_events"]
    {
        let error = sqlx::query(AssertSqlSafe(statement)).execute(&mut app).await.unwrap_err();
        assert!(error.to_string().contains("permission denied"), "{statement}: {error}");
    }
}
