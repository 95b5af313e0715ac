//! `GET /closed/export`: leads to the export in its bucket, by an address that works for some minutes.

use std::time::Duration;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{Resources, browser::Refusal};
use domain::organizations::{Permission, closure, record_export_download};
use http::StatusCode;
use look::{Button, Page};
use maud::html;

use crate::member::Seat;

const VALID_FOR: Duration = Duration::from_secs(5 * 60);

pub(crate) async fn download(
    State(resources): State<Resources>,
    Seat(mut member): Seat,
) -> Result<Response, Refusal> {
    if !member.who.role.allows(Permission::ManageOwnership) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "Only an owner may take the export away."));
    }
    let closure = closure(&mut member.tx).await?;
    let Some(key) = closure.and_then(|closure| closure.export_key) else {
        return Ok(missing(
            "An export is made when an owner deletes the organization, which takes a minute or two. The page of the \
             deleted organization says when it is there.",
        ));
    };
    if !resources.files.is_there(&key).await? {
        tracing::error!(key, "an export is not in its bucket");
        return Ok(missing(
            "It was made, and its file is gone. Nothing else is lost: restore the organization, and delete it again \
             for a new export; or write to us.",
        ));
    }
    let address = resources.files.presigned(&key, "velox-export.zip", VALID_FOR).await?;
    let origin = member.origin();
    record_export_download(&mut member.tx, &origin).await?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to(&address).into_response())
}

fn missing(what_next: &str) -> Response {
    let page = Page::plain("There is no export here").body(html! {
        p { (what_next) }
        div.buttons {
            (Button::link("Go to the organization", "/closed"))
            (Button::link("Your organizations", "/organizations").secondary())
        }
    });
    (StatusCode::NOT_FOUND, page).into_response()
}
