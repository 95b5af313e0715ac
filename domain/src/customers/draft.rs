//! The rules that a customer's data keeps, whether it comes from a form, the API or a file.

use serde::Deserialize;

use super::codes;
use crate::{FieldErrors, identity::Email};

/// A customer as somebody typed or sent it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerInput {
    /// Required, 1..=200 characters.
    pub name: String,
    /// Required, unique in the organization without regard to case.
    pub email: String,
    /// Two letters and 2..=13 letters or digits; blanks, dots and dashes are left out.
    pub vat_number: String,
    /// At most 200 characters.
    pub address_line1: String,
    /// At most 20 characters.
    pub postal_code: String,
    /// At most 200 characters.
    pub city: String,
    /// Required, ISO 3166-1 alpha-2.
    pub country: String,
    /// Required, ISO 4217.
    pub currency: String,
    /// Days, 0..=365; 30 when empty.
    pub payment_terms_days: String,
    /// The organization's own number for the customer; at most 100 characters.
    pub reference: String,
}

/// A customer that keeps the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of CustomerInput, checked")]
pub struct CustomerDraft {
    pub name: String,
    pub email: Email,
    pub vat_number: Option<String>,
    pub address_line1: String,
    pub postal_code: String,
    pub city: String,
    pub country: String,
    pub currency: String,
    pub payment_terms_days: i16,
    pub reference: String,
}

impl CustomerInput {
    /// The checked customer.
    ///
    /// # Errors
    /// All that is wrong, in the order of the fields.
    pub fn check(&self) -> Result<CustomerDraft, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.check("name", required(&self.name, 200, "A name"));
        let email = errors.check("email", Email::parse(&self.email).map_err(|error| error.to_string()));
        let vat_number = errors.check("vat_number", vat_number(&self.vat_number));
        let address_line1 = errors.check("address_line1", text(&self.address_line1, 200));
        let postal_code = errors.check("postal_code", text(&self.postal_code, 20));
        let city = errors.check("city", text(&self.city, 200));
        let country = errors.check("country", country(&self.country));
        let currency = errors.check("currency", currency(&self.currency));
        let payment_terms_days = errors.check("payment_terms_days", days(&self.payment_terms_days));
        let reference = errors.check("reference", text(&self.reference, 100));
        let draft = || {
            Some(CustomerDraft {
                name: name?,
                email: email?,
                vat_number: vat_number?,
                address_line1: address_line1?,
                postal_code: postal_code?,
                city: city?,
                country: country?,
                currency: currency?,
                payment_terms_days: payment_terms_days?,
                reference: reference?,
            })
        };
        draft().ok_or(errors)
    }
}

fn required(value: &str, most: usize, what: &str) -> Result<String, String> {
    let value = text(value, most)?;
    if value.is_empty() { Err(format!("{what} is required")) } else { Ok(value) }
}

fn text(value: &str, most: usize) -> Result<String, String> {
    let value = value.trim();
    let length = value.chars().count();
    if value.contains('\0') {
        Err("Remove the NUL character".to_owned())
    } else if length > most {
        Err(format!("Use {most} characters at most; there are {length}"))
    } else {
        Ok(value.to_owned())
    }
}

fn vat_number(value: &str) -> Result<Option<String>, String> {
    let compact: String = value.chars().filter(|c| !c.is_whitespace() && !['.', '-'].contains(c)).collect();
    if compact.is_empty() {
        return Ok(None);
    }
    let compact = compact.to_ascii_uppercase();
    let sound = compact.is_ascii()
        && (4..=15).contains(&compact.len())
        && compact[..2].bytes().all(|b| b.is_ascii_uppercase())
        && compact[2..].bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'*');
    if sound {
        Ok(Some(compact))
    } else {
        Err(format!("“{}” is not a VAT number; one looks like DE123456789", short(value)))
    }
}

fn country(value: &str) -> Result<String, String> {
    let code = value.trim().to_ascii_uppercase();
    match code.as_str() {
        "" => Err("A country is required, as a code of two letters such as DE".to_owned()),
        known if codes::is_country(known) => Ok(code),
        _ => Err(format!("“{}” is not a country code; use two letters such as DE", short(value))),
    }
}

fn currency(value: &str) -> Result<String, String> {
    let code = value.trim().to_ascii_uppercase();
    match code.as_str() {
        "" => Err("A currency is required, as a code of three letters such as EUR".to_owned()),
        known if codes::is_currency(known) => Ok(code),
        _ => Err(format!("“{}” is not a currency code; use three letters such as EUR", short(value))),
    }
}

fn days(value: &str) -> Result<i16, String> {
    match value.trim() {
        "" => Ok(30),
        text => text
            .parse()
            .ok()
            .filter(|days| (0..=365).contains(days))
            .ok_or_else(|| format!("“{}” is not a number of days from 0 to 365", short(text))),
    }
}

/// A wrong value inside a message.
fn short(value: &str) -> String {
    let value = value.trim();
    if value.chars().count() <= 40 {
        value.to_owned()
    } else {
        value.chars().take(39).chain(['…']).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> CustomerInput {
        CustomerInput {
            name: "  Acme   GmbH ".into(),
            email: "billing@acme.example".into(),
            vat_number: "de 123 456 789".into(),
            country: "de".into(),
            currency: "eur".into(),
            ..CustomerInput::default()
        }
    }

    #[test]
    fn blanks_around_go_codes_become_upper_case_and_terms_have_a_default() {
        let draft = input().check().unwrap();
        assert_eq!(draft.name, "Acme   GmbH");
        assert_eq!(draft.vat_number.as_deref(), Some("DE123456789"));
        assert_eq!(
            (draft.country.as_str(), draft.currency.as_str(), draft.payment_terms_days),
            ("DE", "EUR", 30)
        );
    }

    #[test]
    fn all_errors_are_told_at_once_in_the_order_of_the_fields() {
        let wrong = CustomerInput {
            name: " ".into(),
            email: "nobody".into(),
            vat_number: "ß".into(),
            country: "XX".into(),
            currency: "EURO".into(),
            payment_terms_days: "-5".into(),
            reference: "x".repeat(101),
            ..input()
        };
        let errors = wrong.check().unwrap_err();
        let fields: Vec<_> = errors.as_slice().iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(
            fields,
            ["name", "email", "vat_number", "country", "currency", "payment_terms_days", "reference"]
        );
    }
}
