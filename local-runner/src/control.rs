//! What `cargo velox logs`, `queue`, `schedule` and `mail` ask a running runner: the dashboard's facts and deeds as JSON, at the
//! dashboard's address and under its guard.

pub mod logs;
mod mail;
mod queues;
mod schedules;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use catalog::Head;
use serde_json::{Value, json};

use crate::{
    aws::{Schedules, View},
    mail::Mailbox,
    rebuild::freshness::Freshness,
};
use logs::Logs;

/// Below it is everything.
pub const PREFIX: &str = "/control";

/// What is asked about.
pub struct Control {
    /// What functions wrote lately.
    pub logs: Arc<Logs>,
    /// The queues.
    pub aws: View,
    /// The schedules.
    pub schedules: Schedules,
    /// The mail that was sent.
    pub mailbox: Arc<Mailbox>,
    /// What is being built.
    pub freshness: Arc<Freshness>,
}

impl Control {
    /// The routes.
    pub fn routes(self) -> Router {
        Router::new()
            .merge(logs::routes())
            .merge(queues::routes())
            .merge(schedules::routes())
            .merge(mail::routes())
            .route("/control/settled", get(settled))
            .with_state(Arc::new(self))
    }
}

/// Answers when nothing is being built: who asked for something that is not there yet asks again then.
async fn settled(State(control): State<Arc<Control>>) -> Json<Value> {
    for head in Head::ALL {
        control.freshness.settled(head, None).await;
    }
    Json(json!({}))
}

/// A refusal in a sentence.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}
