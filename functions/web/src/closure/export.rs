//! `GET /closed/export`: leads to the export in its bucket, by an address that works for some minutes.

use std::time::Duration;

use axum::{extract::State, response::Redirect};
use bootstrap::{Resources, browser::Refusal};
use domain::organizations::{Permission, closure, record_export_download};
use http::StatusCode;

use crate::member::Seat;

const VALID_FOR: Duration = Duration::from_secs(5 * 60);

pub(crate) async fn download(
    State(resources): State<Resources>,
    Seat(mut member): Seat,
) -> Result<Redirect, Refusal> {
    if !member.who.role.allows(Permission::ManageOwnership) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "Only an owner may take the export away."));
    }
    let closure = closure(&mut member.tx).await?;
    let key = closure.and_then(|closure| closure.export_key).ok_or_else(Refusal::not_found)?;
    let address = resources.files.presigned(&key, "velox-export.zip", VALID_FOR).await?;
    let origin = member.origin();
    record_export_download(&mut member.tx, &origin).await?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to(&address))
}
