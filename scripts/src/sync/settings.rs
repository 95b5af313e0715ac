//! What people decide about the accounts on AWS and no program can know: `terraform/settings.json`.

use std::{fs, net::IpAddr, path::Path};

use catalog::deployment::Network;
use serde::{Deserialize, Serialize};

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// `owner/name` on GitHub: whose workflows may deploy.
    pub(super) repository: String,
    nonprod: Account,
    prod: Account,
}

/// An AWS account, which holds one network.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Account {
    /// Twelve digits.
    pub(super) account_id: String,
    /// The DNS zone that is delegated to the account.
    pub(super) domain: String,
    /// From where the admin host may be reached, in CIDR notation.
    pub(super) office_addresses: Vec<String>,
    /// Who is told when something is wrong.
    pub(super) alarm_email: String,
    /// USD a month after which an alarm is sent.
    pub(super) monthly_budget_usd: u32,
}

impl Settings {
    pub(super) const fn account(&self, network: Network) -> &Account {
        match network {
            Network::Nonprod => &self.nonprod,
            Network::Prod => &self.prod,
        }
    }

    /// The one rule that makes the isolation: two accounts.
    fn check(&self) -> Result<(), String> {
        if self.nonprod.account_id == self.prod.account_id {
            return Err("nonprod and prod have to be two AWS accounts".to_owned());
        }
        [&self.nonprod, &self.prod].into_iter().try_for_each(Account::check)
    }
}

impl Account {
    fn check(&self) -> Result<(), String> {
        let id = &self.account_id;
        if id.len() != 12 || !id.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(format!("account_id {id}: an AWS account's id has twelve digits"));
        }
        match self.office_addresses.iter().find(|address| !is_narrow(address)) {
            Some(address) => Err(format!("office_addresses: {address} is no IPv4 network of /16 or smaller")),
            None => Ok(()),
        }
    }
}

/// Whoever writes `0.0.0.0/0` here opens the staff's pages to everybody.
fn is_narrow(address: &str) -> bool {
    address.split_once('/').is_some_and(|(network, bits)| {
        let bits = bits.parse::<u8>();
        matches!(network.parse(), Ok(IpAddr::V4(_))) && bits.is_ok_and(|bits| (16..=32).contains(&bits))
    })
}

/// Reads and checks the file.
pub(super) fn read(path: &Path) -> Result<Settings, String> {
    let named = |error: String| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
    let settings: Settings = serde_json::from_str(&text).map_err(|error| named(error.to_string()))?;
    settings.check().map_err(named)?;
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_staffs_pages_are_not_opened_to_everybody() {
        assert!(is_narrow("203.0.113.10/32") && is_narrow("198.51.100.0/24"));
        for wide in ["0.0.0.0/0", "10.0.0.0/8", "203.0.113.10", "::/0", "office/32"] {
            assert!(!is_narrow(wide), "{wide}");
        }
    }
}
