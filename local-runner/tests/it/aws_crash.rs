//! No acknowledged change is lost: the services, in a process of their own, are killed at random moments under load,
//! and after each restart all that was acknowledged has to be there, and nothing that was deleted.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use aws_sdk_s3::primitives::ByteStream;
use local_runner::aws::Services;
use local_runner::clock::SystemClock;
use rand::Rng as _;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::aws_world::{Clients, config};

/// How often the services are killed, unless `VELOX_TEST_KILLS` says otherwise.
const KILLS: usize = 24;
const WRITERS: usize = 4;
const DIRECTORY: &str = "VELOX_TEST_AWS_STATE_DIR";
const READY: &str = "listening on ";

/// The process that is killed: this test's own program, told by the environment where its state is.
#[tokio::test]
#[ignore = "started by the crash test"]
async fn server_process() {
    let Ok(directory) = std::env::var(DIRECTORY) else { return };
    let services = Services::start(config(Path::new(&directory), Arc::new(SystemClock))).await.unwrap();
    println!("\n{READY}{}", services.addr());
    std::future::pending::<()>().await;
}

pub(crate) fn kills() -> usize {
    std::env::var("VELOX_TEST_KILLS").map_or(KILLS, |kills| kills.parse().expect("a number of kills"))
}

/// Starts the process that is to be killed, and tells where it listens.
pub(crate) async fn spawn(directory: &Path) -> (Child, SocketAddr) {
    let mut child = start(directory);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().expect("the services should have started");
        if let Some(address) = line.strip_prefix(READY) {
            return (child, address.parse().unwrap());
        }
    }
}

fn start(directory: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "aws_crash::server_process"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// What may be there: the state last acknowledged, and the one that was asked for since, if any. `None` is absence.
#[derive(Debug, Clone, Default, PartialEq)]
struct Known {
    acknowledged: Option<u64>,
    attempted: Option<Option<u64>>,
}

/// By name: of a message, an item or an object.
type Ledger = Arc<Mutex<BTreeMap<String, Known>>>;

fn attempt(ledger: &Ledger, name: &str, state: Option<u64>) {
    ledger.lock().unwrap().entry(name.into()).or_default().attempted = Some(state);
}

fn acknowledge(ledger: &Ledger, name: &str, state: Option<u64>) {
    let mut ledger = ledger.lock().unwrap();
    let known = ledger.get_mut(name).unwrap();
    match known.attempted {
        Some(attempted) if attempted == state => *known = Known { acknowledged: state, attempted: None },
        // A message was received before its sender was told, and is being deleted, or has been.
        Some(_) => known.acknowledged = state,
        None => {}
    }
}

/// Deletes what was received: until that is acknowledged it may be there or not, told to its sender or not.
fn attempt_deletion(ledger: &Ledger, name: &str) {
    let known = Known { acknowledged: Some(1), attempted: Some(None) };
    ledger.lock().unwrap().insert(name.into(), known);
}

/// Compares what is there with what may be, and goes on from what is there.
fn compare(kind: &str, ledger: &Ledger, found: &BTreeMap<String, u64>) {
    let mut ledger = ledger.lock().unwrap();
    for (name, known) in ledger.iter_mut() {
        let present = found.get(name).copied();
        let allowed = present == known.acknowledged || known.attempted == Some(present);
        assert!(allowed, "{kind} {name}: there is {present:?}, but {known:?}");
        *known = Known { acknowledged: present, attempted: None };
    }
    for name in found.keys() {
        assert!(ledger.contains_key(name), "{kind} {name} was never written");
    }
}

async fn prepare(clients: &Clients) -> String {
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
    let kind = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S);
    let create = clients.dynamodb.create_table().table_name("crash").billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(key).attribute_definitions(kind.build().unwrap());
    create.send().await.unwrap();
    clients.s3.create_bucket().bucket("crash").send().await.unwrap();
    clients.queue(&[("VisibilityTimeout", "43200")]).await
}

/// Sends, and deletes every other message that comes, until the service is gone.
async fn work_on_messages(clients: Clients, url: String, ledger: Ledger, name: String) -> Option<()> {
    for n in 0.. {
        let body = format!("{name}-{n}");
        attempt(&ledger, &body, Some(1));
        clients.sqs.send_message().queue_url(&url).message_body(&body).send().await.ok()?;
        acknowledge(&ledger, &body, Some(1));
        let received = clients.sqs.receive_message().queue_url(&url).send().await.ok()?.messages;
        let Some(message) = received.unwrap_or_default().pop().filter(|_| n % 2 == 0) else { continue };
        let body = message.body().unwrap();
        attempt_deletion(&ledger, body);
        let delete = clients.sqs.delete_message().queue_url(&url);
        delete.receipt_handle(message.receipt_handle().unwrap()).send().await.ok()?;
        acknowledge(&ledger, body, None);
    }
    None
}

/// Puts, updates and deletes a few items of its own.
async fn work_on_items(clients: Clients, ledger: Ledger, name: String) -> Option<()> {
    for n in 1_u64.. {
        let id = format!("{name}-{}", n % 3);
        let key = AttributeValue::S(id.clone());
        let state = (n % 5 != 0).then_some(n);
        attempt(&ledger, &id, state);
        let table = "crash";
        match state {
            None => drop(clients.dynamodb.delete_item().table_name(table).key("id", key).send().await.ok()?),
            Some(n) if n % 2 == 0 => {
                let update = clients.dynamodb.update_item().table_name(table).key("id", key);
                let update = update.update_expression("SET n = :n");
                let update = update.expression_attribute_values(":n", AttributeValue::N(n.to_string()));
                update.send().await.ok()?;
            }
            Some(n) => {
                let put = clients.dynamodb.put_item().table_name(table).item("id", key);
                put.item("n", AttributeValue::N(n.to_string())).send().await.ok()?;
            }
        }
        acknowledge(&ledger, &id, state);
    }
    None
}

/// Puts and deletes a few objects of its own.
async fn work_on_objects(clients: Clients, ledger: Ledger, name: String) -> Option<()> {
    for n in 1_u64.. {
        let key = format!("{name}/{}", n % 3);
        let state = (n % 5 != 0).then_some(n);
        attempt(&ledger, &key, state);
        match state {
            None => drop(clients.s3.delete_object().bucket("crash").key(&key).send().await.ok()?),
            Some(n) => {
                // The number, again and again, so that half an object would show.
                let body = ByteStream::from(format!("{n},").repeat(2_000).into_bytes());
                clients.s3.put_object().bucket("crash").key(&key).body(body).send().await.ok()?;
            }
        }
        acknowledge(&ledger, &key, state);
    }
    None
}

async fn messages(clients: &Clients, url: &str) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    loop {
        let receive = clients.sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let messages = receive.send().await.unwrap().messages.unwrap_or_default();
        if messages.is_empty() {
            return found;
        }
        for message in messages {
            assert_eq!(found.insert(message.body.unwrap(), 1), None, "received twice within its visibility");
        }
    }
}

async fn items(clients: &Clients) -> BTreeMap<String, u64> {
    let items = clients.dynamodb.scan().table_name("crash").send().await.unwrap().items.unwrap_or_default();
    items
        .iter()
        .map(|item| (item["id"].as_s().unwrap().clone(), item["n"].as_n().unwrap().parse().unwrap()))
        .collect()
}

/// The number in each object, which is whole.
pub(crate) async fn objects(clients: &Clients) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let list = clients.s3.list_objects_v2().bucket("crash").send().await.unwrap();
    for key in list.contents().iter().map(|object| object.key().unwrap()) {
        let object = clients.s3.get_object().bucket("crash").key(key).send().await.unwrap();
        let content = String::from_utf8(object.body.collect().await.unwrap().to_vec()).unwrap();
        let number = content.split(',').next().unwrap().to_owned();
        assert_eq!(content, format!("{number},").repeat(2_000), "{key} is torn");
        found.insert(key.to_owned(), number.parse().unwrap());
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_when_the_services_are_killed_again_and_again() {
    let directory = tempfile::tempdir().unwrap();
    let [sent, written, stored] = [Ledger::default(), Ledger::default(), Ledger::default()];
    let mut url = None;
    for round in 0..kills() {
        // Now and then it is killed while it starts: while it replays and compacts its journals.
        if round % 4 == 3 {
            let mut child = start(directory.path());
            let pause = rand::rng().random_range(0..40);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            child.kill().await.unwrap();
        }
        let (mut child, address) = spawn(directory.path()).await;
        let clients = Clients::of(&format!("http://{address}"));
        if url.is_none() {
            url = Some(prepare(&clients).await);
        }
        let url = url.clone().unwrap();
        compare("message", &sent, &messages(&clients, &url).await);
        compare("item", &written, &items(&clients).await);
        compare("object", &stored, &objects(&clients).await);
        let mut load = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let name = |kind: &str| format!("{kind}-{round}-{writer}");
            load.spawn(work_on_messages(clients.clone(), url.clone(), Arc::clone(&sent), name("m")));
            load.spawn(work_on_items(clients.clone(), Arc::clone(&written), format!("i-{writer}")));
            load.spawn(work_on_objects(clients.clone(), Arc::clone(&stored), format!("o-{writer}")));
        }
        let pause = rand::rng().random_range(5..150);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        child.kill().await.unwrap();
        load.join_all().await;
    }
    let acknowledged =
        sent.lock().unwrap().len() + written.lock().unwrap().len() + stored.lock().unwrap().len();
    assert!(acknowledged > kills() * WRITERS, "there was hardly any load: {acknowledged}");
}
