//! What a mapping does when SQS or its function says no.

use serde_json::json;

use crate::{
    queues_server::{Fault, Server},
    world::eventually,
};

const THROTTLED: Fault = Fault::Refused(400, "RequestThrottled");

#[tokio::test]
async fn throttled_receives_are_told_and_tried_again_ever_more_slowly() {
    let server = Server::new().await;
    server.fail("ReceiveMessage", [THROTTLED, Fault::Refused(503, "ServiceUnavailable"), THROTTLED]);
    server.send([json!({})]);
    let world = server.world(json!({ "maximum_concurrency": 8 })).await;
    eventually("it is deleted", || server.is_empty()).await;
    let told = world.seen.trouble.lock().unwrap().clone();
    assert!(told.len() == 3 && told[0].contains("RequestThrottled"), "{told:?}");
    world.end().await;
}

#[tokio::test]
async fn deletes_that_fail_for_now_are_tried_again_until_they_succeed() {
    let server = Server::new().await;
    let faults = [THROTTLED, Fault::Entries("InternalError", false), Fault::AnswerLost];
    server.fail("DeleteMessageBatch", faults);
    server.send((0..10).map(|n| json!({ "n": n })));
    let world = server.world(json!({ "visibility_timeout_s": 60 })).await;
    eventually("all are deleted", || server.is_empty()).await;
    assert_eq!(world.seen.invocations.lock().unwrap().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_receipt_that_has_expired_is_told_and_not_tried_again() {
    let server = Server::new().await;
    server.fail("DeleteMessageBatch", [Fault::Entries("ReceiptHandleIsInvalid", true)]);
    server.send([json!({})]);
    let world = server.world(json!({ "visibility_timeout_s": 600 })).await;
    eventually("it is told", || !world.seen.trouble.lock().unwrap().is_empty()).await;
    let told = world.seen.trouble.lock().unwrap()[0].clone();
    assert!(
        told.contains("1 messages could not be deleted and will come again: ReceiptHandleIsInvalid"),
        "{told}"
    );
    assert_eq!(server.calls("DeleteMessageBatch").len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_batch_waits_hidden_while_its_function_cannot_start_and_costs_no_receives() {
    let server = Server::new().await;
    server.send([json!({})]);
    let broken = json!({ "environment": { "TESTBED_KIND": "json", "TESTBED_START": "fail" } });
    let world = server.world_of(broken, json!({ "visibility_timeout_s": 30 })).await;
    let failed = || world.seen.processes.lock().unwrap().iter().filter(|e| e.contains("StartFailed")).count();
    eventually("it cannot start", || failed() >= 2).await;
    assert_eq!(server.left()[0].received, 1);
    let repaired = server.manifest(json!({}), json!({ "visibility_timeout_s": 30 })).to_string();
    world.adapter.reload(adapter::Manifest::from_json(&repaired).unwrap()).await.unwrap();
    eventually("it is deleted", || server.is_empty()).await;
    eventually("the observer is told", || !world.seen.invocations.lock().unwrap().is_empty()).await;
    let told = world.seen.invocations.lock().unwrap().clone();
    assert!(told.len() == 1 && told[0].error.is_none(), "{told:?}");
    world.end().await;
}

#[tokio::test]
async fn a_function_that_is_full_has_its_batches_wait_instead_of_failing() {
    let server = Server::new().await;
    server.send((0..3).map(|_| json!({ "do": "slow" })));
    let with = json!({ "concurrency": 1, "processes": { "max": 1 }, "max_queued": 0 });
    let mapping = json!({ "batch_size": 1, "maximum_concurrency": 3, "visibility_timeout_s": 60 });
    let world = server.world_of(with, mapping).await;
    eventually("all are deleted", || server.is_empty()).await;
    let records = world.seen.invocations.lock().unwrap().clone();
    assert!(records.len() == 3 && records.iter().all(|record| record.error.is_none()), "{records:?}");
    world.end().await;
}
