//! Event source mappings: batches, what becomes of them, how many at a time, and what a shutdown leaves.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    queues_server::{Fault, Server},
    world::{World, eventually},
};

/// Lines that the function wrote and that contain this.
fn lines(world: &World, text: &str) -> usize {
    world.seen.output.lock().unwrap().iter().filter(|line| line.contains(text)).count()
}

#[tokio::test]
async fn a_batch_is_invoked_once_and_deleted() {
    let server = Server::new().await;
    server.send((0..10).map(|n| json!({ "n": n })));
    let world = server.world(json!({})).await;
    eventually("all are deleted", || server.is_empty()).await;
    eventually("the observer is told", || !world.seen.invocations.lock().unwrap().is_empty()).await;
    let told = world.seen.invocations.lock().unwrap()[0].clone();
    assert_eq!((told.batch_size, told.failures, told.error), (10, 0, None));
    assert_eq!(server.calls("DeleteMessageBatch").len(), 1);
    let asked = &server.calls("ReceiveMessage")[0];
    assert_eq!(
        (asked["WaitTimeSeconds"].as_u64(), asked["MaxNumberOfMessages"].as_u64()),
        (Some(20), Some(10))
    );
    world.end().await;
}

#[tokio::test]
async fn only_messages_that_did_not_fail_are_deleted_and_the_others_come_back() {
    let server = Server::new().await;
    server.send((0..4).map(|n| if n == 2 { json!("fail once") } else { json!("fine") }));
    let world = server.world(json!({ "report_batch_item_failures": true })).await;
    eventually("the others are deleted", || server.left().len() == 1).await;
    assert_eq!((server.left()[0].body.as_str(), server.left()[0].received), ("\"fail once\"", 1));
    eventually("it came back and succeeded", || server.is_empty()).await;
    world.end().await;
}

#[tokio::test]
async fn after_an_error_or_a_crash_nothing_is_deleted() {
    for deed in ["fail", "exit", "garbage"] {
        let server = Server::new().await;
        server.send([json!({ "do": deed })]);
        let world = server.world(json!({ "report_batch_item_failures": true })).await;
        eventually("it came back", || server.left()[0].received >= 2).await;
        assert!(server.calls("DeleteMessageBatch").is_empty());
        let told = world.seen.invocations.lock().unwrap()[0].clone();
        assert!(told.failures == 1 && told.error.is_some(), "{told:?}");
        world.end().await;
    }
}

#[tokio::test]
async fn with_a_retry_delay_a_failed_message_comes_back_before_its_visibility_timeout_has_run_out() {
    let server = Server::new().await;
    server.send([json!({ "do": "exit" })]);
    let world = server.world(json!({ "visibility_timeout_s": 600, "retry_delay_s": 1 })).await;
    eventually("it came back twice", || server.left()[0].received >= 3).await;
    let hidden = server.calls("ChangeMessageVisibilityBatch");
    let seconds: Vec<_> = hidden.iter().map(|call| call["Entries"][0]["VisibilityTimeout"].clone()).collect();
    assert_eq!(seconds[..2], [json!(1), json!(2)], "each delay is twice the one before");
    world.end().await;
}

#[tokio::test]
async fn a_batch_that_takes_longer_than_its_visibility_timeout_is_received_once() {
    let server = Server::new().await;
    server.send([json!({ "do": "slow" })]);
    let world = server.world(json!({})).await;
    eventually("it is deleted", || server.is_empty()).await;
    assert!(!server.calls("ChangeMessageVisibilityBatch").is_empty(), "it was hidden for longer");
    eventually("the observer is told", || !world.seen.invocations.lock().unwrap().is_empty()).await;
    assert_eq!(world.seen.invocations.lock().unwrap().len(), 1, "it was invoked once");
    world.end().await;
}

#[tokio::test]
async fn a_message_that_is_the_event_is_invoked_by_itself() {
    let server = Server::new().await;
    server.send([json!({ "fire": 1 }), json!({ "do": "fail" }), json!({ "fire": 3 })]);
    let world = server.world(json!({ "payload": "message-body" })).await;
    eventually("two are deleted", || server.left().len() == 1).await;
    eventually("three are told", || world.seen.invocations.lock().unwrap().len() >= 3).await;
    assert!(world.seen.invocations.lock().unwrap().iter().all(|record| record.batch_size == 1));
    let seen = || world.seen.output.lock().unwrap().iter().any(|line| line.contains(r#"saw {"fire":1}"#));
    eventually("the event is the body", seen).await;
    world.end().await;
}

#[tokio::test]
async fn a_batching_window_fills_a_batch_beyond_ten() {
    let server = Server::new().await;
    server.send((0..25).map(|n| json!({ "n": n })));
    let world = server.world(json!({ "batch_size": 25, "batching_window_ms": 5_000 })).await;
    eventually("all are deleted", || server.is_empty()).await;
    assert_eq!(world.seen.invocations.lock().unwrap()[0].batch_size, 25);
    world.end().await;
}

#[tokio::test]
async fn a_shutdown_finishes_the_batch_in_flight_and_receives_no_more() {
    let server = Server::new().await;
    server.send([json!({ "do": "slow" })]);
    let world = server.world(json!({})).await;
    eventually("it is received", || server.left()[0].received == 1).await;
    world.end().await;
    assert!(server.is_empty(), "it was finished and deleted");
    server.send([json!({})]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.left()[0].received, 0);
}

#[tokio::test]
async fn a_large_batch_is_filled_by_many_receives_and_deleted_by_many_calls() {
    let server = Server::new().await;
    server.send((0..500).map(|n| json!({ "n": n })));
    let world = server.world(json!({ "batch_size": 500, "batching_window_ms": 60_000 })).await;
    eventually("all are deleted", || server.is_empty()).await;
    assert_eq!(world.seen.invocations.lock().unwrap()[0].batch_size, 500);
    assert_eq!(server.calls("DeleteMessageBatch").len(), 50);
    world.end().await;
}

#[tokio::test]
async fn a_batch_beyond_six_mebibytes_becomes_several_invocations() {
    let server = Server::new().await;
    server.send((0..10).map(|_| json!("x".repeat(900_000))));
    let world = server.world(json!({ "visibility_timeout_s": 60 })).await;
    eventually("all are deleted", || server.is_empty()).await;
    eventually("the observer is told", || world.seen.invocations.lock().unwrap().len() == 2).await;
    let sizes: Vec<_> =
        world.seen.invocations.lock().unwrap().iter().map(|record| record.batch_size).collect();
    assert_eq!(sizes, [6, 4]);
    world.end().await;
}

#[tokio::test]
async fn messages_that_wait_for_a_batching_window_longer_than_their_visibility_timeout_stay_hidden() {
    let server = Server::new().await;
    server.send([json!({ "n": 1 })]);
    let world = server.world(json!({ "batch_size": 25, "batching_window_ms": 2_500 })).await;
    eventually("it is deleted", || server.is_empty()).await;
    assert!(!server.calls("ChangeMessageVisibilityBatch").is_empty(), "it was hidden for longer");
    assert_eq!(world.seen.invocations.lock().unwrap().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn a_mapping_that_does_not_say_hides_for_as_long_as_the_queue_does() {
    let server = Server::new().await;
    server.send([json!({ "do": "slow" })]);
    let world = server.world(json!({ "visibility_timeout_s": null })).await;
    eventually("it is deleted", || server.is_empty()).await;
    let extended = server.calls("ChangeMessageVisibilityBatch");
    assert_eq!(extended[0]["Entries"][0]["VisibilityTimeout"], 2);
    assert_eq!(server.calls("ReceiveMessage")[0]["VisibilityTimeout"], Value::Null);
    world.end().await;
}

#[tokio::test]
async fn a_backlog_brings_pollers_and_an_idle_queue_has_one_that_polls_for_long() {
    let server = Server::new().await;
    let world = server.world(json!({ "maximum_concurrency": 8 })).await;
    eventually("one polls", || server.polling() == (1, 1)).await;
    server.send((0..500).map(|n| json!({ "n": n })));
    eventually("all are deleted", || server.is_empty()).await;
    assert!(server.polling().1 > 1, "{:?}", server.polling());
    let waits = || server.calls("ReceiveMessage").last().map(|call| call["WaitTimeSeconds"].clone());
    eventually("one polls again", || server.polling().0 == 1 && waits() == Some(json!(20))).await;
    world.end().await;
}

#[tokio::test]
async fn no_more_batches_are_received_than_may_be_worked_on_at_a_time() {
    let server = Server::new().await;
    server.send((0..9).map(|_| json!({ "do": "hang" })));
    let mapping = json!({ "batch_size": 1, "maximum_concurrency": 3, "visibility_timeout_s": 60 });
    let world = server.world_of(json!({ "concurrency": 10 }), mapping).await;
    eventually("three are worked on", || lines(&world, "saw") == 3).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.left().iter().filter(|message| message.received > 0).count(), 3);
    world.adapter.shutdown(Duration::from_millis(100)).await;
}

#[tokio::test]
async fn a_batch_continues_the_trace_of_its_sender() {
    let server = Server::new().await;
    let trace = "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Parent=53995c3f42cd8ad8;Sampled=1";
    server.send_with(&json!({}), json!({ "AWSTraceHeader": "nonsense" }));
    server.send_with(&json!({}), json!({ "AWSTraceHeader": trace }));
    let world = server.world(json!({})).await;
    eventually("the function saw it", || lines(&world, &format!("trace {trace}")) == 1).await;
    world.end().await;
}

#[tokio::test]
async fn a_reload_with_another_endpoint_polls_there() {
    let (here, there) = (Server::new().await, Server::new().await);
    let world = here.world(json!({})).await;
    eventually("one polls", || here.polling().0 == 1).await;
    let manifest = there.manifest(json!({}), json!({})).to_string();
    world.adapter.reload(adapter::Manifest::from_json(&manifest).unwrap()).await.unwrap();
    there.send([json!({})]);
    eventually("it is deleted there", || there.is_empty()).await;
    eventually("nobody polls here", || here.polling().0 == 0).await;
    world.end().await;
}

#[tokio::test]
async fn a_shutdown_gives_back_what_waits_for_its_window_to_end() {
    let server = Server::new().await;
    server.send((0..12).map(|n| json!({ "n": n })));
    let mapping = json!({ "batch_size": 100, "batching_window_ms": 300_000, "visibility_timeout_s": 600 });
    let world = server.world(mapping).await;
    eventually("all are received", || server.left().iter().all(|message| message.received == 1)).await;
    world.end().await;
    assert!(
        server.left().iter().all(|message| message.received == 1 && !message.hidden),
        "{:?}",
        server.left()
    );
}

#[tokio::test]
async fn a_shutdown_gives_back_what_was_on_its_way_from_the_queue() {
    let server = Server::new().await;
    server.fail("ReceiveMessage", [Fault::AnswerLate(Duration::from_millis(100))]);
    server.send([json!({})]);
    let world = server.world(json!({ "visibility_timeout_s": 600 })).await;
    eventually("it is received", || server.left()[0].received == 1).await;
    world.end().await;
    assert!(!server.left()[0].hidden, "{:?}", server.left());
}

#[tokio::test]
async fn a_shutdown_gives_back_what_its_function_never_began() {
    let server = Server::new().await;
    server.send([json!({ "do": "hang" }), json!({}), json!({})]);
    let mapping = json!({ "batch_size": 1, "maximum_concurrency": 3, "visibility_timeout_s": 600 });
    let with = json!({ "concurrency": 1, "processes": { "max": 1 } });
    let world = server.world_of(with, mapping).await;
    eventually("all are received", || server.left().iter().all(|message| message.received == 1)).await;
    eventually("one is worked on", || lines(&world, "saw") == 1).await;
    world.adapter.shutdown(Duration::from_millis(200)).await;
    let hidden: Vec<_> = server.left().iter().map(|message| message.hidden).collect();
    assert_eq!(hidden.iter().filter(|hidden| **hidden).count(), 1, "{hidden:?}");
}
