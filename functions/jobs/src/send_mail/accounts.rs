//! The mails about an account, and the tokens that they carry.

use bootstrap::{Resources, Secret, TokenError, TokenKind, jobs::JobError};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    UserId,
    identity::{Email, Impersonation, SignUp, account, find_account, note_sign_in_burst},
    mail::{self, Mail, SecurityChange},
};

/// How long the link to confirm an address works.
const CONFIRM: TimeDelta = TimeDelta::hours(24);
/// How long the link to a new password works.
const RESET: TimeDelta = TimeDelta::hours(1);

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

pub(super) async fn reset_password(resources: &Resources, email: &str) -> Result<Option<Mail>, JobError> {
    let to = address(email)?;
    let known = find_account(&resources.database, email).await;
    let Some(user) = known.map_err(|error| JobError::from_failure(&error))? else {
        return Ok(Some(mail::no_account(&to, &link(resources, "/sign-up"))));
    };
    let token = resources.tokens.issue(TokenKind::ResetPassword, &user, RESET).await;
    let token = token.map_err(|error| JobError::from_failure(&error))?;
    Ok(Some(mail::reset_password(&to, &with_token(resources, "/reset-password/choose", &token))))
}

pub(super) async fn confirm_new_email(
    resources: &Resources,
    user: UserId,
    email: &str,
) -> Result<Option<Mail>, JobError> {
    let to = address(email)?;
    let token = resources.tokens.issue(TokenKind::ChangeEmail, &(user, email), CONFIRM).await;
    let token = token.map_err(|error| JobError::from_failure(&error))?;
    Ok(Some(mail::confirm_new_email(&to, &with_token(resources, "/confirm-new-email", &token))))
}

pub(super) fn email_changed(resources: &Resources, old: &str, new: &str) -> Result<Option<Mail>, JobError> {
    Ok(Some(mail::email_changed(&address(old)?, new, &link(resources, "/reset-password"))))
}

pub(super) async fn security_changed(
    resources: &Resources,
    user: UserId,
    change: SecurityChange,
) -> Result<Option<Mail>, JobError> {
    let Some((to, _)) = address_of(resources, user).await? else { return Ok(None) };
    Ok(Some(mail::security_changed(&to, change, &link(resources, "/reset-password"))))
}

pub(super) async fn sign_in_burst(
    resources: &Resources,
    email: &str,
    from: String,
) -> Result<Option<Mail>, JobError> {
    let known = find_account(&resources.database, email).await;
    let Some(user) = known.map_err(|error| JobError::from_failure(&error))? else { return Ok(None) };
    let to = address(email)?;
    let mail = mail::sign_in_burst(&to, &from, &link(resources, "/reset-password"));
    let noted = note_sign_in_burst(&resources.database, user, from).await;
    noted.map_err(|error| JobError::from_failure(&error))?;
    Ok(Some(mail))
}

pub(super) async fn impersonated(
    resources: &Resources,
    what: &Impersonation,
    at: DateTime<Utc>,
) -> Result<Option<Mail>, JobError> {
    let Some((to, _)) = address_of(resources, what.user).await? else { return Ok(None) };
    Ok(Some(mail::impersonated(&to, what, at, &link(resources, "/account/sessions"))))
}

pub(super) fn deleted(email: &str) -> Result<Option<Mail>, JobError> {
    Ok(Some(mail::account_deleted(&address(email)?)))
}

fn address(text: &str) -> Result<Email, JobError> {
    Email::parse(text).map_err(|error| JobError::Discard(error.to_string()))
}

/// A person's address and whether it is confirmed; none when the account was deleted.
async fn address_of(resources: &Resources, user: UserId) -> Result<Option<(Email, bool)>, JobError> {
    let found = async {
        let mut tx = resources.database.identity(user).await?;
        account(&mut tx, user).await
    };
    let Some(account) = found.await.map_err(|error| JobError::from_failure(&error))? else { return Ok(None) };
    let email = address(&account.email)?;
    Ok(Some((email, account.email_verified_at.is_some())))
}

fn link(resources: &Resources, path: &str) -> String {
    format!("{}{path}", resources.configuration.app_url)
}

fn with_token(resources: &Resources, path: &str, token: &Secret) -> String {
    format!("{}?token={}", link(resources, path), token.expose())
}
