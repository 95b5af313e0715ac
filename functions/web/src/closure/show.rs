//! `GET /closed`: all that there is of an organization that is being deleted. Owners take the export away, or the
//! deletion back.

use axum::response::{IntoResponse, Redirect, Response};
use bootstrap::browser::Refusal;
use domain::organizations::{Closure, Membership, Permission, closure};
use look::{Button, Confirm, Form, Icon, Page};
use maud::{Markup, html};

use crate::{member::Seat, page::date_time};

pub(crate) async fn show(Seat(mut member): Seat) -> Result<Response, Refusal> {
    let Some(closure) = closure(&mut member.tx).await? else {
        return Ok(Redirect::to("/organizations").into_response());
    };
    Ok(draw(&member.who, &closure).into_response())
}

fn draw(who: &Membership, closure: &Closure) -> Markup {
    let owner = who.role.allows(Permission::ManageOwnership);
    let waiting = closure.deleted_at.is_none();
    let sign_out = Form::post("/logout").inline(Button::submit("Sign out").quiet().icon(Icon::SignOut));
    let title = format!("{} is being deleted", who.organization_name);
    Page::plain(title).refresh((owner && waiting).then_some(5)).body(html! {
        p { "An owner asked for it on " (date_time(closure.requested_at)) ". Nothing can be seen or changed meanwhile." }
        @if let Some(at) = closure.purged_at() {
            p { "An owner can restore it until " (date_time(at)) ". After that, everything is removed for good." }
        }
        @if owner { (owners(closure)) } @else { p { "If this is a mistake, ask an owner to restore it." } }
        div.buttons {
            (Button::link("Your organizations", "/organizations").secondary())
            (sign_out)
        }
    })
}

fn owners(closure: &Closure) -> Markup {
    let restore = Confirm::new("restore", Button::submit("Restore").secondary(), "Restore the organization?")
        .text("Everything is as it was, for all members and all API keys.")
        .form("/closed/restore", "Restore organization");
    html! {
        @if closure.deleted_at.is_none() {
            p { "The export is being made. You get a mail when it is there; this takes a minute or two." }
        }
        div.buttons {
            @if closure.deleted_at.is_some() {
                (Button::link("Download export", "/closed/export").icon(Icon::File))
            }
            (restore)
        }
    }
}
