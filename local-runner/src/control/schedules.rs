//! Schedules: which there are, fire now, pause, resume, and travel in time.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Control, Refused};

/// Fire times that are told of each schedule.
const NEXT: usize = 3;
/// The longest travel at once: everything on the way fires.
const LONGEST: TimeDelta = TimeDelta::days(366);

pub(super) fn routes() -> Router<Arc<Control>> {
    Router::new()
        .route("/control/schedules", get(list))
        .route("/control/schedules/travel", post(travel))
        .route("/control/schedules/{group}/{name}/{deed}", post(act))
}

async fn list(State(control): State<Arc<Control>>) -> Json<Value> {
    let schedules = control.schedules.list(NEXT).into_iter().map(|schedule| {
        json!({
            "group": schedule.group, "name": schedule.name, "expression": schedule.expression,
            "words": schedule.words, "time_zone": schedule.time_zone, "target": schedule.target_arn,
            "paused": schedule.is_paused, "last_fire": schedule.last_fire, "next_fires": schedule.next_fires,
            "retrying": schedule.retrying,
        })
    });
    Json(json!({ "now": control.schedules.now(), "schedules": schedules.collect::<Vec<_>>() }))
}

async fn act(
    State(control): State<Arc<Control>>,
    Path((group, name, deed)): Path<(String, String, String)>,
) -> Result<Json<Value>, Refused> {
    let schedules = &control.schedules;
    let done = match deed.as_str() {
        "run" => schedules.run_now(&group, &name).await,
        "pause" => schedules.pause(&group, &name).await,
        "resume" => schedules.resume(&group, &name).await,
        _ => return Err(Refused(StatusCode::NOT_FOUND, "there is nothing such to be done".to_owned())),
    };
    done.map_err(|error| Refused(StatusCode::NOT_FOUND, error.to_string()))?;
    Ok(Json(json!({ "name": name, "done": deed })))
}

#[derive(Debug, Deserialize)]
struct Travel {
    to: Option<DateTime<Utc>>,
    by_minutes: Option<i64>,
}

async fn travel(
    State(control): State<Arc<Control>>,
    Query(travel): Query<Travel>,
) -> Result<Json<Value>, Refused> {
    let refused = |text: String| Refused(StatusCode::UNPROCESSABLE_ENTITY, text);
    let now = control.schedules.now();
    let by = travel.by_minutes.and_then(TimeDelta::try_minutes).and_then(|step| now.checked_add_signed(step));
    let to = travel.to.or(by).ok_or_else(|| refused("say how far, or to when".to_owned()))?;
    if to - now > LONGEST {
        return Err(refused("travel a year at most at once".to_owned()));
    }
    let fires = control.schedules.travel_to(to).await.map_err(|error| refused(error.to_string()))?;
    Ok(Json(json!({ "now": control.schedules.now(), "fires": fires })))
}
