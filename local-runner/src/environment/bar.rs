//! The bar on every page that says whose data it shows, and the same as a header for programs.
//!
//! It is put on answers and not drawn by the pages: so no page can forget it, error pages included. Its style sheet is
//! a file of the same origin, which every page's Content-Security-Policy allows.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, header, response};

/// On every answer; holds the environment's name.
pub const HEADER: HeaderName = HeaderName::from_static("x-velox-environment");

const CSS: &str = include_str!("bar.css");

/// See the module.
#[derive(Debug, Clone)]
pub struct Bar {
    name: HeaderValue,
    html: String,
}

impl Bar {
    /// Where pages find its style sheet.
    pub const STYLESHEET: &str = "/__velox/environment.css";

    /// A bar for an environment and what stands behind it.
    #[must_use]
    pub fn new(name: &str, target: &str) -> Self {
        let markup = maud::html! {
            link rel="stylesheet" href=(Self::STYLESHEET);
            // A landmark of its own: it stands outside of all others of the page.
            aside.velox-environment aria-label="Environment" {
                b { (name) } " · shared data, not yours alone · " (target)
            }
        };
        let name = HeaderValue::from_str(name).unwrap_or(HeaderValue::from_static("remote"));
        Self { name, html: markup.into_string() }
    }

    /// The style sheet.
    #[must_use]
    pub fn stylesheet() -> Response<Bytes> {
        let mut answer = Response::new(Bytes::from_static(CSS.as_bytes()));
        let kind = HeaderValue::from_static("text/css; charset=utf-8");
        answer.headers_mut().insert(header::CONTENT_TYPE, kind);
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }

    /// Puts the header on an answer, and the bar on a page.
    #[must_use]
    pub fn put_on(&self, answer: &mut response::Parts, body: Bytes) -> Bytes {
        answer.headers.insert(HEADER, self.name.clone());
        if body.is_empty() || !is_page(answer) {
            return body;
        }
        let at = after_body_tag(&body);
        Bytes::from([&body[..at], self.html.as_bytes(), &body[at..]].concat())
    }
}

fn is_page(answer: &response::Parts) -> bool {
    let kind = answer.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().starts_with("text/html"))
        && !answer.headers.contains_key(header::CONTENT_ENCODING)
}

/// Behind `<body …>`, else the beginning: browsers take it into the body all the same.
fn after_body_tag(page: &[u8]) -> usize {
    let tag = page.windows(5).position(|window| window.eq_ignore_ascii_case(b"<body"));
    let end = |from: usize| page[from..].iter().position(|byte| *byte == b'>').map(|at| from + at + 1);
    tag.and_then(end).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put_on(kind: &'static str, body: &'static str) -> (response::Parts, String) {
        let answer = Response::builder().header(header::CONTENT_TYPE, kind).body(()).unwrap();
        let mut parts = answer.into_parts().0;
        let body =
            Bar::new("dev", "db.example/<velox>").put_on(&mut parts, Bytes::from_static(body.as_bytes()));
        (parts, String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn a_page_gets_the_bar_at_its_beginning_and_everything_the_header() {
        let (answer, page) = put_on("text/html; charset=utf-8", "<html><body class=\"a\"><p>b</body></html>");
        assert_eq!(answer.headers[HEADER], "dev");
        assert!(page.starts_with("<html><body class=\"a\"><link "), "{page}");
        assert!(page.contains("db.example/&lt;velox&gt;</aside><p>b</body>"), "{page}");
        assert!(put_on("text/html", "<p>bare").1.ends_with("</aside><p>bare"));
        let (answer, json) = put_on("application/json", "{\"a\":\"<body>\"}");
        assert_eq!((answer.headers[HEADER].to_str().unwrap(), json.as_str()), ("dev", "{\"a\":\"<body>\"}"));
    }
}
