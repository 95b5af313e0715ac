//! The networks from which an organization's API keys work (specification 5.2).

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    FieldErrors, InputError, StorageError, TenantTx,
    audit::{self, Origin, Subject},
};

const MOST: usize = 200;

/// IPv4 and IPv6 networks; an empty list admits every address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AllowList(Vec<IpNet>);

impl AllowList {
    /// Reads one address or network in CIDR notation per line (commas separate as well; `#` begins a comment);
    /// an address is a network of one, host bits are cleared, repeated networks count once.
    ///
    /// # Errors
    /// One per line that is neither, under the field `allowed_ips`.
    pub fn parse(text: &str) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let mut networks = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default();
            for entry in line.split([',', ' ', '\t']).map(str::trim).filter(|entry| !entry.is_empty()) {
                let network = entry.parse::<IpNet>().or_else(|_| entry.parse::<IpAddr>().map(IpNet::from));
                match network {
                    Ok(network) if !networks.contains(&network.trunc()) => networks.push(network.trunc()),
                    Ok(_) => {}
                    Err(_) => errors.push("allowed_ips", not_a_network(number, entry)),
                }
            }
        }
        if networks.len() > MOST {
            errors
                .push("allowed_ips", format!("Enter {MOST} networks at most; there are {}", networks.len()));
        }
        if errors.is_empty() { Ok(Self(networks)) } else { Err(errors) }
    }

    /// Whether keys work from `address`. An IPv4 address in IPv6 form counts as IPv4.
    #[must_use]
    pub fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.is_empty() || self.0.iter().any(|network| network.contains(&address))
    }

    /// The networks as text, one each.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let text = |network: &IpNet| match network.max_prefix_len() == network.prefix_len() {
            true => network.addr().to_string(),
            false => network.to_string(),
        };
        self.0.iter().map(text).collect()
    }
}

fn not_a_network(line: u32, entry: &str) -> String {
    let shown: String = entry.chars().take(50).collect();
    format!(
        "Line {line}: “{shown}” is neither an address such as 203.0.113.7 nor a network such as 203.0.113.0/24"
    )
}

/// The organization's list.
///
/// # Errors
/// When the database does not answer.
pub async fn allow_list(tx: &mut TenantTx) -> Result<AllowList, StorageError> {
    let organization = tx.organization();
    let json = sqlx::query_scalar!("SELECT allowed_ips FROM organizations WHERE id = $1", organization.0)
        .fetch_one(tx.conn())
        .await?;
    Ok(serde_json::from_value(json).map_err(|error| sqlx::Error::Decode(error.into()))?)
}

/// Replaces the organization's list by what [`AllowList::parse`] reads in `text`.
///
/// # Errors
/// See [`InputError`]; the field is `allowed_ips`.
pub async fn update_allow_list(
    tx: &mut TenantTx,
    text: &str,
    origin: &Origin,
) -> Result<AllowList, InputError> {
    let list = AllowList::parse(text)?;
    let organization = tx.organization();
    let json = json!(list);
    sqlx::query!("UPDATE organizations SET allowed_ips = $2 WHERE id = $1", organization.0, json)
        .execute(tx.conn())
        .await
        .map_err(StorageError)?;
    let subject = Subject { kind: "organization", id: Some(organization.0) };
    audit::record(tx, origin, "allow_list.changed", subject, json!({ "allowed_ips": json })).await?;
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_read_line_by_line() {
        let list =
            AllowList::parse("203.0.113.7\n10.1.2.3/8 # office\n\n2001:db8::/32, 203.0.113.7").unwrap();
        assert_eq!(list.lines(), ["203.0.113.7", "10.0.0.0/8", "2001:db8::/32"]);
        for (address, admitted) in [
            ("10.200.0.1", true),
            ("203.0.113.8", false),
            ("::ffff:203.0.113.7", true),
            ("2001:db8::1", true),
        ] {
            assert_eq!(list.admits(address.parse().unwrap()), admitted, "{address}");
        }
    }

    #[test]
    fn an_empty_list_admits_everybody() {
        assert!(AllowList::parse(" \n# nothing\n").unwrap().admits("198.51.100.1".parse().unwrap()));
    }

    #[test]
    fn each_wrong_line_is_told_with_its_number() {
        let errors = AllowList::parse("10.0.0.1\noffice\n10.0.0.0/40").unwrap_err();
        let messages: Vec<_> = errors.as_slice().iter().map(|error| error.message.as_ref()).collect();
        assert!(messages[0].starts_with("Line 2: “office”"), "{messages:?}");
        assert!(messages[1].starts_with("Line 3: “10.0.0.0/40”"), "{messages:?}");
    }
}
