//! Which function answers a request: by host, then by path and method.
//!
//! As API Gateway chooses for HTTP APIs ("Create routes for HTTP APIs in API Gateway"): a literal segment
//! before a parameter before the rest of the path, and a route of the method itself before `ANY`. Compiled
//! once per manifest.

mod builder;
mod pattern;
mod tree;

use std::{collections::HashMap, sync::Arc};

use http::Method;

use crate::manifest::EventFormat;
pub(crate) use builder::RouterBuilder;
use tree::{Node, Search};

/// All routes of a manifest.
#[derive(Debug, Default)]
pub(crate) struct Router {
    hosts: HashMap<String, Node>,
    any_host: Option<Node>,
}

/// One route as events name it.
#[derive(Debug)]
pub(crate) struct Route {
    /// The function that answers.
    pub(crate) function: String,
    /// `GET /customers/{id}`.
    pub(crate) key: String,
    /// What the function gets.
    pub(crate) event: EventFormat,
    /// Whether its answers may be compressed.
    pub(crate) compress: bool,
    /// Names of the parameters in the order of the path.
    parameters: Vec<String>,
}

/// What a request leads to.
#[derive(Debug)]
pub(crate) enum Routed {
    /// A function, with the path's parameters, percent-decoded.
    To(Arc<Route>, Vec<(String, String)>),
    /// No route has this host.
    UnknownHost,
    /// The host is known, the path is not.
    UnknownPath,
    /// The path is known, the method is not; these are.
    MethodNotAllowed(Vec<String>),
}

impl Router {
    /// `host` without port; `path` as it was sent.
    pub(crate) fn find(&self, host: &str, method: &Method, path: &str) -> Routed {
        let own = self.hosts.get(&*lower(host));
        let mut known = false;
        let mut allowed = Vec::new();
        for tree in own.into_iter().chain(&self.any_host) {
            known = true;
            let mut search = Search::new(path);
            if let Some(route) = search.run(tree, method) {
                let parameters = route.parameters.iter().cloned().zip(search.captured()).collect();
                return Routed::To(Arc::clone(route), parameters);
            }
            allowed.extend(search.into_allowed());
        }
        match (known, allowed.is_empty()) {
            (false, _) => Routed::UnknownHost,
            (true, true) => Routed::UnknownPath,
            (true, false) => {
                allowed.sort();
                allowed.dedup();
                Routed::MethodNotAllowed(allowed)
            }
        }
    }
}

fn lower(host: &str) -> std::borrow::Cow<'_, str> {
    if host.bytes().any(|b| b.is_ascii_uppercase()) { host.to_ascii_lowercase().into() } else { host.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::RouteSpec;

    fn router(routes: &[(&str, &str, &str)]) -> Router {
        let mut builder = RouterBuilder::default();
        for (number, (host, method, path)) in routes.iter().enumerate() {
            let spec = RouteSpec {
                host: (*host).into(),
                method: (*method).into(),
                path: (*path).into(),
                event: EventFormat::HttpApi,
                compress: true,
            };
            builder.add(&number.to_string(), &spec, &number.to_string()).unwrap();
        }
        builder.build()
    }

    fn found(router: &Router, host: &str, method: &str, path: &str) -> String {
        match router.find(host, &method.parse().unwrap(), path) {
            Routed::To(route, parameters) => {
                let values: Vec<_> = parameters.iter().map(|(k, v)| format!("{k}={v}")).collect();
                [vec![route.key.clone()], values].concat().join(" ")
            }
            Routed::UnknownHost => "unknown host".into(),
            Routed::UnknownPath => "unknown path".into(),
            Routed::MethodNotAllowed(allowed) => format!("allowed {}", allowed.join(",")),
        }
    }

    #[test]
    fn a_literal_wins_over_a_parameter_and_a_parameter_over_the_rest() {
        let router = router(&[
            ("*", "ANY", "/{proxy+}"),
            ("*", "GET", "/customers/{id}"),
            ("*", "GET", "/customers/new"),
            ("*", "GET", "/customers/{id}/notes/{note}"),
        ]);
        assert_eq!(found(&router, "h", "GET", "/customers/new"), "GET /customers/new");
        assert_eq!(found(&router, "h", "GET", "/customers/7"), "GET /customers/{id} id=7");
        let nested = found(&router, "h", "GET", "/customers/new/notes/1");
        assert_eq!(nested, "GET /customers/{id}/notes/{note} id=new note=1");
        assert_eq!(found(&router, "h", "GET", "/a/b"), "ANY /{proxy+} proxy=a/b");
        assert_eq!(found(&router, "h", "POST", "/customers/new"), "ANY /{proxy+} proxy=customers/new");
        assert_eq!(found(&router, "h", "GET", "/customers/"), "ANY /{proxy+} proxy=customers/");
        assert_eq!(found(&router, "h", "POST", "/"), "ANY /{proxy+} proxy=");
    }

    #[test]
    fn a_host_matches_in_any_case_and_falls_back_to_every_host() {
        let router = router(&[("App.Localhost", "GET", "/"), ("*", "GET", "/status")]);
        assert_eq!(found(&router, "aPP.localhost", "GET", "/"), "GET /");
        assert_eq!(found(&router, "app.localhost", "GET", "/status"), "GET /status");
        assert_eq!(found(&router, "other", "GET", "/"), "unknown path");
    }

    #[test]
    fn without_a_catch_all_the_answer_says_what_is_missing() {
        let router = router(&[("a", "GET", "/x"), ("a", "PUT", "/x"), ("a", "POST", "/{id}")]);
        assert_eq!(found(&router, "b", "GET", "/x"), "unknown host");
        assert_eq!(found(&router, "a", "GET", "/"), "unknown path");
        assert_eq!(found(&router, "a", "DELETE", "/x"), "allowed GET,HEAD,POST,PUT");
        assert_eq!(found(&router, "a", "POST", "/x"), "POST /{id} id=x");
    }

    #[test]
    fn get_routes_answer_head_unless_head_has_its_own() {
        let router =
            router(&[("*", "GET", "/a"), ("*", "ANY", "/a"), ("*", "HEAD", "/b"), ("*", "GET", "/b")]);
        assert_eq!(found(&router, "h", "HEAD", "/a"), "GET /a");
        assert_eq!(found(&router, "h", "HEAD", "/b"), "HEAD /b");
    }

    #[test]
    fn parameters_are_percent_decoded_and_plus_stays_plus() {
        let router = router(&[("*", "GET", "/c/{name}"), ("*", "GET", "/f/{rest+}")]);
        assert_eq!(found(&router, "h", "GET", "/c/a%2Fb%20c+d"), "GET /c/{name} name=a/b c+d");
        assert_eq!(found(&router, "h", "GET", "/c/%C3%A9%FF"), "GET /c/{name} name=%C3%A9%FF");
        assert_eq!(found(&router, "h", "GET", "/f/x/%41"), "GET /f/{rest+} rest=x/A");
        assert_eq!(found(&router, "h", "GET", "/%63/x"), "GET /c/{name} name=x");
    }
}
