//! Passkeys: discoverable credentials of the Web Authentication API (W3C), which sign people in by themselves. The
//! authenticator asks its owner for a finger, a face or a PIN, so a passkey is two factors at once.
//!
//! A ceremony has two halves, with the browser between them: [`begin_registration`] and [`register`],
//! [`begin_login`] and [`sign_in_with_passkey`]. What the second needs of the first is opaque bytes that the caller
//! keeps, and gives back once.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;
use webauthn_rp::{
    AuthenticatedCredential, DiscoverableAuthenticationServerState, DiscoverableCredentialRequestOptions,
    PublicKeyCredentialCreationOptions, RegistrationServerState,
    bin::{Decode, Encode},
    request::{
        AsciiDomain, ExtensionInfo, PublicKeyCredentialDescriptor, RpId,
        auth::AuthenticationVerificationOptions,
        register::{
            CredProtect, PublicKeyCredentialUserEntity, RegistrationVerificationOptions, UserHandle, Username,
        },
    },
    response::{
        AuthTransports, CredentialId,
        auth::ser_relaxed::DiscoverableAuthenticationRelaxed16,
        register::{CompressedPubKey, DynamicState, StaticState, ser_relaxed::RegistrationRelaxed},
    },
};

use super::{
    SessionEpoch,
    change::{note, tell},
};
use crate::{
    Database, Failure, IdentityTx, Kind, StorageError, UserId, audit::Origin, ids::PasskeyId,
    mail::SecurityChange,
};

/// A public key as it is stored: Ed25519, P-256, P-384 or RSA.
type PublicKey = CompressedPubKey<[u8; 32], [u8; 32], [u8; 48], Vec<u8>>;

/// Most passkeys of one person.
const MOST: usize = 20;

/// For whom passkeys are made: the host of the pages.
#[derive(Debug)]
pub struct RelyingParty {
    id: RpId,
    origin: String,
}

/// A ceremony that has begun.
#[derive(Debug)]
pub struct Ceremony {
    /// For the browser: `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    pub options: Value,
    /// For the second half.
    pub state: Vec<u8>,
}

/// A passkey as its owner sees it.
#[derive(Debug, Clone)]
pub struct Passkey {
    /// Of the row.
    pub id: PasskeyId,
    /// As its owner calls it.
    pub name: String,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it last signed somebody in.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Why a passkey was not registered or did not sign in.
#[derive(Debug, thiserror::Error)]
pub enum PasskeyError {
    /// The browser's answer does not hold: another challenge, another host, a wrong signature, or too late.
    #[error("the passkey was not accepted: {0}")]
    Refused(String),
    /// No account has it, or no longer.
    #[error("this passkey belongs to no account")]
    Unknown,
    /// It is registered already.
    #[error("this passkey is registered already")]
    Known,
    /// There are twenty.
    #[error("there are twenty passkeys: remove one first")]
    TooMany,
    /// The configuration or a stored passkey cannot be read.
    #[error("passkeys: {0}")]
    Broken(&'static str),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for PasskeyError {
    fn kind(&self) -> Kind {
        match self {
            Self::Refused(_) | Self::TooMany => Kind::Invalid,
            Self::Unknown => Kind::Unauthenticated,
            Self::Known => Kind::Conflict,
            Self::Broken(_) => Kind::Internal,
            Self::Storage(error) => error.kind(),
        }
    }
}

fn refused(error: impl std::fmt::Display) -> PasskeyError {
    PasskeyError::Refused(error.to_string())
}

impl RelyingParty {
    /// The one of these pages: `https://app.velox.example`.
    ///
    /// # Errors
    /// [`PasskeyError::Broken`] when that is no URL with a host.
    pub fn of(app_url: &str) -> Result<Self, PasskeyError> {
        let broken = || PasskeyError::Broken("the URL of the pages has no host");
        let (_, authority) = app_url.split_once("://").ok_or_else(broken)?;
        let host = authority.split([':', '/']).next().ok_or_else(broken)?;
        let domain = AsciiDomain::try_from(host.to_owned()).map_err(|_| broken())?;
        Ok(Self { id: RpId::Domain(domain), origin: app_url.trim_end_matches('/').to_owned() })
    }
}

/// The person's passkeys, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn passkeys(tx: &mut IdentityTx) -> Result<Vec<Passkey>, StorageError> {
    let user = tx.person()?;
    Ok(sqlx::query_as!(
        Passkey,
        r#"SELECT id AS "id: PasskeyId", name, created_at, last_used_at FROM passkeys
           WHERE user_id = $1 ORDER BY created_at, id"#,
        user.0
    )
    .fetch_all(tx.conn())
    .await?)
}

/// What the browser needs to make a passkey for the person, who is called `email` in its list.
///
/// # Errors
/// See [`PasskeyError`].
pub async fn begin_registration(
    tx: &mut IdentityTx,
    party: &RelyingParty,
    email: &str,
) -> Result<Ceremony, PasskeyError> {
    let user = tx.person()?;
    let known = sqlx::query_scalar!("SELECT credential_id FROM passkeys WHERE user_id = $1", user.0)
        .fetch_all(tx.conn())
        .await
        .map_err(StorageError)?;
    let excluded = known.into_iter().filter_map(|id| {
        let id = CredentialId::<Vec<u8>>::decode(id).ok()?;
        // How the browser reaches the device is for it to find out.
        Some(PublicKeyCredentialDescriptor { id, transports: AuthTransports::decode(0).ok()? })
    });
    let handle = handle(user);
    let name = Username::try_from(email).map_err(|_| PasskeyError::Broken("the address is no user name"))?;
    let person = PublicKeyCredentialUserEntity { name, id: &handle, display_name: None };
    let mut options = PublicKeyCredentialCreationOptions::passkey(&party.id, person, excluded.collect());
    // Wished for, not enforced: browsers leave out all devices that do not know credProtect (CTAP 2.1, 12.1) when it
    // is enforced, and wait without a word. Each sign-in asks for the owner's verification in any case.
    options.extensions.cred_protect =
        CredProtect::UserVerificationRequired(ExtensionInfo::AllowDontEnforceValue);
    let (server, client) = options.start_ceremony().map_err(refused)?;
    Ok(Ceremony {
        options: serde_json::to_value(&client).map_err(refused)?,
        state: server.encode().map_err(refused)?,
    })
}

/// Registers what the browser made.
///
/// # Errors
/// See [`PasskeyError`].
pub async fn register(
    tx: &mut IdentityTx,
    party: &RelyingParty,
    state: &[u8],
    answer: &str,
    name: &str,
    origin: &Origin,
) -> Result<(), PasskeyError> {
    let (user, now) = (tx.person()?, tx.now());
    if passkeys(tx).await?.len() >= MOST {
        return Err(PasskeyError::TooMany);
    }
    let state = RegistrationServerState::<16>::decode(state)
        .map_err(|_| PasskeyError::Broken("the ceremony cannot be read"))?;
    let RegistrationRelaxed(answer) = serde_json::from_str(answer).map_err(refused)?;
    let origins = [party.origin.as_str()];
    let options = RegistrationVerificationOptions::<&str, &str> {
        allowed_origins: &origins,
        // Browsers may add extensions on their own; they mean nothing to us.
        error_on_unsolicited_extensions: false,
        ..RegistrationVerificationOptions::default()
    };
    let made = state.verify(&party.id, &answer, &options).map_err(refused)?;
    if *made.user_id() != handle(user) {
        return Err(PasskeyError::Refused("it was made for somebody else".to_owned()));
    }
    let name: String = name.trim().chars().take(100).collect();
    let name = if name.is_empty() { "Passkey".to_owned() } else { name };
    let (credential, key, counter) = (made.id(), made.static_state(), made.dynamic_state());
    let key = key.encode().map_err(refused)?;
    let counter = counter.encode().map_err(refused)?;
    let inserted = sqlx::query!(
        "INSERT INTO passkeys (id, user_id, credential_id, name, static_state, dynamic_state, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        PasskeyId::new(now).0,
        user.0,
        credential.as_ref(),
        name,
        key,
        &counter[..],
        now
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError);
    match inserted {
        Err(error) if error.violates("passkeys_credential_id_key") => return Err(PasskeyError::Known),
        other => other?,
    };
    note(tx, origin, "user.passkey_added").await?;
    tell(tx, SecurityChange::PasskeyAdded).await?;
    Ok(())
}

/// Forgets a passkey: it signs nobody in any more. Answers whether there was one: that of somebody else is left alone.
///
/// # Errors
/// When the database does not answer.
pub async fn remove_passkey(
    tx: &mut IdentityTx,
    id: PasskeyId,
    origin: &Origin,
) -> Result<bool, StorageError> {
    let user = tx.person()?;
    let removed = sqlx::query!("DELETE FROM passkeys WHERE id = $1 AND user_id = $2", id.0, user.0)
        .execute(tx.conn())
        .await?;
    if removed.rows_affected() == 0 {
        return Ok(false);
    }
    note(tx, origin, "user.passkey_removed").await?;
    tell(tx, SecurityChange::PasskeyRemoved).await?;
    Ok(true)
}

/// What the browser needs to ask for any passkey of this host.
///
/// # Errors
/// See [`PasskeyError`].
pub fn begin_login(party: &RelyingParty) -> Result<Ceremony, PasskeyError> {
    let options = DiscoverableCredentialRequestOptions::passkey(&party.id);
    let (server, client) = options.start_ceremony().map_err(refused)?;
    Ok(Ceremony {
        options: serde_json::to_value(&client).map_err(refused)?,
        state: server.encode().map_err(refused)?,
    })
}

/// Whom a passkey signs in, and in which epoch of their sessions. The authenticator names the account; nothing is looked up before the signature holds
/// but the passkey itself.
///
/// # Errors
/// See [`PasskeyError`].
pub async fn sign_in_with_passkey(
    db: &Database,
    party: &RelyingParty,
    state: &[u8],
    answer: &str,
) -> Result<(UserId, SessionEpoch), PasskeyError> {
    let state = DiscoverableAuthenticationServerState::decode(state)
        .map_err(|_| PasskeyError::Broken("the ceremony cannot be read"))?;
    let answer: DiscoverableAuthenticationRelaxed16 = serde_json::from_str(answer).map_err(refused)?;
    let answer = answer.0;
    let handle = *answer.response().user_handle();
    let bytes: [u8; 16] = handle.encode().map_err(refused)?;
    let user = UserId(Uuid::from_bytes(bytes));
    let mut tx = db.identity(user).await?;
    let credential = answer.raw_id();
    // Locked, so that its counter rises one answer at a time.
    let row = sqlx::query!(
        "SELECT p.id, p.static_state, p.dynamic_state, u.session_epoch
         FROM passkeys p JOIN users u ON u.id = p.user_id
         WHERE p.user_id = $1 AND p.credential_id = $2 AND u.deleted_at IS NULL FOR UPDATE OF p",
        user.0,
        credential.as_ref()
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(StorageError)?
    .ok_or(PasskeyError::Unknown)?;
    let key: StaticState<PublicKey> =
        StaticState::decode(&row.static_state).map_err(|_| PasskeyError::Broken("a stored key"))?;
    let counter: [u8; 7] =
        row.dynamic_state.try_into().map_err(|_| PasskeyError::Broken("a stored state"))?;
    let counter = DynamicState::decode(counter).map_err(|_| PasskeyError::Broken("a stored state"))?;
    let mut passkey =
        AuthenticatedCredential::new(answer.raw_id(), &handle, key, counter).map_err(refused)?;
    let origins = [party.origin.as_str()];
    let options = AuthenticationVerificationOptions::<&str, &str> {
        allowed_origins: &origins,
        // Browsers may add extensions on their own; they mean nothing to us.
        error_on_unsolicited_extensions: false,
        ..AuthenticationVerificationOptions::default()
    };
    state.verify(&party.id, &answer, &mut passkey, &options).map_err(refused)?;
    let (now, counter) = (tx.now(), passkey.dynamic_state().encode().map_err(refused)?);
    sqlx::query!(
        "UPDATE passkeys SET dynamic_state = $2, last_used_at = $3 WHERE id = $1",
        row.id,
        &counter[..],
        now
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    let _none = tx.commit().await?;
    Ok((user, SessionEpoch(row.session_epoch)))
}

/// The id of the account is what authenticators know a person by: it says nothing about them.
fn handle(user: UserId) -> UserHandle<16> {
    match UserHandle::decode(user.0.into_bytes()) {
        Ok(handle) => handle,
        Err(never) => match never {},
    }
}
