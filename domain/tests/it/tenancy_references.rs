//! No row refers to another tenant's, and none is written for one: every table and every foreign key, as the
//! database itself lists them.

use sqlx::{AssertSqlSafe, PgConnection, Row};
use uuid::Uuid;

use crate::{
    tenancy::{fill, tables},
    world::{Tenant, World},
};

/// A foreign key between two tables that belong to tenants.
#[derive(Debug)]
struct Reference {
    name: String,
    table: String,
    columns: Vec<String>,
    target: String,
    target_columns: Vec<String>,
}

async fn references(connection: &mut PgConnection) -> Vec<Reference> {
    let names = |keys: &str, of: &str| {
        format!(
            "ARRAY(SELECT a.attname::text FROM unnest({keys}) WITH ORDINALITY k(number, place)
                   JOIN pg_attribute a ON a.attrelid = {of} AND a.attnum = k.number ORDER BY k.place)"
        )
    };
    let query = format!(
        "SELECT c.conname::text, c.conrelid::regclass::text, {}, c.confrelid::regclass::text, {}
         FROM pg_constraint c WHERE c.contype = 'f'
           AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.conrelid AND attname = 'organization_id')
           AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.confrelid AND attname = 'organization_id')
         ORDER BY 1",
        names("c.conkey", "c.conrelid"),
        names("c.confkey", "c.confrelid"),
    );
    let rows = sqlx::query(AssertSqlSafe(query)).fetch_all(connection).await.unwrap();
    rows.iter()
        .map(|row| Reference {
            name: row.get(0),
            table: row.get(1),
            columns: row.get(2),
            target: row.get(3),
            target_columns: row.get(4),
        })
        .collect()
}

/// Columns of unique indexes with their types: a copy of a row needs other values there.
async fn unique_columns(connection: &mut PgConnection, table: &str) -> Vec<(String, String)> {
    let rows = sqlx::query(
        "SELECT DISTINCT a.attname::text, a.atttypid::regtype::text
         FROM pg_index i
         -- What an index depends on tells the columns of its expressions as well.
         JOIN pg_attribute a ON a.attrelid = i.indrelid
              AND (a.attnum = ANY(i.indkey::smallint[])
                   OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                              AND d.objid = i.indexrelid AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))
         WHERE i.indrelid = $1::regclass AND i.indisunique AND a.attnum > 0",
    )
    .bind(table)
    .fetch_all(connection)
    .await
    .unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// A copy of one of this connection's own rows with other values in some columns, and fresh ones where a value may
/// stand only once. Answers the SQLSTATE of the refusal; none when it was written.
async fn copy_with(
    connection: &mut PgConnection,
    table: &str,
    changes: &[(String, String)],
) -> Option<String> {
    let mut overrides: Vec<String> =
        changes.iter().map(|(column, value)| format!("'{column}', '{value}'")).collect();
    for (column, kind) in unique_columns(connection, table).await {
        let kept = column == "organization_id" || changes.iter().any(|(changed, _)| *changed == column);
        let fresh = match kind.as_str() {
            "uuid" => "gen_random_uuid()",
            "integer" | "smallint" => "100 + (random() * 30000)::integer",
            "bytea" => "'\\x' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')",
            "text" => "left(gen_random_uuid()::text, 20) || '@x.example'",
            _ => continue,
        };
        if !kept {
            overrides.push(format!("'{column}', {fresh}"));
        }
    }
    let statement = format!(
        "INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object({}))).* FROM {table} t
         WHERE organization_id = current_organization() LIMIT 1",
        overrides.join(", ")
    );
    match sqlx::query(AssertSqlSafe(statement.clone())).execute(connection).await {
        Ok(done) => {
            assert_eq!(done.rows_affected(), 1, "{table}: fill() leaves it empty; add a row there");
            None
        }
        Err(error) => {
            let code = error.as_database_error().and_then(|error| error.code().map(String::from));
            let code = code.unwrap_or_else(|| panic!("{statement}: {error}"));
            // What is refused for another reason proves nothing.
            assert!(["23503", "42501"].contains(&code.as_str()), "{statement}: {error}");
            Some(code)
        }
    }
}

async fn two(world: &World) -> (Tenant, Tenant) {
    let (mine, theirs) = (world.tenant("mine").await, world.tenant("theirs").await);
    fill(world, mine).await;
    fill(world, theirs).await;
    (mine, theirs)
}

#[tokio::test]
async fn no_row_is_written_for_another_tenant_in_any_table() {
    let world = World::new().await;
    let (mine, theirs) = two(&world).await;
    let mut app = world.app_as(mine).await;
    for table in tables(&mut app, "organization_id").await {
        let changes = [("organization_id".to_owned(), theirs.organization.to_string())];
        let refused = copy_with(&mut app, &table, &changes).await;
        assert!(refused.is_some(), "{table}: a row was written for another tenant");
    }
}

#[tokio::test]
async fn no_row_refers_to_a_row_of_another_tenant_by_any_foreign_key() {
    let world = World::new().await;
    let (mine, theirs) = two(&world).await;
    let mut app = world.app_as(mine).await;
    let mut their = world.app_as(theirs).await;
    let references = references(&mut app).await;
    assert!(references.len() >= 5, "{references:?}");
    for reference in references {
        let Reference { name, table, columns, target, target_columns } = &reference;
        let tenant =
            columns.iter().zip(target_columns).any(|(own, other)| own == other && own == "organization_id");
        assert!(tenant, "{name}: foreign keys ask no policies, so organization_id has to be part of it");
        let mut changes = Vec::new();
        for (column, referred) in
            columns.iter().zip(target_columns).filter(|(column, _)| *column != "organization_id")
        {
            let value = format!("SELECT {referred} FROM {target} LIMIT 1");
            let value: Uuid = sqlx::query(AssertSqlSafe(value)).fetch_one(&mut their).await.unwrap().get(0);
            changes.push((column.clone(), value.to_string()));
        }
        let refused = copy_with(&mut app, table, &changes).await;
        assert!(refused.is_some(), "{name}: {table} refers to another tenant's {target}");
    }
}

#[tokio::test]
async fn a_copy_that_refers_to_nothing_foreign_is_written() {
    // Otherwise the refusals above would prove nothing.
    let world = World::new().await;
    let (mine, _) = two(&world).await;
    let mut app = world.app_as(mine).await;
    for table in ["customers", "imports", "api_keys", "audit_events", "invitations", "outbox", "job_runs"] {
        let refused = copy_with(&mut app, table, &[]).await;
        assert_eq!(refused, None, "{table}");
    }
}
