//! Signing up: a person, their first organization, and their ownership of it, or nothing of these.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{CreateUserError, Email, EmailError, NewUser, PasswordHash, create_verified_user};
use crate::{
    Database, FieldErrors, OrganizationId, StorageError, UserId,
    audit::{self, Actor, Origin, Subject},
    organizations::Role,
};

/// A checked sign-up. Its JSON form waits where only its hash could be read until the address is confirmed.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Pending", try_from = "Pending")]
pub struct SignUp {
    user: NewUser,
    organization: String,
}

/// The JSON form.
#[derive(Serialize, Deserialize)]
struct Pending {
    organization: String,
    name: String,
    email: String,
    password_hash: String,
}

impl From<SignUp> for Pending {
    fn from(SignUp { user, organization }: SignUp) -> Self {
        let email = user.email.as_str().to_owned();
        Self { organization, name: user.name, email, password_hash: user.password.0 }
    }
}

impl TryFrom<Pending> for SignUp {
    type Error = EmailError;

    fn try_from(pending: Pending) -> Result<Self, EmailError> {
        let email = Email::parse(&pending.email)?;
        let password = PasswordHash(pending.password_hash);
        let user = NewUser { email, name: pending.name, password, role: Role::Owner };
        Ok(Self { user, organization: pending.organization })
    }
}

impl SignUp {
    /// The address to confirm.
    #[must_use]
    pub fn email(&self) -> &Email {
        &self.user.email
    }

    /// Checks all fields together; they are named `organization`, `name`, `email`, `password`.
    ///
    /// # Errors
    /// All that is wrong with the fields.
    pub async fn check(
        organization: &str,
        name: &str,
        email: &str,
        password: &str,
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let organization = errors.check("organization", organization_name(organization));
        match (organization, NewUser::check(name, email, password, Role::Owner).await) {
            (Some(organization), Ok(user)) => Ok(Self { user, organization }),
            (_, Ok(_)) => Err(errors),
            (_, Err(rest)) => {
                rest.as_slice().iter().for_each(|error| errors.append(error.clone()));
                Err(errors)
            }
        }
    }
}

fn organization_name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err("Enter your company's name"),
        1..=200 => Ok(text.to_owned()),
        _ => Err("A company's name has 200 characters at most"),
    }
}

/// Creates the organization and its owner, once the address is confirmed.
///
/// # Errors
/// See [`CreateUserError`]; nothing is written then.
pub async fn sign_up(
    db: &Database,
    sign_up: &SignUp,
    address: Option<String>,
) -> Result<(OrganizationId, UserId), CreateUserError> {
    let organization = OrganizationId::new(db.clock().now());
    let mut tx = db.tenant(organization).await?;
    let now = tx.now();
    sqlx::query!(
        "INSERT INTO organizations (id, name, created_at) VALUES ($1, $2, $3)",
        organization.0,
        sign_up.organization,
        now,
    )
    .execute(tx.conn())
    .await
    .map_err(StorageError)?;
    let user =
        create_verified_user(&mut tx, &sign_up.user, &Origin::of(Actor::System, address.clone())).await?;
    let origin = Origin::of(Actor::User(user), address);
    let subject = Subject { kind: "organization", id: Some(organization.0) };
    audit::record(&mut tx, &origin, "organization.created", subject, json!({})).await?;
    // Signing up makes no jobs necessary yet, so there is nothing to send.
    let _none = tx.commit().await?;
    Ok((organization, user))
}
