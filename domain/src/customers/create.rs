//! Creating one customer.

use serde_json::json;

use super::{Customer, CustomerDraft, CustomerInput};
use crate::{
    CustomerId, Failure, FieldError, FieldErrors, Kind, StorageError, TenantTx,
    audit::{self, Origin, Subject},
};

/// Why no customer was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateCustomerError {
    /// Fields that break a rule.
    #[error("the customer's data is not valid")]
    Invalid(FieldErrors),
    /// The organization has a customer with this address.
    #[error("a customer with this e-mail address exists already")]
    EmailTaken([FieldError; 1]),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for CreateCustomerError {
    fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_) => Kind::Invalid,
            Self::EmailTaken(_) => Kind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(errors) => errors.as_slice(),
            Self::EmailTaken(fields) => fields,
            Self::Storage(_) => &[],
        }
    }
}

/// Checks and stores a customer.
///
/// # Errors
/// See [`CreateCustomerError`]. After a conflict the transaction can only be dropped.
pub async fn create_customer(
    tx: &mut TenantTx,
    input: &CustomerInput,
    origin: &Origin,
) -> Result<Customer, CreateCustomerError> {
    let draft = input.check().map_err(CreateCustomerError::Invalid)?;
    let id = CustomerId::new(tx.now());
    match insert(tx, id, &draft).await {
        Err(error) if error.violates("customers_email_key") => return Err(email_taken()),
        other => other?,
    }
    let subject = Subject { kind: "customer", id: Some(id.0) };
    audit::record(tx, origin, "customer.created", subject, json!({})).await?;
    Ok(Customer::from_draft(id, draft, tx.now()))
}

async fn insert(tx: &mut TenantTx, id: CustomerId, draft: &CustomerDraft) -> Result<(), StorageError> {
    let (organization, now) = (tx.organization(), tx.now());
    sqlx::query!(
        "INSERT INTO customers (id, organization_id, name, email, vat_number, address_line1, postal_code, city,
                                country, currency, payment_terms_days, reference, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        id.0,
        organization.0,
        draft.name,
        draft.email.as_str(),
        draft.vat_number,
        draft.address_line1,
        draft.postal_code,
        draft.city,
        draft.country,
        draft.currency,
        draft.payment_terms_days,
        draft.reference,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn email_taken() -> CreateCustomerError {
    CreateCustomerError::EmailTaken([FieldError {
        field: "email".into(),
        message: "A customer with this e-mail address exists already".into(),
    }])
}
