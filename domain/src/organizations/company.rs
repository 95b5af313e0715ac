//! The company behind an organization, as its invoices will name it: address, VAT number, bank account.

mod check_digits;
mod vat_number;

use iban::{Iban, IbanLike, ParseBaseIbanError, ParseIbanError};
use serde_json::json;

pub use vat_number::parse_vat_number;

use crate::{
    FieldErrors, InputError, StorageError, TenantTx,
    audit::{self, Origin, Subject},
    customers::is_country,
};

/// The details as somebody types them, and as they are stored: all fields are text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Company {
    /// Required, 1..=200 characters: the organization's name.
    pub name: String,
    /// Required, at most 200 characters.
    pub address_line1: String,
    /// Required, at most 20 characters.
    pub postal_code: String,
    /// Required, at most 200 characters.
    pub city: String,
    /// Required, ISO 3166-1 alpha-2.
    pub country: String,
    /// Of the company's country; empty when it has none.
    pub vat_number: String,
    /// ISO 13616, without blanks; empty when not given.
    pub iban: String,
}

impl Company {
    /// Reads what was typed; the fields carry the names of the struct's.
    ///
    /// # Errors
    /// All that is wrong, in the order of the fields.
    pub fn check(&self) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let name = errors.check("name", required(&self.name, 200, "Enter the company's name"));
        let address_line1 =
            errors.check("address_line1", required(&self.address_line1, 200, "Enter street and number"));
        let postal_code =
            errors.check("postal_code", required(&self.postal_code, 20, "Enter the postal code"));
        let city = errors.check("city", required(&self.city, 200, "Enter the city"));
        let country = errors.check("country", country(&self.country));
        // Without a country nothing can be said about the number; the person has enough to do.
        let vat_number = match &country {
            Some(country) => errors.check("vat_number", parse_vat_number(&self.vat_number, country)),
            None => Some(None),
        };
        let iban = errors.check("iban", parse_iban(&self.iban));
        let checked = || {
            Some(Self {
                name: name?,
                address_line1: address_line1?,
                postal_code: postal_code?,
                city: city?,
                country: country?,
                vat_number: vat_number?.unwrap_or_default(),
                iban: iban?.unwrap_or_default(),
            })
        };
        checked().ok_or(errors)
    }

    /// Whether invoices could be written: everything required is there.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.check().is_ok()
    }
}

fn required(value: &str, most: usize, missing: &str) -> Result<String, String> {
    let value = value.trim();
    match value.chars().count() {
        0 => Err(missing.to_owned()),
        _ if value.contains('\0') => Err("Remove the NUL character".to_owned()),
        length if length > most => Err(format!("Use {most} characters at most; there are {length}")),
        _ => Ok(value.to_owned()),
    }
}

fn country(value: &str) -> Result<String, String> {
    let code = value.trim().to_ascii_uppercase();
    match is_country(&code) {
        true => Ok(code),
        false if code.is_empty() => Err("Enter the country's two letters, such as DE".to_owned()),
        false => Err("Use the two letters of ISO 3166, such as DE, AT or FR".to_owned()),
    }
}

/// An IBAN in its electronic form; none when nothing is there.
///
/// # Errors
/// What is wrong, for a person.
pub fn parse_iban(text: &str) -> Result<Option<String>, String> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if compact.is_empty() {
        return Ok(None);
    }
    match compact.to_uppercase().parse::<Iban>() {
        Ok(iban) => Ok(Some(iban.electronic_str().to_owned())),
        Err(ParseIbanError::InvalidBaseIban { source: ParseBaseIbanError::InvalidChecksum }) => {
            Err("This IBAN has a typing error: its check digits do not fit".to_owned())
        }
        Err(ParseIbanError::InvalidBaseIban { .. }) => {
            Err("This is not an IBAN; one looks like DE89 3704 0044 0532 0130 00".to_owned())
        }
        Err(ParseIbanError::UnknownCountry(iban)) => {
            Err(format!("No country has IBANs that begin with {}", iban.country_code()))
        }
        Err(ParseIbanError::InvalidBban(iban)) => Err(format!(
            "This has not the length or form of an IBAN that begins with {}",
            iban.country_code()
        )),
    }
}

/// The organization's details; empty but for the name as long as nobody has entered them.
///
/// # Errors
/// When the database does not answer.
pub async fn company(tx: &mut TenantTx) -> Result<Company, StorageError> {
    let organization = tx.organization();
    Ok(sqlx::query_as!(
        Company,
        r#"SELECT o.name, coalesce(c.address_line1, '') AS "address_line1!",
                  coalesce(c.postal_code, '') AS "postal_code!", coalesce(c.city, '') AS "city!",
                  coalesce(c.country, '') AS "country!", coalesce(c.vat_number, '') AS "vat_number!",
                  coalesce(c.iban, '') AS "iban!"
           FROM organizations o LEFT JOIN company_details c ON c.organization_id = o.id
           WHERE o.id = $1"#,
        organization.0,
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Replaces the details by what was typed.
///
/// # Errors
/// See [`InputError`]; nothing is written when a field is wrong.
pub async fn update_company(tx: &mut TenantTx, typed: &Company, origin: &Origin) -> Result<(), InputError> {
    let new = typed.check()?;
    let old = company(tx).await?;
    store(tx, &new).await?;
    let changed: Vec<_> = changes(&old, &new).collect();
    let subject = Subject { kind: "organization", id: Some(tx.organization().0) };
    audit::record(tx, origin, "company.changed", subject, json!({ "changed": changed })).await?;
    Ok(())
}

async fn store(tx: &mut TenantTx, company: &Company) -> Result<(), StorageError> {
    let (organization, now) = (tx.organization(), tx.now());
    sqlx::query!("UPDATE organizations SET name = $2 WHERE id = $1", organization.0, company.name)
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        "INSERT INTO company_details
             (organization_id, address_line1, postal_code, city, country, vat_number, iban, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (organization_id) DO UPDATE SET address_line1 = $2, postal_code = $3, city = $4,
             country = $5, vat_number = $6, iban = $7, updated_at = $8",
        organization.0,
        company.address_line1,
        company.postal_code,
        company.city,
        company.country,
        Some(&company.vat_number).filter(|text| !text.is_empty()),
        Some(&company.iban).filter(|text| !text.is_empty()),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The names of the fields that differ: the audit log tells which were changed, and not a bank account itself.
fn changes(old: &Company, new: &Company) -> impl Iterator<Item = &'static str> {
    let fields = [
        ("name", &old.name, &new.name),
        ("address_line1", &old.address_line1, &new.address_line1),
        ("postal_code", &old.postal_code, &new.postal_code),
        ("city", &old.city, &new.city),
        ("country", &old.country, &new.country),
        ("vat_number", &old.vat_number, &new.vat_number),
        ("iban", &old.iban, &new.iban),
    ];
    fields.into_iter().filter(|(_, old, new)| old != new).map(|(field, ..)| field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iban_is_read_as_people_write_it_and_told_what_is_wrong_with_it() {
        assert_eq!(parse_iban(" de89 3704 0044 0532 0130 00"), Ok(Some("DE89370400440532013000".to_owned())));
        assert_eq!(parse_iban("CH93-0076-2011-6238-5295-7"), Ok(Some("CH9300762011623852957".to_owned())));
        assert_eq!(parse_iban("  "), Ok(None));
        for (text, message) in [
            ("DE89 3704 0044 0532 0130 01", "typing error"),
            ("my account", "not an IBAN"),
            ("DE", "not an IBAN"),
            ("DEÄÖ", "not an IBAN"),
        ] {
            let error = parse_iban(text).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let typed = Company { country: "Germany".into(), iban: "DE1".into(), ..Company::default() };
        let errors = typed.check().unwrap_err();
        let fields: Vec<_> = errors.as_slice().iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["name", "address_line1", "postal_code", "city", "country", "iban"]);
    }
}
