//! Time to live: items are deleted after the time that their table's TTL attribute tells (Amazon DynamoDB developer
//! guide, "Using time to live (TTL) in DynamoDB"). AWS takes up to a few days for it; a minute here.

use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::answer::AwsError;
use super::super::server::Backends;
use super::Tables;
use super::effects::{ItemNow, Record};
use super::engine::Engine;

/// How often expired items are looked for.
const PERIOD: TimeDelta = TimeDelta::seconds(60);

/// Times further back than five years are taken for a mistake, and such items are kept.
const OLDEST_EXPIRY: TimeDelta = TimeDelta::days(5 * 365);

/// Deletes expired items again and again.
pub(in crate::aws) async fn expire_for_ever(backends: Arc<Backends>) {
    let clock = Arc::clone(&backends.tables.clock);
    loop {
        clock.sleep_until(clock.now() + PERIOD).await;
        let backends = Arc::clone(&backends);
        match tokio::task::spawn_blocking(move || backends.tables.expire()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(?error, "expired items could not be deleted"),
            Err(error) => tracing::error!(%error, "looking for expired items panicked"),
        }
    }
}

impl Tables {
    /// Deletes the items that have expired.
    fn expire(&self) -> Result<(), AwsError> {
        let now = self.clock.now();
        let between = (now - OLDEST_EXPIRY).timestamp()..=now.timestamp();
        let names = ask(self.engine().as_mut(), "ListTables", &json!({}))?;
        for table in names["TableNames"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let mut engine = self.engine();
            let Some(attribute) = ttl_attribute(engine.as_mut(), table)? else { continue };
            let gone = delete_expired(engine.as_mut(), table, &attribute, &between)?;
            if !gone.is_empty() {
                // Nobody waits: what a crash brings back expires again.
                drop(self.record(engine.as_ref(), &Record::Items(gone)));
            }
        }
        Ok(())
    }
}

fn ttl_attribute(engine: &mut dyn Engine, table: &str) -> Result<Option<String>, AwsError> {
    let answer = ask(engine, "DescribeTimeToLive", &json!({ "TableName": table }))?;
    let ttl = &answer["TimeToLiveDescription"];
    let enabled = ttl["TimeToLiveStatus"] == "ENABLED";
    Ok(ttl["AttributeName"].as_str().filter(|_| enabled).map(str::to_owned))
}

fn delete_expired(
    engine: &mut dyn Engine,
    table: &str,
    attribute: &str,
    between: &std::ops::RangeInclusive<i64>,
) -> Result<Vec<ItemNow>, AwsError> {
    let keys = engine.key_attributes(table);
    let mut request = json!({
        "TableName": table,
        "FilterExpression": "#ttl BETWEEN :oldest AND :now",
        "ExpressionAttributeNames": { "#ttl": attribute },
        "ExpressionAttributeValues": {
            ":oldest": { "N": between.start().to_string() },
            ":now": { "N": between.end().to_string() },
        },
    });
    let mut gone = Vec::new();
    loop {
        let mut page = ask(engine, "Scan", &request)?;
        for item in page["Items"].as_array().into_iter().flatten() {
            let key: Value = keys.iter().map(|name| (name.clone(), item[name].clone())).collect();
            ask(engine, "DeleteItem", &json!({ "TableName": table, "Key": key }))?;
            gone.push(ItemNow::Gone { table: table.to_owned(), key });
        }
        match page.get_mut("LastEvaluatedKey").map(Value::take) {
            Some(last) if last.is_object() => request["ExclusiveStartKey"] = last,
            _ => return Ok(gone),
        }
    }
}

fn ask(engine: &mut dyn Engine, operation: &str, request: &Value) -> Result<Value, AwsError> {
    let answer = engine.call(operation, request.to_string().as_bytes())?;
    serde_json::from_slice(&answer)
        .map_err(|error| AwsError::new(500, "InternalServerError", error.to_string()))
}
