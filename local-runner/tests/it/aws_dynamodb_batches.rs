//! DynamoDB: several items at once, in batches and in transactions.

use aws_sdk_dynamodb::types::{
    ConditionCheck, Delete, DeleteRequest, Get, KeysAndAttributes, Put, PutRequest, TransactGetItem,
    TransactWriteItem, Update, WriteRequest,
};

use crate::aws_conformance::{conformance, error_code};
use crate::aws_dynamodb::{get, item, number, put, table, text};
use crate::aws_world::Clients;

conformance! {
    a_batch_reads_from_several_tables,
    a_batch_puts_and_deletes,
    a_batch_too_large_or_with_duplicates_is_refused,
    a_transaction_reads_at_one_moment,
    a_transaction_of_every_kind_of_write,
    a_cancelled_transaction_tells_why_for_each_item,
    a_transaction_repeated_under_its_token_happens_once,
    items_and_keys_have_their_limits,
}

async fn a_batch_reads_from_several_tables(clients: Clients) {
    let (one, other) = (table(&clients).await, table(&clients).await);
    for id in ["1", "2", "3"] {
        put(&clients, &one, item([("id", text(id)), ("n", number(1)), ("m", number(2))])).await;
    }
    put(&clients, &other, item([("id", text("x"))])).await;
    let keys = |ids: &[&str]| {
        let keys = ids.iter().map(|id| item([("id", text(id))])).collect();
        KeysAndAttributes::builder().set_keys(Some(keys))
    };
    let read = clients.dynamodb.batch_get_item();
    let read =
        read.request_items(&one, keys(&["1", "3", "none"]).projection_expression("id, n").build().unwrap());
    let read = read.request_items(&other, keys(&["x"]).build().unwrap()).send().await.unwrap();
    let found = read.responses.unwrap();
    assert_eq!((found[&one].len(), found[&other].len()), (2, 1));
    assert_eq!(found[&one][0].len(), 2, "as projected");
    let twice = clients.dynamodb.batch_get_item().request_items(&one, keys(&["1", "1"]).build().unwrap());
    assert_eq!(error_code!(twice.send().await), "ValidationException");
}

fn write(id: &str) -> WriteRequest {
    let put = PutRequest::builder().item("id", text(id)).build().unwrap();
    WriteRequest::builder().put_request(put).build()
}

async fn a_batch_puts_and_deletes(clients: Clients) {
    let table = table(&clients).await;
    put(&clients, &table, item([("id", text("old"))])).await;
    let delete = DeleteRequest::builder().key("id", text("old")).build().unwrap();
    let delete = WriteRequest::builder().delete_request(delete).build();
    let batch = clients.dynamodb.batch_write_item().request_items(&table, vec![write("new"), delete]);
    batch.send().await.unwrap();
    assert!(get(&clients, &table, "new").await.is_some());
    assert!(get(&clients, &table, "old").await.is_none());
}

async fn a_batch_too_large_or_with_duplicates_is_refused(clients: Clients) {
    let table = table(&clients).await;
    let batch = |writes| clients.dynamodb.batch_write_item().request_items(&table, writes).send();
    let many = (0..26).map(|n| write(&n.to_string())).collect();
    assert_eq!(error_code!(batch(many).await), "ValidationException");
    assert_eq!(error_code!(batch(vec![write("1"), write("1")]).await), "ValidationException");
}

async fn a_transaction_reads_at_one_moment(clients: Clients) {
    let table = table(&clients).await;
    put(&clients, &table, item([("id", text("1")), ("n", number(1))])).await;
    let read = |id: &str| {
        let get = Get::builder().table_name(&table).key("id", text(id)).build().unwrap();
        TransactGetItem::builder().get(get).build()
    };
    let both = clients.dynamodb.transact_get_items().transact_items(read("1")).transact_items(read("none"));
    let both = both.send().await.unwrap().responses.unwrap();
    assert_eq!(both[0].item().unwrap()["n"], number(1));
    assert!(both[1].item().is_none_or(std::collections::HashMap::is_empty));
}

async fn a_transaction_of_every_kind_of_write(clients: Clients) {
    let table = table(&clients).await;
    for id in ["update", "delete", "check"] {
        put(&clients, &table, item([("id", text(id)), ("n", number(1))])).await;
    }
    let made = Put::builder().table_name(&table).item("id", text("put")).build().unwrap();
    let update =
        Update::builder().table_name(&table).key("id", text("update")).update_expression("ADD n :one");
    let update = update.expression_attribute_values(":one", number(1)).build().unwrap();
    let delete = Delete::builder().table_name(&table).key("id", text("delete")).build().unwrap();
    let check = ConditionCheck::builder().table_name(&table).key("id", text("check"));
    let check = check.condition_expression("attribute_exists(n)").build().unwrap();
    let write = clients.dynamodb.transact_write_items();
    let write = write.transact_items(TransactWriteItem::builder().put(made).build());
    let write = write.transact_items(TransactWriteItem::builder().update(update).build());
    let write = write.transact_items(TransactWriteItem::builder().delete(delete).build());
    write.transact_items(TransactWriteItem::builder().condition_check(check).build()).send().await.unwrap();
    assert!(get(&clients, &table, "put").await.is_some());
    assert_eq!(get(&clients, &table, "update").await.unwrap()["n"], number(2));
    assert!(get(&clients, &table, "delete").await.is_none());
}

async fn a_cancelled_transaction_tells_why_for_each_item(clients: Clients) {
    let table = table(&clients).await;
    put(&clients, &table, item([("id", text("there"))])).await;
    let new = |id: &str| {
        let put = Put::builder().table_name(&table).item("id", text(id));
        let put = put.condition_expression("attribute_not_exists(id)").build().unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    let write =
        clients.dynamodb.transact_write_items().transact_items(new("new")).transact_items(new("there"));
    let error = write.send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
        cancelled,
    ) = error
    else {
        panic!("{error:?}")
    };
    let codes: Vec<_> =
        cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed"]);
    assert!(get(&clients, &table, "new").await.is_none());
    let twice = clients.dynamodb.transact_write_items().transact_items(new("a")).transact_items(new("a"));
    assert_eq!(error_code!(twice.send().await), "ValidationException");
}

async fn a_transaction_repeated_under_its_token_happens_once(clients: Clients) {
    let table = table(&clients).await;
    let add = |one: i64| {
        let update =
            Update::builder().table_name(&table).key("id", text("1")).update_expression("ADD n :one");
        let update = update.expression_attribute_values(":one", number(one)).build().unwrap();
        let write = TransactWriteItem::builder().update(update).build();
        clients.dynamodb.transact_write_items().client_request_token("token").transact_items(write).send()
    };
    add(1).await.unwrap();
    add(1).await.unwrap();
    assert_eq!(get(&clients, &table, "1").await.unwrap()["n"], number(1));
    assert_eq!(error_code!(add(2).await), "IdempotentParameterMismatchException");
}

async fn items_and_keys_have_their_limits(clients: Clients) {
    let table = table(&clients).await;
    let put = |id: &str, body: &str| {
        clients.dynamodb.put_item().table_name(&table).item("id", text(id)).item("body", text(body)).send()
    };
    put("1", &"x".repeat(399 * 1024)).await.unwrap();
    assert_eq!(error_code!(put("2", &"x".repeat(400 * 1024)).await), "ValidationException");
    assert_eq!(error_code!(put("", "x").await), "ValidationException");
    assert_eq!(error_code!(put(&"k".repeat(2049), "x").await), "ValidationException");
}
