//! Who asks, where no organization matters: pages about one's own account, and choosing an organization.

use axum::extract::FromRequestParts;
use bootstrap::{Device, Resources, Session, browser::Refusal};
use domain::{
    IdentityTx,
    audit::{Actor, Origin},
    identity::{Account, SessionEpoch, account},
};
use http::{HeaderValue, request::Parts};

use crate::{
    admission::admit,
    member::{Denied, sign_in},
};

/// Somebody signed in, with or without an organization, and the transaction of their account. Others are sent to
/// the login page.
pub(crate) struct Person<T = IdentityTx> {
    pub(crate) who: Account,
    pub(crate) session: Session,
    pub(crate) device: Device,
    pub(crate) tx: T,
}

impl Person {
    /// The same without its transaction: for handlers that open others, because a process has two connections for
    /// sixteen requests, and who holds one while waiting for a second may wait for ever.
    pub(crate) fn without_transaction(self) -> Person<()> {
        self.split().0
    }

    /// The two apart, to commit.
    pub(crate) fn split(self) -> (Person<()>, IdentityTx) {
        let Self { who, session, device, tx } = self;
        (Person { who, session, device, tx: () }, tx)
    }

    /// The same with a new transaction, after something failed in the old one.
    pub(crate) async fn anew(self, resources: &Resources) -> Result<Self, Refusal> {
        self.split().0.begin(resources).await
    }
}

impl Person<()> {
    /// The same with a transaction.
    pub(crate) async fn begin(self, resources: &Resources) -> Result<Person, Refusal> {
        let Self { who, session, device, tx: () } = self;
        let tx = resources.database.identity(who.user).await?;
        Ok(Person { who, session, device, tx })
    }
}

impl<T> Person<T> {
    /// For the audit log.
    pub(crate) fn origin(&self) -> Origin {
        let impersonator = self.session.impersonator.clone();
        Origin { actor: Actor::User(self.who.user), address: Some(self.device.address.clone()), impersonator }
    }

    /// `Set-Cookie` of the same session under a new token: after every change of privilege.
    pub(crate) async fn rotate(&self, resources: &Resources) -> Result<HeaderValue, Refusal> {
        self.go_on(resources, self.session.epoch).await
    }

    /// The same when all sessions of the person have ended and this one goes on, in the epoch that began.
    pub(crate) async fn go_on_alone(
        &self,
        resources: &Resources,
        epoch: SessionEpoch,
    ) -> Result<HeaderValue, Refusal> {
        resources.sessions.end_all(self.who.user, Some(&self.session.id)).await?;
        self.go_on(resources, epoch).await
    }

    async fn go_on(&self, resources: &Resources, epoch: SessionEpoch) -> Result<HeaderValue, Refusal> {
        let session = Session { epoch, ..self.session.clone() };
        let token = resources.sessions.rotate(&session, session.organization).await?;
        Ok(token.map_or_else(bootstrap::browser::clear, |token| bootstrap::browser::set(&token)))
    }
}

impl FromRequestParts<Resources> for Person {
    type Rejection = Denied;

    async fn from_request_parts(parts: &mut Parts, resources: &Resources) -> Result<Self, Denied> {
        let Ok(device) = Device::from_request_parts(parts, resources).await;
        let (session, mut tx) = admit(parts, resources).await?;
        let who = account(&mut tx, session.user).await?;
        let Some(who) = who.filter(|who| who.session_epoch == session.epoch) else {
            return Err(sign_in(parts));
        };
        Ok(Self { who, session, device, tx })
    }
}
