//! `GET` and `POST /impersonate`: asks why somebody of the staff wants to see Velox as a customer's user does, and makes
//! the ticket with which the customers' host lets them. This host gives no session there: cookies are each host's own.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use bootstrap::{
    OperatorResources, TokenKind,
    browser::{Form, Parameters, Refusal},
};
use chrono::TimeDelta;
use domain::{
    Failure, OrganizationId, UserId,
    identity::{Impersonation, ImpersonationError, StaffMember, allow_impersonation},
    organizations::{OrganizationPerson, list_people},
};
use http::StatusCode;
use look::{Button, Card, Errors, Facts, Field, email, foreign};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{page, staff::Staff};

/// How long a ticket can be taken: as long as it takes to follow a link and press a button.
const TICKET: TimeDelta = TimeDelta::seconds(60);

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    organization: String,
    user: String,
    reason: String,
}

impl Wanted {
    fn ids(&self) -> Result<(OrganizationId, UserId), Refusal> {
        match (self.organization.parse(), self.user.parse()) {
            (Ok(organization), Ok(user)) => Ok((organization, user)),
            _ => Err(Refusal::not_found()),
        }
    }
}

/// Where the form for one member of an organization is.
pub(crate) fn path(organization: OrganizationId, user: UserId) -> String {
    format!("/impersonate?organization={organization}&user={user}")
}

pub(crate) async fn show(
    mut staff: Staff,
    Parameters(wanted): Parameters<Wanted>,
) -> Result<Markup, Refusal> {
    let person = person(&mut staff, wanted.ids()?).await?;
    Ok(form(&staff.who, &person, "", &Errors::new()))
}

pub(crate) async fn allow(
    State(resources): State<OperatorResources>,
    mut staff: Staff,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Refusal> {
    let who = wanted.ids()?;
    let allowed = match allow_impersonation(&mut staff.tx, &staff.who, who, &wanted.reason).await {
        Err(error @ ImpersonationError::Reason(_)) => {
            let person = person(&mut staff, who).await?;
            let errors = page::errors(error.fields());
            let form = form(&staff.who, &person, &wanted.reason, &errors);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
        }
        other => other?,
    };
    let ticket = resources.tokens.issue(TokenKind::Impersonation, &allowed, TICKET).await?;
    tracing::info!(staff = %allowed.by.staff, user = %allowed.user, "a ticket to impersonate was made");
    let link = format!("{}/support?ticket={}", resources.configuration.app_url, ticket.expose());
    Ok(draw_ticket(&staff.who, &allowed, link).into_response())
}

/// A member as whom somebody may be signed in.
async fn person(
    staff: &mut Staff,
    (organization, user): (OrganizationId, UserId),
) -> Result<OrganizationPerson, Refusal> {
    let people = list_people(&mut staff.tx, organization, Some(user)).await?;
    let person = people.into_iter().next().ok_or_else(Refusal::not_found)?;
    if person.is_staff { Err(ImpersonationError::Staff.into()) } else { Ok(person) }
}

fn form(who: &StaffMember, person: &OrganizationPerson, reason: &str, errors: &Errors<'_>) -> Markup {
    let back = format!("/organizations/{}", person.organization);
    let form = look::Form::post("/impersonate")
        .hidden("organization", person.organization.to_string())
        .hidden("user", person.user.to_string())
        .body(html! {
            (Field::textarea("reason", "Reason")
                .hint("They read it in their mail and audit log. 10 to 500 characters.")
                .rows(3).max_length(500).value(reason).errors(errors))
            (look::Form::buttons(html! {
                (Button::submit("Make a ticket"))
                (Button::link("Cancel", back.as_str()).secondary())
            }))
        });
    page::signed_in(who, "Sign in as a customer")
        .back(person.organization_name.as_str(), back.as_str())
        .errors(errors)
        .narrow()
        .body(Card::new().body(html! {
            (Facts::new()
                .fact("Person", foreign(&person.name))
                .fact("E-mail", email(&person.email))
                .fact("Organization", foreign(&person.organization_name))
                .fact("Role", html! { (person.role.name()) }))
            p {
                "You see what they see, for 30 minutes. Their account, API keys, members and roles stay closed to you, \
                 and so does the end of the organization."
            }
            (form)
        }))
}

fn draw_ticket(who: &StaffMember, allowed: &Impersonation, link: String) -> Markup {
    page::signed_in(who, "Your ticket").narrow().body(Card::new().body(html! {
        p {
            "Good for one minute, once, for " strong { (email(&allowed.email)) } " in "
            (foreign(&allowed.organization_name)) "."
        }
        p { (Button::link("Go to the customers’ pages", link)) }
        p { "What you do there is noted with your address beside theirs. End it with the button on every page." }
    }))
}
