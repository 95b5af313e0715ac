//! Fires of schedules on a real SQS, locked in a real DynamoDB.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use serde_json::{Value, json};

use crate::aws_conformance::conformance;
use crate::aws_world::{Clients, unique};
use crate::mapping_host::{Host, eventually};

conformance! {
    a_fire_becomes_an_event_with_its_planned_time,
    a_repeated_fire_is_dropped,
    a_fire_that_failed_is_tried_again_and_then_done,
    a_holder_that_died_blocks_a_fire_until_its_lease_is_over,
}

const ARN: &str = "arn:aws:scheduler:eu-central-1:123456789012:schedule/default/nightly";
const TIME: &str = "2026-03-22T18:59:43Z";

/// A new queue and a new table of locks.
async fn resources(clients: &Clients) -> (String, String) {
    let url = clients.queue(&[]).await;
    let table = unique("locks");
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
    let id = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S);
    let create = clients.dynamodb.create_table().table_name(&table).billing_mode(BillingMode::PayPerRequest);
    create.key_schema(key).attribute_definitions(id.build().unwrap()).send().await.unwrap();
    (url, table)
}

/// One delivery of the same fire.
async fn fire(clients: &Clients, url: &str, detail: Value) {
    let body = json!({ "schedule-arn": ARN, "scheduled-time": TIME, "execution-id": unique("execution"),
                       "detail": detail });
    clients.sqs.send_message().queue_url(url).message_body(body.to_string()).send().await.unwrap();
}

async fn state(clients: &Clients, table: &str) -> Option<String> {
    let key = AttributeValue::S(format!("{ARN}#{TIME}"));
    let got = clients.dynamodb.get_item().table_name(table).key("id", key).consistent_read(true);
    let item = got.send().await.unwrap().item?;
    Some(item["state"].as_s().unwrap().clone())
}

async fn host(url: &str, table: &str) -> Host {
    let mapping = json!({ "payload": "scheduled-event", "lock_table": table, "retry_delay_s": 1 });
    Host::start(url, mapping).await
}

async fn is_empty(clients: &Clients, url: &str) -> bool {
    let names = [
        aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessages,
        aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ];
    let asked = clients.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(names.to_vec()));
    asked.send().await.unwrap().attributes.unwrap().values().all(|count| count == "0")
}

async fn a_fire_becomes_an_event_with_its_planned_time(clients: Clients) {
    let (url, table) = resources(&clients).await;
    fire(&clients, &url, json!({ "keep": 30 })).await;
    let host = host(&url, &table).await;
    eventually!("it is deleted", is_empty(&clients, &url).await);
    let event = host.events().remove(0);
    assert_eq!(event["time"], TIME);
    assert_eq!((&event["resources"][0], &event["detail"]["keep"]), (&json!(ARN), &json!(30)));
    assert_eq!(state(&clients, &table).await.as_deref(), Some("done"));
    host.stop().await;
}

async fn a_repeated_fire_is_dropped(clients: Clients) {
    let (url, table) = resources(&clients).await;
    for _ in 0..3 {
        fire(&clients, &url, json!({})).await;
    }
    let host = host(&url, &table).await;
    eventually!("all are deleted", is_empty(&clients, &url).await);
    assert_eq!(host.events().len(), 1);
    host.stop().await;
}

async fn a_fire_that_failed_is_tried_again_and_then_done(clients: Clients) {
    let (url, table) = resources(&clients).await;
    fire(&clients, &url, json!({ "do": "fail" })).await;
    let first = host(&url, &table).await;
    eventually!("it was tried twice", first.seen.invocations.lock().unwrap().len() >= 2);
    first.stop().await;
    assert_eq!(state(&clients, &table).await, None, "nobody holds it");
    fire(&clients, &url, json!({})).await;
    let second = host(&url, &table).await;
    eventually!("it is done", state(&clients, &table).await.as_deref() == Some("done"));
    eventually!("all are deleted", is_empty(&clients, &url).await);
    second.stop().await;
}

async fn a_holder_that_died_blocks_a_fire_until_its_lease_is_over(clients: Clients) {
    let (url, table) = resources(&clients).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let held = clients
        .dynamodb
        .put_item()
        .table_name(&table)
        .item("id", AttributeValue::S(format!("{ARN}#{TIME}")))
        .item("state", AttributeValue::S("running".to_owned()))
        .item("owner", AttributeValue::S("dead".to_owned()))
        .item("leased_until", AttributeValue::N((now + 4).to_string()));
    held.send().await.unwrap();
    fire(&clients, &url, json!({})).await;
    let host = host(&url, &table).await;
    eventually!("it is deleted", is_empty(&clients, &url).await);
    let done = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(done >= now + 4, "it waited for the lease");
    assert_eq!(host.events().len(), 1);
    host.stop().await;
}
