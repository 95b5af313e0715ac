//! `GET /closed`: all that there is of an organization that is being deleted. Owners take the export away, or the
//! deletion back.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources,
    browser::{Parameters, Refusal},
};
use domain::organizations::{Closure, Membership, Permission, closure};
use look::{Button, Confirm, Form, Icon, Notice, Page};
use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    member::Seat,
    page::{date_time, support},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    again: Option<String>,
}

/// How far the export is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Export {
    There,
    BeingMade,
    Stuck,
}

pub(crate) async fn show(
    State(resources): State<Resources>,
    Seat(mut member): Seat,
    Parameters(asked): Parameters<Asked>,
) -> Result<Response, Refusal> {
    let Some(closure) = closure(&mut member.tx).await? else {
        return Ok(Redirect::to("/organizations").into_response());
    };
    let export = match (closure.deleted_at, closure.is_stuck(resources.clock.now())) {
        (Some(_), _) => Export::There,
        (None, true) if asked.again.is_none() => Export::Stuck,
        (None, _) => Export::BeingMade,
    };
    Ok(draw(&member.who, &closure, export).into_response())
}

fn draw(who: &Membership, closure: &Closure, export: Export) -> Markup {
    let owner = who.role.allows(Permission::ManageOwnership);
    let sign_out = Form::post("/logout").inline(Button::submit("Sign out").quiet().icon(Icon::SignOut));
    let title = format!("{} is being deleted", who.organization_name);
    let refresh = (owner && export == Export::BeingMade).then_some(5);
    let banner = who.impersonator.as_ref().map(|by| support(&who.email, by));
    Page::plain(title).banner(banner).refresh(refresh).body(html! {
        p { "An owner asked for it on " (date_time(closure.requested_at)) ". Nothing can be seen or changed meanwhile." }
        @if let Some(at) = closure.purged_at() {
            p { "An owner can restore it until " (date_time(at)) ". After that, everything is removed for good." }
        }
        @if owner { (owners(export)) } @else { p { "If this is a mistake, ask an owner to restore it." } }
        div.buttons {
            (Button::link("Your organizations", "/organizations").secondary())
            (sign_out)
        }
    })
}

fn owners(export: Export) -> Markup {
    let restore = Confirm::new("restore", Button::submit("Restore").secondary(), "Restore the organization?")
        .text("Everything is as it was, for all members and all API keys.")
        .form("/closed/restore", "Restore organization");
    html! {
        @match export {
            Export::There => {},
            Export::BeingMade => {
                p { "The export is being made. You get a mail when it is there; this takes a minute or two." }
            }
            Export::Stuck => {
                (Notice::warning("The export did not come about.").details(html! {
                    p { "Nothing is lost, and nothing is removed without it. Have it made again, or restore the organization." }
                }))
            }
        }
        div.buttons {
            @match export {
                Export::There => (Button::link("Download export", "/closed/export").icon(Icon::File)),
                Export::BeingMade => {},
                Export::Stuck => (Form::post("/closed/export").inline(Button::submit("Make the export again"))),
            }
            (restore)
        }
    }
}
