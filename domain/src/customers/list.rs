//! Finding customers: searched, in the order of their names, page by page.
//!
//! Pages follow a key (name, id) and not an offset, so that a page costs the same wherever it is and nothing is
//! skipped or repeated when customers come and go meanwhile.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::CustomerDraft;
use crate::{CustomerId, ImportId, StorageError, TenantTx};

/// A stored customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the fields of CustomerInput, checked and stored")]
pub struct Customer {
    pub id: CustomerId,
    pub name: String,
    pub email: String,
    pub vat_number: Option<String>,
    pub address_line1: String,
    pub postal_code: String,
    pub city: String,
    pub country: String,
    pub currency: String,
    pub payment_terms_days: i16,
    pub reference: String,
    pub created_at: DateTime<Utc>,
}

impl Customer {
    pub(super) fn from_draft(id: CustomerId, draft: CustomerDraft, created_at: DateTime<Utc>) -> Self {
        Self {
            id,
            name: draft.name,
            email: draft.email.as_str().to_owned(),
            vat_number: draft.vat_number,
            address_line1: draft.address_line1,
            postal_code: draft.postal_code,
            city: draft.city,
            country: draft.country,
            currency: draft.currency,
            payment_terms_days: draft.payment_terms_days,
            reference: draft.reference,
            created_at,
        }
    }

    fn cursor(&self) -> Cursor {
        Cursor { id: self.id }
    }
}

/// A place in the order: right after, or right before, this customer. Opaque text to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    id: CustomerId,
}

impl Cursor {
    /// Reads what [`Cursor::encode`] wrote.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self { id: CustomerId(Uuid::from_slice(&bytes).ok()?) })
    }

    /// 22 characters that are safe in a URL.
    #[must_use]
    pub fn encode(self) -> String {
        URL_SAFE_NO_PAD.encode(self.id.0)
    }
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct ListCustomers {
    /// Words that must each occur in name, address, VAT number, reference or city; empty: all customers.
    pub search: String,
    /// Only those of one import.
    pub import: Option<ImportId>,
    /// Begin after this one.
    pub after: Option<Cursor>,
    /// End before this one; wins over `after`.
    pub before: Option<Cursor>,
    /// Customers on a page, 1..=500.
    pub limit: u16,
}

/// A page of customers.
#[derive(Debug, Clone)]
pub struct CustomerPage {
    /// In the order of their names.
    pub customers: Vec<Customer>,
    /// All that match, on all pages.
    pub total: i64,
    /// Of these, on pages before this one.
    pub preceding: i64,
    /// The next page begins after this; none on the last one.
    pub next: Option<Cursor>,
    /// The previous page ends before this; none on the first one.
    pub previous: Option<Cursor>,
}

/// How many customers the organization has.
///
/// # Errors
/// When the database does not answer.
pub async fn count_customers(tx: &mut TenantTx) -> Result<i64, StorageError> {
    let organization = tx.organization();
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM customers WHERE organization_id = $1"#,
        organization.0
    );
    Ok(count.fetch_one(tx.conn()).await?)
}

/// One page of customers.
///
/// # Errors
/// When the database does not answer.
pub async fn list_customers(tx: &mut TenantTx, list: &ListCustomers) -> Result<CustomerPage, StorageError> {
    let patterns = patterns(&list.search);
    let limit = i64::from(list.limit.clamp(1, 500));
    let backward = list.before.is_some();
    let cursor = list.before.or(list.after).map(|cursor| cursor.id.0);
    let mut customers = rows(tx, list, &patterns, cursor, backward, limit + 1).await?;
    let more = i64::try_from(customers.len()).is_ok_and(|found| found > limit);
    customers.truncate(usize::from(list.limit.clamp(1, 500)));
    if backward {
        customers.reverse();
    }
    let (total, preceding) = counts(tx, list, &patterns, customers.first().map(|first| first.id.0)).await?;
    let has_next = if backward { !customers.is_empty() } else { more };
    let next = customers.last().filter(|_| has_next).map(Customer::cursor);
    let previous = customers.first().filter(|_| preceding > 0).map(Customer::cursor);
    Ok(CustomerPage { customers, total, preceding, next, previous })
}

/// A `LIKE` pattern per word, its wildcards taken literally.
fn patterns(search: &str) -> Vec<String> {
    let escape = |word: &str| word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    search.to_lowercase().split_whitespace().take(8).map(|word| format!("%{}%", escape(word))).collect()
}

async fn rows(
    tx: &mut TenantTx,
    list: &ListCustomers,
    patterns: &[String],
    cursor: Option<Uuid>,
    backward: bool,
    limit: i64,
) -> Result<Vec<Customer>, StorageError> {
    let organization = tx.organization().0;
    let import = list.import.map(|id| id.0);
    let rows = if backward {
        sqlx::query_file_as!(
            Customer,
            "src/customers/list_backward.sql",
            organization,
            patterns,
            import,
            cursor,
            limit
        )
        .fetch_all(tx.conn())
        .await?
    } else {
        sqlx::query_file_as!(
            Customer,
            "src/customers/list_forward.sql",
            organization,
            patterns,
            import,
            cursor,
            limit
        )
        .fetch_all(tx.conn())
        .await?
    };
    Ok(rows)
}

async fn counts(
    tx: &mut TenantTx,
    list: &ListCustomers,
    patterns: &[String],
    first: Option<Uuid>,
) -> Result<(i64, i64), StorageError> {
    let organization = tx.organization().0;
    let row = sqlx::query_file!(
        "src/customers/count.sql",
        organization,
        patterns,
        list.import.map(|id| id.0),
        first
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.total, row.preceding))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_in_a_search_are_letters_like_others() {
        assert_eq!(patterns("50%  A_b"), ["%50\\%%", "%a\\_b%"]);
    }
}
