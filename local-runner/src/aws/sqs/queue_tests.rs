use super::super::message::Message;
use super::*;

fn message(text: &str, sent_ms: i64) -> Arc<Message> {
    Arc::new(Message {
        id: text.into(),
        body: text.into(),
        attributes: Default::default(),
        trace_header: None,
        sent_ms,
        group: None,
        deduplication: None,
        dead_letter_source: None,
    })
}

fn queue(attributes: &[(&str, &str)]) -> Queue {
    let attributes: Attributes = attributes.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    let settings = Settings::read(&attributes).unwrap();
    Queue::new(1, "q".into(), attributes, settings, 0)
}

/// The receipt of a message's first receive is 1, of its second 2.
fn take(queue: &mut Queue, limit: usize, visibility_ms: i64, now: i64, redrives: bool) -> Taken {
    queue.take(Take { limit, visibility_ms, now, redrives, run: 0, attempt: None })
}

fn bodies(taken: &Taken) -> Vec<&str> {
    taken.received.iter().map(|(_, entry)| entry.message.body.as_str()).collect()
}

#[test]
fn a_received_message_is_hidden_until_its_visibility_timeout_and_then_counts_again() {
    let mut queue = queue(&[]);
    queue.insert(1, Entry::new(message("a", 0), None));
    assert_eq!(bodies(&take(&mut queue, 10, 30_000, 0, false)), ["a"]);
    assert!(take(&mut queue, 10, 30_000, 29_999, false).received.is_empty());
    assert_eq!(queue.counts(29_999), Counts { ready: 0, in_flight: 1, delayed: 0 });
    let again = take(&mut queue, 10, 30_000, 30_000, false);
    assert_eq!(again.received[0].1.receives, 2);
    assert_eq!(again.received[0].1.first_received_ms, Some(0));
}

#[test]
fn a_delayed_message_becomes_ready_at_its_time() {
    let mut queue = queue(&[]);
    queue.insert(1, Entry::new(message("a", 0), Some(5_000)));
    assert_eq!(queue.next_due(), Some(5_000));
    assert_eq!(queue.counts(4_999), Counts { ready: 0, in_flight: 0, delayed: 1 });
    assert!(take(&mut queue, 1, 0, 4_999, false).received.is_empty());
    assert_eq!(bodies(&take(&mut queue, 1, 0, 5_000, false)), ["a"]);
}

#[test]
fn a_delete_with_an_older_receipt_changes_nothing() {
    let mut queue = queue(&[]);
    queue.insert(1, Entry::new(message("a", 0), None));
    take(&mut queue, 1, 0, 0, false);
    take(&mut queue, 1, 1_000, 0, false);
    assert_eq!(queue.delete(1, 1, 0), Ok(false));
    assert_eq!(queue.delete(1, 2, 0), Ok(true));
    assert_eq!(queue.counts(9_999), Counts { ready: 0, in_flight: 0, delayed: 0 });
}

#[test]
fn a_message_received_too_often_is_taken_out_only_if_a_dead_letter_queue_takes_it() {
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:000000000000:dead","maxReceiveCount":2}"#;
    let mut queue = queue(&[("RedrivePolicy", policy)]);
    queue.insert(1, Entry::new(message("a", 0), None));
    for now in 0..4 {
        assert_eq!(bodies(&take(&mut queue, 1, 0, now, false)), ["a"]);
    }
    let taken = take(&mut queue, 1, 0, 9, true);
    assert!(taken.received.is_empty());
    assert_eq!(taken.dead.len(), 1);
}

#[test]
fn messages_older_than_the_retention_period_are_gone() {
    let mut queue = queue(&[("MessageRetentionPeriod", "60")]);
    queue.insert(1, Entry::new(message("old", 0), None));
    queue.insert(2, Entry::new(message("new", 30_000), None));
    assert_eq!(bodies(&take(&mut queue, 10, 0, 60_001, false)), ["new"]);
}

#[test]
fn visibility_changes_only_for_what_is_in_flight_and_up_to_twelve_hours() {
    let mut queue = queue(&[]);
    queue.insert(1, Entry::new(message("a", 0), None));
    assert_eq!(queue.change_visibility(1, 1, 0, 0), Err(SqsError::MessageNotInflight));
    take(&mut queue, 1, 1_000, 0, false);
    assert!(matches!(queue.change_visibility(1, 1, 43_200_000, 1), Err(SqsError::InvalidParameterValue(_))));
    queue.change_visibility(1, 1, 5_000, 500).unwrap();
    assert!(take(&mut queue, 1, 0, 5_499, false).received.is_empty());
    assert_eq!(bodies(&take(&mut queue, 1, 0, 5_500, false)), ["a"]);
}

#[test]
fn messages_come_in_the_order_they_were_sent_when_nothing_disturbs_it() {
    let mut queue = queue(&[]);
    for (n, text) in ["a", "b", "c"].into_iter().enumerate() {
        queue.insert(n as u64 + 1, Entry::new(message(text, 0), None));
    }
    assert_eq!(bodies(&take(&mut queue, 2, 1_000, 0, false)), ["a", "b"]);
    assert_eq!(bodies(&take(&mut queue, 2, 1_000, 0, false)), ["c"]);
}

#[test]
fn no_more_is_handed_over_once_120_000_messages_are_in_flight() {
    let mut queue = queue(&[]);
    for n in 1..=120_001 {
        queue.insert(n, Entry::new(message("x", 0), None));
    }
    for _ in 0..12_000 {
        assert_eq!(take(&mut queue, 10, 30_000, 0, false).received.len(), 10);
    }
    assert!(take(&mut queue, 10, 30_000, 0, false).received.is_empty());
    assert!(queue.is_over_limit());
    queue.delete(1, 1, 0).unwrap();
    assert_eq!(take(&mut queue, 10, 30_000, 0, false).received.len(), 1);
}

fn fifo() -> Queue {
    queue(&[("FifoQueue", "true")])
}

fn add(queue: &mut Queue, sequence: Sequence, group: &str) {
    let text = format!("{group}{sequence}");
    let message = Message { group: Some(group.into()), ..Message::clone(&message(&text, 0)) };
    queue.insert(sequence, Entry::new(Arc::new(message), None));
}

#[test]
fn a_group_with_a_message_in_flight_is_hidden_and_others_are_not() {
    let mut queue = fifo();
    for (sequence, group) in [(1, "a"), (2, "b"), (3, "a"), (4, "b"), (5, "a")] {
        add(&mut queue, sequence, group);
    }
    assert_eq!(bodies(&take(&mut queue, 2, 30_000, 0, false)), ["a1", "a3"]);
    assert_eq!(bodies(&take(&mut queue, 1, 30_000, 0, false)), ["b2"]);
    assert!(take(&mut queue, 10, 30_000, 0, false).received.is_empty());
    queue.delete(1, 1, 0).unwrap();
    assert!(take(&mut queue, 10, 30_000, 0, false).received.is_empty(), "a3 is still in flight");
    queue.delete(3, 1, 0).unwrap();
    assert_eq!(bodies(&take(&mut queue, 10, 30_000, 0, false)), ["a5"]);
    queue.change_visibility(2, 1, 0, 0).unwrap();
    assert_eq!(bodies(&take(&mut queue, 10, 30_000, 0, false)), ["b2", "b4"]);
}

#[test]
fn messages_that_were_given_back_come_in_their_old_order() {
    let mut queue = fifo();
    (1..=3).for_each(|n| add(&mut queue, n, "a"));
    take(&mut queue, 3, 30_000, 0, false);
    for sequence in [3, 1, 2] {
        assert!(take(&mut queue, 3, 30_000, 0, false).received.is_empty());
        queue.change_visibility(sequence, 1, 0, 0).unwrap();
    }
    assert_eq!(bodies(&take(&mut queue, 3, 30_000, 0, false)), ["a1", "a2", "a3"]);
}

#[test]
fn groups_take_turns() {
    let mut queue = fifo();
    (1..=4).for_each(|n| add(&mut queue, n, "busy"));
    add(&mut queue, 5, "quiet");
    assert_eq!(bodies(&take(&mut queue, 1, 30_000, 0, false)), ["busy1"]);
    queue.delete(1, 1, 0).unwrap();
    assert_eq!(bodies(&take(&mut queue, 1, 30_000, 0, false)), ["quiet5"]);
    assert_eq!(bodies(&take(&mut queue, 1, 30_000, 0, false)), ["busy2"]);
}

#[test]
fn a_poisonous_head_of_a_group_goes_and_the_next_one_follows_in_the_same_receive() {
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:000000000000:dead.fifo","maxReceiveCount":1}"#;
    let mut queue = queue(&[("FifoQueue", "true"), ("RedrivePolicy", policy)]);
    (1..=2).for_each(|n| add(&mut queue, n, "a"));
    take(&mut queue, 1, 0, 0, true);
    let taken = take(&mut queue, 10, 30_000, 1, true);
    assert_eq!((taken.dead.len(), bodies(&taken)), (1, vec!["a2"]));
}

#[test]
fn a_fifo_queue_refuses_a_delete_after_the_visibility_timeout() {
    let mut queue = fifo();
    add(&mut queue, 1, "a");
    take(&mut queue, 1, 1_000, 0, false);
    assert!(matches!(queue.delete(1, 1, 1_000), Err(SqsError::InvalidParameterValue(_))));
    take(&mut queue, 1, 1_000, 2_000, false);
    assert!(matches!(queue.delete(1, 1, 2_000), Err(SqsError::InvalidParameterValue(_))));
    assert_eq!(queue.delete(1, 2, 2_000), Ok(true));
    assert_eq!(queue.delete(1, 2, 2_000), Ok(false), "a repeated delete is no error");
}

#[test]
fn a_repeated_attempt_gets_the_same_until_a_message_was_touched_or_five_minutes_have_passed() {
    let attempt = |queue: &mut Queue, now| {
        let ask =
            Take { limit: 2, visibility_ms: 600_000, now, redrives: false, run: 0, attempt: Some("again") };
        let taken = queue.take(ask);
        bodies(&taken).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut queue = fifo();
    (1..=2).for_each(|n| add(&mut queue, n, "a"));
    add(&mut queue, 3, "b");
    assert_eq!(attempt(&mut queue, 0), ["a1", "a2"]);
    assert_eq!(attempt(&mut queue, 299_999), ["a1", "a2"]);
    assert_eq!(queue.next_due(), Some(899_999), "hidden anew");
    queue.delete(1, 1, 300_000).unwrap();
    assert_eq!(attempt(&mut queue, 300_000), ["b3"]);
    assert!(attempt(&mut queue, 600_001).is_empty());
}

#[test]
fn another_delay_counts_for_what_a_fifo_queue_already_holds() {
    let mut queue = fifo();
    add(&mut queue, 1, "a");
    let attributes: Attributes =
        [("FifoQueue", "true"), ("DelaySeconds", "5")].map(|(k, v)| (k.into(), v.into())).into();
    let settings = Settings::read(&attributes).unwrap();
    queue.reconfigure(attributes, settings, 1_000);
    assert_eq!(queue.counts(4_999), Counts { ready: 0, in_flight: 0, delayed: 1 });
    assert_eq!(bodies(&take(&mut queue, 1, 0, 5_000, false)), ["a1"]);
}
