//! The engine in use: `rustack-dynamodb-core` (MIT), a DynamoDB in memory with the whole expression grammar.
//!
//! Chosen over an own one because it covers what later issues need as well (transactions, batches, indexes, number
//! and size rules) and passes the conformance suite. It brings some twenty small crates (among them `config`, which
//! it uses for nothing here) into this development tool and into nothing that is deployed. It has one maintainer;
//! [`super::engine::Engine`] keeps it exchangeable.

use rustack_dynamodb_core::config::DynamoDBConfig;
use rustack_dynamodb_core::provider::RustackDynamoDB;
use rustack_dynamodb_core::snapshot::{DynamoDBSnapshot, DynamoDBTableSnapshot};
use rustack_dynamodb_model::error::DynamoDBError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::REGION;
use super::super::answer::AwsError;
use super::engine::{Engine, Table};

pub(super) struct Rustack {
    provider: RustackDynamoDB,
}

impl Rustack {
    pub(super) fn new() -> Self {
        let config = DynamoDBConfig { skip_signature_validation: true, default_region: REGION.into() };
        Self { provider: RustackDynamoDB::new(config) }
    }

    fn tables(&self) -> Vec<DynamoDBTableSnapshot> {
        self.provider.export_snapshot().tables
    }
}

impl Engine for Rustack {
    fn call(&mut self, operation: &str, body: &[u8]) -> Result<Vec<u8>, AwsError> {
        let p = &self.provider;
        match operation {
            "CreateTable" => run(body, |input| p.handle_create_table(input)),
            "DeleteTable" => run(body, |input| p.handle_delete_table(input)),
            "UpdateTable" => run(body, |input| p.handle_update_table(input)),
            "DescribeTable" => run(body, |input| p.handle_describe_table(input)),
            "ListTables" => run(body, |input| p.handle_list_tables(input)),
            "PutItem" => run(body, |input| p.handle_put_item(input)),
            "GetItem" => run(body, |input| p.handle_get_item(input)),
            "UpdateItem" => run(body, |input| p.handle_update_item(input)),
            "DeleteItem" => run(body, |input| p.handle_delete_item(input)),
            "Query" => run(body, |input| p.handle_query(input)),
            "Scan" => run(body, |input| p.handle_scan(input)),
            "BatchGetItem" => run(body, |input| p.handle_batch_get_item(input)),
            "BatchWriteItem" => run(body, |input| p.handle_batch_write_item(input)),
            "TransactGetItems" => run(body, |input| p.handle_transact_get_items(input)),
            "TransactWriteItems" => run(body, |input| p.handle_transact_write_items(input)),
            "TagResource" => run(body, |input| p.handle_tag_resource(input)),
            "UntagResource" => run(body, |input| p.handle_untag_resource(input)),
            "ListTagsOfResource" => run(body, |input| p.handle_list_tags_of_resource(input)),
            "UpdateTimeToLive" => run(body, |input| p.handle_update_time_to_live(input)),
            "DescribeTimeToLive" => run(body, |input| p.handle_describe_time_to_live(input)),
            "DescribeLimits" => run(body, |input| p.handle_describe_limits(input)),
            _ => Err(AwsError::not_served(&format!("DynamoDB_20120810.{operation}"))),
        }
    }

    fn export(&self) -> Vec<Table> {
        let split = |mut table: DynamoDBTableSnapshot| {
            let items = std::mem::take(&mut table.items);
            let items = items.iter().filter_map(|item| serde_json::to_value(item).ok()).collect();
            Some(Table { name: table.name.clone(), schema: serde_json::to_value(&table).ok()?, items })
        };
        self.tables().into_iter().filter_map(split).collect()
    }

    fn schema(&self, table: &str) -> Option<Value> {
        self.export().into_iter().find(|exported| exported.name == table).map(|exported| exported.schema)
    }

    fn key_attributes(&self, table: &str) -> Vec<String> {
        // Only a described table tells its key; a table that a write has just succeeded on is there.
        let Ok(input) = serde_json::from_value(serde_json::json!({ "TableName": table })) else {
            return Vec::new();
        };
        let described = self.provider.handle_describe_table(input).ok().and_then(|output| output.table);
        described
            .map(|table| table.key_schema.into_iter().map(|element| element.attribute_name).collect())
            .unwrap_or_default()
    }

    fn define(&mut self, schema: Value) -> Result<(), String> {
        let mut defined: DynamoDBTableSnapshot =
            serde_json::from_value(schema).map_err(|error| error.to_string())?;
        let mut tables = self.tables();
        if let Some(at) = tables.iter().position(|table| table.name == defined.name) {
            defined.items = tables.swap_remove(at).items;
        }
        tables.push(defined);
        self.provider.import_snapshot(DynamoDBSnapshot { tables }).map_err(|error| error.to_string())
    }
}

fn run<I: DeserializeOwned, O: Serialize>(
    body: &[u8],
    operation: impl FnOnce(I) -> Result<O, DynamoDBError>,
) -> Result<Vec<u8>, AwsError> {
    let input = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    let output = operation(input).map_err(|error| refused(&error))?;
    serde_json::to_vec(&output).map_err(|error| {
        AwsError::new(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", error.to_string())
    })
}

/// JSON of another shape is a validation error where AWS validates members, and a serialization error elsewhere.
fn malformed(error: &serde_json::Error) -> AwsError {
    if error.is_data() && error.to_string().contains("missing field") {
        let message = format!("1 validation error detected: {error}");
        return AwsError::new(400, "com.amazon.coral.validate#ValidationException", message);
    }
    AwsError::new(400, "com.amazon.coral.service#SerializationException", error.to_string())
}

fn refused(error: &DynamoDBError) -> AwsError {
    let mut answer =
        AwsError::new(error.status_code.as_u16(), error.code.error_type(), error.message.clone());
    if let Some(item) = error.item.as_ref().and_then(|item| serde_json::to_value(item).ok()) {
        answer = answer.with_field("Item", item);
    }
    if !error.cancellation_reasons.is_empty()
        && let Ok(reasons) = serde_json::to_value(&error.cancellation_reasons)
    {
        answer = answer.with_field("CancellationReasons", reasons);
    }
    answer
}
