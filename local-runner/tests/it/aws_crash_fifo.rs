//! FIFO queues under SIGKILL: each message of each group comes once, in order, and none is missing, although senders
//! repeat what they were not told of and receivers die with messages in their hands.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use rand::Rng as _;

use crate::aws_crash::{kills, spawn};
use crate::aws_world::Clients;

const GROUPS: usize = 4;

/// What is known of one group, whose messages are numbered from 0.
#[derive(Debug, Clone, Default)]
struct Group {
    /// The number to send: sent again, under the same id, until that is acknowledged.
    to_send: u64,
    /// The number to come.
    next: u64,
    /// The deletion of `next` was asked for and not acknowledged.
    is_perhaps_deleted: bool,
}

type Groups = Arc<Mutex<Vec<Group>>>;

/// Sends to its own group and receives from any, until the service is gone.
async fn work(clients: Clients, url: String, groups: Groups, own: usize) -> Option<()> {
    loop {
        let number = groups.lock().unwrap()[own].to_send;
        let send = clients.sqs.send_message().queue_url(&url).message_body(number.to_string());
        let send = send.message_group_id(own.to_string()).message_deduplication_id(format!("{own}-{number}"));
        send.send().await.ok()?;
        groups.lock().unwrap()[own].to_send += 1;
        if rand::rng().random_range(0..4) > 0 {
            for message in receive(&clients, &url).await? {
                delete(&clients, &url, &groups, &message).await?;
            }
        }
    }
}

async fn receive(clients: &Clients, url: &str) -> Option<Vec<Message>> {
    let receive = clients.sqs.receive_message().queue_url(url).max_number_of_messages(3);
    let receive = receive.message_system_attribute_names(MessageSystemAttributeName::MessageGroupId);
    Some(receive.send().await.ok()?.messages.unwrap_or_default())
}

/// Checks that the message is the next of its group, and deletes it.
async fn delete(clients: &Clients, url: &str, groups: &Groups, message: &Message) -> Option<()> {
    let group = &message.attributes.as_ref().unwrap()[&MessageSystemAttributeName::MessageGroupId];
    let (group, number): (usize, u64) = (group.parse().unwrap(), message.body().unwrap().parse().unwrap());
    {
        let known = &mut groups.lock().unwrap()[group];
        if known.is_perhaps_deleted && number == known.next + 1 {
            known.next += 1;
        }
        assert_eq!(number, known.next, "group {group}: {known:?}");
        known.is_perhaps_deleted = true;
    }
    let delete = clients.sqs.delete_message().queue_url(url);
    delete.receipt_handle(message.receipt_handle().unwrap()).send().await.ok()?;
    let known = &mut groups.lock().unwrap()[group];
    // Somebody else may have received the next one, and told of it, before this answer arrived.
    if known.next == number {
        (known.next, known.is_perhaps_deleted) = (number + 1, false);
    }
    Some(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_and_duplicates_of_fifo_queues_survive_being_killed_again_and_again() {
    let directory = tempfile::tempdir().unwrap();
    let groups: Groups = Arc::new(Mutex::new(vec![Group::default(); GROUPS]));
    let mut url = None;
    for _ in 0..kills() {
        let (mut child, address) = spawn(directory.path()).await;
        let clients = Clients::of(&format!("http://{address}"));
        if url.is_none() {
            let create = clients.sqs.create_queue().queue_name("crash.fifo");
            let create = create.attributes("FifoQueue".into(), "true");
            url = create.attributes("VisibilityTimeout".into(), "43200").send().await.unwrap().queue_url;
        }
        let mut load = tokio::task::JoinSet::new();
        for own in 0..GROUPS {
            load.spawn(work(clients.clone(), url.clone().unwrap(), Arc::clone(&groups), own));
        }
        let pause = rand::rng().random_range(5..150);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        child.kill().await.unwrap();
        load.join_all().await;
    }
    let (_child, address) = spawn(directory.path()).await;
    let (clients, url) = (Clients::of(&format!("http://{address}")), url.unwrap());
    loop {
        let messages = receive(&clients, &url).await.unwrap();
        if messages.is_empty() {
            break;
        }
        for message in messages {
            delete(&clients, &url, &groups, &message).await.unwrap();
        }
    }
    for group in groups.lock().unwrap().iter() {
        // All that was acknowledged came, and perhaps the one that was attempted last.
        let came = group.next + u64::from(group.is_perhaps_deleted);
        assert!(came == group.to_send || came == group.to_send + 1, "{group:?}");
        assert!(group.to_send > 0, "there was no load: {group:?}");
    }
}
