//! A connection that cannot change anything: each statement runs alone in a read-only transaction with a time-out.
//!
//! Statements run through a cursor, for three reasons: Postgres takes one statement there and no second one behind a
//! semicolon, rows beyond the limit are never sent, and it sends every type as the text that `psql` shows.

use std::time::{Duration, Instant};

use sqlx::{
    AssertSqlSafe, Column as _, Connection, Executor, FromRow, PgConnection, Row, ValueRef,
    postgres::{PgDatabaseError, PgErrorPosition, PgRow},
};

/// Rows of one statement.
const MOST_ROWS: usize = 500;
/// Tables estimated to have more rows are not counted.
const COUNTED: f32 = 500_000.0;
/// Before the statement, in the cursor's declaration.
const DECLARE: &str = "DECLARE velox NO SCROLL CURSOR FOR ";

/// See the module.
pub(super) struct Reader(PgConnection);

/// A table of the database.
#[derive(Debug, FromRow)]
pub(super) struct TableInfo {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) rows: i64,
    pub(super) is_estimate: bool,
    pub(super) bytes: i64,
    pub(super) index_bytes: i64,
}

/// A column of a table.
#[derive(Debug, FromRow)]
pub(super) struct ColumnInfo {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) nullable: bool,
    pub(super) default: Option<String>,
}

/// What a statement gave, as text.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Option<String>>>,
    /// There are more than were asked for.
    pub(super) more: bool,
    pub(super) took: Duration,
}

/// Why a statement gave nothing.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) detail: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) code: Option<String>,
    /// In characters, from 1.
    pub(super) position: Option<usize>,
}

impl Reader {
    pub(super) async fn connect(url: &str) -> Result<Self, sqlx::Error> {
        Ok(Self(PgConnection::connect(url).await?))
    }

    /// What it is connected to.
    pub(super) fn describe(&self) -> String {
        let version = self.0.server_version_num().map_or(0, |number| number / 10_000);
        format!("PostgreSQL {version}, as the owner of the schema")
    }

    /// All tables with their rows, counted where there are not too many.
    pub(super) async fn tables(&mut self) -> Result<Vec<TableInfo>, sqlx::Error> {
        let mut tables: Vec<TableInfo> = sqlx::query_as(
            "SELECT n.nspname AS schema, c.relname AS name, greatest(c.reltuples, 0)::bigint AS rows,
                    c.reltuples > $1 AS is_estimate, pg_table_size(c.oid) AS bytes,
                    pg_indexes_size(c.oid) AS index_bytes
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
             ORDER BY n.nspname <> 'public', n.nspname, c.relname",
        )
        .bind(COUNTED)
        .fetch_all(&mut self.0)
        .await?;
        for table in tables.iter_mut().filter(|table| !table.is_estimate) {
            let count = format!("SELECT count(*) FROM {}.{}", quoted(&table.schema), quoted(&table.name));
            table.rows = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut self.0).await?;
        }
        Ok(tables)
    }

    /// The columns of a table in their order; none if there is no such table.
    pub(super) async fn columns(
        &mut self,
        schema: &str,
        table: &str,
    ) -> Result<Vec<ColumnInfo>, sqlx::Error> {
        sqlx::query_as(
            "SELECT column_name::text AS name, data_type::text AS kind, is_nullable = 'YES' AS nullable,
                    column_default::text AS default
             FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position",
        )
        .bind(schema)
        .bind(table)
        .fetch_all(&mut self.0)
        .await
    }

    /// Runs one statement that reads.
    pub(super) async fn read(&mut self, sql: &str) -> Result<Rows, Refusal> {
        let sql = sql.trim().trim_end_matches(';').trim_end();
        let started = Instant::now();
        let refused = |error: sqlx::Error| refusal(&error, 0);
        self.0.execute("BEGIN READ ONLY; SET LOCAL statement_timeout = '5s'").await.map_err(refused)?;
        let first = sql.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        // These have no cursors, and give text.
        let read = if ["explain", "show"].contains(&first.as_str()) {
            sqlx::query(AssertSqlSafe(sql.to_owned())).fetch_all(&mut self.0).await.map_err(refused)
        } else {
            self.fetch(sql).await
        };
        let _ = self.0.execute("ROLLBACK").await;
        let mut rows = read?;
        let more = rows.len() > MOST_ROWS;
        rows.truncate(MOST_ROWS);
        let columns = rows.first().map(names).unwrap_or_default();
        let rows = rows.iter().map(texts).collect();
        Ok(Rows { columns, rows, more, took: started.elapsed() })
    }

    async fn fetch(&mut self, sql: &str) -> Result<Vec<PgRow>, Refusal> {
        let declare = format!("{DECLARE}{sql}");
        let declared = sqlx::query(AssertSqlSafe(declare)).persistent(false).execute(&mut self.0).await;
        declared.map_err(|error| refusal(&error, DECLARE.len()))?;
        let fetch = format!("FETCH FORWARD {} FROM velox", MOST_ROWS + 1);
        let fetched = sqlx::raw_sql(AssertSqlSafe(fetch)).fetch_all(&mut self.0).await;
        fetched.map_err(|error| refusal(&error, 0))
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn names(row: &PgRow) -> Vec<String> {
    row.columns().iter().map(|column| column.name().to_owned()).collect()
}

fn texts(row: &PgRow) -> Vec<Option<String>> {
    let text = |at: usize| {
        let value = row.try_get_raw(at).ok()?;
        if value.is_null() { None } else { value.as_str().ok().map(str::to_owned) }
    };
    (0..row.len()).map(text).collect()
}

fn refusal(error: &sqlx::Error, offset: usize) -> Refusal {
    let Some(database) =
        error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
    else {
        return Refusal { message: error.to_string(), detail: None, hint: None, code: None, position: None };
    };
    let position = match database.position() {
        Some(PgErrorPosition::Original(position)) => {
            position.checked_sub(offset).filter(|position| *position > 0)
        }
        _ => None,
    };
    let message = match database.code() {
        "57014" => "The statement took more than five seconds and was cancelled".to_owned(),
        "25006" => format!("This box only reads: {}", database.message()),
        "42601" if database.message().contains("multiple commands") => {
            "Run one statement at a time".to_owned()
        }
        _ => database.message().to_owned(),
    };
    Refusal {
        message,
        detail: database.detail().map(str::to_owned),
        hint: database.hint().map(str::to_owned),
        code: Some(database.code().to_owned()),
        position,
    }
}
