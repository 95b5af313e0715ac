//! `GET /settings/company`: the form, which a refused change shows again.

use bootstrap::browser::{self, Refusal};
use domain::organizations::{Company, Membership, Permission, company};
use look::{Button, Card, Errors, Field, Form, Notice};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    member::OrganizationEditor,
    page::{self, Place},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    saved: Option<String>,
}

pub(crate) async fn show(
    OrganizationEditor(mut member): OrganizationEditor,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let company = company(&mut member.tx).await?;
    let notice = parameters.saved.map(|_| Notice::success("Saved."));
    Ok(draw(&member.who, &company, &Errors::new(), notice))
}

pub(super) fn draw(
    who: &Membership,
    company: &Company,
    errors: &Errors<'_>,
    notice: Option<Notice<'_>>,
) -> Markup {
    let form = Form::post("/settings/company").body(html! {
        (Field::text("name", "Company").value(&company.name).autocomplete("organization").max_length(200).errors(errors))
        (Field::text("address_line1", "Street and number").value(&company.address_line1)
            .autocomplete("address-line1").max_length(200).errors(errors))
        (Field::text("postal_code", "Postal code").value(&company.postal_code).autocomplete("postal-code").narrow()
            .max_length(20).errors(errors))
        (Field::text("city", "City").value(&company.city).autocomplete("address-level2").max_length(200)
            .errors(errors))
        (Field::text("country", "Country").hint("Two letters, such as DE.").value(&company.country)
            .autocomplete("country").narrow().errors(errors))
        (Field::text("vat_number", "VAT number").hint("With the letters in front, such as DE136695976.").code()
            .value(&company.vat_number).optional().errors(errors))
        (Field::text("iban", "IBAN").hint("The bank account that invoices name.").code()
            .value(grouped(&company.iban)).optional().errors(errors))
        (Button::submit("Save company details"))
    });
    page::signed_in(who, "Company details", Place::Company)
        .lead("What your invoices will say about you.")
        .errors(errors)
        .notice(notice)
        .narrow()
        .body(html! {
            (Card::new().body(form))
            @if who.role.allows(Permission::ManageOwnership) {
                p { a href="/settings/deletion" { "Delete this organization" } }
            }
        })
}

/// In groups of four, as it stands on paper; what somebody typed stays as it is.
fn grouped(iban: &str) -> String {
    if iban.contains(|c: char| !c.is_ascii_alphanumeric()) {
        return iban.to_owned();
    }
    let groups = iban.as_bytes().chunks(4).map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iban_is_shown_in_groups_of_four() {
        assert_eq!(grouped("DE89370400440532013000"), "DE89 3704 0044 0532 0130 00");
        assert_eq!(grouped("ä b"), "ä b");
    }
}
