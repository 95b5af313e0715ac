//! What this service asks of whatever understands DynamoDB.

use serde_json::Value;

use super::super::answer::AwsError;

/// Tables in memory that answer DynamoDB's JSON protocol.
pub(super) trait Engine: Send {
    /// Answers one request; a failed one has changed nothing.
    fn call(&mut self, operation: &str, body: &[u8]) -> Result<Vec<u8>, AwsError>;

    /// All tables with their items.
    fn export(&self) -> Vec<Table>;

    /// How the table is defined, in the engine's own words; `None` if there is no such table.
    fn schema(&self, table: &str) -> Option<Value>;

    /// The names of the attributes that make up a table's key.
    fn key_attributes(&self, table: &str) -> Vec<String>;

    /// Creates a table as defined by `schema`, or redefines it and keeps its items.
    fn define(&mut self, schema: Value) -> Result<(), String>;
}

/// A table as it is written into a snapshot.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) schema: Value,
    pub(super) items: Vec<Value>,
}
