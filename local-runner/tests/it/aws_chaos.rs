//! Chaos in the AWS services: which errors an SDK sees, what was done all the same, what comes twice and out of order,
//! and that the same seed does the same again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use local_runner::aws::{Config, Services};
use local_runner::chaos::{Chaos, Plan, read};
use local_runner::clock::{Clock, SystemClock, TravellingClock};
use tempfile::TempDir;

use crate::aws_scheduler::{create, queue_arn, target};
use crate::aws_world::{Clients, config};

struct World {
    services: Services,
    clients: Clients,
    chaos: Arc<Chaos>,
    _directory: TempDir,
}

impl World {
    async fn start() -> Self {
        Self::by(Arc::new(SystemClock)).await
    }

    async fn by(clock: Arc<dyn Clock>) -> Self {
        let (directory, chaos) = (tempfile::tempdir().unwrap(), Arc::new(Chaos::default()));
        let config = Config { chaos: Arc::clone(&chaos), ..config(directory.path(), clock) };
        let services = Services::start(config).await.unwrap();
        let clients = Clients::of(&services.endpoint_url());
        Self { services, clients, chaos, _directory: directory }
    }

    fn rules(&self, rules: &str, seed: u64) {
        self.chaos.set(&Plan { rules: read(rules).unwrap(), seed });
    }

    async fn table(&self, name: &str) {
        let id =
            AttributeDefinition::builder().attribute_name("id").attribute_type("S".into()).build().unwrap();
        let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
        let create = self.clients.dynamodb.create_table().table_name(name).attribute_definitions(id);
        create.key_schema(key).billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
    }

    /// Whether each of so many reads of a table was refused.
    async fn reads(&self, table: &str, number: usize) -> Vec<bool> {
        let mut refused = Vec::new();
        for _ in 0..number {
            let get = self.clients.dynamodb.get_item().table_name(table).key("id", id("a"));
            refused.push(get.send().await.is_err());
        }
        refused
    }
}

fn id(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn code<T, E: ProvideErrorMetadata>(result: &Result<T, E>) -> &str {
    result.as_ref().err().and_then(ProvideErrorMetadata::code).unwrap_or("none")
}

#[tokio::test]
async fn each_service_refuses_in_its_own_words() {
    let world = World::start().await;
    let clients = &world.clients;
    let url = clients.queue(&[]).await;
    clients.s3.create_bucket().bucket("bucket").send().await.unwrap();
    world.table("table").await;
    for (fault, codes) in [
        (
            "throttle",
            ["RequestThrottled", "ProvisionedThroughputExceededException", "SlowDown", "ThrottlingException"],
        ),
        ("error", ["InternalFailure", "InternalServerError", "InternalError", "InternalServerError"]),
        ("lost", ["InternalFailure", "InternalServerError", "InternalError", "InternalServerError"]),
    ] {
        world.rules(&format!("sqs:{fault};dynamodb:{fault};s3:{fault};ssm:{fault};scheduler:{fault}"), 1);
        let sent = clients.sqs.send_message().queue_url(&url).message_body(fault).send().await;
        let put = clients.dynamodb.put_item().table_name("table").item("id", id(fault)).send().await;
        let stored = clients.s3.put_object().bucket("bucket").key(fault).send().await;
        let described = clients.ssm.get_parameters_by_path().path("/").send().await;
        assert_eq!([code(&sent), code(&put), code(&stored), code(&described)], codes);
        let listed = clients.scheduler.list_schedules().send().await;
        let expected = if fault == "throttle" { "ThrottlingException" } else { "InternalServerException" };
        assert_eq!(code(&listed), expected);
    }
    let injected = world.chaos.ledger().latest;
    assert!(injected.iter().any(|it| it.called == "dynamodb.PutItem table" && it.what.contains("done, but")));
    assert!(injected.iter().any(|it| it.called == "s3.PutObject bucket"));
    world.rules("", 0);
    let found = clients.dynamodb.scan().table_name("table").send().await.unwrap().items.unwrap();
    assert_eq!(found.iter().map(|item| item["id"].clone()).collect::<Vec<_>>(), [id("lost")]);
    let objects = clients.s3.list_objects_v2().bucket("bucket").send().await.unwrap();
    assert_eq!(objects.contents().iter().map(|it| it.key().unwrap()).collect::<Vec<_>>(), ["lost"]);
    let received =
        clients.sqs.receive_message().queue_url(&url).max_number_of_messages(10).send().await.unwrap();
    assert_eq!(received.messages().iter().map(|it| it.body().unwrap()).collect::<Vec<_>>(), ["lost"]);
    world.services.shutdown().await;
}

#[tokio::test]
async fn the_same_seed_and_calls_are_refused_alike_whatever_goes_on_beside_them() {
    let mut seen = Vec::new();
    for busy in [false, true] {
        let world = World::start().await;
        world.table("table").await;
        world.table("other").await;
        world.rules("dynamodb:error@30%", 7);
        let (refused, _) = tokio::join!(world.reads("table", 40), async {
            if busy { world.reads("other", 40).await } else { Vec::new() }
        });
        seen.push(refused.clone());
        world.rules("dynamodb:error@30%", 7);
        assert_eq!(world.reads("table", 40).await, refused, "set again, it is replayed");
        world.rules("dynamodb:error@30%", 8);
        assert_ne!(world.reads("table", 40).await, refused);
        world.services.shutdown().await;
    }
    assert_eq!(seen[0], seen[1]);
    assert!((4..25).contains(&seen[0].iter().filter(|refused| **refused).count()), "{seen:?}");
}

#[tokio::test]
async fn latency_is_of_the_operation_that_the_rule_names() {
    let world = World::start().await;
    world.table("table").await;
    world.rules("dynamodb.GetItem:latency=300ms", 1);
    let started = Instant::now();
    world.clients.dynamodb.put_item().table_name("table").item("id", id("a")).send().await.unwrap();
    assert_eq!(world.chaos.ledger().total(), 0);
    assert_eq!(world.reads("table", 1).await, [false]);
    assert!(started.elapsed() >= Duration::from_millis(300));
    world.services.shutdown().await;
}

async fn receive(clients: &Clients, url: &str) -> Vec<Message> {
    let receive = clients.sqs.receive_message().queue_url(url).max_number_of_messages(10);
    receive.send().await.unwrap().messages.unwrap_or_default()
}

fn body(message: &Message) -> String {
    message.body().unwrap().to_owned()
}

async fn delete(clients: &Clients, url: &str, message: &Message) {
    let delete =
        clients.sqs.delete_message().queue_url(url).receipt_handle(message.receipt_handle().unwrap());
    delete.send().await.unwrap();
}

#[tokio::test]
async fn a_duplicated_message_comes_twice_also_when_the_first_was_deleted() {
    let world = World::start().await;
    let url = world.clients.queue(&[]).await;
    world.rules("sqs:duplicate", 1);
    world.clients.sqs.send_message().queue_url(&url).message_body("m").send().await.unwrap();
    let first = receive(&world.clients, &url).await;
    delete(&world.clients, &url, &first[0]).await;
    let second = receive(&world.clients, &url).await;
    assert_eq!((first.len(), second.len(), body(&second[0])), (1, 1, "m".to_owned()));
    assert_eq!(first[0].message_id(), second[0].message_id());
    assert!(receive(&world.clients, &url).await.is_empty(), "not a third time");
    delete(&world.clients, &url, &second[0]).await;
    let name = url.rsplit('/').next().unwrap();
    let depth = world.services.queues().depth(name).unwrap();
    assert_eq!((depth.ready, depth.in_flight), (0, 0));
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_standard_queue_is_reordered_and_a_fifo_queue_neither_that_nor_repeated() {
    let world = World::start().await;
    let standard = world.clients.queue(&[]).await;
    let make = world.clients.sqs.create_queue().queue_name("q.fifo");
    let make = make.attributes(QueueAttributeName::FifoQueue, "true");
    let fifo = make.attributes(QueueAttributeName::ContentBasedDeduplication, "true").send().await.unwrap();
    let fifo = fifo.queue_url.unwrap();
    let sent: Vec<String> = (0..20).map(|number| format!("{number:02}")).collect();
    for text in &sent {
        world.clients.sqs.send_message().queue_url(&standard).message_body(text).send().await.unwrap();
        let send = world.clients.sqs.send_message().queue_url(&fifo).message_body(text).message_group_id("g");
        send.send().await.unwrap();
    }
    world.rules("sqs:reorder,duplicate@50%", 3);
    let mut orders = Vec::new();
    for url in [&standard, &fifo] {
        let mut order = Vec::new();
        loop {
            let received = receive(&world.clients, url).await;
            if received.is_empty() {
                break;
            }
            for message in received {
                order.push(body(&message));
                delete(&world.clients, url, &message).await;
            }
        }
        orders.push(order);
    }
    assert_eq!(orders[1], sent, "a FIFO queue keeps its promise");
    let mut once = orders[0].clone();
    once.dedup();
    assert_ne!(once, sent, "the order is another one");
    assert!(orders[0].len() > 20, "some came twice: {:?}", orders[0]);
    once = orders[0].clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once, sent, "none is missing");
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_schedule_fires_twice_with_the_same_fire_time() {
    let world = World::by(Arc::new(TravellingClock::default())).await;
    let url = world.clients.sqs.create_queue().queue_name("q").send().await.unwrap().queue_url.unwrap();
    let input = "<aws.scheduler.scheduled-time> <aws.scheduler.execution-id>";
    let to = target(&queue_arn("q")).input(input).build().unwrap();
    create(&world.clients, "s", "rate(1 minute)").target(to).send().await.unwrap();
    world.rules("scheduler:duplicate", 1);
    let schedules = world.services.schedules();
    schedules.run_now("default", "s").await.unwrap();
    let messages = receive(&world.clients, &url).await;
    let mut bodies: Vec<_> = messages.iter().map(body).collect();
    bodies.sort_unstable();
    let number = bodies.len();
    bodies.dedup();
    assert_eq!(number - bodies.len(), 1, "one fire came twice: {bodies:?}");
    world.services.shutdown().await;
}
