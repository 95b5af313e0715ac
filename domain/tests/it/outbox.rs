//! Jobs leave with their transaction or not at all, and none is forgotten.

use chrono::TimeDelta;
use domain::{
    audit::Origin,
    imports::{StartImport, start_import},
    job_runs::{self, Begun},
    outbox::{self, OutboxMessage},
};
use serde_json::json;

use crate::world::{Tenant, World};

async fn enqueue(world: &World, tenant: Tenant, commit: bool) -> Vec<OutboxMessage> {
    let mut tx = world.tx(tenant).await;
    let upload = StartImport::check(&tx, "a.csv", b"x").unwrap();
    start_import(&mut tx, &upload, tenant.owner, &Origin::system()).await.unwrap();
    if commit { tx.commit().await.unwrap() } else { Vec::new() }
}

async fn unsent(world: &World) -> Vec<OutboxMessage> {
    let mut tx = world.operator.across_tenants().await.unwrap();
    outbox::unsent(&mut tx, world.now(), 10).await.unwrap()
}

#[tokio::test]
async fn a_commit_hands_over_its_jobs_and_a_rollback_leaves_none() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    enqueue(&world, tenant, false).await;
    let messages = enqueue(&world, tenant, true).await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].function, "import-customers");
    assert_eq!(messages[0].body["organization_id"], json!(tenant.organization));
    world.pass(TimeDelta::minutes(1));
    assert_eq!(unsent(&world).await, messages);
}

#[tokio::test]
async fn the_relay_leaves_fresh_messages_to_their_sender_and_settled_ones_alone() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let messages = enqueue(&world, tenant, true).await;
    assert_eq!(unsent(&world).await, []);
    world.pass(TimeDelta::seconds(10));
    assert_eq!(unsent(&world).await.len(), 1);
    let mut tx = world.tx(tenant).await;
    outbox::settle(&mut tx, &[messages[0].id]).await.unwrap();
    let _none = tx.commit().await.unwrap();
    assert_eq!(unsent(&world).await, []);
}

#[tokio::test]
async fn two_relays_at_once_do_not_take_the_same_message() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    enqueue(&world, tenant, true).await;
    world.pass(TimeDelta::minutes(1));
    let mut first = world.operator.across_tenants().await.unwrap();
    let taken = outbox::unsent(&mut first, world.now(), 10).await.unwrap();
    assert_eq!((taken.len(), unsent(&world).await.len()), (1, 0));
    outbox::settle_across_tenants(&mut first, &[taken[0].id]).await.unwrap();
    first.commit().await.unwrap();
    assert_eq!(unsent(&world).await, []);
}

#[tokio::test]
async fn a_job_that_was_finished_under_a_key_is_not_begun_again() {
    let world = World::new().await;
    let mut tx = world.operator.across_tenants().await.unwrap();
    assert_eq!(job_runs::begin(&mut tx, "job", "12:00").await.unwrap(), Begun::Fresh);
    job_runs::finish(&mut tx, "job", "12:00", &json!({ "n": 1 })).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.operator.across_tenants().await.unwrap();
    assert_eq!(job_runs::begin(&mut tx, "job", "12:00").await.unwrap(), Begun::Finished(json!({ "n": 1 })));
    assert_eq!(job_runs::begin(&mut tx, "job", "13:00").await.unwrap(), Begun::Fresh);
}
