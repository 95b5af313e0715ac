//! `GET /assets/{file}`: style sheet, script and pictures, under names that carry their content's hash.

use axum::{extract::Path, response::IntoResponse};
use bootstrap::browser::Refusal;
use http::header;

pub(crate) async fn serve(Path(file): Path<String>) -> Result<impl IntoResponse, Refusal> {
    let asset = look::assets::find(&file).ok_or_else(Refusal::not_found)?;
    let cache = if asset.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    Ok(([(header::CONTENT_TYPE, asset.content_type), (header::CACHE_CONTROL, cache)], asset.bytes))
}
