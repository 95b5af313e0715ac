use super::*;

fn message(text: &str, sent_ms: i64) -> Arc<Message> {
    Arc::new(Message {
        id: text.into(),
        body: text.into(),
        attributes: Default::default(),
        trace_header: None,
        sent_ms,
        dead_letter_source: None,
    })
}

fn queue(attributes: &[(&str, &str)]) -> Queue {
    let attributes: Attributes = attributes.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    let settings = Settings::read(&attributes).unwrap();
    Queue::new(1, "q".into(), attributes, settings, 0)
}

fn bodies(taken: &Taken) -> Vec<&str> {
    taken.received.iter().map(|(_, entry)| entry.message.body.as_str()).collect()
}

#[test]
fn a_received_message_is_hidden_until_its_visibility_timeout_and_then_counts_again() {
    let mut queue = queue(&[]);
    queue.insert(1, Entry::new(message("a", 0), None));
    assert_eq!(bodies(&queue.take(10, 30_000, 0, false)), ["a"]);
    assert!(queue.take(10, 30_000, 29_999, false).received.is_empty());
    assert_eq!(queue.counts(29_999), Counts { ready: 0, in_flight: 1, delayed: 0 });
    let again = queue.take(10, 30_000, 30_000, false);
    assert_eq!(again.received[0].1.receives, 2);
    assert_eq!(again.received[0].1.first_received_ms, Some(0));
}

#[test]
fn a_delayed_message_becomes_ready_at_its_time() {
    let mut queue = queue(&[]);
    queue.insert(1, Entry::new(message("a", 0), Some(5_000)));
    assert_eq!(queue.next_due(), Some(5_000));
    assert_eq!(queue.counts(4_999), Counts { ready: 0, in_flight: 0, delayed: 1 });
    assert!(queue.take(1, 0, 4_999, false).received.is_empty());
    assert_eq!(bodies(&queue.take(1, 0, 5_000, false)), ["a"]);
}

#[test]
fn a_delete_with_an_older_receipt_changes_nothing() {
    let mut queue = queue(&[]);
    queue.insert(1, Entry::new(message("a", 0), None));
    queue.take(1, 0, 0, false);
    queue.set_receipt(1, 10);
    queue.take(1, 1_000, 0, false);
    queue.set_receipt(1, 11);
    assert!(!queue.delete(1, 10));
    assert!(queue.delete(1, 11));
    assert_eq!(queue.counts(9_999), Counts { ready: 0, in_flight: 0, delayed: 0 });
}

#[test]
fn a_message_received_too_often_is_taken_out_only_if_a_dead_letter_queue_takes_it() {
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:000000000000:dead","maxReceiveCount":2}"#;
    let mut queue = queue(&[("RedrivePolicy", policy)]);
    queue.insert(1, Entry::new(message("a", 0), None));
    for now in 0..4 {
        assert_eq!(bodies(&queue.take(1, 0, now, false)), ["a"]);
    }
    let taken = queue.take(1, 0, 9, true);
    assert!(taken.received.is_empty());
    assert_eq!(taken.dead.len(), 1);
}

#[test]
fn messages_older_than_the_retention_period_are_gone() {
    let mut queue = queue(&[("MessageRetentionPeriod", "60")]);
    queue.insert(1, Entry::new(message("old", 0), None));
    queue.insert(2, Entry::new(message("new", 30_000), None));
    assert_eq!(bodies(&queue.take(10, 0, 60_001, false)), ["new"]);
}

#[test]
fn visibility_changes_only_for_what_is_in_flight_and_up_to_twelve_hours() {
    let mut queue = queue(&[]);
    queue.insert(1, Entry::new(message("a", 0), None));
    assert_eq!(queue.change_visibility(1, 7, 0, 0), Err(SqsError::MessageNotInflight));
    queue.take(1, 1_000, 0, false);
    queue.set_receipt(1, 7);
    assert!(matches!(queue.change_visibility(1, 7, 43_200_000, 1), Err(SqsError::InvalidParameterValue(_))));
    queue.change_visibility(1, 7, 5_000, 500).unwrap();
    assert!(queue.take(1, 0, 5_499, false).received.is_empty());
    assert_eq!(bodies(&queue.take(1, 0, 5_500, false)), ["a"]);
}

#[test]
fn messages_come_in_the_order_they_were_sent_when_nothing_disturbs_it() {
    let mut queue = queue(&[]);
    for (n, text) in ["a", "b", "c"].into_iter().enumerate() {
        queue.insert(n as u64 + 1, Entry::new(message(text, 0), None));
    }
    assert_eq!(bodies(&queue.take(2, 1_000, 0, false)), ["a", "b"]);
    assert_eq!(bodies(&queue.take(2, 1_000, 0, false)), ["c"]);
}
