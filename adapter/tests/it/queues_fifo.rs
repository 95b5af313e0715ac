//! FIFO queues: the order of a message group, also when something fails.

use serde_json::{Value, json};

use crate::{
    queues_server::{Fault, Server},
    world::{World, eventually},
};

const QUEUE: &str = "http://sqs.test/000000000000/q.fifo";

#[allow(clippy::needless_pass_by_value, reason = "callers write it in place")]
fn mapping(with: Value) -> Value {
    let mut mapping = json!({ "url": QUEUE, "report_batch_item_failures": true, "maximum_concurrency": 5 });
    mapping.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    mapping
}

fn send(server: &Server, group: &str, body: &Value) {
    server.send_with(body, json!({ "MessageGroupId": group }));
}

/// What the function did of a group, in order.
fn done(world: &World, group: &str) -> Vec<String> {
    let output = world.seen.output.lock().unwrap();
    let prefix = format!("jobs: did {group} ");
    output.iter().filter_map(|line| line.strip_prefix(&prefix).map(str::to_owned)).collect()
}

#[tokio::test]
async fn each_group_is_done_in_its_order_also_when_messages_fail_at_first() {
    let server = Server::new().await;
    for n in 0..12 {
        for group in ["a", "b", "c"] {
            let fails = (n + group.len()) % 4 == 0;
            send(
                &server,
                group,
                &if fails { json!({ "do": "fail once", "n": n }) } else { json!({ "n": n }) },
            );
        }
    }
    let world = server.world(mapping(json!({ "retry_delay_s": 1 }))).await;
    eventually("all are deleted", || server.is_empty()).await;
    for group in ["a", "b", "c"] {
        let numbers: Vec<u64> = done(&world, group)
            .iter()
            .map(|body| serde_json::from_str::<Value>(body).unwrap()["n"].as_u64().unwrap())
            .collect();
        assert_eq!(numbers, (0..12).collect::<Vec<_>>(), "{group}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_failed_group_is_not_overtaken_and_holds_up_no_other() {
    let server = Server::new().await;
    send(&server, "poisoned", &json!({ "do": "fail item" }));
    send(&server, "poisoned", &json!({ "n": 1 }));
    send(&server, "fine", &json!({ "n": 2 }));
    let world = server.world(mapping(json!({}))).await;
    eventually("the other group is done", || server.left().len() == 2).await;
    eventually("the failed one came again", || server.left()[0].received >= 3).await;
    assert_eq!(done(&world, "fine").len(), 1);
    assert!(done(&world, "poisoned").is_empty());
    world.end().await;
}

#[tokio::test]
async fn one_invocation_a_message_stops_in_a_group_that_failed() {
    let server = Server::new().await;
    send(&server, "poisoned", &json!({ "do": "fail" }));
    send(&server, "poisoned", &json!({ "n": 1 }));
    send(&server, "fine", &json!({ "n": 2 }));
    let world = server.world(mapping(json!({ "payload": "message-body" }))).await;
    eventually("the failed one came again", || server.left()[0].received >= 3).await;
    let saw = |body: &str| world.seen.output.lock().unwrap().iter().any(|line| line.contains(body));
    assert!(saw(r#"saw {"n":2}"#) && !saw(r#"saw {"n":1}"#));
    assert_eq!(server.left().len(), 2);
    world.end().await;
}

#[tokio::test]
async fn when_the_answer_to_a_receive_is_lost_the_same_attempt_gets_its_messages_at_once() {
    let server = Server::new().await;
    server.fail("ReceiveMessage", [Fault::AnswerLost]);
    send(&server, "a", &json!({ "n": 1 }));
    let world = server.world(mapping(json!({ "visibility_timeout_s": 600 }))).await;
    eventually("it is deleted", || server.is_empty()).await;
    let attempts = server.calls("ReceiveMessage");
    assert_eq!(attempts[0]["ReceiveRequestAttemptId"], attempts[1]["ReceiveRequestAttemptId"]);
    assert_ne!(attempts[1]["ReceiveRequestAttemptId"], attempts[2]["ReceiveRequestAttemptId"]);
    world.end().await;
}

#[tokio::test]
async fn an_attempt_that_was_throttled_is_not_repeated_under_its_id() {
    let server = Server::new().await;
    server.fail("ReceiveMessage", [Fault::Refused(400, "RequestThrottled")]);
    send(&server, "a", &json!({ "n": 1 }));
    let world = server.world(mapping(json!({}))).await;
    eventually("it is deleted", || server.is_empty()).await;
    let attempts = server.calls("ReceiveMessage");
    assert_ne!(attempts[0]["ReceiveRequestAttemptId"], attempts[1]["ReceiveRequestAttemptId"]);
    world.end().await;
}
