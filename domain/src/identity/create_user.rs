//! Creating a user of an organization: what web sign-up and `POST /v1/users` share.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Email, PasswordHash};
use crate::{
    Failure, FieldError, FieldErrors, Kind, StorageError, TenantTx, UserId,
    audit::{self, Origin, Subject},
    organizations::{Role, add_member},
};

/// A checked user, not yet stored.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Login and address for mail.
    pub email: Email,
    /// As the person writes it, 1..=200 characters.
    pub name: String,
    /// Of the chosen password.
    pub password: PasswordHash,
    /// In the transaction's organization.
    pub role: Role,
}

impl NewUser {
    /// Checks all fields together and hashes the password, which takes some 20 ms: do it before a transaction
    /// is begun. Fields are named `name`, `email`, `password`.
    ///
    /// # Errors
    /// All that is wrong with the fields.
    pub async fn check(name: &str, email: &str, password: &str, role: Role) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let typed = email.trim().to_owned();
        let name = errors.check("name", person_name(name));
        let email = errors.check("email", Email::parse(email).map_err(|error| error.to_string()));
        let password = errors.check(
            "password",
            super::hash(password, &[name.as_deref().unwrap_or_default(), &typed])
                .await
                .map_err(|error| error.to_string()),
        );
        match (name, email, password) {
            (Some(name), Some(email), Some(password)) => Ok(Self { email, name, password, role }),
            _ => Err(errors),
        }
    }
}

fn person_name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("Enter a name"),
        1..=200 => Ok(text.to_owned()),
        _ => Err("A name has 200 characters at most"),
    }
}

/// Why no user was created.
#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    /// The address belongs to an account.
    #[error("this e-mail address has an account already")]
    EmailTaken([FieldError; 1]),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Failure for CreateUserError {
    fn kind(&self) -> Kind {
        match self {
            Self::EmailTaken(_) => Kind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::EmailTaken(fields) => fields,
            Self::Storage(_) => &[],
        }
    }
}

/// Stores a user and makes them a member of the transaction's organization. Their address is not confirmed: they
/// are asked to when they first sign in.
///
/// # Errors
/// See [`CreateUserError`]. After an error the transaction can only be dropped.
pub async fn create_user(
    tx: &mut TenantTx,
    user: &NewUser,
    origin: &Origin,
) -> Result<UserId, CreateUserError> {
    insert(tx, user, None, origin).await
}

/// [`create_user`] for somebody who showed that the address is theirs.
///
/// # Errors
/// See [`CreateUserError`]. After an error the transaction can only be dropped.
pub async fn create_verified_user(
    tx: &mut TenantTx,
    user: &NewUser,
    origin: &Origin,
) -> Result<UserId, CreateUserError> {
    let now = tx.now();
    insert(tx, user, Some(now), origin).await
}

async fn insert(
    tx: &mut TenantTx,
    user: &NewUser,
    verified_at: Option<DateTime<Utc>>,
    origin: &Origin,
) -> Result<UserId, CreateUserError> {
    let now = tx.now();
    let id = UserId::new(now);
    let inserted = sqlx::query!(
        "INSERT INTO users (id, email, name, password_hash, created_at, email_verified_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        id.0,
        user.email.as_str(),
        user.name,
        user.password.0,
        now,
        verified_at,
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError);
    match inserted {
        Err(error) if error.violates("users_email_key") => return Err(email_taken()),
        other => other?,
    };
    add_member(tx, id, user.role).await?;
    let subject = Subject { kind: "user", id: Some(id.0) };
    audit::record(tx, origin, "user.created", subject, json!({ "role": user.role.name() })).await?;
    Ok(id)
}

fn email_taken() -> CreateUserError {
    CreateUserError::EmailTaken([FieldError {
        field: "email".into(),
        message: "This e-mail address has an account already".into(),
    }])
}
