//! `GET /invitation?token=…`: who invites whom, and the way in for whoever opens it. Looking uses nothing up: mail
//! scanners follow links.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bootstrap::{
    Resources,
    browser::{self, Refusal},
};
use domain::{
    identity::Account,
    organizations::{OpenInvitation, open_invitation},
};
use http::StatusCode;
use look::{Button, Errors, Field, Form, Page, email, foreign};
use maud::{Markup, html};
use serde::Deserialize;

use super::{refused, token};
use crate::{member::Denied, person::Person};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    token: String,
}

pub(crate) async fn show(
    State(resources): State<Resources>,
    person: Result<Person, Denied>,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Response, Refusal> {
    // Only who it is: never two transactions at once.
    let who = person.ok().map(|person| person.who);
    let invitation = match token(&parameters.token) {
        Ok(token) => open_invitation(&resources.database, &token).await,
        Err(error) => Err(error),
    };
    match invitation {
        Ok(invitation) => Ok(draw(who.as_ref(), &invitation, &parameters.token)),
        Err(error) => refused(error),
    }
}

fn draw(who: Option<&Account>, invitation: &OpenInvitation, token: &str) -> Response {
    let invited = |email: &str| email.to_lowercase() == invitation.email.to_lowercase();
    match who {
        Some(who) if invited(who.email.as_str()) => {
            frame(invitation, &accept(invitation, token)).into_response()
        }
        Some(who) => (StatusCode::FORBIDDEN, other_address(who, invitation)).into_response(),
        None if invitation.has_account => frame(invitation, &sign_in(token)).into_response(),
        None => join(invitation, token, "", &Errors::new()).into_response(),
    }
}

fn frame(invitation: &OpenInvitation, body: &Markup) -> Markup {
    Page::plain(format!("Join {}", invitation.organization_name)).body(html! {
        (words(invitation))
        (body)
    })
}

fn words(invitation: &OpenInvitation) -> Markup {
    html! {
        p {
            (foreign(&invitation.invited_by)) " invites you, " (email(&invitation.email)) ", to work with "
            (foreign(&invitation.organization_name)) " in Velox, as " (invitation.role.name()) " ("
            (invitation.role.purpose()) ")."
        }
    }
}

fn accept(invitation: &OpenInvitation, token: &str) -> Markup {
    let label = format!("Join {}", invitation.organization_name);
    Form::post("/invitation").hidden("token", token).body(html! { (Button::submit(label).wide()) })
}

fn sign_in(token: &str) -> Markup {
    let back = browser::encode(&format!("/invitation?token={token}"));
    html! {
        p { "You have an account with this address: sign in, and you come back here." }
        div.buttons { (Button::link("Sign in to join", format!("/login?next={back}")).wide()) }
    }
}

/// Somebody new: the address is that of the invitation, whose mail they have.
pub(super) fn join(invitation: &OpenInvitation, token: &str, name: &str, errors: &Errors<'_>) -> Markup {
    let form = Form::post("/invitation/account").hidden("token", token).body(html! {
        (Field::text("name", "Your name").value(name).autocomplete("name").errors(errors))
        (Field::new_password("password", "Password").hint("At least 10 characters. A sentence works well.")
            .errors(errors))
        (Button::submit("Create account and join").wide())
    });
    let title = format!("Join {}", invitation.organization_name);
    Page::plain(title).errors(errors).body(html! { (words(invitation)) (form) })
}

fn other_address(who: &Account, invitation: &OpenInvitation) -> Markup {
    let sign_out = Form::post("/logout").inline(Button::submit("Sign out"));
    Page::plain("This invitation is for another address").body(html! {
        p { "It was sent to " (email(&invitation.email)) ", and you are signed in as " (email(who.email.as_str())) "." }
        p { "Sign out, then open the link in the mail again; or ask for an invitation of your own address." }
        div.buttons { (sign_out) (Button::link("Stay signed in", "/dashboard").secondary()) }
    })
}
