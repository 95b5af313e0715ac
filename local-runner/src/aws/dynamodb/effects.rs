//! What a write has changed, found out after it succeeded: from the request where that says it, else by reading the
//! item back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::answer::AwsError;
use super::engine::Engine;

/// A durable change. Everything in one record happened at once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    /// The table is there and defined so.
    Schema { table: String, schema: Value },
    /// The table is gone.
    Dropped { table: String },
    /// These items are there, or gone.
    Items(Vec<ItemNow>),
}

/// An item as it stands after a write.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ItemNow {
    Put { table: String, item: Value },
    Gone { table: String, key: Value },
}

impl Record {
    pub(super) fn put_all(table: &str, items: &[Value]) -> Self {
        Self::Items(
            items.iter().map(|item| ItemNow::Put { table: table.into(), item: item.clone() }).collect(),
        )
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a record has string keys and no failing serializer")
    }

    /// Brings the engine to where it was after this record.
    pub(super) fn replay(self, engine: &mut dyn Engine) -> Result<(), String> {
        match self {
            Self::Schema { schema, .. } => engine.define(schema),
            Self::Dropped { table } => repeat(engine, "DeleteTable", &json!({ "TableName": table })),
            Self::Items(items) => items.into_iter().try_for_each(|item| match item {
                ItemNow::Put { table, item } => {
                    repeat(engine, "PutItem", &json!({ "TableName": table, "Item": item }))
                }
                ItemNow::Gone { table, key } => {
                    repeat(engine, "DeleteItem", &json!({ "TableName": table, "Key": key }))
                }
            }),
        }
    }
}

fn repeat(engine: &mut dyn Engine, operation: &str, request: &Value) -> Result<(), String> {
    engine
        .call(operation, request.to_string().as_bytes())
        .map(drop)
        .map_err(|error| format!("{operation}: {error:?}"))
}

/// What a request may have changed.
#[derive(Debug)]
pub(super) enum Touched {
    Definition(String),
    Items(Vec<TouchedItem>),
}

/// An item of a request: whole, or anything from which its key can be read.
#[derive(Debug)]
pub(super) struct TouchedItem {
    table: String,
    key: Value,
}

const READS: [&str; 12] = [
    "GetItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "TransactGetItems",
    "DescribeTable",
    "DescribeTimeToLive",
    "DescribeContinuousBackups",
    "DescribeLimits",
    "DescribeEndpoints",
    "ListTables",
    "ListTagsOfResource",
];

impl Touched {
    /// Whether the operation changes nothing.
    pub(super) fn is_read(operation: &str) -> bool {
        READS.contains(&operation)
    }

    /// What a successful request of `operation` has touched.
    pub(super) fn by(operation: &str, request: &Value) -> Self {
        match operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => {
                Self::Items(TouchedItem::of(request.get("TableName"), request).into_iter().collect())
            }
            "BatchWriteItem" => Self::Items(batch(request)),
            "TransactWriteItems" => Self::Items(transaction(request)),
            _ => Self::Definition(table_of(request)),
        }
    }

    /// Reads back what has been touched.
    pub(super) fn into_record(self, engine: &mut dyn Engine) -> Result<Record, AwsError> {
        match self {
            Self::Definition(table) => Ok(match engine.schema(&table) {
                Some(schema) => Record::Schema { table, schema },
                None => Record::Dropped { table },
            }),
            Self::Items(items) => {
                let now = items.into_iter().map(|item| item.read_back(engine));
                Ok(Record::Items(now.collect::<Result<_, _>>()?))
            }
        }
    }
}

/// The table that a request about tables names: by name, or at the end of an ARN (also of an index or a stream).
fn table_of(request: &Value) -> String {
    let named = |field: &str| request.get(field).and_then(Value::as_str);
    let name = named("TableName").or_else(|| named("ResourceArn")).unwrap_or_default();
    let name = name.split_once(":table/").map_or(name, |(_, rest)| rest);
    name.split('/').next().unwrap_or(name).to_owned()
}

fn batch(request: &Value) -> Vec<TouchedItem> {
    let tables = request.get("RequestItems").and_then(Value::as_object);
    let writes = tables.into_iter().flatten().flat_map(|(table, writes)| {
        writes.as_array().into_iter().flatten().map(move |write| (Value::from(table.as_str()), write))
    });
    writes
        .filter_map(|(table, write)| {
            let request = write.get("PutRequest").or_else(|| write.get("DeleteRequest"))?;
            TouchedItem::of(Some(&table), request)
        })
        .collect()
}

fn transaction(request: &Value) -> Vec<TouchedItem> {
    let actions = request.get("TransactItems").and_then(Value::as_array).into_iter().flatten();
    actions
        .filter_map(|action| {
            let write = ["Put", "Update", "Delete"].iter().find_map(|kind| action.get(kind))?;
            TouchedItem::of(write.get("TableName"), write)
        })
        .collect()
}

impl TouchedItem {
    fn of(table: Option<&Value>, request: &Value) -> Option<Self> {
        let key = request.get("Key").or_else(|| request.get("Item"))?.clone();
        let table = table_of(&json!({ "TableName": table? }));
        Some(Self { table, key })
    }

    /// The item as it stands now. It is read even where the request says it whole: a repeated transaction token
    /// succeeds without changing anything.
    fn read_back(self, engine: &mut dyn Engine) -> Result<ItemNow, AwsError> {
        let Self { table, key } = self;
        let key = only_key_attributes(engine, &table, key);
        let request = json!({ "TableName": table, "Key": key, "ConsistentRead": true });
        let answer = engine.call("GetItem", request.to_string().as_bytes())?;
        let mut answer: Value = serde_json::from_slice(&answer)
            .map_err(|error| AwsError::new(500, "InternalServerError", error.to_string()))?;
        Ok(match answer.get_mut("Item").map(Value::take) {
            Some(item) if item.as_object().is_some_and(|item| !item.is_empty()) => {
                ItemNow::Put { table, item }
            }
            _ => ItemNow::Gone { table, key },
        })
    }
}

fn only_key_attributes(engine: &dyn Engine, table: &str, item: Value) -> Value {
    let names = engine.key_attributes(table);
    match item {
        Value::Object(attributes) => {
            Value::Object(attributes.into_iter().filter(|(name, _)| names.contains(name)).collect())
        }
        other => other,
    }
}
