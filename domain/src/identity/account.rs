//! An account as its own person sees it.

use chrono::{DateTime, Utc};

use super::SessionEpoch;
use crate::{Database, IdentityTx, StorageError, UserId};

/// Somebody's account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The person.
    pub user: UserId,
    /// As they write it.
    pub name: String,
    /// Login and address for mail.
    pub email: String,
    /// When they showed that mail to the address reaches them.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// Which of their sessions go on.
    pub session_epoch: SessionEpoch,
}

/// The account of the person whose transaction this is; none when it was deleted.
///
/// # Errors
/// When the database does not answer.
pub async fn account(tx: &mut IdentityTx, user: UserId) -> Result<Option<Account>, StorageError> {
    Ok(sqlx::query_as!(
        Account,
        r#"SELECT id AS "user: UserId", name, email, email_verified_at,
                  session_epoch AS "session_epoch: SessionEpoch"
           FROM users WHERE id = $1 AND deleted_at IS NULL"#,
        user.0,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Who has an address; none when nobody does.
///
/// # Errors
/// When the database does not answer.
pub async fn find_account(db: &Database, email: &str) -> Result<Option<UserId>, StorageError> {
    let mut tx = db.identity_by_email(email).await?;
    let id = sqlx::query_scalar!("SELECT id FROM users WHERE lower(email) = lower($1)", email)
        .fetch_optional(tx.conn())
        .await?;
    Ok(id.map(UserId))
}
