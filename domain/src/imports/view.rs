//! Imports as people see them: how far, how many, and which rows were rejected why.

use chrono::{DateTime, Utc};

use crate::{ImportId, StorageError, TenantTx};

/// Where an import stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportStatus {
    /// Waits for its job.
    Queued,
    /// Some rows are done.
    Running,
    /// Every row is imported or rejected.
    Completed,
    /// Ended early, with the reason for a person.
    Failed(String),
}

/// An import.
#[derive(Debug, Clone)]
pub struct Import {
    /// Of the import.
    pub id: ImportId,
    /// As uploaded.
    pub file_name: String,
    /// Who uploaded it.
    pub created_by: String,
    /// Where it stands.
    pub status: ImportStatus,
    /// The encoding under which it was read, when that was not UTF-8.
    pub read_as: Option<String>,
    /// Rows in the file; none until it is read.
    pub total: Option<i32>,
    /// Rows that are done.
    pub processed: i32,
    /// Customers created.
    pub imported: i32,
    /// UTC.
    pub created_at: DateTime<Utc>,
    /// UTC.
    pub finished_at: Option<DateTime<Utc>>,
}

impl Import {
    /// Rows that are done and gave no customer.
    #[must_use]
    pub fn rejected(&self) -> i32 {
        self.processed - self.imported
    }

    /// Whether anything will still change.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished_at.is_some()
    }
}

/// One reason against one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    /// 1 is the first row below the header.
    pub row: i32,
    /// 1 is the header's line.
    pub line: i32,
    /// The column at fault; `row` for the row as a whole.
    pub field: String,
    /// What is wrong, for a person.
    pub message: String,
}

/// The reasons of an import.
#[derive(Debug, Clone)]
pub struct ImportErrors {
    /// In the order of the file, as many as were asked for.
    pub errors: Vec<ImportError>,
    /// How many there are in all.
    pub total: i64,
}

struct Record {
    id: uuid::Uuid,
    file_name: String,
    created_by: String,
    status: String,
    failure: Option<String>,
    read_as: Option<String>,
    total_rows: Option<i32>,
    processed_rows: i32,
    imported_rows: i32,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl From<Record> for Import {
    fn from(record: Record) -> Self {
        let status = match (record.status.as_str(), record.failure) {
            ("queued", _) => ImportStatus::Queued,
            ("running", _) => ImportStatus::Running,
            (_, Some(failure)) => ImportStatus::Failed(failure),
            (_, None) => ImportStatus::Completed,
        };
        Self {
            id: record.id.into(),
            file_name: record.file_name,
            created_by: record.created_by,
            status,
            read_as: record.read_as,
            total: record.total_rows,
            processed: record.processed_rows,
            imported: record.imported_rows,
            created_at: record.created_at,
            finished_at: record.finished_at,
        }
    }
}

/// One import; none when the organization has no such import.
///
/// # Errors
/// When the database does not answer.
pub async fn find_import(tx: &mut TenantTx, id: ImportId) -> Result<Option<Import>, StorageError> {
    Ok(select(tx, Some(id), 1).await?.pop())
}

/// The newest imports, up to `limit`.
///
/// # Errors
/// When the database does not answer.
pub async fn list_imports(tx: &mut TenantTx, limit: i64) -> Result<Vec<Import>, StorageError> {
    select(tx, None, limit).await
}

async fn select(tx: &mut TenantTx, id: Option<ImportId>, limit: i64) -> Result<Vec<Import>, StorageError> {
    let organization = tx.organization();
    let records = sqlx::query_as!(
        Record,
        "SELECT i.id, i.file_name, u.name AS created_by, i.status, i.failure, i.read_as, i.total_rows,
                i.processed_rows, i.imported_rows, i.created_at, i.finished_at
         FROM imports i JOIN users u ON u.id = i.created_by
         WHERE i.organization_id = $1 AND ($2::uuid IS NULL OR i.id = $2)
         ORDER BY i.created_at DESC, i.id DESC LIMIT $3",
        organization.0,
        id.map(|id| id.0),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(records.into_iter().map(Import::from).collect())
}

/// The first `limit` reasons of an import.
///
/// # Errors
/// When the database does not answer.
pub async fn import_errors(
    tx: &mut TenantTx,
    id: ImportId,
    limit: i64,
) -> Result<ImportErrors, StorageError> {
    let organization = tx.organization();
    let rows = sqlx::query!(
        r#"SELECT row_number, line_number, field, message, count(*) OVER () AS "total!"
           FROM import_errors WHERE organization_id = $1 AND import_id = $2
           ORDER BY row_number, position LIMIT $3"#,
        organization.0,
        id.0,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let total = rows.first().map_or(0, |row| row.total);
    let errors = rows.into_iter().map(|row| ImportError {
        row: row.row_number,
        line: row.line_number,
        field: row.field,
        message: row.message,
    });
    Ok(ImportErrors { errors: errors.collect(), total })
}
