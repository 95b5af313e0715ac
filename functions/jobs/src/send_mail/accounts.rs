//! The mails about an account, and the tokens that they carry.

use bootstrap::{Resources, Secret, TokenError, TokenKind, jobs::JobError};
use chrono::TimeDelta;
use domain::{
    UserId,
    identity::{Email, SignUp, account, find_account},
    mail::{self, Mail},
};

/// How long the link to confirm an address works.
const CONFIRM: TimeDelta = TimeDelta::hours(24);

pub(super) async fn sign_up(resources: &Resources, pending: &str) -> Result<Option<Mail>, JobError> {
    let pending = Secret::presented(pending);
    let sign_up: SignUp = match resources.tokens.peek(TokenKind::PendingSignUp, &pending).await {
        Err(error @ TokenError::Unavailable(_)) => return Err(JobError::from_failure(&error)),
        Err(_) => return Ok(None),
        Ok(sign_up) => sign_up,
    };
    let known = find_account(&resources.database, sign_up.email().as_str()).await;
    if known.map_err(|error| JobError::from_failure(&error))?.is_some() {
        let (sign_in, reset) = (link(resources, "/login"), link(resources, "/reset-password"));
        return Ok(Some(mail::account_exists(sign_up.email(), &sign_in, &reset)));
    }
    let token = resources.tokens.issue(TokenKind::ConfirmSignUp, &sign_up, CONFIRM).await;
    let token = token.map_err(|error| JobError::from_failure(&error))?;
    Ok(Some(mail::confirm_sign_up(sign_up.email(), &with_token(resources, "/sign-up/confirm", &token))))
}

pub(super) async fn confirm_email(resources: &Resources, user: UserId) -> Result<Option<Mail>, JobError> {
    let Some((email, false)) = address_of(resources, user).await? else { return Ok(None) };
    let payload = (user, email.as_str());
    let token = resources.tokens.issue(TokenKind::ConfirmEmail, &payload, CONFIRM).await;
    let token = token.map_err(|error| JobError::from_failure(&error))?;
    Ok(Some(mail::confirm_email(&email, &with_token(resources, "/confirm-email", &token))))
}

/// A person's address and whether it is confirmed; none when the account was deleted.
async fn address_of(resources: &Resources, user: UserId) -> Result<Option<(Email, bool)>, JobError> {
    let found = async {
        let mut tx = resources.database.identity(user).await?;
        account(&mut tx, user).await
    };
    let Some(account) = found.await.map_err(|error| JobError::from_failure(&error))? else { return Ok(None) };
    let email = Email::parse(&account.email).map_err(|error| JobError::Discard(error.to_string()))?;
    Ok(Some((email, account.email_verified_at.is_some())))
}

fn link(resources: &Resources, path: &str) -> String {
    format!("{}{path}", resources.configuration.app_url)
}

fn with_token(resources: &Resources, path: &str, token: &Secret) -> String {
    format!("{}?token={}", link(resources, path), token.expose())
}
