//! The adapter's event source mappings on a real SQS: the one here and, as the conformance suite has it, moto's.

use std::{collections::HashMap, time::Duration};

use aws_sdk_sqs::types::{
    Message, MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry,
};
use serde_json::{Value, json};

use crate::aws_conformance::conformance;
use crate::aws_world::{Clients, unique};
use crate::mapping_host::{Host, eventually};

conformance! {
    every_message_is_invoked_and_deleted,
    a_message_that_always_fails_reaches_the_dead_letter_queue_after_its_receive_count,
    a_fifo_group_is_done_in_its_order_also_when_messages_fail_at_first,
    a_poisoned_message_blocks_its_fifo_group_no_longer_than_its_receive_count,
    a_batch_that_outlasts_its_visibility_timeout_is_invoked_once,
    a_shutdown_shows_what_was_not_begun_again,
}

/// A queue whose messages go to another after so many receives; both URLs.
async fn with_dead_letters(clients: &Clients, most: u32, fifo: bool) -> (String, String) {
    let dead = queue(clients, fifo, &[]).await;
    let name = QueueAttributeName::QueueArn;
    let asked = clients.sqs.get_queue_attributes().queue_url(&dead).attribute_names(name.clone());
    let arn = asked.send().await.unwrap().attributes.unwrap()[&name].clone();
    let policy = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": most.to_string() }).to_string();
    (queue(clients, fifo, &[("RedrivePolicy", &policy)]).await, dead)
}

async fn queue(clients: &Clients, fifo: bool, attributes: &[(&str, &str)]) -> String {
    let name = unique("mapped") + if fifo { ".fifo" } else { "" };
    let mut request = clients.sqs.create_queue().queue_name(name);
    if fifo {
        request = request.attributes(QueueAttributeName::FifoQueue, "true");
    }
    for (name, value) in attributes {
        request = request.attributes((*name).into(), (*value).to_owned());
    }
    request.send().await.unwrap().queue_url.unwrap()
}

async fn send(clients: &Clients, url: &str, group: Option<&str>, body: &Value) {
    let request = clients.sqs.send_message().queue_url(url).message_body(body.to_string());
    let id = group.map(|_| unique("once"));
    let request = request.set_message_group_id(group.map(str::to_owned)).set_message_deduplication_id(id);
    request.send().await.unwrap();
}

/// Visible and hidden messages.
async fn depth(clients: &Clients, url: &str) -> (u32, u32) {
    let (visible, hidden) = (
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    );
    let asked = clients.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
    let all = asked.send().await.unwrap().attributes.unwrap();
    (all[&visible].parse().unwrap(), all[&hidden].parse().unwrap())
}

async fn is_empty(clients: &Clients, url: &str) -> bool {
    depth(clients, url).await == (0, 0)
}

async fn receive(clients: &Clients, url: &str) -> Vec<Message> {
    let request = clients.sqs.receive_message().queue_url(url).max_number_of_messages(10);
    let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
    request.send().await.unwrap().messages.unwrap_or_default()
}

async fn every_message_is_invoked_and_deleted(clients: Clients) {
    let url = queue(&clients, false, &[]).await;
    for first in (0..60).step_by(10) {
        let entries = (first..first + 10).map(|n| {
            let entry = SendMessageBatchRequestEntry::builder().id(n.to_string());
            entry.message_body(json!({ "n": n }).to_string()).build().unwrap()
        });
        let request = clients.sqs.send_message_batch().queue_url(&url).set_entries(Some(entries.collect()));
        assert!(request.send().await.unwrap().failed.is_empty());
    }
    let mapping = json!({ "maximum_concurrency": 4, "report_batch_item_failures": true });
    let host = Host::start(&url, mapping).await;
    eventually!("all are deleted", is_empty(&clients, &url).await);
    let mut seen: HashMap<u64, u32> = HashMap::new();
    for body in host.bodies() {
        *seen.entry(body["n"].as_u64().unwrap()).or_default() += 1;
    }
    assert!(seen.len() == 60 && seen.values().all(|times| *times == 1), "{seen:?}");
    host.stop().await;
}

async fn a_message_that_always_fails_reaches_the_dead_letter_queue_after_its_receive_count(clients: Clients) {
    let (url, dead) = with_dead_letters(&clients, 2, false).await;
    send(&clients, &url, None, &json!({ "do": "fail item" })).await;
    send(&clients, &url, None, &json!({ "n": 1 })).await;
    let host = Host::start(&url, json!({ "report_batch_item_failures": true, "retry_delay_s": 1 })).await;
    eventually!("it is buried", depth(&clients, &dead).await.0 == 1);
    assert!(is_empty(&clients, &url).await);
    let tries = host.bodies().iter().filter(|body| body["do"] == "fail item").count();
    assert_eq!(tries, 2);
    host.stop().await;
}

async fn a_fifo_group_is_done_in_its_order_also_when_messages_fail_at_first(clients: Clients) {
    let url = queue(&clients, true, &[]).await;
    for n in 0..12 {
        for group in ["a", "b"] {
            let fails = n % 5 == 2;
            let body = if fails { json!({ "do": "fail once", "n": n }) } else { json!({ "n": n }) };
            send(&clients, &url, Some(group), &body).await;
        }
    }
    let mapping = json!({ "report_batch_item_failures": true, "retry_delay_s": 1, "maximum_concurrency": 4 });
    let host = Host::start(&url, mapping).await;
    eventually!("all are deleted", is_empty(&clients, &url).await);
    for group in ["a", "b"] {
        assert_eq!(host.done(group), (0..12).collect::<Vec<_>>(), "{group}");
    }
    host.stop().await;
}

async fn a_poisoned_message_blocks_its_fifo_group_no_longer_than_its_receive_count(clients: Clients) {
    let (url, dead) = with_dead_letters(&clients, 2, true).await;
    send(&clients, &url, Some("a"), &json!({ "do": "fail item", "n": 0 })).await;
    send(&clients, &url, Some("a"), &json!({ "n": 1 })).await;
    send(&clients, &url, Some("a"), &json!({ "n": 2 })).await;
    let mapping = json!({ "report_batch_item_failures": true, "retry_delay_s": 1, "batch_size": 1 });
    let host = Host::start(&url, mapping).await;
    eventually!("the others are done", is_empty(&clients, &url).await);
    assert_eq!(host.done("a"), [1, 2]);
    assert_eq!(depth(&clients, &dead).await.0, 1);
    host.stop().await;
}

async fn a_batch_that_outlasts_its_visibility_timeout_is_invoked_once(clients: Clients) {
    // Extended at half of it: a server that is busy with other tests may take seconds to answer.
    let url = queue(&clients, false, &[("VisibilityTimeout", "8")]).await;
    send(&clients, &url, None, &json!({ "do": "very slow" })).await;
    let host = Host::start(&url, json!({ "visibility_timeout_s": null })).await;
    eventually!("it is deleted", is_empty(&clients, &url).await);
    assert_eq!(host.bodies().len(), 1);
    host.stop().await;
}

async fn a_shutdown_shows_what_was_not_begun_again(clients: Clients) {
    let url = queue(&clients, false, &[]).await;
    for n in 0..3 {
        send(&clients, &url, None, &json!({ "n": n })).await;
    }
    let mapping = json!({ "batch_size": 100, "batching_window_ms": 300_000, "visibility_timeout_s": 600 });
    let host = Host::start(&url, mapping).await;
    eventually!("all are received", depth(&clients, &url).await.1 == 3);
    tokio::time::sleep(Duration::from_millis(100)).await;
    host.stop().await;
    let mut shown = 0;
    eventually!("all are shown again", {
        shown += receive(&clients, &url).await.len();
        shown == 3
    });
}
