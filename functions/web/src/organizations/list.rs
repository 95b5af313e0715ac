//! `GET /organizations`: where the person belongs, to switch, and a form for one more; [`draw`] is also what a refused
//! new one shows.

use bootstrap::{
    Session,
    browser::{self, Refusal},
};
use domain::organizations::{OwnOrganization, own_organizations};
use look::{Button, Card, Errors, Field, Form, Icon, Notice, Page, Status, Tone, email, foreign};
use maud::{Markup, html};
use serde::Deserialize;

use crate::person::Person;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    left: Option<String>,
    outside: Option<String>,
}

pub(crate) async fn show(
    mut person: Person,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let notice = match (parameters.left, parameters.outside) {
        (Some(_), _) => Some(Notice::success("You have left the organization.")),
        (_, Some(_)) => {
            Some(Notice::info("You do not belong to the organization any more that you worked in."))
        }
        _ => None,
    };
    draw(&mut person, "", &Errors::new(), notice).await
}

pub(super) async fn draw(
    person: &mut Person,
    name: &str,
    errors: &Errors<'_>,
    notice: Option<Notice<'_>>,
) -> Result<Markup, Refusal> {
    let own = own_organizations(&mut person.tx, person.who.user).await?;
    let sign_out = Form::post("/logout").inline(Button::submit("Sign out").secondary().icon(Icon::SignOut));
    let form = Form::post("/organizations").body(html! {
        (Field::text("organization", "Company").value(name).autocomplete("organization").max_length(200).errors(errors))
        (Button::submit("Create organization").icon(Icon::Plus))
    });
    Ok(Page::plain("Your organizations").errors(errors).notice(notice).body(html! {
        p { "Signed in as " (email(person.who.email.as_str())) "." }
        @for organization in &own { (card(organization, &person.session)) }
        @if own.is_empty() { p { "You belong to no organization yet. Create one, or ask for an invitation." } }
        (Card::new().title("New organization").body(form))
        div.buttons { (sign_out) }
    }))
}

fn card(organization: &OwnOrganization, session: &Session) -> Markup {
    let current = session.organization == Some(organization.id);
    let label = if current { "Go on" } else { "Switch" };
    let button = Button::submit(label).small().subject(format!("to {}", organization.name));
    let form = Form::post(format!("/organizations/{}/switch", organization.id)).inline(button.secondary());
    Card::new().title(organization.name.as_str()).actions(form).body(html! {
        p {
            "Your role: " (foreign(organization.role.name()))
            @if current { " " (Status::new(Tone::Active, "Open now")) }
            @if organization.closed_at.is_some() { " " (Status::new(Tone::Warning, "Being deleted")) }
        }
    })
}
