//! Queues: what each holds, and a look at messages that does not receive them: nothing is counted, nothing hidden.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Control, Refused};
use crate::aws::{PeekedMessage, PeekedPlace};

/// Messages that are shown when nobody says how many.
const SHOWN: usize = 10;
/// Most messages at once.
const MOST: usize = 1_000;

pub(super) fn routes() -> Router<Arc<Control>> {
    Router::new().route("/control/queues", get(list)).route("/control/queues/{name}", get(peek))
}

async fn list(State(control): State<Arc<Control>>) -> Json<Value> {
    let queues = control.aws.queues().into_iter().map(|(name, depth)| {
        let oldest = control.aws.peek(&name, 1).and_then(|(messages, _)| Some(messages.first()?.sent));
        json!({
            "name": name, "ready": depth.ready, "in_flight": depth.in_flight, "delayed": depth.delayed,
            "oldest_sent": oldest,
        })
    });
    Json(json!({ "queues": queues.collect::<Vec<_>>() }))
}

#[derive(Debug, Deserialize)]
struct Wanted {
    max: Option<usize>,
}

async fn peek(
    State(control): State<Arc<Control>>,
    Path(name): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Refused> {
    let max = wanted.max.unwrap_or(SHOWN).min(MOST);
    let (messages, total) = control
        .aws
        .peek(&name, max)
        .ok_or_else(|| Refused(StatusCode::NOT_FOUND, format!("there is no queue {name}")))?;
    let messages: Vec<_> = messages.iter().map(told).collect();
    Ok(Json(json!({ "queue": name, "total": total, "messages": messages })))
}

fn told(message: &PeekedMessage) -> Value {
    let attributes: serde_json::Map<_, _> =
        message.attributes.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    json!({
        "id": message.id, "body": message.body, "attributes": attributes, "sent": message.sent,
        "receive_count": message.receives, "group": message.group,
        "dead_letter_source": message.dead_letter_source,
        "place": match message.place {
            PeekedPlace::Ready => "ready",
            PeekedPlace::Delayed => "delayed",
            PeekedPlace::InFlight => "in flight",
        },
    })
}
