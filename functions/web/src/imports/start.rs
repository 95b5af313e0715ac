//! `POST /imports`: stores the file, starts the job, and shows its progress.

use axum::{
    body::Bytes,
    extract::{Multipart, State, multipart::MultipartError},
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{Resources, browser::Refusal};
use domain::{
    Failure,
    imports::{StartImport, start_import},
};
use http::StatusCode;

use super::form::draw;
use crate::{member::Editor, page};

pub(crate) async fn start(
    State(resources): State<Resources>,
    Editor(mut member): Editor,
    multipart: Multipart,
) -> Result<Response, Refusal> {
    let (name, file) = read(multipart).await.map_err(|error| unreadable(&error))?;
    let upload = match StartImport::check(&member.tx, &name, &file) {
        Ok(upload) => upload,
        Err(error) => {
            let form = draw(&member.who, &page::errors(error.fields()));
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, form).into_response());
        }
    };
    resources.files.put(&upload.file_key, "text/csv", file).await?;
    let (by, origin) = (member.who.user, member.origin());
    start_import(&mut member.tx, &upload, by, &origin).await?;
    resources.commit(member.tx).await?;
    Ok(Redirect::to(&format!("/imports/{}", upload.id)).into_response())
}

/// The part `file`; empty when there is none.
async fn read(mut multipart: Multipart) -> Result<(String, Bytes), MultipartError> {
    while let Some(field) = multipart.next_field().await? {
        if field.name() == Some("file") {
            let name = field.file_name().unwrap_or_default().to_owned();
            return Ok((name, field.bytes().await?));
        }
    }
    Ok((String::new(), Bytes::new()))
}

fn unreadable(error: &MultipartError) -> Refusal {
    tracing::info!(%error, "an upload could not be read");
    Refusal::new(error.status(), "The upload broke off or could not be read. Send the file again.")
}
