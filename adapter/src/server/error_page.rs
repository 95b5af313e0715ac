//! What a client sees when no function has answered: a calm page for people, problem details (RFC 9457) for
//! programs. It says what happened and what to do, and nothing about the inside.

use std::num::NonZeroUsize;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::json;

/// One kind of answer that the adapter gives by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Trouble {
    pub(crate) status: StatusCode,
    title: &'static str,
    happened: &'static str,
    advice: &'static str,
    /// In bytes, where a size was too large.
    limit: Option<NonZeroUsize>,
}

macro_rules! troubles {
    ($($name:ident: $status:ident, $title:literal, $happened:literal, $advice:literal;)*) => {
        $(pub(crate) const $name: Trouble = Trouble {
            status: StatusCode::$status, title: $title, happened: $happened, advice: $advice, limit: None,
        };)*
        #[cfg(test)]
        const ALL: &[Trouble] = &[$($name),*];
    };
}

troubles! {
    BAD_REQUEST: BAD_REQUEST, "This request could not be read",
        "The request is incomplete or does not follow the rules of HTTP.",
        "Please try again. If a program sent it, its author will want to look at it.";
    UNKNOWN_HOST: NOT_FOUND, "There is no site at this address",
        "Nothing is served under this host name.",
        "Please check the address for a typing mistake.";
    UNKNOWN_PATH: NOT_FOUND, "This page does not exist",
        "There is nothing at this address. It may have been moved, or the link is wrong.",
        "Please check the address, or start from the home page.";
    METHOD_NOT_ALLOWED: METHOD_NOT_ALLOWED, "This cannot be done here",
        "The address exists, but it does not support this kind of request.",
        "Please go back and use the page's own links and buttons.";
    NOT_IMPLEMENTED: NOT_IMPLEMENTED, "This kind of request is not supported",
        "The server does not know what to do with this method.",
        "Please use one of the usual methods of HTTP.";
    BODY_TIMEOUT: REQUEST_TIMEOUT, "The request took too long to arrive",
        "The connection was too slow to send everything in time. Nothing was changed.",
        "Please try again, with a better connection or a smaller file.";
    BODY_TOO_LARGE: PAYLOAD_TOO_LARGE, "This is too large",
        "What was sent is larger than the server accepts. Nothing was changed.",
        "Please send a smaller file, or split it into parts.";
    HEAD_TOO_LARGE: REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's headers are too large",
        "The address or the cookies sent along are larger than the server accepts.",
        "Please delete the cookies of this site and try again.";
    BAD_GATEWAY: BAD_GATEWAY, "Something went wrong on our side",
        "This request failed. Others are not affected.",
        "Please try again. If it happens again, tell us the request id below.";
    UNAVAILABLE: SERVICE_UNAVAILABLE, "We are busy right now",
        "The server cannot take this request at the moment. Nothing was changed.",
        "Please try again in a few seconds.";
    TIMED_OUT: GATEWAY_TIMEOUT, "This took too long",
        "The answer did not come in time. What was asked for may or may not have been done.",
        "Please check before you try again. If it happens again, tell us the request id below.";
}

impl Trouble {
    /// Tells what would have been accepted.
    pub(crate) fn limited_to(self, bytes: usize) -> Self {
        Self { limit: NonZeroUsize::new(bytes), ..self }
    }

    /// What happened, and the limit in MB of a million bytes.
    fn happened(self) -> String {
        match self.limit {
            Some(bytes) => {
                let tenths = bytes.get() / 100_000;
                format!("{} The limit is {}.{} MB.", self.happened, tenths / 10, tenths % 10)
            }
            None => self.happened.to_owned(),
        }
    }

    /// The answer in the form that the client prefers.
    pub(crate) fn answer(self, request: &HeaderMap, request_id: &str) -> Response<Bytes> {
        let (content_type, body) = if prefers_html(request) {
            ("text/html; charset=utf-8", self.page(request_id))
        } else {
            ("application/problem+json", self.problem(request_id))
        };
        let mut answer = Response::new(Bytes::from(body));
        *answer.status_mut() = self.status;
        let headers = answer.headers_mut();
        for (name, value) in [
            (header::CONTENT_TYPE, content_type),
            (header::CACHE_CONTROL, "no-store"),
            (header::VARY, "accept"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (
                header::CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            ),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        answer
    }

    fn problem(self, request_id: &str) -> String {
        json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or(self.title),
            "status": self.status.as_u16(),
            "detail": format!("{} {}", self.happened(), self.advice),
            "request_id": request_id,
        })
        .to_string()
    }

    fn page(self, request_id: &str) -> String {
        include_str!("error_page.html")
            .replace("{title}", self.title)
            .replace("{status}", self.status.as_str())
            .replace("{happened}", &self.happened())
            .replace("{advice}", self.advice)
            .replace("{request_id}", request_id)
    }
}

/// Browsers name HTML; programs take anything, or name JSON.
fn prefers_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let (mut html, mut json) = (0.0_f32, 0.0_f32);
    for range in values.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts.find_map(|p| p.strip_prefix("q=")).and_then(|q| q.parse().ok()).unwrap_or(1.0);
        match name.as_str() {
            "text/html" | "application/xhtml+xml" | "text/*" => html = html.max(quality),
            "application/json" | "application/problem+json" | "application/*" => json = json.max(quality),
            _ => {}
        }
    }
    html > 0.0 && html >= json
}

/// Under which the request is found in the logs; the name that API Gateway gives it.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("apigw-requestid");

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(value: &'static str) -> bool {
        prefers_html(&HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(value))]))
    }

    #[test]
    fn browsers_get_a_page_and_programs_get_problem_details() {
        assert!(accepts("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(!accepts("*/*"));
        assert!(!accepts("application/json"));
        assert!(!accepts("application/json, text/html;q=0.5"));
        assert!(!accepts("text/html;q=0"));
        assert!(!prefers_html(&HeaderMap::new()));
    }

    #[test]
    fn every_answer_names_its_status_and_the_request() {
        let html = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("text/html"))]);
        for trouble in ALL {
            let page = trouble.answer(&html, "r-1").into_body();
            let page = String::from_utf8(page.to_vec()).unwrap();
            assert!(
                page.contains("r-1") && page.contains(trouble.title) && !page.contains("<script"),
                "{page}"
            );
            let problem = trouble.answer(&HeaderMap::new(), "r-1").into_body();
            let problem: serde_json::Value = serde_json::from_slice(&problem).unwrap();
            assert_eq!(
                (&problem["status"], &problem["request_id"]),
                (&json!(trouble.status.as_u16()), &json!("r-1"))
            );
        }
    }
}
