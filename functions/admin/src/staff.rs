//! Who asks: the extractor that handlers take to be reached by staff only.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Audience, OperatorResources,
    browser::{Refusal, SessionCookie},
};
use domain::{
    CrossTenantTx,
    identity::{StaffMember, staff_member},
};
use http::request::Parts;

/// Somebody of the staff, with a transaction across tenants. Others are sent to the login page.
pub(crate) struct Staff {
    pub(crate) who: StaffMember,
    pub(crate) tx: CrossTenantTx,
}

/// Why a request does not reach its handler.
pub(crate) enum Denied {
    SignIn,
    Refused(Refusal),
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn => Redirect::to("/login").into_response(),
            Self::Refused(refusal) => refusal.into_response(),
        }
    }
}

impl<E: domain::Failure> From<E> for Denied {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl FromRequestParts<OperatorResources> for Staff {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, resources: &OperatorResources) -> Result<Self, Denied> {
        let Ok(SessionCookie(token)) = SessionCookie::from_request_parts(parts, resources).await;
        let token = token.ok_or(Denied::SignIn)?;
        let session = resources.sessions.find(&token).await?;
        // A session of the customers' pages opens nothing here.
        let session = session.filter(|session| session.audience == Audience::Staff).ok_or(Denied::SignIn)?;
        let mut tx = resources.database.across_tenants().await?;
        let who = staff_member(&mut tx, session.user).await?;
        let who = who.filter(|who| who.session_epoch == session.epoch).ok_or(Denied::SignIn)?;
        Ok(Self { who, tx })
    }
}
