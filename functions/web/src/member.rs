//! Who asks: extractors that handlers take to be reached by the right people only.

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Audience, Resources,
    browser::{self, Refusal, SessionCookie},
    http::ClientAddress,
};
use domain::{
    TenantTx,
    audit::{Actor, Origin},
    organizations::{Membership, Permission, membership},
};
use http::{Method, StatusCode, request::Parts};

/// Somebody signed in to an organization, with its transaction. Others are sent to the login page.
pub(crate) struct Member {
    pub(crate) who: Membership,
    pub(crate) address: Option<String>,
    pub(crate) tx: TenantTx,
}

impl Member {
    /// For the audit log.
    pub(crate) fn origin(&self) -> Origin {
        Origin { actor: Actor::User(self.who.user), address: self.address.clone() }
    }
}

/// Why a request does not reach its handler.
pub(crate) enum Denied {
    SignIn(Redirect),
    Refused(Refusal),
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(redirect) => redirect.into_response(),
            Self::Refused(refusal) => refusal.into_response(),
        }
    }
}

impl<E: domain::Failure> From<E> for Denied {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl FromRequestParts<Resources> for Member {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, resources: &Resources) -> Result<Self, Denied> {
        let Ok(SessionCookie(token)) = SessionCookie::from_request_parts(parts, resources).await;
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, resources).await;
        let Some(token) = token else { return Err(sign_in(parts)) };
        let session = resources.sessions.find(&token).await?;
        let session = session.filter(|session| session.audience == Audience::App);
        let known = session.and_then(|session| Some((session.user, session.organization?)));
        let Some((user, organization)) = known else { return Err(sign_in(parts)) };
        let mut tx = resources.database.tenant(organization).await?;
        let Some(who) = membership(&mut tx, user).await? else { return Err(sign_in(parts)) };
        Ok(Self { who, address: Some(address.to_string()), tx })
    }
}

/// To the login page, and from there back to the page that was asked for.
pub(crate) fn sign_in(parts: &Parts) -> Denied {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let back =
        matches!(parts.method, Method::GET | Method::HEAD) && target != "/dashboard" && target != "/account";
    let login = if back { format!("/login?next={}", browser::encode(target)) } else { "/login".to_owned() };
    Denied::SignIn(Redirect::to(&login))
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
    /// A member who may change the company's details.
    OrganizationEditor => EditOrganization,
    /// A member who may manage API keys and the allow-list.
    ApiManager => ManageApi,
    /// A member who may read the audit log.
    Auditor => ViewAudit,
}
