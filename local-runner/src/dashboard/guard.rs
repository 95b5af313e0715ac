//! Who may use the dashboard: a browser on this machine that asks for it by one of its own names, and forms that
//! come from its own pages.
//!
//! Pages of the internet run in the same browser. One could point its own name at 127.0.0.1 (DNS rebinding) and read
//! everything: its `Host` gives it away. One could post a form here: `Sec-Fetch-Site`, or `Origin` in browsers without
//! it, gives that away ("Cross-Site Request Forgery Prevention", OWASP).

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Names that mean this machine and nothing else (RFC 6761 for `localhost`).
const NAMES: [&str; 4] = ["localhost", "127.0.0.1", "[::1]", "dashboard.localhost"];

/// As the look's, with frames of our own for mail.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; \
    connect-src 'self'; font-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

pub(super) async fn check(port: u16, request: Request, next: Next) -> Response {
    if !is_ours(request.headers().get(header::HOST), port) {
        return refuse("The dashboard answers under localhost alone.");
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && !comes_from_us(request.headers(), port) {
        return refuse("This form does not come from the dashboard.");
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        // A page that shows what others wrote brings a stricter one of its own.
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn is_ours(host: Option<&HeaderValue>, port: u16) -> bool {
    host.and_then(|host| host.to_str().ok()).is_some_and(|host| {
        NAMES.iter().any(|name| host.strip_prefix(name).is_some_and(|rest| rest == format!(":{port}")))
    })
}

/// Programs that are no browser send neither header; they could say anything anyway.
fn comes_from_us(headers: &HeaderMap, port: u16) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return false;
    }
    text("origin").is_none_or(|origin| {
        let names = NAMES.iter().map(|name| format!("http://{name}:{port}"));
        names.into_iter().any(|ours| ours == origin)
    })
}

fn refuse(why: &'static str) -> Response {
    (StatusCode::FORBIDDEN, Body::from(why)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_names_of_this_machine_with_our_port_are_ours() {
        for host in ["localhost:4003", "127.0.0.1:4003", "[::1]:4003", "dashboard.localhost:4003"] {
            assert!(is_ours(Some(&HeaderValue::from_static(host)), 4003), "{host}");
        }
        for host in [
            "localhost",
            "localhost:80",
            "evil.example:4003",
            "localhost.evil.example:4003",
            "xlocalhost:4003",
        ] {
            assert!(!is_ours(Some(&HeaderValue::from_static(host)), 4003), "{host}");
        }
        assert!(!is_ours(None, 4003));
    }

    #[test]
    fn forms_of_other_pages_are_refused() {
        for ours in [
            &[("origin", "http://localhost:4003"), ("sec-fetch-site", "same-origin")][..],
            &[("origin", "http://dashboard.localhost:4003")],
            &[],
        ] {
            assert!(comes_from_us(&headers(ours), 4003), "{ours:?}");
        }
        for theirs in [
            &[("origin", "https://evil.example")][..],
            &[("origin", "null")],
            &[("origin", "http://localhost:4000"), ("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "none"), ("origin", "http://localhost:4003")],
        ] {
            assert!(!comes_from_us(&headers(theirs), 4003), "{theirs:?}");
        }
    }
}
