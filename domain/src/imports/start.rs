//! Starting an import: the file lies in its bucket, the job is in the outbox, or nothing has happened.

use serde_json::json;

use crate::{
    FieldErrors, ImportId, StorageError, TenantTx, UserId,
    audit::{self, Origin, Subject},
    outbox::{self, Job},
};

/// Largest file in bytes; some 36,000 customers. A request carries it through the web handler.
pub const MAX_FILE_BYTES: usize = 4_000_000;

/// An uploaded file.
#[derive(Debug, Clone)]
pub struct StartImport {
    /// The new import.
    pub id: ImportId,
    /// As the browser names it.
    pub file_name: String,
    /// Where it was stored.
    pub file_key: String,
    /// Its size.
    pub file_bytes: usize,
}

impl StartImport {
    /// Checks an upload, before it is stored, and says under which key it should be. The field is `file`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(tx: &TenantTx, file_name: &str, file: &[u8]) -> Result<Self, FieldErrors> {
        let problem = match file.len() {
            0 => Some(if file_name.is_empty() { "Choose a CSV file" } else { "This file is empty" }),
            size if size > MAX_FILE_BYTES => {
                Some("This file is larger than 4 MB; split it and upload the parts")
            }
            _ => None,
        };
        if let Some(problem) = problem {
            return Err(FieldErrors::one("file", problem));
        }
        let id = ImportId::new(tx.now());
        // Some browsers send a path; only its last part names the file.
        let base = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
        let shown: String = base.chars().filter(|c| !c.is_control()).take(255).collect();
        let file_name = if shown.trim().is_empty() { "customers.csv".to_owned() } else { shown };
        let file_key = format!("imports/{}/{id}.csv", tx.organization());
        Ok(Self { id, file_name, file_key, file_bytes: file.len() })
    }
}

/// Notes the import and enqueues its job.
///
/// # Errors
/// When the database does not answer.
pub async fn start_import(
    tx: &mut TenantTx,
    upload: &StartImport,
    by: UserId,
    origin: &Origin,
) -> Result<(), StorageError> {
    let (organization, now) = (tx.organization(), tx.now());
    sqlx::query!(
        "INSERT INTO imports (id, organization_id, created_by, file_name, file_key, file_bytes, status,
                              created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $7)",
        upload.id.0,
        organization.0,
        by.0,
        upload.file_name,
        upload.file_key,
        i64::try_from(upload.file_bytes).unwrap_or(i64::MAX),
        now,
    )
    .execute(tx.conn())
    .await?;
    let subject = Subject { kind: "import", id: Some(upload.id.0) };
    audit::record(tx, origin, "import.started", subject, json!({ "file_name": upload.file_name })).await?;
    let job = Job::ImportCustomers { organization_id: organization, import_id: upload.id };
    outbox::enqueue(tx, &job).await?;
    Ok(())
}
