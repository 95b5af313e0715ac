//! The same work through the AWS SDK.

use std::net::SocketAddr;

use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    types::{DeleteMessageBatchRequestEntry, Message, SendMessageBatchRequestEntry},
};

use crate::{BATCH, BATCHES, BODY_BYTES, WORKERS};

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn work(address: SocketAddr, url: &str) {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("any", "any", None, None, "bench"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(format!("http://{address}"))
        .build();
    let client = Client::from_conf(config);
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..WORKERS {
        workers.spawn(work_one(client.clone(), url.to_owned(), worker));
    }
    let mut deleted: usize = workers.join_all().await.into_iter().sum();
    loop {
        let more = receive_and_delete(&client, url).await;
        if more == 0 {
            break;
        }
        deleted += more;
    }
    assert_eq!(deleted, WORKERS * BATCHES * BATCH);
}

async fn work_one(client: Client, url: String, worker: usize) -> usize {
    let body = "x".repeat(BODY_BYTES);
    let mut deleted = 0;
    for batch in 0..BATCHES {
        let entry = |n: usize| {
            let entry = SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body(&body);
            let entry = if url.ends_with(".fifo") {
                let id = format!("sdk-{worker}-{batch}-{n}");
                entry.message_group_id(worker.to_string()).message_deduplication_id(id)
            } else {
                entry
            };
            entry.build().unwrap()
        };
        let entries = (0..BATCH).map(entry).collect();
        let send = client.send_message_batch().queue_url(&url).set_entries(Some(entries));
        assert!(send.send().await.unwrap().failed().is_empty());
        deleted += receive_and_delete(&client, &url).await;
    }
    deleted
}

async fn receive_and_delete(client: &Client, url: &str) -> usize {
    let receive = client.receive_message().queue_url(url).max_number_of_messages(10);
    let messages = receive.send().await.unwrap().messages.unwrap_or_default();
    let received = messages.len();
    let entry = |(n, message): (usize, Message)| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(n.to_string());
        entry.receipt_handle(message.receipt_handle.unwrap()).build().unwrap()
    };
    if received > 0 {
        let entries = messages.into_iter().enumerate().map(entry).collect();
        let delete = client.delete_message_batch().queue_url(url).set_entries(Some(entries));
        assert!(delete.send().await.unwrap().failed().is_empty());
    }
    received
}
