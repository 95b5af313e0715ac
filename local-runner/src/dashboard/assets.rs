//! Style sheet and script: the look's, and the few rules and lines that only the dashboard has.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::Path,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

const CSS: &str = include_str!("assets/dashboard.css");
const JS: &str = include_str!("assets/dashboard.js");

static STYLESHEET: LazyLock<String> = LazyLock::new(|| named("dashboard", CSS, "css"));
static SCRIPT: LazyLock<String> = LazyLock::new(|| named("dashboard", JS, "js"));

/// The path of the style sheet.
pub(super) fn stylesheet() -> &'static str {
    &STYLESHEET
}

/// The path of the script.
pub(super) fn script() -> &'static str {
    &SCRIPT
}

pub(super) fn routes() -> Router {
    Router::new().route("/assets/{file}", get(serve))
}

fn named(stem: &str, content: &str, extension: &str) -> String {
    let hash: String = Sha256::digest(content).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{}{stem}.{hash}.{extension}", look::assets::PREFIX)
}

async fn serve(Path(file): Path<String>) -> Response {
    const FOR_EVER: &str = "public, max-age=31536000, immutable";
    let is = |path: &str| path.strip_prefix(look::assets::PREFIX) == Some(file.as_str());
    let (kind, cache, bytes) = if is(stylesheet()) {
        ("text/css; charset=utf-8", FOR_EVER, CSS.as_bytes())
    } else if is(script()) {
        ("text/javascript; charset=utf-8", FOR_EVER, JS.as_bytes())
    } else if let Some(asset) = look::assets::find(&file) {
        (asset.content_type, if asset.immutable { FOR_EVER } else { "no-cache" }, asset.bytes)
    } else {
        return StatusCode::NOT_FOUND.into_response();
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache)], bytes).into_response()
}
