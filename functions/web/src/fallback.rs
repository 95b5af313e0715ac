//! `web-fallback`: what no route answers.

use bootstrap::browser::Refusal;
use http::Uri;

pub(crate) async fn answer(uri: Uri) -> Refusal {
    Refusal::unrouted(catalog::Head::Web, uri.path())
}
