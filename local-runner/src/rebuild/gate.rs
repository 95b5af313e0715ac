//! Holds a request back while its function is rebuilt, and shows in the browser what does not compile.
//!
//! Programs wait and get the new answer; when nothing could be built they get the last build's, marked with
//! [`STALE`]. A browser that goes to a page gets one that says what it waits for, or the compiler's words: both
//! go on by themselves.

use std::{sync::Arc, time::Duration};

use adapter::intercept::{Intercept, Passage};
use bytes::Bytes;
use catalog::Head;
use futures::future::BoxFuture;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header, request::Parts};
use tokio::time::timeout;

use super::{
    freshness::{Condition, Freshness},
    page,
};

/// On answers of a build that is older than its source; says why.
pub const STALE: HeaderName = HeaderName::from_static("x-velox-stale");

/// Sent by the pages' script with the state that they show: answered when there is another one.
pub const PROGRESS: HeaderName = HeaderName::from_static("x-velox-progress");

/// How long a browser waits without being told what for.
const UNTOLD: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Debug)]
pub struct Gate(pub Arc<Freshness>);

impl Intercept for Gate {
    fn request<'a>(&'a self, function: &'a str, request: &'a Parts) -> Option<BoxFuture<'a, Passage>> {
        let head = head_of(function)?;
        let seen = request.headers.get(PROGRESS);
        if seen.is_none() && self.0.is_fresh(head) {
            return None;
        }
        self.0.want(head);
        let seen = seen.map(|value| value.to_str().ok().and_then(|seen| seen.parse().ok()));
        Some(match seen {
            Some(seen) => Box::pin(self.tell(head, seen)),
            None => Box::pin(self.hold(head, is_navigation(request))),
        })
    }
}

impl Gate {
    async fn tell(&self, head: Head, seen: Option<u64>) -> Passage {
        self.0.settled(head, seen).await;
        let mut answer = Response::new(Bytes::new());
        *answer.status_mut() = StatusCode::NO_CONTENT;
        answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Passage::Answered(answer)
    }

    async fn hold(&self, head: Head, navigation: bool) -> Passage {
        let settled = self.0.settled(head, None);
        let state = if navigation {
            let Ok(state) = timeout(UNTOLD, settled).await else {
                return Passage::Answered(page::building(head, &self.0.state(head)));
            };
            state
        } else {
            settled.await
        };
        match &state.condition {
            Condition::Fresh | Condition::Building(_) => Passage::Free,
            Condition::Broken(trouble) if navigation => {
                Passage::Answered(page::broken(trouble, state.version))
            }
            Condition::Broken(trouble) => match HeaderValue::from_str(&trouble.title) {
                Ok(why) => Passage::Marked(STALE, why),
                Err(_) => Passage::Marked(STALE, HeaderValue::from_static("the last build")),
            },
        }
    }
}

/// Whose function it is. One of a newer catalogue is served before this runner, which does not know it, starts anew:
/// a route's name begins with its head's.
pub(crate) fn head_of(function: &str) -> Option<Head> {
    let is_of = |head: &Head| function.strip_prefix(head.name()).is_some_and(|rest| rest.starts_with('-'));
    let known = catalog::find(function).map(|function| function.head);
    known.or_else(|| Head::ALL.into_iter().find(is_of))
}

/// A person goes to a page. What a page loads afterwards asks for something else than HTML.
fn is_navigation(request: &Parts) -> bool {
    let accepts = request.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let mode = request.headers.get("sec-fetch-mode").and_then(|value| value.to_str().ok());
    request.method == Method::GET
        && accepts.is_some_and(|accepts| accepts.contains("text/html"))
        && mode.is_none_or(|mode| mode == "navigate")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rebuild::freshness::Trouble;

    fn get(headers: &[(&str, &str)]) -> Parts {
        let request =
            headers.iter().fold(http::Request::get("/"), |r, (name, value)| r.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn only_going_to_a_page_is_a_navigation() {
        let html = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        assert!(is_navigation(&get(&[html])));
        assert!(is_navigation(&get(&[html, ("sec-fetch-mode", "navigate")])));
        assert!(!is_navigation(&get(&[html, ("sec-fetch-mode", "cors")])));
        assert!(!is_navigation(&get(&[("accept", "*/*")])) && !is_navigation(&get(&[])));
    }

    #[tokio::test]
    async fn a_browser_is_told_after_a_while_what_it_waits_for() {
        let gate = Gate(Arc::default());
        let request = get(&[("accept", "text/html")]);
        assert!(gate.request("web-home", &request).is_none(), "nothing is rebuilt");
        gate.0.building(&[Head::Web]);
        assert!(gate.request("health", &request).is_none(), "another head");
        assert!(gate.request("web-that-is-new", &request).is_some(), "a route that the catalogue just got");
        assert!(gate.request("api-that-is-new", &request).is_none(), "another head's");
        let Passage::Answered(page) = gate.request("web-home", &request).unwrap().await else {
            panic!("it passed")
        };
        assert_eq!(page.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(gate.0.wanted(), Some(Head::Web));
    }

    #[tokio::test]
    async fn a_program_gets_the_last_builds_answer_with_a_mark() {
        let gate = Gate(Arc::default());
        let trouble = Trouble { title: "web does not compile".into(), errors: vec!["error: x".into()] };
        gate.0.broken(&[Head::Web], trouble);
        let Passage::Marked(name, why) = gate.request("web-home", &get(&[])).unwrap().await else {
            panic!("not marked")
        };
        assert_eq!((name, why.to_str().unwrap()), (STALE, "web does not compile"));
        let asked = get(&[("accept", "text/html")]);
        let Passage::Answered(page) = gate.request("web-home", &asked).unwrap().await else {
            panic!("passed")
        };
        assert!(String::from_utf8_lossy(page.body()).contains("error: x"));
    }
}
