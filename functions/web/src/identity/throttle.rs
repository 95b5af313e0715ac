//! How often something may be tried: the same for addresses with and without an account.

use bootstrap::{Device, Resources, Throttle, ThrottleError};

/// Failed attempts on one account before the first wait.
pub(crate) const PER_ACCOUNT: i64 = 5;
/// The same from one network address, behind which a whole office may sit.
const PER_NETWORK: i64 = 30;
/// Challenges for passkeys that one network address left without a right answer, before the first wait.
const CHALLENGES: i64 = 30;
/// Mails to one address before the first wait.
const MAILS: i64 = 5;

/// An attempt that was counted before it is made.
pub(crate) struct Attempt {
    account: Throttle,
    network: Throttle,
    /// On this account lately, this one included.
    pub(crate) count: i64,
}

impl Attempt {
    /// Counts an attempt on what `subject` names (an address, a person's id).
    pub(crate) async fn count(
        resources: &Resources,
        action: &str,
        subject: &str,
        device: &Device,
    ) -> Result<Self, ThrottleError> {
        let account = Throttle::account(action, subject, PER_ACCOUNT);
        let network = Throttle::network(action, &device.address, PER_NETWORK);
        resources.throttles.attempt(&network).await?;
        let count = match resources.throttles.attempt(&account).await {
            Ok(count) => count,
            Err(error) => {
                // Not made, so it says nothing about the network either.
                resources.throttles.give_back(&network).await?;
                return Err(error);
            }
        };
        Ok(Self { account, network, count })
    }

    /// It succeeded.
    pub(crate) async fn succeeded(self, resources: &Resources) -> Result<(), ThrottleError> {
        resources.throttles.forget(&self.account).await?;
        Ok(resources.throttles.give_back(&self.network).await?)
    }
}

/// Counts a mail that somebody who need not be its reader asks for.
pub(crate) async fn count_mail(
    resources: &Resources,
    email: &str,
    device: &Device,
) -> Result<(), ThrottleError> {
    resources.throttles.attempt(&Throttle::network("mail", &device.address, PER_NETWORK)).await?;
    resources.throttles.attempt(&Throttle::account("mail", email, MAILS)).await?;
    Ok(())
}

/// The challenges for passkeys of one network address: there is no account yet to count them by.
pub(crate) struct Challenge(Throttle);

impl Challenge {
    pub(crate) fn of(device: &Device) -> Self {
        Self(Throttle::network("passkey", &device.address, CHALLENGES))
    }

    /// Counts one before it is made.
    pub(crate) async fn count(&self, resources: &Resources) -> Result<(), ThrottleError> {
        resources.throttles.attempt(&self.0).await.map(drop)
    }

    /// It was answered rightly, so it counts for nothing.
    pub(crate) async fn answered(&self, resources: &Resources) -> Result<(), ThrottleError> {
        Ok(resources.throttles.give_back(&self.0).await?)
    }
}
