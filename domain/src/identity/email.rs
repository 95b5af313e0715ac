//! E-mail addresses: what is accepted, and how two of them compare.

use std::fmt;

use serde::Serialize;

/// An address as its owner writes it. Two compare equal without regard to case.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Email(String);

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing there.
    #[error("Enter an e-mail address")]
    Missing,
    /// No `name@domain.tld`.
    #[error("This is not an e-mail address; one looks like name@example.com")]
    Malformed,
    /// Over 254 characters (RFC 5321, 4.5.3.1.3).
    #[error("An e-mail address has 254 characters at most")]
    TooLong,
}

impl Email {
    /// Reads an address, ignoring blanks around it. Quoted local parts and address literals (RFC 5321) are
    /// refused: nobody sends invoices there, and typing errors look like them.
    ///
    /// # Errors
    /// See [`EmailError`].
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailError::Missing);
        }
        if text.chars().count() > 254 {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::Malformed)?;
        let sound = is_local_part(local) && is_domain(domain);
        if sound { Ok(Self(text.to_owned())) } else { Err(EmailError::Malformed) }
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form by which addresses compare: lower case.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_lowercase()
    }
}

fn is_local_part(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    (1..=64).contains(&text.len())
        && text.chars().all(allowed)
        && !text.starts_with('.')
        && !text.ends_with('.')
        && !text.contains("..")
}

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.contains('.') && text.split('.').all(label)
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Email {}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_and_international_addresses_are_accepted() {
        for text in ["a@b.co", "first.last+tag@sub.example-7.com", "jörg@bücher.example", "  o'neil@x.ie "]
        {
            assert!(Email::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_reason() {
        for text in
            ["a", "@b.co", "a@", "a@b", "a b@c.de", "a@b..co", ".a@b.co", "a@-b.co", "a@@b.co", "\"a\"@b.co"]
        {
            assert_eq!(Email::parse(text), Err(EmailError::Malformed), "{text}");
        }
        assert_eq!(Email::parse(" "), Err(EmailError::Missing));
        assert_eq!(Email::parse(&format!("{}@b.co", "a".repeat(260))), Err(EmailError::TooLong));
    }

    #[test]
    fn case_makes_no_difference() {
        assert_eq!(Email::parse("Ann@Example.com"), Email::parse("ANN@example.COM"));
    }
}
