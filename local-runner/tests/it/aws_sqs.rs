//! SQS: queues themselves, and what may be sent.

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    MessageAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry, SendMessageBatchResultEntry,
};

use crate::aws_conformance::{conformance, error_code};
use crate::aws_world::{Clients, unique};

conformance! {
    a_queue_is_created_once_and_again_with_the_same_attributes_only,
    a_queue_is_found_by_name_listed_by_prefix_and_gone_once_deleted,
    attributes_have_their_defaults_and_can_be_changed,
    bad_names_are_refused,
    bad_attributes_are_refused,
    a_message_comes_back_with_its_attributes_and_digests,
    a_batch_reports_each_entry,
    a_batch_as_a_whole_is_refused_for_its_ids_its_number_and_its_size,
    a_message_of_one_mebibyte_is_taken_and_a_larger_one_is_not,
    bodies_that_are_empty_or_not_xml_characters_are_refused,
    a_purged_queue_is_empty,
}

async fn a_queue_is_created_once_and_again_with_the_same_attributes_only(clients: Clients) {
    let name = unique("queue");
    let create = |timeout: &str| {
        let request = clients.sqs.create_queue().queue_name(&name);
        request.attributes(QueueAttributeName::VisibilityTimeout, timeout).send()
    };
    let first = create("7").await.unwrap().queue_url.unwrap();
    assert!(first.ends_with(&format!("/{name}")), "{first}");
    assert_eq!(create("7").await.unwrap().queue_url.unwrap(), first);
    assert_eq!(clients.sqs.create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap(), first);
    assert_eq!(error_code!(create("8").await), "QueueAlreadyExists");
}

async fn a_queue_is_found_by_name_listed_by_prefix_and_gone_once_deleted(clients: Clients) {
    let prefix = unique("list");
    for n in 0..3 {
        clients.sqs.create_queue().queue_name(format!("{prefix}-{n}")).send().await.unwrap();
    }
    let url = clients.sqs.get_queue_url().queue_name(format!("{prefix}-1")).send().await.unwrap();
    let url = url.queue_url.unwrap();
    let listed = clients.sqs.list_queues().queue_name_prefix(&prefix).send().await.unwrap();
    assert_eq!(listed.queue_urls().len(), 3);
    assert!(listed.queue_urls().contains(&url));
    clients.sqs.delete_queue().queue_url(&url).send().await.unwrap();
    let lookup = clients.sqs.get_queue_url().queue_name(format!("{prefix}-1")).send().await;
    assert!(lookup.as_ref().unwrap_err().as_service_error().unwrap().is_queue_does_not_exist());
    assert_eq!(error_code!(lookup), "AWS.SimpleQueueService.NonExistentQueue");
    let send = clients.sqs.send_message().queue_url(&url).message_body("x").send().await;
    assert_eq!(error_code!(send), "AWS.SimpleQueueService.NonExistentQueue");
}

async fn attributes_have_their_defaults_and_can_be_changed(clients: Clients) {
    let url = clients.queue(&[]).await;
    let read =
        || clients.sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All).send();
    let attributes = read().await.unwrap().attributes.unwrap();
    let value = |name| attributes.get(&name).map(String::as_str);
    assert_eq!(value(QueueAttributeName::VisibilityTimeout), Some("30"));
    assert_eq!(value(QueueAttributeName::MessageRetentionPeriod), Some("345600"));
    assert_eq!(value(QueueAttributeName::DelaySeconds), Some("0"));
    assert_eq!(value(QueueAttributeName::ApproximateNumberOfMessages), Some("0"));
    let arn = value(QueueAttributeName::QueueArn).unwrap();
    assert!(arn.starts_with("arn:aws:sqs:eu-central-1:"), "{arn}");
    assert!(arn.ends_with(url.rsplit('/').next().unwrap()), "{arn}");
    let set = clients.sqs.set_queue_attributes().queue_url(&url);
    set.attributes(QueueAttributeName::VisibilityTimeout, "5").send().await.unwrap();
    let changed = read().await.unwrap().attributes.unwrap();
    assert_eq!(changed[&QueueAttributeName::VisibilityTimeout], "5");
    let one = clients.sqs.get_queue_attributes().queue_url(&url);
    let one = one.attribute_names(QueueAttributeName::DelaySeconds).send().await.unwrap();
    assert_eq!(one.attributes.unwrap().len(), 1);
}

async fn bad_names_are_refused(clients: Clients) {
    for name in ["", "with space", "ümlaut", &"x".repeat(81)] {
        let outcome = clients.sqs.create_queue().queue_name(name).send().await;
        assert_eq!(error_code!(outcome), "InvalidParameterValue", "{name:?}");
    }
}

async fn bad_attributes_are_refused(clients: Clients) {
    let create = |attribute: &str, value: &str| {
        let request = clients.sqs.create_queue().queue_name(unique("bad"));
        request.attributes(attribute.into(), value).send()
    };
    assert_eq!(error_code!(create("VisibilityTimeout", "43201").await), "InvalidAttributeValue");
    assert_eq!(error_code!(create("NoSuchAttribute", "1").await), "InvalidAttributeName");
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:000000000000:none","maxReceiveCount":"1"}"#;
    assert_eq!(error_code!(create("RedrivePolicy", policy).await), "InvalidParameterValue");
}

fn attribute(kind: &str, text: Option<&str>, bytes: Option<&[u8]>) -> MessageAttributeValue {
    MessageAttributeValue::builder()
        .data_type(kind)
        .set_string_value(text.map(Into::into))
        .set_binary_value(bytes.map(Blob::new))
        .build()
        .unwrap()
}

async fn a_message_comes_back_with_its_attributes_and_digests(clients: Clients) {
    let url = clients.queue(&[]).await;
    let send = clients.sqs.send_message().queue_url(&url).message_body("hällo");
    let send = send
        .message_attributes("text", attribute("String", Some("value"), None))
        .message_attributes("count.of", attribute("Number.int", Some("42"), None))
        .message_attributes("bytes", attribute("Binary", None, Some(&[0, 1, 255])));
    let sent = send.send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("38bbce5fb3d0aec801f9eab39182fa7a"));
    assert_eq!(sent.md5_of_message_attributes(), Some("7ddd662f491e06eaca7d8f7dbbbab2b8"));
    let receive = clients.sqs.receive_message().queue_url(&url).message_attribute_names("All");
    let message = receive.send().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(message.body(), Some("hällo"));
    assert_eq!(message.message_id, sent.message_id);
    assert_eq!(message.md5_of_body, sent.md5_of_message_body);
    assert_eq!(message.md5_of_message_attributes, sent.md5_of_message_attributes);
    let attributes = message.message_attributes.unwrap();
    assert_eq!(attributes["text"].string_value(), Some("value"));
    assert_eq!(attributes["count.of"].data_type(), "Number.int");
    assert_eq!(attributes["bytes"].binary_value().unwrap().as_ref(), [0, 1, 255]);
}

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

async fn a_batch_reports_each_entry(clients: Clients) {
    let url = clients.queue(&[]).await;
    let entries = ["good", "bad", "fine"].map(|id| entry(id, if id == "bad" { "\u{1}" } else { id }));
    let sent = clients.sqs.send_message_batch().queue_url(&url).set_entries(Some(entries.to_vec()));
    let sent = sent.send().await.unwrap();
    let ids: Vec<_> = sent.successful().iter().map(SendMessageBatchResultEntry::id).collect();
    assert_eq!(ids, ["good", "fine"]);
    assert_eq!((sent.failed()[0].id(), sent.failed()[0].code()), ("bad", "InvalidMessageContents"));
    assert!(sent.failed()[0].sender_fault());
}

async fn a_batch_as_a_whole_is_refused_for_its_ids_its_number_and_its_size(clients: Clients) {
    let url = clients.queue(&[]).await;
    let send =
        |entries: Vec<_>| clients.sqs.send_message_batch().queue_url(&url).set_entries(Some(entries)).send();
    let code = |name: &str| format!("AWS.SimpleQueueService.{name}");
    assert_eq!(error_code!(send(vec![]).await), code("EmptyBatchRequest"));
    let eleven = (0..11).map(|n| entry(&n.to_string(), "x")).collect();
    assert_eq!(error_code!(send(eleven).await), code("TooManyEntriesInBatchRequest"));
    assert_eq!(
        error_code!(send(vec![entry("a", "x"), entry("a", "y")]).await),
        code("BatchEntryIdsNotDistinct")
    );
    assert_eq!(error_code!(send(vec![entry("not allowed!", "x")]).await), code("InvalidBatchEntryId"));
    let half = "x".repeat(600_000);
    let too_long = send(vec![entry("a", &half), entry("b", &half)]).await;
    assert_eq!(error_code!(too_long), code("BatchRequestTooLong"));
}

async fn a_message_of_one_mebibyte_is_taken_and_a_larger_one_is_not(clients: Clients) {
    let url = clients.queue(&[]).await;
    let send = |bytes| clients.sqs.send_message().queue_url(&url).message_body("x".repeat(bytes)).send();
    send(1_048_576).await.unwrap();
    assert_eq!(error_code!(send(1_048_577).await), "InvalidParameterValue");
    let received = clients.sqs.receive_message().queue_url(&url).send().await.unwrap();
    assert_eq!(received.messages()[0].body().unwrap().len(), 1_048_576);
}

async fn bodies_that_are_empty_or_not_xml_characters_are_refused(clients: Clients) {
    let url = clients.queue(&[]).await;
    let send = |body: &str| clients.sqs.send_message().queue_url(&url).message_body(body).send();
    assert_eq!(error_code!(send("").await), "MissingParameter");
    assert_eq!(error_code!(send("a\u{0}b").await), "InvalidMessageContents");
}

async fn a_purged_queue_is_empty(clients: Clients) {
    let url = clients.queue(&[]).await;
    clients.sqs.send_message().queue_url(&url).message_body("x").send().await.unwrap();
    clients.sqs.purge_queue().queue_url(&url).send().await.unwrap();
    assert!(clients.sqs.receive_message().queue_url(&url).send().await.unwrap().messages().is_empty());
    assert_eq!(
        error_code!(clients.sqs.purge_queue().queue_url(&url).send().await),
        "AWS.SimpleQueueService.PurgeQueueInProgress"
    );
}
