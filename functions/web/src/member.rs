//! Who asks: extractors that handlers take to be reached by the right people only.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{self, Refusal},
    http::ClientAddress,
};
use domain::{
    TenantTx,
    audit::{Actor, Origin},
    organizations::{Membership, Permission, membership},
};
use http::{Method, StatusCode, request::Parts};

use crate::admission::admit;

/// Somebody signed in to an organization that is open, with its transaction. Others are sent to the login page, to
/// their other organizations, or to the page of one that is being deleted.
pub(crate) struct Member {
    pub(crate) who: Membership,
    pub(crate) address: Option<String>,
    pub(crate) tx: TenantTx,
}

impl Member {
    /// For the audit log.
    pub(crate) fn origin(&self) -> Origin {
        let impersonator = self.who.impersonator.clone();
        Origin { actor: Actor::User(self.who.user), address: self.address.clone(), impersonator }
    }
}

/// Why a request does not reach its handler.
pub(crate) enum Denied {
    Elsewhere(Redirect),
    Refused(Refusal),
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        match self {
            Self::Elsewhere(redirect) => redirect.into_response(),
            Self::Refused(refusal) => refusal.into_response(),
        }
    }
}

impl<E: domain::Failure> From<E> for Denied {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// A member of an organization that may be closed.
pub(crate) struct Seat(pub(crate) Member);

impl FromRequestParts<Resources> for Member {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, resources: &Resources) -> Result<Self, Denied> {
        let Seat(member) = Seat::from_request_parts(parts, resources).await?;
        if member.who.closed { Err(Denied::Elsewhere(Redirect::to("/closed"))) } else { Ok(member) }
    }
}

impl FromRequestParts<Resources> for Seat {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, resources: &Resources) -> Result<Self, Denied> {
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, resources).await;
        let (session, tx) = admit(parts, resources).await?;
        let elsewhere = |page: &str| Err(Denied::Elsewhere(Redirect::to(page)));
        let Some(organization) = session.organization else { return elsewhere("/organizations") };
        // Who was removed a moment ago finds out here, with the next request; the page there asks for the login where
        // the session has ended.
        let Some((mut who, tx)) = membership(tx, organization).await? else {
            return elsewhere("/organizations?outside=1");
        };
        if who.session_epoch != session.epoch {
            return Err(sign_in(parts));
        }
        if session.impersonator.is_some() {
            // Support was let into this one.
            who.elsewhere.clear();
            who.impersonator = session.impersonator;
        }
        Ok(Self(Member { who, address: Some(address.to_string()), tx }))
    }
}

/// To the login page, and from there back to the page that was asked for.
pub(crate) fn sign_in(parts: &Parts) -> Denied {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let back =
        matches!(parts.method, Method::GET | Method::HEAD) && target != "/dashboard" && target != "/account";
    let login = if back { format!("/login?next={}", browser::encode(target)) } else { "/login".to_owned() };
    Denied::Elsewhere(Redirect::to(&login))
}

/// A member whose role has a permission.
async fn permitted(parts: &mut Parts, resources: &Resources, wanted: Permission) -> Result<Member, Denied> {
    let member = Member::from_request_parts(parts, resources).await?;
    if member.who.role.allows(wanted) {
        return Ok(member);
    }
    let role = member.who.role.name();
    let detail =
        format!("Your role in this organization is {role}, and it may not do this. Ask an owner or admin.");
    Err(Denied::Refused(Refusal::new(StatusCode::FORBIDDEN, detail)))
}

/// One extractor per permission: a handler that takes it is reached by no role that lacks it.
macro_rules! permitted {
    ($($(#[$doc:meta])* $name:ident => $permission:ident),* $(,)?) => {$(
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) Member);

        impl FromRequestParts<Resources> for $name {
            type Rejection = Denied;

            async fn from_request_parts(parts: &mut Parts, resources: &Resources) -> Result<Self, Denied> {
                permitted(parts, resources, Permission::$permission).await.map(Self)
            }
        }
    )*};
}

permitted! {
    /// A member who may see customers and imports.
    Reader => ViewCustomers,
    /// A member who may create and import customers.
    Editor => EditCustomers,
    /// A member who may see who else belongs to the organization.
    MemberReader => ViewMembers,
    /// A member who may invite and remove people and change their roles.
    MemberManager => ManageMembers,
    /// A member who may change the company's details.
    OrganizationEditor => EditOrganization,
    /// A member who may manage API keys and the allow-list.
    ApiManager => ManageApi,
    /// A member who may read the audit log.
    Auditor => ViewAudit,
    /// A member who may transfer and delete the organization.
    Owner => ManageOwnership,
}
