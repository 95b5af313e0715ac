//! `GET /settings/allow-list`: the list as text, which a refused change shows again.

use bootstrap::browser::{self, Refusal};
use domain::organizations::{AllowList, Membership, allow_list};
use look::{Button, Card, Errors, Field, Form, Notice};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    member::ApiManager,
    page::{self, Place},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    saved: Option<String>,
}

pub(crate) async fn show(
    ApiManager(mut member): ApiManager,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let list = allow_list(&mut member.tx).await?;
    let notice = parameters.saved.map(|_| saved(&list, member.address.as_deref()));
    let text = list.lines().join("\n");
    Ok(draw(&member.who, member.address.as_deref(), &text, &Errors::new(), notice))
}

/// Says what holds now, and warns whoever has shut out their own address.
fn saved(list: &AllowList, address: Option<&str>) -> Notice<'static> {
    let own = address.and_then(|address| address.parse().ok());
    match own {
        Some(own) if !list.admits(own) => Notice::warning("Saved. Your own address is not in the list.")
            .details(html! { "API keys do not work from " (own) "." }),
        _ if list.lines().is_empty() => Notice::success("Saved. API keys work from every address."),
        _ => Notice::success("Saved. API keys work from these addresses only."),
    }
}

pub(super) fn draw(
    who: &Membership,
    address: Option<&str>,
    text: &str,
    errors: &Errors<'_>,
    notice: Option<Notice<'_>>,
) -> Markup {
    let form = Form::post("/settings/allow-list").body(html! {
        (Field::textarea("allowed_ips", "Allowed addresses and networks")
            .hint("One per line, IPv4 or IPv6, such as 203.0.113.7 or 2001:db8::/32. Empty: every address.")
            .optional().code().rows(8).value(text).errors(errors))
        @if let Some(address) = address { p { "Your own address right now: " code { (address) } } }
        (Button::submit("Save allow-list"))
    });
    page::signed_in(who, "Allow-list", Place::AllowList)
        .lead("API keys work only from these addresses. These pages are not affected.")
        .errors(errors)
        .notice(notice)
        .narrow()
        .body(Card::new().body(form))
}
