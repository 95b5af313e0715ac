//! The one door: whichever extractor a handler takes, the session behind the request is looked at here, and so is what
//! staff may do in a customer's place. The catalogue says which routes are open to them; no other is.

use axum::extract::FromRequestParts;
use bootstrap::{
    Audience, Resources, Session,
    browser::{Banner, Refusal, SessionCookie},
};
use domain::{
    IdentityTx,
    identity::{Impersonator, account, impersonation_goes_on},
};
use http::{StatusCode, request::Parts};

use crate::{
    member::{Denied, sign_in},
    page,
};

const NOT_FOR_SUPPORT: &str = "Velox support sees what this person sees, and does not do this in their place: their \
    account and how they sign in, API keys and the allow-list, members and roles, other organizations, and the end of \
    this one are theirs. Ask them to do it.";

/// The session, and the transaction of its person. Whether its epoch goes on is left to see by whoever reads the person.
pub(crate) async fn admit(parts: &mut Parts, resources: &Resources) -> Result<(Session, IdentityTx), Denied> {
    let Ok(SessionCookie(token)) = SessionCookie::from_request_parts(parts, resources).await;
    let Some(token) = token else { return Err(sign_in(parts)) };
    let session = resources.sessions.find(&token).await?;
    let session = session.filter(|session| session.audience == Audience::App);
    let Some(session) = session else { return Err(sign_in(parts)) };
    let mut tx = resources.database.identity(session.user).await?;
    if let Some(by) = &session.impersonator {
        admit_support(parts, resources, (&session, by), &mut tx).await?;
    }
    Ok((session, tx))
}

async fn admit_support(
    parts: &Parts,
    resources: &Resources,
    (session, by): (&Session, &Impersonator),
    tx: &mut IdentityTx,
) -> Result<(), Denied> {
    if !impersonation_goes_on(tx, by).await? {
        return Err(sign_in(parts));
    }
    let who = account(tx, session.user).await?;
    let Some(who) = who.filter(|who| who.session_epoch == session.epoch) else { return Err(sign_in(parts)) };
    // For the page of a refusal, this one or a later one.
    if let Some(banner) = parts.extensions.get::<Banner>() {
        banner.set(page::support(&who.email, by).into_string());
    }
    if resources.configuration.function.open_to_support {
        return Ok(());
    }
    Err(Denied::Refused(Refusal::new(StatusCode::FORBIDDEN, NOT_FOR_SUPPORT)))
}
