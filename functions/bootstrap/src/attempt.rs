//! How often a secret may be guessed: the same for addresses with and without an account, on every host.

use crate::{Device, Throttle, ThrottleError, Throttles};

/// Failed attempts on one account before the first wait.
const PER_ACCOUNT: i64 = 5;
/// The same from one network address, behind which a whole office may sit.
pub const PER_NETWORK: i64 = 30;

/// An attempt that was counted before it is made.
#[derive(Debug)]
pub struct Attempt {
    account: Throttle,
    network: Throttle,
    /// On this account lately, this one included.
    pub count: i64,
}

impl Attempt {
    /// Counts an attempt on what `subject` names (an address, a person's id).
    ///
    /// # Errors
    /// When it may not be made yet, or the table does not answer.
    pub async fn count(
        throttles: &Throttles,
        action: &str,
        subject: &str,
        device: &Device,
    ) -> Result<Self, ThrottleError> {
        let account = Throttle::account(action, subject, PER_ACCOUNT);
        let network = Throttle::network(action, &device.address, PER_NETWORK);
        throttles.attempt(&network).await?;
        let count = match throttles.attempt(&account).await {
            Ok(count) => count,
            Err(error) => {
                // Not made, so it says nothing about the network either.
                throttles.give_back(&network).await?;
                return Err(error);
            }
        };
        Ok(Self { account, network, count })
    }

    /// Whether it is the last one without a wait: so many that failed in a row are told to the person.
    #[must_use]
    pub fn ends_a_burst(&self) -> bool {
        self.count == PER_ACCOUNT
    }

    /// It succeeded.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn succeeded(self, throttles: &Throttles) -> Result<(), ThrottleError> {
        throttles.forget(&self.account).await?;
        Ok(throttles.give_back(&self.network).await?)
    }
}
