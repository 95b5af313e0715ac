//! The endpoint's life: starting, restarting, being refused, stopping.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, Delete, KeySchemaElement, KeyType, Put, PutRequest,
    ScalarAttributeType, TimeToLiveSpecification, TransactWriteItem, WriteRequest,
};
use aws_sdk_s3::primitives::ByteStream;
use chrono::{DateTime, TimeDelta};
use local_runner::aws::{Config, Depth, Services, StartError};
use local_runner::clock::{ManualClock, SystemClock};

use crate::aws_world::{World, config};

#[tokio::test]
async fn queues_and_messages_survive_a_restart_on_another_port() {
    let world = World::start().await;
    let url = world.clients.queue(&[("VisibilityTimeout", "600")]).await;
    let name = url.rsplit('/').next().unwrap().to_owned();
    let send = |body: &str| world.clients.sqs.send_message().queue_url(&url).message_body(body).send();
    for body in ["in flight", "deleted", "waiting"] {
        send(body).await.unwrap();
    }
    let receive = || world.clients.sqs.receive_message().queue_url(&url).send();
    receive().await.unwrap();
    let second = receive().await.unwrap().messages.unwrap().remove(0);
    let delete = world.clients.sqs.delete_message().queue_url(&url);
    delete.receipt_handle(second.receipt_handle().unwrap()).send().await.unwrap();
    assert_eq!(world.services.queues().depth(&name), Some(Depth { ready: 1, in_flight: 1, delayed: 0 }));

    let world = world.restarted().await;
    let receive = world.clients.sqs.receive_message().queue_url(&url).max_number_of_messages(10);
    let receive = receive.message_system_attribute_names("ApproximateReceiveCount".into());
    let messages = receive.send().await.unwrap().messages.unwrap();
    let told: Vec<_> = messages
        .iter()
        .map(|message| {
            (message.body().unwrap(), message.attributes().unwrap().values().next().unwrap().as_str())
        })
        .collect();
    assert_eq!(told, [("in flight", "2"), ("waiting", "1")]);
    world.services.shutdown().await;
}

#[tokio::test]
async fn tables_items_and_objects_survive_a_restart() {
    let world = World::start().await;
    let db = &world.clients.dynamodb;
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
    let kind = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S);
    let create =
        db.create_table().table_name("kept").billing_mode(BillingMode::PayPerRequest).key_schema(key);
    create.attribute_definitions(kind.build().unwrap()).send().await.unwrap();
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires").build().unwrap();
    db.update_time_to_live().table_name("kept").time_to_live_specification(ttl).send().await.unwrap();
    for id in ["stays", "goes"] {
        let update = db.update_item().table_name("kept").key("id", AttributeValue::S(id.into()));
        let update = update.update_expression("ADD n :n");
        update.expression_attribute_values(":n", AttributeValue::N("7".into())).send().await.unwrap();
    }
    db.delete_item().table_name("kept").key("id", AttributeValue::S("goes".into())).send().await.unwrap();
    let put = PutRequest::builder().item("id", AttributeValue::S("batched".into())).build().unwrap();
    let write = WriteRequest::builder().put_request(put).build();
    db.batch_write_item().request_items("kept", vec![write]).send().await.unwrap();
    let put =
        Put::builder().table_name("kept").item("id", AttributeValue::S("transacted".into())).build().unwrap();
    let delete =
        Delete::builder().table_name("kept").key("id", AttributeValue::S("batched".into())).build().unwrap();
    let transact = db.transact_write_items().transact_items(TransactWriteItem::builder().put(put).build());
    transact.transact_items(TransactWriteItem::builder().delete(delete).build()).send().await.unwrap();
    let before = db.describe_table().table_name("kept").send().await.unwrap().table.unwrap();
    world.clients.s3.create_bucket().bucket("kept").send().await.unwrap();
    let put = world.clients.s3.put_object().bucket("kept").key("k").content_type("a/b");
    put.body(ByteStream::from_static(b"content")).send().await.unwrap();

    let world = world.restarted().await;
    let db = &world.clients.dynamodb;
    let items = db.scan().table_name("kept").send().await.unwrap().items.unwrap();
    let mut ids: Vec<_> = items.iter().map(|item| item["id"].as_s().unwrap().as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["stays", "transacted"]);
    assert!(items.iter().any(|item| item.get("n") == Some(&AttributeValue::N("7".into()))));
    let after = db.describe_table().table_name("kept").send().await.unwrap().table.unwrap();
    assert_eq!((after.creation_date_time, after.table_id), (before.creation_date_time, before.table_id));
    let ttl =
        db.describe_time_to_live().table_name("kept").send().await.unwrap().time_to_live_description.unwrap();
    assert_eq!(ttl.attribute_name(), Some("expires"));
    let object = world.clients.s3.get_object().bucket("kept").key("k").send().await.unwrap();
    assert_eq!(object.content_type(), Some("a/b"));
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"content");
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_busy_address_a_busy_directory_and_an_open_address_are_refused_by_name() {
    let world = World::start().await;
    let other = tempfile::tempdir().unwrap();
    let taken = Config { listen: world.services.addr(), ..config(other.path(), Arc::new(SystemClock)) };
    let error = Services::start(taken).await.unwrap_err();
    assert!(
        matches!(&error, StartError::AddressInUse(address) if *address == world.services.addr()),
        "{error}"
    );
    let error = Services::start(config(world.directory.path(), Arc::new(SystemClock))).await.unwrap_err();
    assert!(matches!(error, StartError::StateInUse(_)), "{error}");
    let open =
        Config { listen: SocketAddr::from(([0, 0, 0, 0], 0)), ..config(other.path(), Arc::new(SystemClock)) };
    assert!(matches!(Services::start(open).await, Err(StartError::NotLoopback(_))));
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_shutdown_ends_long_polls_with_an_empty_answer() {
    let world = World::start().await;
    let url = world.clients.queue(&[]).await;
    let poll = tokio::spawn(world.clients.sqs.receive_message().queue_url(&url).wait_time_seconds(20).send());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    world.services.shutdown().await;
    assert!(poll.await.unwrap().unwrap().messages().is_empty());
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn items_are_gone_after_their_time_to_live_and_stay_so() {
    let clock = ManualClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
    let world = World::with_clock(Arc::new(clock.clone())).await;
    let db = &world.clients.dynamodb;
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
    let kind = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S);
    let create =
        db.create_table().table_name("sessions").billing_mode(BillingMode::PayPerRequest).key_schema(key);
    create.attribute_definitions(kind.build().unwrap()).send().await.unwrap();
    let ttl = TimeToLiveSpecification::builder().enabled(true).attribute_name("expires").build().unwrap();
    db.update_time_to_live().table_name("sessions").time_to_live_specification(ttl).send().await.unwrap();
    let number = |seconds: i64| AttributeValue::N(seconds.to_string());
    for (id, expires) in [
        ("soon", number(1_800_000_030)),
        ("later", number(1_800_000_300)),
        ("long ago", number(1_500_000_000)),
        ("no number", AttributeValue::S("1800000030".into())),
    ] {
        let put = db.put_item().table_name("sessions").item("id", AttributeValue::S(id.into()));
        put.item("expires", expires).send().await.unwrap();
    }
    let ids = async |world: &World| {
        let items = world.clients.dynamodb.scan().table_name("sessions").send().await.unwrap().items.unwrap();
        let mut ids: Vec<_> = items.iter().map(|item| item["id"].as_s().unwrap().clone()).collect();
        ids.sort_unstable();
        ids
    };
    let start = Instant::now();
    while ids(&world).await.len() == 4 && start.elapsed() < Duration::from_secs(20) {
        clock.advance(TimeDelta::seconds(31));
    }
    let left = ids(&world).await;
    assert!(!left.contains(&"soon".to_owned()) && left.contains(&"long ago".to_owned()), "{left:?}");
    assert!(left.contains(&"no number".to_owned()), "{left:?}");
    let world = world.restarted().await;
    assert!(!ids(&world).await.contains(&"soon".to_owned()));
    world.services.shutdown().await;
}
