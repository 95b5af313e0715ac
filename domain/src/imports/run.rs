//! Running an import, in chunks. Each chunk is one transaction that writes its customers, its rejected rows and
//! how far the import has come. A process that dies in the middle leaves whole chunks; the redelivered message
//! goes on where they end. Two processes at the same import take turns at its row and each skips what the other
//! has done. So every row counts exactly once.

use sqlx::PgConnection;
use uuid::Uuid;

use super::file::{self, CustomerFile, FileError, Row};
use crate::{
    CustomerId, Database, Failure, ImportId, Kind, OrganizationId, StorageError, TenantTx,
    customers::CustomerDraft,
};

/// Rows per transaction: small enough for a lively progress bar, large enough that commits cost little.
const CHUNK: usize = 1_000;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All rows are accounted for.
    Completed {
        /// Customers created by all runs of this import.
        imported: i32,
        /// Rows in the file.
        total: i32,
    },
    /// The file as a whole could not be used; the import says why.
    Failed,
    /// An earlier delivery had finished it.
    AlreadyFinished,
}

/// Why a run could not go on; the message comes again.
#[derive(Debug, thiserror::Error)]
pub enum RunImportError {
    /// There is no such import.
    #[error("there is no import {0}")]
    NotFound(ImportId),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for RunImportError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound(_) => Kind::NotFound,
            Self::Storage(error) => error.kind(),
        }
    }
}

/// The key of the import's file; none when it is finished and its file is needed no more.
///
/// # Errors
/// See [`RunImportError`].
pub async fn file_of(
    db: &Database,
    organization: OrganizationId,
    import: ImportId,
) -> Result<Option<String>, RunImportError> {
    let mut tx = db.tenant(organization).await?;
    let row = sqlx::query!(
        r#"SELECT file_key, finished_at IS NOT NULL AS "finished!" FROM imports WHERE id = $1"#,
        import.0
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(StorageError)?
    .ok_or(RunImportError::NotFound(import))?;
    Ok((!row.finished).then_some(row.file_key))
}

/// Imports what is left of `file`.
///
/// # Errors
/// See [`RunImportError`]; chunks that are done stay done.
pub async fn run_import(
    db: &Database,
    organization: OrganizationId,
    import: ImportId,
    file: &[u8],
) -> Result<Outcome, RunImportError> {
    let file = match file::read(file) {
        Ok(file) => file,
        Err(error) => return fail(db, organization, import, &error).await,
    };
    loop {
        let mut tx = db.tenant(organization).await?;
        let Some(progress) = lock(&mut tx, import).await? else { return Ok(Outcome::AlreadyFinished) };
        let begin = usize::try_from(progress.processed).unwrap_or(usize::MAX).min(file.rows.len());
        let end = (begin + CHUNK).min(file.rows.len());
        let imported = write_chunk(&mut tx, import, &file.rows[begin..end]).await?;
        let outcome = advance(&mut tx, import, &file, end, imported).await?;
        let _none = tx.commit().await?;
        if let Some(outcome) = outcome {
            return Ok(outcome);
        }
    }
}

struct Progress {
    processed: i32,
}

/// Takes the import's row until the transaction ends; none when it is finished.
async fn lock(tx: &mut TenantTx, import: ImportId) -> Result<Option<Progress>, RunImportError> {
    let row =
        sqlx::query!("SELECT processed_rows, finished_at FROM imports WHERE id = $1 FOR UPDATE", import.0)
            .fetch_optional(tx.conn())
            .await
            .map_err(StorageError)?
            .ok_or(RunImportError::NotFound(import))?;
    Ok(row.finished_at.is_none().then_some(Progress { processed: row.processed_rows }))
}

/// Writes customers and rejections of a chunk; answers how many customers are new.
async fn write_chunk(tx: &mut TenantTx, import: ImportId, rows: &[Row]) -> Result<i32, StorageError> {
    let good: Vec<_> = rows.iter().filter_map(|row| Some((row, row.customer.as_ref().ok()?))).collect();
    let ids: Vec<_> = good.iter().map(|_| CustomerId::new(tx.now()).0).collect();
    let created = insert_customers(tx, import, &ids, &good).await?;
    let mut rejections = Rejections::default();
    for row in rows {
        for (position, error) in (0..).zip(row.errors()) {
            rejections.push(row, position, &error.field, &error.message);
        }
    }
    for (id, (row, _)) in ids.iter().zip(&good) {
        if !created.contains(id) {
            rejections.push(row, 0, "email", "A customer with this address exists already");
        }
    }
    rejections.insert(tx, import).await?;
    Ok(i32::try_from(created.len()).unwrap_or(i32::MAX))
}

#[expect(clippy::as_conversions, reason = "how sqlx is told that an array holds NULLs")]
async fn insert_customers(
    tx: &mut TenantTx,
    import: ImportId,
    ids: &[Uuid],
    good: &[(&Row, &CustomerDraft)],
) -> Result<std::collections::HashSet<Uuid>, StorageError> {
    let text = |field: fn(&CustomerDraft) -> &str| -> Vec<String> {
        good.iter().map(|(_, draft)| field(draft).to_owned()).collect()
    };
    let vat_numbers: Vec<_> = good.iter().map(|(_, draft)| draft.vat_number.clone()).collect();
    let terms: Vec<_> = good.iter().map(|(_, draft)| draft.payment_terms_days).collect();
    let (organization, now) = (tx.organization(), tx.now());
    let conn: &mut PgConnection = tx.conn();
    let created = sqlx::query_file_scalar!(
        "src/imports/insert_customers.sql",
        organization.0,
        import.0,
        now,
        ids,
        &text(|draft| &draft.name),
        &text(|draft| draft.email.as_str()),
        &vat_numbers as &[Option<String>],
        &text(|draft| &draft.address_line1),
        &text(|draft| &draft.postal_code),
        &text(|draft| &draft.city),
        &text(|draft| &draft.country),
        &text(|draft| &draft.currency),
        &terms,
        &text(|draft| &draft.reference),
    )
    .fetch_all(conn)
    .await?;
    Ok(created.into_iter().collect())
}

/// Rejected rows as columns, for one statement.
#[derive(Default)]
struct Rejections {
    rows: Vec<i32>,
    positions: Vec<i16>,
    lines: Vec<i32>,
    fields: Vec<String>,
    messages: Vec<String>,
}

impl Rejections {
    fn push(&mut self, row: &Row, position: i16, field: &str, message: &str) {
        self.rows.push(row.number);
        self.positions.push(position);
        self.lines.push(row.line);
        self.fields.push(field.to_owned());
        self.messages.push(message.to_owned());
    }

    async fn insert(&self, tx: &mut TenantTx, import: ImportId) -> Result<(), StorageError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let organization = tx.organization();
        sqlx::query!(
            "INSERT INTO import_errors (organization_id, import_id, row_number, position, line_number, field, message)
             SELECT $1, $2, * FROM unnest($3::int[], $4::smallint[], $5::int[], $6::text[], $7::text[])",
            organization.0,
            import.0,
            &self.rows,
            &self.positions,
            &self.lines,
            &self.fields,
            &self.messages,
        )
        .execute(tx.conn())
        .await?;
        Ok(())
    }
}

/// Notes how far the import has come; the outcome when that was the last chunk.
async fn advance(
    tx: &mut TenantTx,
    import: ImportId,
    file: &CustomerFile,
    processed: usize,
    imported: i32,
) -> Result<Option<Outcome>, StorageError> {
    let total = i32::try_from(file.rows.len()).unwrap_or(i32::MAX);
    let done = processed == file.rows.len();
    let (status, now) = (if done { "completed" } else { "running" }, tx.now());
    let imported = sqlx::query_scalar!(
        "UPDATE imports SET status = $2, read_as = $3, total_rows = $4, processed_rows = $5,
                imported_rows = imported_rows + $6, updated_at = $7, finished_at = $8
         WHERE id = $1 RETURNING imported_rows",
        import.0,
        status,
        file.read_as,
        total,
        i32::try_from(processed).unwrap_or(i32::MAX),
        imported,
        now,
        done.then_some(now),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(done.then_some(Outcome::Completed { imported, total }))
}

async fn fail(
    db: &Database,
    organization: OrganizationId,
    import: ImportId,
    error: &FileError,
) -> Result<Outcome, RunImportError> {
    let mut tx = db.tenant(organization).await?;
    if lock(&mut tx, import).await?.is_none() {
        return Ok(Outcome::AlreadyFinished);
    }
    let now = tx.now();
    sqlx::query!(
        "UPDATE imports SET status = 'failed', failure = $2, updated_at = $3, finished_at = $3 WHERE id = $1",
        import.0,
        error.to_string(),
        now,
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    let _none = tx.commit().await?;
    Ok(Outcome::Failed)
}
