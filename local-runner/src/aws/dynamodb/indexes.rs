//! What the engine in use does not know of secondary indexes: that they hold only what they project, and that global
//! ones are never read consistently (Amazon DynamoDB developer guide, "Attribute projections"; API reference, Query).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::answer::AwsError;
use super::engine::Engine;

/// An index that a request reads.
pub(super) struct ReadIndex {
    is_global: bool,
    /// What it holds; `None` if that is everything.
    holds: Option<BTreeSet<String>>,
}

impl ReadIndex {
    /// The index that a request names, if it names one of the table's.
    pub(super) fn of(
        engine: &mut dyn Engine,
        operation: &str,
        body: &[u8],
    ) -> Result<Option<Self>, AwsError> {
        if !matches!(operation, "Query" | "Scan") {
            return Ok(None);
        }
        // What is malformed is the engine's to refuse.
        let Ok(request) = serde_json::from_slice::<Value>(body) else { return Ok(None) };
        let Some(name) = request["IndexName"].as_str() else { return Ok(None) };
        let describe = json!({ "TableName": request["TableName"] }).to_string();
        let Ok(described) = engine.call("DescribeTable", describe.as_bytes()) else { return Ok(None) };
        let described: Value = serde_json::from_slice(&described).unwrap_or_default();
        let table = &described["Table"];
        let find = |kind: &str| {
            table[kind].as_array().into_iter().flatten().find(|index| index["IndexName"] == name)
        };
        let global = find("GlobalSecondaryIndexes");
        let Some(index) = global.or_else(|| find("LocalSecondaryIndexes")) else { return Ok(None) };
        let read = Self { is_global: global.is_some(), holds: holds(table, index) };
        if read.is_global && request["ConsistentRead"] == true {
            return Err(AwsError::new(
                400,
                "com.amazon.coral.validate#ValidationException",
                "Consistent reads are not supported on global secondary indexes",
            ));
        }
        Ok(Some(read))
    }

    /// The answer with what the index holds.
    pub(super) fn project(&self, answer: Vec<u8>) -> Vec<u8> {
        let Some(holds) = &self.holds else { return answer };
        let Ok(mut told) = serde_json::from_slice::<Value>(&answer) else { return answer };
        for item in told["Items"].as_array_mut().into_iter().flatten() {
            if let Some(attributes) = item.as_object_mut() {
                attributes.retain(|name, _| holds.contains(name));
            }
        }
        told.to_string().into_bytes()
    }
}

fn holds(table: &Value, index: &Value) -> Option<BTreeSet<String>> {
    let projection = &index["Projection"];
    if projection["ProjectionType"] == "ALL" || projection.is_null() {
        return None;
    }
    let keys = [&table["KeySchema"], &index["KeySchema"]].into_iter().filter_map(Value::as_array).flatten();
    let keys = keys.filter_map(|key| key["AttributeName"].as_str());
    let others = projection["NonKeyAttributes"].as_array().into_iter().flatten().filter_map(Value::as_str);
    Some(keys.chain(others).map(str::to_owned).collect())
}
