//! `api-fallback`: what no route answers. 405 where the path has other methods, 404 elsewhere.

use catalog::Head;
use http::{HeaderValue, StatusCode, Uri, header};

use crate::problem::Problem;

pub(crate) async fn answer(method: http::Method, uri: Uri) -> Problem {
    let methods = catalog::methods_of(Head::Api, uri.path());
    if methods.is_empty() {
        return Problem::new(StatusCode::NOT_FOUND, format!("There is nothing at {}.", uri.path()));
    }
    let allow = methods.join(", ");
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("{method} is not possible here; {} has {allow}.", uri.path()),
    );
    match HeaderValue::from_str(&allow) {
        Ok(allow) => problem.header(header::ALLOW, allow),
        Err(_) => problem,
    }
}
