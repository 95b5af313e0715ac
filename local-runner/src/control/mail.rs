//! The mailbox: what came, one mail whole, and throwing all of it away.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{Control, Refused};
use crate::mail::{MailboxError, Summary};

pub(super) fn routes() -> Router<Arc<Control>> {
    Router::new()
        .route("/control/mail", get(list))
        .route("/control/mail/clear", post(clear))
        .route("/control/mail/{id}", get(show))
}

fn summary(summary: &Summary) -> Value {
    json!({
        "id": summary.id, "received": summary.received, "from": summary.from, "to": summary.to,
        "subject": summary.subject, "bytes": summary.size,
    })
}

async fn list(State(control): State<Arc<Control>>) -> Json<Value> {
    let mail: Vec<_> = control.mailbox.list().iter().map(|mail| summary(mail)).collect();
    Json(json!({ "mail": mail }))
}

async fn show(State(control): State<Arc<Control>>, Path(id): Path<String>) -> Result<Json<Value>, Refused> {
    // `latest` is what a script that just sent one wants.
    let id = match id.as_str() {
        "latest" => control.mailbox.list().first().map(|mail| mail.id.clone()).unwrap_or_default(),
        _ => id,
    };
    let found = blocking(&control, move |mailbox| mailbox.message(&id)).await?;
    let mail = found.ok_or_else(|| Refused(StatusCode::NOT_FOUND, "there is no such mail".to_owned()))?;
    let attachments = mail.attachments.iter().map(|attachment| {
        json!({ "name": attachment.name, "media_type": attachment.media_type, "bytes": attachment.bytes.len() })
    });
    let mut told = summary(&mail.summary);
    told["headers"] = json!(mail.headers);
    told["text"] = json!(mail.text);
    told["html"] = json!(mail.html);
    told["attachments"] = attachments.collect();
    Ok(Json(told))
}

async fn clear(State(control): State<Arc<Control>>) -> Result<Json<Value>, Refused> {
    let cleared = blocking(&control, crate::mail::Mailbox::clear).await?;
    Ok(Json(json!({ "cleared": cleared })))
}

/// Mail is files.
async fn blocking<T: Send + 'static>(
    control: &Control,
    work: impl FnOnce(&crate::mail::Mailbox) -> Result<T, MailboxError> + Send + 'static,
) -> Result<T, Refused> {
    let mailbox = Arc::clone(&control.mailbox);
    let failed = |error: String| Refused(StatusCode::INTERNAL_SERVER_ERROR, error);
    let done = tokio::task::spawn_blocking(move || work(&mailbox)).await;
    done.map_err(|error| failed(error.to_string()))?.map_err(|error| failed(error.to_string()))
}
