//! Requests that another site made a browser send, and headers that limit what a page may do.

use axum::{extract::Request, middleware::Next, response::IntoResponse, response::Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::Refusal;

/// Refuses requests that change something unless the browser says that a page of this very host sent them.
///
/// Browsers tell in `Sec-Fetch-Site` (Fetch Metadata Request Headers, W3C), which no script can set; those that
/// do not know it send `Origin` with every `POST` (Fetch, 3.2). A request with neither comes from no browser that
/// a session cookie would be safe with. `SameSite=Lax` on the cookie is the second lock, not the first: a
/// sibling host counts as the same site there, and not here.
pub(super) async fn refuse_cross_site(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_same_origin(request.headers()) {
        return next.run(request).await;
    }
    let detail = "This form was sent from another site, or your browser does not say from which. Open the page \
                  again and send the form from there.";
    Refusal::new(StatusCode::FORBIDDEN, detail).into_response()
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(origin), Some(host)) = (text(header::ORIGIN), text(header::HOST)) else { return false };
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

pub(super) fn add_headers(mut response: Response, content_security_policy: &'static str) -> Response {
    let headers = response.headers_mut();
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::CONTENT_SECURITY_POLICY, content_security_policy);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    // Browsers heed it over HTTPS only.
    set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_origin(headers: &[(&'static str, &'static str)]) -> bool {
        let pairs = headers
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value)));
        is_same_origin(&pairs.collect())
    }

    #[test]
    fn only_the_own_host_may_send_forms() {
        assert!(same_origin(&[("sec-fetch-site", "same-origin")]));
        assert!(same_origin(&[("origin", "https://app.velox.example"), ("host", "app.velox.example")]));
        for refused in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "http://a.example"), ("host", "a.example")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://evil.example"), ("host", "app.velox.example")],
            &[("origin", "null"), ("host", "app.velox.example")],
            &[("host", "app.velox.example")],
            &[],
        ] {
            assert!(!same_origin(refused), "{refused:?}");
        }
    }
}
