//! SQS: FIFO queues.

use std::sync::Arc;

use aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use chrono::{DateTime, TimeDelta};
use local_runner::clock::ManualClock;

use crate::aws_conformance::{conformance, error_code};
use crate::aws_world::{Clients, World, unique};

conformance! {
    a_fifo_queue_is_made_by_attribute_and_name_together,
    a_fifo_queue_tells_its_own_attributes,
    a_limit_per_group_needs_deduplication_per_group,
    what_belongs_to_fifo_queues_is_refused_by_standard_ones,
    messages_of_a_group_come_in_order_and_hide_the_rest_of_it,
    one_receive_brings_many_of_a_group_in_order,
    a_duplicate_is_acknowledged_as_its_original_and_not_delivered,
    an_id_counts_after_its_message_was_deleted,
    a_body_is_its_own_id_where_the_queue_deduplicates_by_content,
    an_id_may_count_in_its_group_only,
    a_fifo_message_needs_a_group_and_an_id_and_takes_no_delay,
    a_batch_on_a_fifo_queue_keeps_its_order,
    a_fifo_message_tells_group_id_and_number,
    a_receive_can_be_repeated_under_its_attempt_id,
    a_fifo_delete_by_an_expired_handle_is_an_error,
    the_dead_letters_of_a_fifo_queue_go_to_a_fifo_queue,
}

/// A new FIFO queue with these attributes besides; its URL.
async fn fifo(clients: &Clients, attributes: &[(&str, &str)]) -> String {
    let mut request = clients.sqs.create_queue().queue_name(format!("{}.fifo", unique("queue")));
    for (name, value) in attributes.iter().chain(&[("FifoQueue", "true")]) {
        request = request.attributes((*name).into(), (*value).to_owned());
    }
    request.send().await.unwrap().queue_url.unwrap()
}

fn message(clients: &Clients, url: &str, group: &str, body: &str) -> SendMessageFluentBuilder {
    clients.sqs.send_message().queue_url(url).message_group_id(group).message_body(body)
}

/// Sends with an id of its own.
async fn send(clients: &Clients, url: &str, group: &str, body: &str) {
    message(clients, url, group, body).message_deduplication_id(unique("id")).send().await.unwrap();
}

async fn receive(clients: &Clients, url: &str, limit: i32) -> Vec<Message> {
    let request = clients.sqs.receive_message().queue_url(url).max_number_of_messages(limit);
    let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
    request.visibility_timeout(600).send().await.unwrap().messages.unwrap_or_default()
}

async fn delete(clients: &Clients, url: &str, message: &Message) {
    let delete = clients.sqs.delete_message().queue_url(url);
    delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().unwrap()).collect()
}

async fn a_fifo_queue_is_made_by_attribute_and_name_together(clients: Clients) {
    let create = |name: String| clients.sqs.create_queue().queue_name(name);
    let attribute = QueueAttributeName::FifoQueue;
    let plain = create(unique("q")).attributes(attribute.clone(), "true").send().await;
    assert_eq!(error_code!(plain), "InvalidParameterValue");
    let dotted = create(unique("q") + ".fifo").send().await;
    assert_eq!(error_code!(dotted), "InvalidParameterValue");
    let name = unique("q") + ".fifo";
    let made = create(name.clone()).attributes(attribute, "true").send().await.unwrap();
    assert!(made.queue_url().unwrap().ends_with(&name));
    let found = clients.sqs.get_queue_url().queue_name(&name).send().await.unwrap();
    assert_eq!(found.queue_url, made.queue_url);
}

async fn a_fifo_queue_tells_its_own_attributes(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    let read = clients.sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
    let read = read.send().await.unwrap().attributes.unwrap();
    for (name, value) in [
        (QueueAttributeName::FifoQueue, "true"),
        (QueueAttributeName::ContentBasedDeduplication, "false"),
        (QueueAttributeName::DeduplicationScope, "queue"),
        (QueueAttributeName::FifoThroughputLimit, "perQueue"),
    ] {
        assert_eq!(read.get(&name).map(String::as_str), Some(value), "{name}");
    }
    let set = clients.sqs.set_queue_attributes().queue_url(&url);
    set.attributes(QueueAttributeName::ContentBasedDeduplication, "true").send().await.unwrap();
    message(&clients, &url, "g", "no id").send().await.unwrap();
}

async fn a_limit_per_group_needs_deduplication_per_group(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    let set = || clients.sqs.set_queue_attributes().queue_url(&url);
    let limit =
        |set: aws_sdk_sqs::operation::set_queue_attributes::builders::SetQueueAttributesFluentBuilder| {
            set.attributes(QueueAttributeName::FifoThroughputLimit, "perMessageGroupId").send()
        };
    assert_eq!(error_code!(limit(set()).await), "InvalidAttributeValue");
    limit(set().attributes(QueueAttributeName::DeduplicationScope, "messageGroup")).await.unwrap();
}

async fn what_belongs_to_fifo_queues_is_refused_by_standard_ones(clients: Clients) {
    let url = clients.queue(&[]).await;
    let set = clients.sqs.set_queue_attributes().queue_url(&url);
    let set = set.attributes(QueueAttributeName::ContentBasedDeduplication, "true").send().await;
    assert_eq!(error_code!(set), "InvalidAttributeName");
    let send = clients.sqs.send_message().queue_url(&url).message_body("x").message_deduplication_id("i");
    assert_eq!(error_code!(send.send().await), "InvalidParameterValue");
    let receive = clients.sqs.receive_message().queue_url(&url).receive_request_attempt_id("again");
    assert_eq!(error_code!(receive.send().await), "InvalidParameterValue");
}

async fn messages_of_a_group_come_in_order_and_hide_the_rest_of_it(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    for (group, body) in [("a", "a1"), ("a", "a2"), ("b", "b1")] {
        send(&clients, &url, group, body).await;
    }
    let first = receive(&clients, &url, 1).await.remove(0);
    assert_eq!(first.body(), Some("a1"));
    assert_eq!(bodies(&receive(&clients, &url, 10).await), ["b1"]);
    assert!(receive(&clients, &url, 10).await.is_empty());
    delete(&clients, &url, &first).await;
    assert_eq!(bodies(&receive(&clients, &url, 10).await), ["a2"]);
}

async fn one_receive_brings_many_of_a_group_in_order(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    let sent: Vec<_> = (0..12).map(|n| n.to_string()).collect();
    for body in &sent {
        send(&clients, &url, "g", body).await;
    }
    let received = receive(&clients, &url, 10).await;
    assert_eq!(bodies(&received), sent[..10]);
    let entry = |(n, message): (usize, &Message)| {
        let handle = message.receipt_handle().unwrap();
        DeleteMessageBatchRequestEntry::builder().id(n.to_string()).receipt_handle(handle).build().unwrap()
    };
    let batch = clients.sqs.delete_message_batch().queue_url(&url);
    let batch = batch.set_entries(Some(received.iter().enumerate().map(entry).collect()));
    assert_eq!(batch.send().await.unwrap().successful().len(), 10);
    assert_eq!(bodies(&receive(&clients, &url, 10).await), sent[10..]);
}

async fn a_duplicate_is_acknowledged_as_its_original_and_not_delivered(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    let original =
        message(&clients, &url, "g", "first").message_deduplication_id("same").send().await.unwrap();
    let again = message(&clients, &url, "h", "second").message_deduplication_id("same").send().await.unwrap();
    assert_eq!(again.message_id, original.message_id);
    assert_eq!(again.sequence_number, original.sequence_number);
    assert_eq!(bodies(&receive(&clients, &url, 10).await), ["first"]);
}

async fn an_id_counts_after_its_message_was_deleted(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    let send = || message(&clients, &url, "g", "x").message_deduplication_id("same").send();
    send().await.unwrap();
    let received = receive(&clients, &url, 1).await.remove(0);
    delete(&clients, &url, &received).await;
    send().await.unwrap();
    assert!(receive(&clients, &url, 1).await.is_empty());
}

async fn a_body_is_its_own_id_where_the_queue_deduplicates_by_content(clients: Clients) {
    let url = fifo(&clients, &[("ContentBasedDeduplication", "true")]).await;
    for body in ["x", "x", "y"] {
        message(&clients, &url, "g", body).send().await.unwrap();
    }
    message(&clients, &url, "g", "x").message_deduplication_id("another").send().await.unwrap();
    let received = receive(&clients, &url, 10).await;
    assert_eq!(bodies(&received), ["x", "y", "x"]);
    let id = &received[0].attributes.as_ref().unwrap()[&MessageSystemAttributeName::MessageDeduplicationId];
    assert_eq!(id, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881");
}

async fn an_id_may_count_in_its_group_only(clients: Clients) {
    let url = fifo(&clients, &[("DeduplicationScope", "messageGroup")]).await;
    for group in ["a", "b", "a"] {
        message(&clients, &url, group, group).message_deduplication_id("same").send().await.unwrap();
    }
    assert_eq!(bodies(&receive(&clients, &url, 10).await), ["a", "b"]);
}

async fn a_fifo_message_needs_a_group_and_an_id_and_takes_no_delay(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    let no_group = clients.sqs.send_message().queue_url(&url).message_body("x").message_deduplication_id("i");
    assert_eq!(error_code!(no_group.send().await), "MissingParameter");
    assert_eq!(error_code!(message(&clients, &url, "g", "x").send().await), "InvalidParameterValue");
    let delayed = message(&clients, &url, "g", "x").message_deduplication_id("i").delay_seconds(1);
    assert_eq!(error_code!(delayed.send().await), "InvalidParameterValue");
    let group = message(&clients, &url, "not allowed", "x").message_deduplication_id("i");
    assert_eq!(error_code!(group.send().await), "InvalidParameterValue");
    let long = message(&clients, &url, "g", "x").message_deduplication_id("i".repeat(129));
    assert_eq!(error_code!(long.send().await), "InvalidParameterValue");
    assert!(receive(&clients, &url, 10).await.is_empty());
}

async fn a_batch_on_a_fifo_queue_keeps_its_order(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    let entry = |n: usize| {
        let entry = SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body(n.to_string());
        // The fourth repeats the third.
        let id = if n == 4 { 3 } else { n };
        entry.message_group_id("g").message_deduplication_id(id.to_string()).build().unwrap()
    };
    let sent = clients.sqs.send_message_batch().queue_url(&url);
    let sent = sent.set_entries(Some((0..10).map(entry).collect())).send().await.unwrap();
    let numbers: Vec<_> = sent.successful().iter().map(|sent| sent.sequence_number().unwrap()).collect();
    assert_eq!(numbers.len(), 10);
    assert!(numbers.is_sorted() && numbers[3] == numbers[4], "{numbers:?}");
    let received = receive(&clients, &url, 10).await;
    assert_eq!(bodies(&received), ["0", "1", "2", "3", "5", "6", "7", "8", "9"]);
}

async fn a_fifo_message_tells_group_id_and_number(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    let sent = message(&clients, &url, "g!", "x").message_deduplication_id("i?").send().await.unwrap();
    let received = receive(&clients, &url, 1).await.remove(0);
    let attributes = received.attributes.unwrap();
    assert_eq!(attributes[&MessageSystemAttributeName::MessageGroupId], "g!");
    assert_eq!(attributes[&MessageSystemAttributeName::MessageDeduplicationId], "i?");
    let number = &attributes[&MessageSystemAttributeName::SequenceNumber];
    assert_eq!((number.len(), Some(number.as_str())), (20, sent.sequence_number()));
}

async fn a_receive_can_be_repeated_under_its_attempt_id(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    for body in ["1", "2"] {
        send(&clients, &url, "g", body).await;
    }
    let attempt = || {
        let receive = clients.sqs.receive_message().queue_url(&url).max_number_of_messages(10);
        receive.visibility_timeout(600).receive_request_attempt_id("again").send()
    };
    let first = attempt().await.unwrap();
    let second = attempt().await.unwrap();
    assert_eq!(first.messages().len(), 2);
    assert_eq!(first.messages, second.messages);
    delete(&clients, &url, &first.messages()[0]).await;
    assert!(attempt().await.unwrap().messages().is_empty());
}

async fn a_fifo_delete_by_an_expired_handle_is_an_error(clients: Clients) {
    let url = fifo(&clients, &[]).await;
    send(&clients, &url, "g", "x").await;
    let received = clients.sqs.receive_message().queue_url(&url).visibility_timeout(0).send().await.unwrap();
    let handle = received.messages()[0].receipt_handle().unwrap();
    let delete = clients.sqs.delete_message().queue_url(&url).receipt_handle(handle).send().await;
    assert_eq!(error_code!(delete), "InvalidParameterValue");
    assert_eq!(receive(&clients, &url, 1).await.len(), 1);
}

async fn the_dead_letters_of_a_fifo_queue_go_to_a_fifo_queue(clients: Clients) {
    let arn = |url: String| {
        let read = clients.sqs.get_queue_attributes().queue_url(url);
        let read = read.attribute_names(QueueAttributeName::QueueArn).send();
        async { read.await.unwrap().attributes.unwrap().remove(&QueueAttributeName::QueueArn).unwrap() }
    };
    let policy = |arn: String| format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":1}}"#);
    let standard = policy(arn(clients.queue(&[]).await).await);
    let create = clients.sqs.create_queue().queue_name(unique("q") + ".fifo");
    let create = create.attributes(QueueAttributeName::FifoQueue, "true");
    let mixed = create.attributes(QueueAttributeName::RedrivePolicy, standard).send().await;
    assert_eq!(error_code!(mixed), "InvalidParameterValue");

    let dead = fifo(&clients, &[]).await;
    let policy = policy(arn(dead.clone()).await);
    let url = fifo(&clients, &[("RedrivePolicy", &policy)]).await;
    for body in ["poison", "next"] {
        send(&clients, &url, "g", body).await;
    }
    let once = clients.sqs.receive_message().queue_url(&url).visibility_timeout(0).send().await.unwrap();
    assert_eq!(bodies(once.messages()), ["poison"]);
    assert_eq!(bodies(&receive(&clients, &url, 10).await), ["next"]);
    let buried = receive(&clients, &dead, 10).await;
    assert_eq!(bodies(&buried), ["poison"]);
    assert_eq!(buried[0].attributes.as_ref().unwrap()[&MessageSystemAttributeName::MessageGroupId], "g");
}

#[tokio::test]
async fn order_groups_and_duplicates_are_known_after_a_restart() {
    let world = World::start().await;
    let clients = world.clients.clone();
    let url = fifo(&clients, &[]).await;
    let twice = |clients: Clients, url: String| async move {
        message(&clients, &url, "g", "deleted").message_deduplication_id("same").send().await.unwrap()
    };
    let first = twice(clients.clone(), url.clone()).await;
    for n in 0..5 {
        send(&clients, &url, "g", &n.to_string()).await;
    }
    let received = receive(&clients, &url, 1).await.remove(0);
    delete(&clients, &url, &received).await;

    // Once from the records, once from the snapshot that the first restart wrote.
    let world = world.restarted().await.restarted().await;
    let clients = world.clients.clone();
    let name = url.rsplit('/').next().unwrap();
    let url = clients.sqs.get_queue_url().queue_name(name).send().await.unwrap().queue_url.unwrap();
    let again = twice(clients.clone(), url.clone()).await;
    assert_eq!(again.message_id, first.message_id);
    assert_eq!(bodies(&receive(&clients, &url, 3).await), ["0", "1", "2"]);
    assert!(receive(&clients, &url, 3).await.is_empty());
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_duplicate_is_new_after_five_minutes() {
    let clock = ManualClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let world = World::with_clock(Arc::new(clock.clone())).await;
    let clients = world.clients.clone();
    let url = fifo(&clients, &[("ContentBasedDeduplication", "true")]).await;
    for pause in [299, 1, 0] {
        message(&clients, &url, "g", "x").send().await.unwrap();
        clock.advance(TimeDelta::seconds(pause));
    }
    assert_eq!(bodies(&receive(&clients, &url, 10).await), ["x", "x"]);
    world.services.shutdown().await;
}
