//! Everything that an organization has entrusted to us, as files that a spreadsheet opens.

use crate::{
    Database, OrganizationId, StorageError, TenantTx,
    audit::{AuditFilter, audit_file},
    imports::COLUMNS,
    organizations::{company, list_members},
    spreadsheet::Spreadsheet,
};

/// A file of the export.
#[derive(Debug, Clone)]
pub struct ExportFile {
    /// `customers.csv`.
    pub name: &'static str,
    /// CSV.
    pub content: Vec<u8>,
}

/// Most entries of the audit log in an export, the newest: some 40 MB, which the function has room for.
const MOST_EVENTS: i64 = 200_000;

/// All files, from one transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn export_files(
    db: &Database,
    organization: OrganizationId,
) -> Result<Vec<ExportFile>, StorageError> {
    let mut tx = db.tenant(organization).await?;
    Ok(vec![
        ExportFile { name: "company.csv", content: company_file(&mut tx).await? },
        ExportFile { name: "members.csv", content: members(&mut tx).await? },
        ExportFile { name: "customers.csv", content: customers(&mut tx).await? },
        ExportFile { name: "imports.csv", content: imports(&mut tx).await? },
        ExportFile {
            name: "audit.csv",
            content: audit_file(&mut tx, &AuditFilter::default(), MOST_EVENTS).await?,
        },
    ])
}

async fn company_file(tx: &mut TenantTx) -> Result<Vec<u8>, StorageError> {
    let c = company(tx).await?;
    let columns = ["name", "address_line1", "postal_code", "city", "country", "vat_number", "iban"];
    let mut file = Spreadsheet::new(&columns)?;
    file.row([&c.name, &c.address_line1, &c.postal_code, &c.city, &c.country, &c.vat_number, &c.iban])?;
    file.finish()
}

async fn members(tx: &mut TenantTx) -> Result<Vec<u8>, StorageError> {
    let mut file = Spreadsheet::new(&["name", "email", "role", "joined_at"])?;
    for member in list_members(tx).await? {
        let joined_at = member.joined_at.to_rfc3339();
        file.row([member.name.as_str(), &member.email, member.role.name(), &joined_at])?;
    }
    file.finish()
}

/// With the columns of an import, so that it can be one.
async fn customers(tx: &mut TenantTx) -> Result<Vec<u8>, StorageError> {
    const BATCH: i64 = 5_000;
    let organization = tx.organization();
    let mut file = Spreadsheet::new(&COLUMNS)?;
    let mut after = uuid::Uuid::nil();
    loop {
        let rows = sqlx::query!(
            "SELECT id, name, email, vat_number, address_line1, postal_code, city, country, currency,
                    payment_terms_days, reference
             FROM customers WHERE organization_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            organization.0,
            after,
            BATCH,
        )
        .fetch_all(tx.conn())
        .await?;
        let Some(last) = rows.last() else { return file.finish() };
        after = last.id;
        for row in &rows {
            let cell = |column: &str| match column {
                "name" => row.name.clone(),
                "email" => row.email.clone(),
                "vat_number" => row.vat_number.clone().unwrap_or_default(),
                "address_line1" => row.address_line1.clone(),
                "postal_code" => row.postal_code.clone(),
                "city" => row.city.clone(),
                "country" => row.country.clone(),
                "currency" => row.currency.clone(),
                "payment_terms_days" => row.payment_terms_days.to_string(),
                _ => row.reference.clone(),
            };
            file.row(COLUMNS.iter().map(|column| cell(column)))?;
        }
    }
}

async fn imports(tx: &mut TenantTx) -> Result<Vec<u8>, StorageError> {
    let organization = tx.organization();
    let rows = sqlx::query!(
        r#"SELECT i.file_name, i.status, i.total_rows, i.imported_rows, i.created_at, u.name AS "created_by?"
           FROM imports i LEFT JOIN users u ON u.id = i.created_by
           WHERE i.organization_id = $1 ORDER BY i.created_at, i.id"#,
        organization.0,
    )
    .fetch_all(tx.conn())
    .await?;
    let columns = ["file_name", "status", "total_rows", "imported_rows", "created_at", "created_by"];
    let mut file = Spreadsheet::new(&columns)?;
    for row in rows {
        let total = row.total_rows.map_or_else(String::new, |rows| rows.to_string());
        let (imported, created_at) = (row.imported_rows.to_string(), row.created_at.to_rfc3339());
        let created_by = row.created_by.unwrap_or_default();
        file.row([&row.file_name, &row.status, &total, &imported, &created_at, &created_by])?;
    }
    file.finish()
}
