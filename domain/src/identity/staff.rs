//! Velox's own people. Only the schema's owner can make somebody staff: no page, route or API does.

use sqlx::{Connection, PgConnection};

use super::{SessionEpoch, SignInError, password};
use crate::{CrossTenantTx, OperatorDatabase, StorageError, UserId};

/// Somebody who may use the admin console.
#[derive(Debug, Clone)]
pub struct StaffMember {
    /// Of the person.
    pub user: UserId,
    /// As they write it.
    pub name: String,
    /// Login.
    pub email: String,
    /// Which of their sessions go on.
    pub session_epoch: SessionEpoch,
}

/// Signs in to the admin console; an account that is not staff is refused as a wrong password is.
///
/// # Errors
/// See [`SignInError`].
pub async fn sign_in_staff(
    db: &OperatorDatabase,
    email: &str,
    password: &str,
) -> Result<StaffMember, SignInError> {
    let mut tx = db.across_tenants().await?;
    let row = sqlx::query!(
        "SELECT u.id, u.name, u.email, u.session_epoch, u.password_hash
         FROM users u JOIN staff s ON s.user_id = u.id WHERE lower(u.email) = lower($1)",
        email.trim(),
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(StorageError)?;
    drop(tx);
    let (who, stored) = row.map_or((None, None), |row| {
        let session_epoch = SessionEpoch(row.session_epoch);
        let who = StaffMember { user: UserId(row.id), name: row.name, email: row.email, session_epoch };
        (Some(who), Some(row.password_hash))
    });
    let verified = password::verify(password, stored).await;
    who.filter(|_| verified.is_right).ok_or(SignInError::WrongCredentials)
}

/// The member of staff behind a session; none when they are staff no more.
///
/// # Errors
/// When the database does not answer.
pub async fn staff_member(tx: &mut CrossTenantTx, user: UserId) -> Result<Option<StaffMember>, StorageError> {
    let row = sqlx::query!(
        "SELECT u.name, u.email, u.session_epoch FROM users u JOIN staff s ON s.user_id = u.id WHERE u.id = $1",
        user.0,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| {
        let session_epoch = SessionEpoch(row.session_epoch);
        StaffMember { user, name: row.name, email: row.email, session_epoch }
    }))
}

/// Makes the account with this address staff, as the schema's owner. Answers whether there is such an account;
/// granting twice changes nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn grant_staff(owner_url: &str, email: &str) -> Result<bool, StorageError> {
    let mut owner = PgConnection::connect(owner_url).await?;
    let granted = sqlx::query!(
        "INSERT INTO staff (user_id) SELECT id FROM users WHERE lower(email) = lower($1)
         ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id",
        email.trim(),
    )
    .execute(&mut owner)
    .await?;
    owner.close().await?;
    Ok(granted.rows_affected() == 1)
}
