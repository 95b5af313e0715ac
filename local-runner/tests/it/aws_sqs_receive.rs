//! SQS: receiving, visibility, deleting and dead letters.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
};
use chrono::{DateTime, TimeDelta};
use local_runner::clock::ManualClock;

use crate::aws_conformance::{conformance, error_code};
use crate::aws_world::{Clients, World};

conformance! {
    a_received_message_is_hidden_until_its_visibility_is_given_back,
    the_receive_count_and_times_are_told,
    a_deleted_message_never_comes_back,
    a_delete_is_refused_for_a_handle_that_was_never_given_out,
    an_older_handle_deletes_nothing_once_the_message_was_received_again,
    a_message_received_too_often_goes_to_the_dead_letter_queue,
    a_delayed_message_counts_as_delayed_until_it_is_due,
    a_long_poll_returns_as_soon_as_a_message_is_sent,
    parameters_out_of_range_are_refused,
}

async fn send(clients: &Clients, url: &str, body: &str) {
    clients.sqs.send_message().queue_url(url).message_body(body).send().await.unwrap();
}

async fn receive(clients: &Clients, url: &str, visibility: i32) -> Vec<Message> {
    let request = clients.sqs.receive_message().queue_url(url).max_number_of_messages(10);
    let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
    request.visibility_timeout(visibility).send().await.unwrap().messages.unwrap_or_default()
}

/// Ready, in flight, delayed.
async fn counts(clients: &Clients, url: &str) -> [String; 3] {
    let request = clients.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
    let attributes = request.send().await.unwrap().attributes.unwrap();
    [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ]
    .map(|name| attributes[&name].clone())
}

async fn a_received_message_is_hidden_until_its_visibility_is_given_back(clients: Clients) {
    let url = clients.queue(&[]).await;
    send(&clients, &url, "x").await;
    let received = receive(&clients, &url, 600).await.remove(0);
    assert!(receive(&clients, &url, 600).await.is_empty());
    assert_eq!(counts(&clients, &url).await, ["0", "1", "0"]);
    let change = clients.sqs.change_message_visibility().queue_url(&url).visibility_timeout(0);
    change.receipt_handle(received.receipt_handle().unwrap()).send().await.unwrap();
    assert_eq!(receive(&clients, &url, 600).await.len(), 1);
}

async fn the_receive_count_and_times_are_told(clients: Clients) {
    let url = clients.queue(&[]).await;
    send(&clients, &url, "x").await;
    for count in ["1", "2", "3"] {
        let message = receive(&clients, &url, 0).await.remove(0);
        let attributes = message.attributes.unwrap();
        assert_eq!(attributes[&MessageSystemAttributeName::ApproximateReceiveCount], count);
        let sent: i64 = attributes[&MessageSystemAttributeName::SentTimestamp].parse().unwrap();
        let first: i64 =
            attributes[&MessageSystemAttributeName::ApproximateFirstReceiveTimestamp].parse().unwrap();
        assert!(sent > 1_600_000_000_000 && sent <= first, "{sent} {first}");
    }
}

async fn a_deleted_message_never_comes_back(clients: Clients) {
    let url = clients.queue(&[]).await;
    for body in ["a", "b", "c"] {
        send(&clients, &url, body).await;
    }
    let mut received = receive(&clients, &url, 600).await;
    let last = received.pop().unwrap();
    let delete = clients.sqs.delete_message().queue_url(&url).receipt_handle(last.receipt_handle().unwrap());
    delete.clone().send().await.unwrap();
    delete.send().await.expect("a repeated delete is no error");
    let entries = received.iter().enumerate().map(|(n, message)| {
        let handle = message.receipt_handle().unwrap();
        DeleteMessageBatchRequestEntry::builder().id(n.to_string()).receipt_handle(handle).build().unwrap()
    });
    let batch = clients.sqs.delete_message_batch().queue_url(&url).set_entries(Some(entries.collect()));
    assert_eq!(batch.send().await.unwrap().successful().len(), 2);
    assert_eq!(counts(&clients, &url).await, ["0", "0", "0"]);
}

async fn a_delete_is_refused_for_a_handle_that_was_never_given_out(clients: Clients) {
    let url = clients.queue(&[]).await;
    let delete = clients.sqs.delete_message().queue_url(&url).receipt_handle("made-up").send().await;
    assert_eq!(error_code!(delete), "ReceiptHandleIsInvalid");
}

async fn an_older_handle_deletes_nothing_once_the_message_was_received_again(clients: Clients) {
    let url = clients.queue(&[]).await;
    send(&clients, &url, "x").await;
    let first = receive(&clients, &url, 0).await.remove(0);
    let second = receive(&clients, &url, 0).await.remove(0);
    assert_ne!(first.receipt_handle, second.receipt_handle);
    let delete = |handle: &Message| {
        clients.sqs.delete_message().queue_url(&url).receipt_handle(handle.receipt_handle().unwrap()).send()
    };
    delete(&first).await.unwrap();
    assert_eq!(counts(&clients, &url).await, ["1", "0", "0"]);
    delete(&second).await.unwrap();
    assert_eq!(counts(&clients, &url).await, ["0", "0", "0"]);
}

async fn a_message_received_too_often_goes_to_the_dead_letter_queue(clients: Clients) {
    let dead = clients.queue(&[]).await;
    let arn =
        clients.sqs.get_queue_attributes().queue_url(&dead).attribute_names(QueueAttributeName::QueueArn);
    let arn = arn.send().await.unwrap().attributes.unwrap()[&QueueAttributeName::QueueArn].clone();
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"2"}}"#);
    let url = clients.queue(&[("RedrivePolicy", &policy)]).await;
    send(&clients, &url, "poison").await;
    let first = receive(&clients, &url, 0).await.remove(0);
    assert_eq!(receive(&clients, &url, 0).await.len(), 1);
    assert!(receive(&clients, &url, 0).await.is_empty(), "the third receive moves it");
    let buried = receive(&clients, &dead, 0).await.remove(0);
    assert_eq!((buried.body(), buried.message_id()), (Some("poison"), first.message_id()));
    let source = &buried.attributes.unwrap()[&MessageSystemAttributeName::DeadLetterQueueSourceArn];
    assert!(source.ends_with(url.rsplit('/').next().unwrap()), "{source}");
}

async fn a_delayed_message_counts_as_delayed_until_it_is_due(clients: Clients) {
    let url = clients.queue(&[]).await;
    let delayed = clients.sqs.send_message().queue_url(&url).message_body("later").delay_seconds(1);
    delayed.send().await.unwrap();
    assert_eq!(counts(&clients, &url).await, ["0", "0", "1"]);
    assert!(receive(&clients, &url, 0).await.is_empty());
    let poll = clients.sqs.receive_message().queue_url(&url).wait_time_seconds(10).send().await.unwrap();
    assert_eq!(poll.messages()[0].body(), Some("later"));
}

async fn a_long_poll_returns_as_soon_as_a_message_is_sent(clients: Clients) {
    let url = clients.queue(&[("ReceiveMessageWaitTimeSeconds", "20")]).await;
    let poll = tokio::spawn(clients.sqs.receive_message().queue_url(&url).send());
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!poll.is_finished());
    let sent = Instant::now();
    send(&clients, &url, "now").await;
    assert_eq!(poll.await.unwrap().unwrap().messages()[0].body(), Some("now"));
    assert!(sent.elapsed() < Duration::from_secs(10), "it waited for the end of the poll");
}

async fn parameters_out_of_range_are_refused(clients: Clients) {
    let url = clients.queue(&[]).await;
    let ask = || clients.sqs.receive_message().queue_url(&url);
    assert_eq!(error_code!(ask().max_number_of_messages(11).send().await), "InvalidParameterValue");
    assert_eq!(error_code!(ask().max_number_of_messages(0).send().await), "InvalidParameterValue");
    assert_eq!(error_code!(ask().wait_time_seconds(21).send().await), "InvalidParameterValue");
    assert_eq!(error_code!(ask().visibility_timeout(43_201).send().await), "InvalidParameterValue");
    let send = clients.sqs.send_message().queue_url(&url).message_body("x").delay_seconds(901);
    assert_eq!(error_code!(send.send().await), "InvalidParameterValue");
}

#[tokio::test]
async fn visibility_delay_and_retention_pass_with_the_clock_that_was_given() {
    let clock = ManualClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let world = World::with_clock(Arc::new(clock.clone())).await;
    let clients = world.clients.clone();
    let url = clients.queue(&[("DelaySeconds", "60"), ("VisibilityTimeout", "3600")]).await;
    send(&clients, &url, "x").await;
    clock.advance(TimeDelta::seconds(59));
    assert_eq!(counts(&clients, &url).await, ["0", "0", "1"]);
    clock.advance(TimeDelta::seconds(1));
    let poll = || clients.sqs.receive_message().queue_url(&url);
    assert_eq!(poll().send().await.unwrap().messages().len(), 1);
    let waiting = tokio::spawn(poll().wait_time_seconds(20).send());
    clock.advance(TimeDelta::seconds(10));
    assert!(!waiting.is_finished());
    clock.advance(TimeDelta::hours(1));
    // The clock went past the end of the poll and of the visibility timeout alike: the message wins.
    let again = waiting.await.unwrap().unwrap().messages.unwrap_or_default();
    let again = if again.is_empty() { poll().send().await.unwrap().messages.unwrap() } else { again };
    assert_eq!(again.len(), 1);
    clock.advance(TimeDelta::days(5));
    assert_eq!(counts(&clients, &url).await, ["0", "0", "0"]);
    world.services.shutdown().await;
}
