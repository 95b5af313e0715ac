//! Pages about one's own account, the same in every organization.

pub(crate) mod add_passkey;
pub(crate) mod change_email;
pub(crate) mod change_password;
pub(crate) mod delete;
mod frame;
pub(crate) mod passkeys;
pub(crate) mod recovery_codes;
pub(crate) mod sessions;
pub(crate) mod show;
pub(crate) mod turn_off_two_factor;
pub(crate) mod turn_on_two_factor;
pub(crate) mod two_factor;

use bootstrap::{Attempt, Resources, browser::Refusal};
use domain::{
    identity::is_password_of,
    seal::{SealError, SealingKeys},
};

use crate::person::Person;

/// The keys under which secrets in the database are sealed.
pub(crate) fn sealing(resources: &Resources) -> Result<SealingKeys, SealError> {
    SealingKeys::parse(resources.configuration.sealing_keys.as_deref().unwrap_or_default())
}

/// Whether the password is that of the person: asked before anything about signing in changes, so that a session that
/// somebody got hold of does not become the account. Wrong ones count as failed logins do.
async fn is_right(resources: &Resources, person: &Person<()>, password: &str) -> Result<bool, Refusal> {
    if password.is_empty() {
        return Ok(false);
    }
    let subject = person.who.user.to_string();
    let attempt = Attempt::count(&resources.throttles, "password", &subject, &person.device).await?;
    let is_right = is_password_of(&resources.database, person.who.user, password).await?;
    if is_right {
        attempt.succeeded(&resources.throttles).await?;
    }
    Ok(is_right)
}

const WRONG_PASSWORD: &str = "This is not your password";
