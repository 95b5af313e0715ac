//! What ends all sessions of a person at once. A session names the epoch in which it began, and opens nothing when
//! that is over: so none is missed, whatever a list of sessions shows at that moment, and a sign-in whose password was
//! checked before a change of it begins no session after.

use serde::{Deserialize, Serialize};

use crate::{IdentityTx, StorageError};

/// The epoch of a person's sessions. That of a new account is the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct SessionEpoch(pub i64);

/// Ends all sessions of the person with the commit, and answers the epoch that begins then.
///
/// # Errors
/// When the database does not answer.
pub async fn end_sessions(tx: &mut IdentityTx) -> Result<SessionEpoch, StorageError> {
    let user = tx.person()?;
    let epoch = sqlx::query_scalar!(
        "UPDATE users SET session_epoch = session_epoch + 1 WHERE id = $1 RETURNING session_epoch",
        user.0
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(SessionEpoch(epoch))
}
