//! SQS: message move tasks.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::types::{ListMessageMoveTasksResultEntry, Message, QueueAttributeName};
use chrono::{DateTime, TimeDelta};
use local_runner::clock::ManualClock;

use crate::aws_conformance::{conformance, error_code};
use crate::aws_world::{Clients, World};

conformance! {
    dead_letters_go_back_to_where_they_came_from,
    dead_letters_go_to_a_queue_of_choice,
    a_task_needs_a_dead_letter_queue_and_a_queue_to_go_to,
    a_message_that_came_from_nowhere_fails_the_task_and_stays,
}

async fn arn(clients: &Clients, url: &str) -> String {
    let read =
        clients.sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::QueueArn);
    read.send().await.unwrap().attributes.unwrap().remove(&QueueAttributeName::QueueArn).unwrap()
}

/// A queue and its dead-letter queue: URLs.
async fn pair(clients: &Clients) -> (String, String) {
    let dead = clients.queue(&[]).await;
    let policy = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#, arn(clients, &dead).await);
    (clients.queue(&[("RedrivePolicy", &policy)]).await, dead)
}

async fn receive(clients: &Clients, url: &str, visibility: i32) -> Vec<Message> {
    let request = clients.sqs.receive_message().queue_url(url).max_number_of_messages(10);
    request.visibility_timeout(visibility).send().await.unwrap().messages.unwrap_or_default()
}

/// Sends messages and receives them too often.
async fn bury(clients: &Clients, url: &str, bodies: &[&str]) {
    for body in bodies {
        clients.sqs.send_message().queue_url(url).message_body(*body).send().await.unwrap();
    }
    assert_eq!(receive(clients, url, 0).await.len(), bodies.len());
    assert!(receive(clients, url, 0).await.is_empty());
}

async fn last_task(clients: &Clients, source: &str) -> ListMessageMoveTasksResultEntry {
    let list = clients.sqs.list_message_move_tasks().source_arn(source).send().await.unwrap();
    list.results.unwrap().remove(0)
}

async fn until_ended(clients: &Clients, source: &str) -> ListMessageMoveTasksResultEntry {
    loop {
        let task = last_task(clients, source).await;
        if task.status() != Some("RUNNING") {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn dead_letters_go_back_to_where_they_came_from(clients: Clients) {
    let (url, dead) = pair(&clients).await;
    let policy = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":1}}"#, arn(&clients, &dead).await);
    let other = clients.queue(&[("RedrivePolicy", &policy)]).await;
    bury(&clients, &url, &["a", "b"]).await;
    bury(&clients, &other, &["c"]).await;
    let source = arn(&clients, &dead).await;
    clients.sqs.start_message_move_task().source_arn(&source).send().await.unwrap();
    let task = until_ended(&clients, &source).await;
    assert_eq!((task.status(), task.approximate_number_of_messages_moved()), (Some("COMPLETED"), 3));
    assert_eq!((task.task_handle(), task.destination_arn()), (None, None));
    let mut bodies: Vec<_> = receive(&clients, &url, 60).await.into_iter().map(|m| m.body.unwrap()).collect();
    bodies.sort();
    assert_eq!(bodies, ["a", "b"]);
    assert_eq!(receive(&clients, &other, 60).await.len(), 1);
    assert!(receive(&clients, &dead, 60).await.is_empty());
}

async fn dead_letters_go_to_a_queue_of_choice(clients: Clients) {
    let (url, dead) = pair(&clients).await;
    bury(&clients, &url, &["a"]).await;
    let choice = clients.queue(&[]).await;
    let (source, destination) = (arn(&clients, &dead).await, arn(&clients, &choice).await);
    let start = clients.sqs.start_message_move_task().source_arn(&source).destination_arn(&destination);
    let handle = start.send().await.unwrap().task_handle.unwrap();
    let task = until_ended(&clients, &source).await;
    assert_eq!((task.status(), task.destination_arn()), (Some("COMPLETED"), Some(destination.as_str())));
    assert_eq!(receive(&clients, &choice, 60).await[0].body(), Some("a"));
    assert!(receive(&clients, &url, 60).await.is_empty());
    let cancel = clients.sqs.cancel_message_move_task().task_handle(handle).send().await;
    assert_eq!(error_code!(cancel), "AWS.SimpleQueueService.UnsupportedOperation");
}

async fn a_task_needs_a_dead_letter_queue_and_a_queue_to_go_to(clients: Clients) {
    let (url, dead) = pair(&clients).await;
    let [plain, source] = [arn(&clients, &url).await, arn(&clients, &dead).await];
    let start = |source: &str| clients.sqs.start_message_move_task().source_arn(source);
    assert_eq!(error_code!(start(&plain).send().await), "InvalidParameterValue");
    let nowhere = plain.clone() + "-not-there";
    assert_eq!(error_code!(start(&nowhere).send().await), "ResourceNotFoundException");
    let to_nowhere = start(&source).destination_arn(&nowhere).send().await;
    assert_eq!(error_code!(to_nowhere), "ResourceNotFoundException");
    for rate in [0, 501] {
        let fast = start(&source).max_number_of_messages_per_second(rate).send().await;
        assert_eq!(error_code!(fast), "InvalidParameterValue");
    }
    let cancel = clients.sqs.cancel_message_move_task().task_handle("bm90aGluZw==").send().await;
    assert_eq!(error_code!(cancel), "ResourceNotFoundException");
}

async fn a_message_that_came_from_nowhere_fails_the_task_and_stays(clients: Clients) {
    let (_, dead) = pair(&clients).await;
    clients.sqs.send_message().queue_url(&dead).message_body("direct").send().await.unwrap();
    let source = arn(&clients, &dead).await;
    clients.sqs.start_message_move_task().source_arn(&source).send().await.unwrap();
    let task = until_ended(&clients, &source).await;
    assert_eq!(task.status(), Some("FAILED"));
    assert_eq!(task.failure_reason(), Some("CouldNotDetermineMessageSource"));
    assert_eq!(receive(&clients, &dead, 60).await.len(), 1);
}

#[tokio::test]
async fn a_task_keeps_its_rate_runs_alone_can_be_cancelled_and_goes_on_after_a_restart() {
    let clock = ManualClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let world = World::with_clock(Arc::new(clock.clone())).await;
    let (url, dead) = pair(&world.clients).await;
    bury(&world.clients, &url, &["1", "2", "3", "4", "5", "6", "7", "8"]).await;
    let source = arn(&world.clients, &dead).await;
    let start = || {
        let start = world.clients.sqs.start_message_move_task().source_arn(&source);
        start.max_number_of_messages_per_second(1).send()
    };
    start().await.unwrap();
    assert_eq!(error_code!(start().await), "InvalidParameterValue");
    moved(&world.clients, &source, 1).await;
    clock.advance(TimeDelta::milliseconds(2_100));
    moved(&world.clients, &source, 3).await;

    let world = world.restarted_by(Arc::new(clock.clone())).await;
    let clients = &world.clients;
    moved(clients, &source, 4).await;
    clock.advance(TimeDelta::milliseconds(1_100));
    moved(clients, &source, 5).await;
    let task = last_task(clients, &source).await;
    assert_eq!((task.status(), task.approximate_number_of_messages_to_move()), (Some("RUNNING"), Some(8)));
    let cancel = clients.sqs.cancel_message_move_task().task_handle(task.task_handle().unwrap());
    assert_eq!(cancel.send().await.unwrap().approximate_number_of_messages_moved(), 5);
    clock.advance(TimeDelta::seconds(60));
    assert_eq!(last_task(clients, &source).await.status(), Some("CANCELLED"));
    assert_eq!(receive(clients, &dead, 60).await.len(), 3);
    assert_eq!(receive(clients, &url, 60).await.len(), 5);
    world.services.shutdown().await;
}

/// Waits until so many messages were moved, and not one more.
async fn moved(clients: &Clients, source: &str, number: i64) {
    for _ in 0..500 {
        let moved = last_task(clients, source).await.approximate_number_of_messages_moved();
        assert!(moved <= number, "{moved} are more than {number}");
        if moved == number {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{number} were never moved");
}
