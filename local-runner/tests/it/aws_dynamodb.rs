//! DynamoDB: items, conditions, updates, queries, and tables with their TTL.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, PutRequest, ReturnValue,
    ScalarAttributeType, TableStatus, TimeToLiveSpecification, TimeToLiveStatus, TransactWriteItem, Update,
    WriteRequest,
};

use crate::aws_conformance::{conformance, error_code};
use crate::aws_world::{Clients, unique};

conformance! {
    a_table_is_described_listed_and_deleted,
    an_item_is_put_read_replaced_and_deleted,
    a_put_on_condition_that_nobody_was_first_takes_a_lock_once,
    a_condition_on_a_number_compares_numbers,
    an_update_sets_adds_and_removes_and_returns_what_it_made,
    an_update_creates_the_item_that_is_not_there,
    a_delete_on_condition_leaves_what_does_not_meet_it,
    a_query_follows_the_sort_key_in_pages,
    a_scan_filters,
    a_batch_writes_several_items,
    a_transaction_changes_all_or_nothing,
    the_time_to_live_of_a_table_is_kept,
    a_reserved_word_has_to_be_named_by_a_placeholder,
    a_broken_expression_is_a_validation_error,
    mistakes_have_the_codes_of_aws,
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn item<const N: usize>(pairs: [(&str, AttributeValue); N]) -> HashMap<String, AttributeValue> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub(crate) fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
}

pub(crate) fn definition(name: &str, kind: ScalarAttributeType) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().unwrap()
}

/// A table with the partition key `id`.
pub(crate) async fn table(clients: &Clients) -> String {
    let name = unique("table");
    let create = clients.dynamodb.create_table().table_name(&name).billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(key("id", KeyType::Hash));
    create.attribute_definitions(definition("id", ScalarAttributeType::S)).send().await.unwrap();
    name
}

pub(crate) async fn put(clients: &Clients, table: &str, it: HashMap<String, AttributeValue>) {
    clients.dynamodb.put_item().table_name(table).set_item(Some(it)).send().await.unwrap();
}

pub(crate) async fn get(clients: &Clients, table: &str, id: &str) -> Option<HashMap<String, AttributeValue>> {
    clients.dynamodb.get_item().table_name(table).key("id", text(id)).send().await.unwrap().item
}

async fn a_table_is_described_listed_and_deleted(clients: Clients) {
    let name = table(&clients).await;
    let described = clients.dynamodb.describe_table().table_name(&name).send().await.unwrap().table.unwrap();
    assert_eq!(described.table_status(), Some(&TableStatus::Active));
    assert_eq!(described.key_schema(), [key("id", KeyType::Hash)]);
    assert!(clients.dynamodb.list_tables().send().await.unwrap().table_names().contains(&name));
    clients.dynamodb.delete_table().table_name(&name).send().await.unwrap();
    let gone = clients.dynamodb.describe_table().table_name(&name).send().await;
    assert_eq!(error_code!(gone), "ResourceNotFoundException");
}

async fn an_item_is_put_read_replaced_and_deleted(clients: Clients) {
    let table = table(&clients).await;
    let whole = item([
        ("id", text("1")),
        ("n", number(-12)),
        ("flag", AttributeValue::Bool(true)),
        ("none", AttributeValue::Null(true)),
        ("bytes", AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new([0, 255]))),
        ("list", AttributeValue::L(vec![text("a"), number(1)])),
        ("map", AttributeValue::M(item([("inner", text("ä"))]))),
        ("set", AttributeValue::Ss(vec!["x".into()])),
    ]);
    put(&clients, &table, whole.clone()).await;
    assert_eq!(get(&clients, &table, "1").await, Some(whole));
    put(&clients, &table, item([("id", text("1")), ("only", text("this"))])).await;
    assert_eq!(get(&clients, &table, "1").await.unwrap().len(), 2);
    let delete = clients.dynamodb.delete_item().table_name(&table).key("id", text("1"));
    delete.clone().send().await.unwrap();
    assert_eq!(get(&clients, &table, "1").await, None);
    delete.send().await.expect("deleting what is not there is no error");
}

async fn a_put_on_condition_that_nobody_was_first_takes_a_lock_once(clients: Clients) {
    let table = table(&clients).await;
    let take = |owner: &str| {
        let put = clients.dynamodb.put_item().table_name(&table).item("id", text("lock"));
        put.item("owner", text(owner)).condition_expression("attribute_not_exists(id)").send()
    };
    let attempts = futures::future::join_all(["a", "b", "c", "d"].map(take)).await;
    assert_eq!(attempts.iter().filter(|attempt| attempt.is_ok()).count(), 1);
    assert_eq!(error_code!(take("e").await), "ConditionalCheckFailedException");
}

async fn a_condition_on_a_number_compares_numbers(clients: Clients) {
    let table = table(&clients).await;
    put(&clients, &table, item([("id", text("1")), ("expires", number(9))])).await;
    let take = |now| {
        let put =
            clients.dynamodb.put_item().table_name(&table).item("id", text("1")).item("expires", number(99));
        let put = put.condition_expression("attribute_not_exists(id) OR (#e < :now AND NOT #e = :none)");
        let put =
            put.expression_attribute_names("#e", "expires").expression_attribute_values(":now", number(now));
        put.expression_attribute_values(":none", number(-1)).send()
    };
    assert_eq!(error_code!(take(8).await), "ConditionalCheckFailedException");
    take(10).await.expect("9 < 10, though \"9\" > \"10\"");
}

async fn an_update_sets_adds_and_removes_and_returns_what_it_made(clients: Clients) {
    let table = table(&clients).await;
    let start = item([
        ("id", text("1")),
        ("count", number(5)),
        ("gone", text("x")),
        ("m", AttributeValue::M(item([]))),
    ]);
    put(&clients, &table, start).await;
    let update = clients.dynamodb.update_item().table_name(&table).key("id", text("1"));
    let update = update
        .update_expression(
            "SET #m.a = :a, twice = #c + :five, kept = if_not_exists(kept, :a) ADD #c :one REMOVE gone",
        )
        .expression_attribute_names("#m", "m")
        .expression_attribute_names("#c", "count")
        .expression_attribute_values(":a", text("new"))
        .expression_attribute_values(":five", number(5))
        .expression_attribute_values(":one", number(1))
        .return_values(ReturnValue::AllNew);
    let now = update.send().await.unwrap().attributes.unwrap();
    assert_eq!((&now["count"], &now["twice"]), (&number(6), &number(10)));
    assert_eq!(now["m"], AttributeValue::M(item([("a", text("new"))])));
    assert_eq!(now["kept"], text("new"));
    assert!(!now.contains_key("gone"));
}

async fn an_update_creates_the_item_that_is_not_there(clients: Clients) {
    let table = table(&clients).await;
    let count = || {
        let update = clients.dynamodb.update_item().table_name(&table).key("id", text("rate"));
        let update = update.update_expression("ADD hits :one").expression_attribute_values(":one", number(1));
        update.return_values(ReturnValue::UpdatedNew).send()
    };
    for expected in 1..=3 {
        assert_eq!(count().await.unwrap().attributes.unwrap(), item([("hits", number(expected))]));
    }
}

async fn a_delete_on_condition_leaves_what_does_not_meet_it(clients: Clients) {
    let table = table(&clients).await;
    put(&clients, &table, item([("id", text("1")), ("owner", text("me"))])).await;
    let release = |owner: &str| {
        let delete = clients.dynamodb.delete_item().table_name(&table).key("id", text("1"));
        let delete = delete.condition_expression("#o = :o").expression_attribute_names("#o", "owner");
        delete.expression_attribute_values(":o", text(owner)).return_values(ReturnValue::AllOld).send()
    };
    assert_eq!(error_code!(release("you").await), "ConditionalCheckFailedException");
    assert_eq!(release("me").await.unwrap().attributes.unwrap()["owner"], text("me"));
}

async fn a_query_follows_the_sort_key_in_pages(clients: Clients) {
    let table = unique("table");
    let create = clients.dynamodb.create_table().table_name(&table).billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(key("p", KeyType::Hash)).key_schema(key("s", KeyType::Range));
    let create = create.attribute_definitions(definition("p", ScalarAttributeType::S));
    create.attribute_definitions(definition("s", ScalarAttributeType::N)).send().await.unwrap();
    for n in [10, 9, 100, 1, 50] {
        put(&clients, &table, item([("p", text("a")), ("s", number(n))])).await;
        put(&clients, &table, item([("p", text("b")), ("s", number(n))])).await;
    }
    let page = |from| {
        let query =
            clients.dynamodb.query().table_name(&table).key_condition_expression("p = :p AND s >= :s");
        let query =
            query.expression_attribute_values(":p", text("a")).expression_attribute_values(":s", number(9));
        query.limit(3).set_exclusive_start_key(from).send()
    };
    let first = page(None).await.unwrap();
    let second = page(first.last_evaluated_key.clone()).await.unwrap();
    let keys = |items: &[HashMap<String, AttributeValue>]| {
        items.iter().map(|it| it["s"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(keys(first.items()), [number(9), number(10), number(50)]);
    assert_eq!(keys(second.items()), [number(100)]);
    assert_eq!(second.last_evaluated_key, None);
}

async fn a_scan_filters(clients: Clients) {
    let table = table(&clients).await;
    for n in 0..10 {
        put(&clients, &table, item([("id", text(&n.to_string())), ("n", number(n)), ("tag", text("t-x"))]))
            .await;
    }
    let scan = clients
        .dynamodb
        .scan()
        .table_name(&table)
        .filter_expression("n BETWEEN :a AND :b AND begins_with(tag, :t)");
    let scan = scan.expression_attribute_values(":a", number(3)).expression_attribute_values(":b", number(5));
    let found = scan.expression_attribute_values(":t", text("t-")).send().await.unwrap();
    assert_eq!((found.count(), found.scanned_count()), (3, 10));
}

async fn a_batch_writes_several_items(clients: Clients) {
    let table = table(&clients).await;
    let write = |n: i64| {
        let put = PutRequest::builder().item("id", text(&n.to_string())).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let batch = clients.dynamodb.batch_write_item().request_items(&table, (0..25).map(write).collect());
    assert!(batch.send().await.unwrap().unprocessed_items.unwrap_or_default().is_empty());
    assert_eq!(clients.dynamodb.scan().table_name(&table).send().await.unwrap().count(), 25);
}

async fn a_transaction_changes_all_or_nothing(clients: Clients) {
    let table = table(&clients).await;
    put(&clients, &table, item([("id", text("a")), ("n", number(1))])).await;
    put(&clients, &table, item([("id", text("b")), ("n", number(1))])).await;
    let add = |id: &str, least: i64| {
        let update = Update::builder().table_name(&table).key("id", text(id)).update_expression("ADD n :one");
        let update =
            update.condition_expression("n >= :least").expression_attribute_values(":one", number(1));
        let update = update.expression_attribute_values(":least", number(least)).build().unwrap();
        TransactWriteItem::builder().update(update).build()
    };
    let write = |least| {
        clients
            .dynamodb
            .transact_write_items()
            .transact_items(add("a", 1))
            .transact_items(add("b", least))
            .send()
    };
    write(1).await.unwrap();
    assert_eq!(error_code!(write(9).await), "TransactionCanceledException");
    for id in ["a", "b"] {
        assert_eq!(get(&clients, &table, id).await.unwrap()["n"], number(2));
    }
}

async fn the_time_to_live_of_a_table_is_kept(clients: Clients) {
    let table = table(&clients).await;
    let describe = || clients.dynamodb.describe_time_to_live().table_name(&table).send();
    let before = describe().await.unwrap().time_to_live_description.unwrap();
    assert_eq!(before.time_to_live_status(), Some(&TimeToLiveStatus::Disabled));
    let specification =
        TimeToLiveSpecification::builder().enabled(true).attribute_name("expires").build().unwrap();
    let update = clients.dynamodb.update_time_to_live().table_name(&table);
    update.time_to_live_specification(specification).send().await.unwrap();
    let after = describe().await.unwrap().time_to_live_description.unwrap();
    assert_eq!(after.time_to_live_status(), Some(&TimeToLiveStatus::Enabled));
    assert_eq!(after.attribute_name(), Some("expires"));
}

async fn mistakes_have_the_codes_of_aws(clients: Clients) {
    let table = table(&clients).await;
    let to = |table: &str| clients.dynamodb.put_item().table_name(table);
    assert_eq!(
        error_code!(to("no-such-table").item("id", text("1")).send().await),
        "ResourceNotFoundException"
    );
    assert_eq!(error_code!(to(&table).item("other", text("1")).send().await), "ValidationException");
    assert_eq!(error_code!(to(&table).item("id", number(1)).send().await), "ValidationException");
    let again = clients.dynamodb.create_table().table_name(&table).billing_mode(BillingMode::PayPerRequest);
    let again = again.key_schema(key("id", KeyType::Hash));
    let again = again.attribute_definitions(definition("id", ScalarAttributeType::S)).send().await;
    assert_eq!(error_code!(again), "ResourceInUseException");
}

async fn a_broken_expression_is_a_validation_error(clients: Clients) {
    let table = table(&clients).await;
    let put = clients.dynamodb.put_item().table_name(&table).item("id", text("1"));
    assert_eq!(error_code!(put.condition_expression("id = ").send().await), "ValidationException");
}

async fn a_reserved_word_has_to_be_named_by_a_placeholder(clients: Clients) {
    let table = table(&clients).await;
    let update = |expression: &str| {
        let update = clients.dynamodb.update_item().table_name(&table).key("id", text("1"));
        update.update_expression(expression).expression_attribute_values(":v", number(1)).send()
    };
    for expression in ["SET status = :v", "ADD Count :v", "SET m.ttl = :v"] {
        assert_eq!(error_code!(update(expression).await), "ValidationException", "{expression}");
    }
    update("SET statuses = if_not_exists(counted, :v)").await.unwrap();
}
