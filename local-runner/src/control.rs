//! What `cargo velox logs`, `schedule` and `mail` ask a running runner: the dashboard's facts and deeds as JSON, at the
//! dashboard's address and under its guard.

pub mod logs;
mod mail;
mod schedules;

use std::sync::Arc;

use axum::{
    Json, Router,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{aws::Schedules, mail::Mailbox};
use logs::Logs;

/// Below it is everything.
pub const PREFIX: &str = "/control";

/// What is asked about.
pub struct Control {
    /// What functions wrote lately.
    pub logs: Arc<Logs>,
    /// The schedules.
    pub schedules: Schedules,
    /// The mail that was sent.
    pub mailbox: Arc<Mailbox>,
}

impl Control {
    /// The routes.
    pub fn routes(self) -> Router {
        Router::new()
            .merge(logs::routes())
            .merge(schedules::routes())
            .merge(mail::routes())
            .with_state(Arc::new(self))
    }
}

/// A refusal in a sentence.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}
