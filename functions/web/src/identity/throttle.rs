//! How often mails and challenges may be asked for: the same for addresses with and without an account.

use bootstrap::{Device, PER_NETWORK, Resources, Throttle, ThrottleError};

/// Challenges for passkeys that one network address left without a right answer, before the first wait.
const CHALLENGES: i64 = 30;
/// Mails to one address before the first wait.
const MAILS: i64 = 5;

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
