//! The catalogue's DynamoDB tables, on this machine.

use aws_sdk_dynamodb::{
    Client,
    operation::create_table::CreateTableError,
    types::{
        AttributeDefinition, BillingMode, CreateGlobalSecondaryIndexAction, GlobalSecondaryIndex,
        GlobalSecondaryIndexUpdate, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType, TimeToLiveSpecification,
    },
};
use catalog::tables::{Index, KEY, TABLES, Table};

use super::{ResourceError, failed};

/// Makes what is missing: tables, and the index of one that an older version made.
pub(super) async fn ensure(dynamodb: &Client) -> Result<(), ResourceError> {
    for table in TABLES {
        if create(dynamodb, &table).await? {
            expire(dynamodb, &table).await?;
        } else if let Some(index) = table.index {
            add_index(dynamodb, table.name, index).await?;
        }
    }
    Ok(())
}

/// Answers whether it was not there.
async fn create(dynamodb: &Client, table: &Table) -> Result<bool, ResourceError> {
    let mut create = dynamodb
        .create_table()
        .table_name(table.name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text(KEY))
        .key_schema(hash(KEY));
    if let Some(Index { name, attribute }) = table.index {
        let index = GlobalSecondaryIndex::builder().index_name(name).key_schema(hash(attribute));
        let index = index.projection(everything()).build().expect("name and key are given");
        create = create.attribute_definitions(text(attribute)).global_secondary_indexes(index);
    }
    match create.send().await {
        Err(error)
            if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) =>
        {
            Ok(false)
        }
        other => other.map(|_| true).map_err(failed(format!("table {}", table.name))),
    }
}

async fn expire(dynamodb: &Client, table: &Table) -> Result<(), ResourceError> {
    let ttl = TimeToLiveSpecification::builder().attribute_name(table.removed_at).enabled(true).build();
    let update = dynamodb.update_time_to_live().table_name(table.name);
    let update = update.time_to_live_specification(ttl.expect("attribute and switch are given"));
    update.send().await.map(drop).map_err(failed(format!("expiry of table {}", table.name)))
}

async fn add_index(
    dynamodb: &Client,
    table: &str,
    Index { name, attribute }: Index,
) -> Result<(), ResourceError> {
    let what = || format!("index {name} of table {table}");
    let described = dynamodb.describe_table().table_name(table).send().await.map_err(failed(what()))?;
    let indexes = described.table.and_then(|table| table.global_secondary_indexes).unwrap_or_default();
    if indexes.iter().any(|index| index.index_name() == Some(name)) {
        return Ok(());
    }
    let index = CreateGlobalSecondaryIndexAction::builder().index_name(name).key_schema(hash(attribute));
    let index = index.projection(everything()).build().expect("name and key are given");
    let update = dynamodb
        .update_table()
        .table_name(table)
        .attribute_definitions(text(KEY))
        .attribute_definitions(text(attribute))
        .global_secondary_index_updates(GlobalSecondaryIndexUpdate::builder().create(index).build());
    update.send().await.map(drop).map_err(failed(what()))
}

fn everything() -> Projection {
    Projection::builder().projection_type(ProjectionType::All).build()
}

fn text(name: &str) -> AttributeDefinition {
    let definition = AttributeDefinition::builder().attribute_name(name);
    definition.attribute_type(ScalarAttributeType::S).build().expect("name and type are given")
}

fn hash(name: &str) -> KeySchemaElement {
    let element = KeySchemaElement::builder().attribute_name(name).key_type(KeyType::Hash);
    element.build().expect("name and type are given")
}
