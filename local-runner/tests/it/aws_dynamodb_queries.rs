//! DynamoDB: indexes, projections, filters, and the further reaches of the expression grammar.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, BillingMode, GlobalSecondaryIndex, KeyType, Projection, ProjectionType, ReturnValue,
    ReturnValuesOnConditionCheckFailure, ScalarAttributeType, Select,
};

use crate::aws_conformance::{conformance, error_code};
use crate::aws_dynamodb::{definition, item, key, number, put, table, text};
use crate::aws_world::{Clients, World, unique};

conformance! {
    an_index_is_queried_by_its_own_key,
    an_index_holds_what_it_projects,
    a_query_takes_every_condition_on_the_sort_key,
    a_query_goes_backwards_counts_and_filters_after_its_limit,
    a_projection_picks_nested_values,
    filters_look_into_every_type,
    an_update_appends_to_lists_and_takes_from_sets,
    an_update_of_the_key_is_refused,
    a_failed_condition_can_tell_the_item,
    a_scan_is_split_into_segments,
    mistakes_in_queries_are_validation_errors,
}

/// A table with key `p`, `s` and an index by `owner`, `at` with these attributes.
async fn indexed(clients: &Clients, projection: Projection) -> String {
    let name = unique("table");
    let index = GlobalSecondaryIndex::builder().index_name("by-owner").projection(projection);
    let index = index.key_schema(key("owner", KeyType::Hash)).key_schema(key("at", KeyType::Range));
    let create = clients.dynamodb.create_table().table_name(&name).billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(key("p", KeyType::Hash)).key_schema(key("s", KeyType::Range));
    let create = create.attribute_definitions(definition("p", ScalarAttributeType::S));
    let create = create.attribute_definitions(definition("s", ScalarAttributeType::S));
    let create = create.attribute_definitions(definition("owner", ScalarAttributeType::S));
    let create = create.attribute_definitions(definition("at", ScalarAttributeType::N));
    create.global_secondary_indexes(index.build().unwrap()).send().await.unwrap();
    for (s, owner, at) in [("a1", "x", 3), ("a2", "x", 1), ("b1", "y", 2), ("b2", "x", 2)] {
        let it =
            [("p", text("p")), ("s", text(s)), ("owner", text(owner)), ("at", number(at)), ("n", number(at))];
        put(clients, &name, item(it)).await;
    }
    put(clients, &name, item([("p", text("p")), ("s", text("c1")), ("n", number(9))])).await;
    name
}

fn all() -> Projection {
    Projection::builder().projection_type(ProjectionType::All).build()
}

fn query(
    clients: &Clients,
    table: &str,
    condition: &str,
    values: &[(&str, AttributeValue)],
) -> QueryFluentBuilder {
    let query = clients.dynamodb.query().table_name(table).key_condition_expression(condition);
    query.set_expression_attribute_values(Some(
        values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    ))
}

fn column(items: &[HashMap<String, AttributeValue>], name: &str) -> Vec<String> {
    items.iter().map(|it| it[name].as_s().unwrap().clone()).collect()
}

async fn an_index_is_queried_by_its_own_key(clients: Clients) {
    let table = indexed(&clients, all()).await;
    let by = |condition: &str, values: &[(&str, AttributeValue)]| {
        let query = query(&clients, &table, condition, values).index_name("by-owner");
        query.expression_attribute_names("#o", "owner")
    };
    let mine = by("#o = :o", &[(":o", text("x"))]).send().await.unwrap();
    assert_eq!(column(mine.items(), "s"), ["a2", "b2", "a1"], "by `at`");
    let early = by("#o = :o AND #a < :a", &[(":o", text("x")), (":a", number(3))]);
    let early = early.expression_attribute_names("#a", "at").limit(1).send().await.unwrap();
    assert_eq!(column(early.items(), "s"), ["a2"]);
    let rest = by("#o = :o", &[(":o", text("x"))]).set_exclusive_start_key(early.last_evaluated_key.clone());
    assert_eq!(column(rest.send().await.unwrap().items(), "s"), ["b2", "a1"]);
    let move_to = clients.dynamodb.update_item().table_name(&table).key("p", text("p")).key("s", text("b1"));
    let move_to = move_to.update_expression("SET #o = :o").expression_attribute_names("#o", "owner");
    move_to.expression_attribute_values(":o", text("x")).send().await.unwrap();
    assert_eq!(by("#o = :o", &[(":o", text("x"))]).send().await.unwrap().count(), 4);
    let consistent = by("#o = :o", &[(":o", text("x"))]).consistent_read(true).send().await;
    assert_eq!(error_code!(consistent), "ValidationException");
}

async fn an_index_holds_what_it_projects(clients: Clients) {
    let keys = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let table = indexed(&clients, keys).await;
    let mine = query(&clients, &table, "#o = :o", &[(":o", text("y"))]).index_name("by-owner");
    let mine = mine.expression_attribute_names("#o", "owner").send().await.unwrap();
    let mut names: Vec<_> = mine.items()[0].keys().cloned().collect();
    names.sort_unstable();
    assert_eq!(names, ["at", "owner", "p", "s"]);
}

async fn a_query_takes_every_condition_on_the_sort_key(clients: Clients) {
    let table = indexed(&clients, all()).await;
    let one = |value: &str| vec![(":p", text("p")), (":s", text(value))];
    for (condition, values, expected) in [
        ("p = :p AND s = :s", one("a2"), vec!["a2"]),
        ("p = :p AND s > :s", one("b1"), vec!["b2", "c1"]),
        ("p = :p AND s <= :s", one("a2"), vec!["a1", "a2"]),
        ("p = :p AND begins_with(s, :s)", one("b"), vec!["b1", "b2"]),
        (
            "(p = :p) AND (s BETWEEN :s AND :t)",
            [one("a2"), vec![(":t", text("b1"))]].concat(),
            vec!["a2", "b1"],
        ),
    ] {
        let found = query(&clients, &table, condition, &values).send().await.unwrap();
        assert_eq!(column(found.items(), "s"), expected, "{condition}");
    }
}

async fn a_query_goes_backwards_counts_and_filters_after_its_limit(clients: Clients) {
    let table = indexed(&clients, all()).await;
    let whole = || query(&clients, &table, "p = :p", &[(":p", text("p"))]);
    let last = whole().scan_index_forward(false).limit(2).send().await.unwrap();
    assert_eq!(column(last.items(), "s"), ["c1", "b2"]);
    let count = whole().select(Select::Count).send().await.unwrap();
    assert_eq!((count.count(), count.items().len()), (5, 0));
    let few = whole().filter_expression("n > :n").expression_attribute_values(":n", number(2)).limit(3);
    let few = few.send().await.unwrap();
    assert_eq!((few.count(), few.scanned_count(), few.last_evaluated_key.is_some()), (1, 3, true));
}

async fn a_projection_picks_nested_values(clients: Clients) {
    let table = table(&clients).await;
    let inner = AttributeValue::M(item([("b", text("deep")), ("c", text("not"))]));
    let list = AttributeValue::L(vec![text("0"), text("1"), text("2")]);
    put(&clients, &table, item([("id", text("1")), ("a", inner), ("l", list), ("x", text("not"))])).await;
    let get = clients.dynamodb.get_item().table_name(&table).key("id", text("1"));
    let found = get.projection_expression("#a.b, l[1]").expression_attribute_names("#a", "a");
    let found = found.send().await.unwrap().item.unwrap();
    let expected = item([
        ("a", AttributeValue::M(item([("b", text("deep"))]))),
        ("l", AttributeValue::L(vec![text("1")])),
    ]);
    assert_eq!(found, expected);
}

async fn filters_look_into_every_type(clients: Clients) {
    let table = table(&clients).await;
    let tags = AttributeValue::Ss(vec!["red".into(), "blue".into()]);
    let it = [("id", text("1")), ("tags", tags), ("title", text("invoice 7")), ("n", number(5))];
    put(&clients, &table, item(it)).await;
    put(
        &clients,
        &table,
        item([("id", text("2")), ("title", text("other")), ("nothing", AttributeValue::Null(true))]),
    )
    .await;
    for (filter, count) in [
        ("contains(tags, :red)", 1),
        ("contains(title, :part)", 1),
        ("size(tags) = :two", 1),
        ("size(title) > :two", 2),
        ("attribute_type(nothing, :null)", 1),
        ("attribute_not_exists(n)", 1),
        ("n IN (:two, :five)", 1),
        ("NOT (title = :other) AND (n >= :two OR id = :red)", 1),
        ("n <> :two", 2),
    ] {
        let scan = clients.dynamodb.scan().table_name(&table).filter_expression(filter);
        let values = [
            (":red", text("red")),
            (":part", text("ice 7")),
            (":two", number(2)),
            (":five", number(5)),
            (":null", text("NULL")),
            (":other", text("other")),
        ];
        let named =
            |name: &str| filter.split(|c: char| !c.is_alphanumeric() && c != ':').any(|word| word == name);
        let used = values.into_iter().filter(|(name, _)| named(name));
        let used: HashMap<_, _> = used.map(|(name, value)| (name.to_owned(), value)).collect();
        let scan = scan.set_expression_attribute_values(Some(used).filter(|used| !used.is_empty()));
        assert_eq!(scan.send().await.unwrap().count(), count, "{filter}");
    }
}

async fn an_update_appends_to_lists_and_takes_from_sets(clients: Clients) {
    let table = table(&clients).await;
    let tags = AttributeValue::Ss(vec!["a".into(), "b".into()]);
    let start = [
        ("id", text("1")),
        ("l", AttributeValue::L(vec![text("x"), text("y")])),
        ("tags", tags),
        ("n", number(7)),
    ];
    put(&clients, &table, item(start)).await;
    let update = clients.dynamodb.update_item().table_name(&table).key("id", text("1"));
    let update = update
        .update_expression("SET l = list_append(l, :more), n = n - :two REMOVE l[0] DELETE tags :gone")
        .expression_attribute_values(":more", AttributeValue::L(vec![text("z")]))
        .expression_attribute_values(":two", number(2))
        .expression_attribute_values(":gone", AttributeValue::Ss(vec!["a".into()]));
    // Two sections may not touch one path: the list is appended to and cut in two updates.
    assert_eq!(error_code!(update.send().await), "ValidationException");
    let update = clients.dynamodb.update_item().table_name(&table).key("id", text("1"));
    let update = update
        .update_expression("SET l = list_append(l, :more), n = n - :two DELETE tags :gone")
        .expression_attribute_values(":more", AttributeValue::L(vec![text("z")]))
        .expression_attribute_values(":two", number(2))
        .expression_attribute_values(":gone", AttributeValue::Ss(vec!["a".into()]));
    let now = update.return_values(ReturnValue::UpdatedNew).send().await.unwrap().attributes.unwrap();
    assert_eq!(now["l"], AttributeValue::L(vec![text("x"), text("y"), text("z")]));
    assert_eq!((&now["n"], &now["tags"]), (&number(5), &AttributeValue::Ss(vec!["b".into()])));
}

async fn an_update_of_the_key_is_refused(clients: Clients) {
    let table = table(&clients).await;
    let update = clients.dynamodb.update_item().table_name(&table).key("id", text("1"));
    let update = update.update_expression("SET id = :v").expression_attribute_values(":v", text("2"));
    assert_eq!(error_code!(update.send().await), "ValidationException");
}

async fn a_failed_condition_can_tell_the_item(clients: Clients) {
    let table = table(&clients).await;
    put(&clients, &table, item([("id", text("1")), ("n", number(5))])).await;
    let put = clients.dynamodb.put_item().table_name(&table).item("id", text("1"));
    let put = put.condition_expression("attribute_not_exists(id)");
    let put = put.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let error = put.send().await.unwrap_err().into_service_error();
    let aws_sdk_dynamodb::operation::put_item::PutItemError::ConditionalCheckFailedException(failed) = error
    else {
        panic!("{error:?}")
    };
    assert_eq!(failed.item().unwrap()["n"], number(5));
}

async fn a_scan_is_split_into_segments(clients: Clients) {
    let table = table(&clients).await;
    for n in 0..20 {
        put(&clients, &table, item([("id", text(&n.to_string()))])).await;
    }
    let mut seen = Vec::new();
    for segment in 0..3 {
        let scan = clients.dynamodb.scan().table_name(&table).segment(segment).total_segments(3);
        seen.extend(column(scan.send().await.unwrap().items(), "id"));
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 20);
}

async fn mistakes_in_queries_are_validation_errors(clients: Clients) {
    let table = indexed(&clients, all()).await;
    let p = (":p", text("p"));
    for (condition, values) in [
        ("s = :p", vec![p.clone()]),
        ("p > :p", vec![p.clone()]),
        ("p = :p AND n = :n", vec![p.clone(), (":n", number(1))]),
        ("p = :p", vec![p.clone(), (":unused", text("x"))]),
        ("p = :missing", vec![p.clone()]),
        ("p = :p", vec![(":p", number(1))]),
    ] {
        let refused = query(&clients, &table, condition, &values).send().await;
        assert_eq!(error_code!(refused), "ValidationException", "{condition}");
    }
    let lost = query(&clients, &table, "p = :p", &[p]).index_name("none").send().await;
    assert_eq!(error_code!(lost), "ValidationException");
}

#[tokio::test]
async fn an_index_is_there_again_after_a_restart() {
    let world = World::start().await;
    let table = indexed(&world.clients, all()).await;
    let world = world.restarted().await;
    let mine = query(&world.clients, &table, "#o = :o", &[(":o", text("x"))]).index_name("by-owner");
    let mine = mine.expression_attribute_names("#o", "owner").send().await.unwrap();
    assert_eq!(column(mine.items(), "s"), ["a2", "b2", "a1"]);
    world.services.shutdown().await;
}
