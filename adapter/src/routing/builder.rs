//! Compiles routes and finds those that are wrong or collide.

use std::{collections::HashMap, sync::Arc};

use super::{
    Route, Router, lower,
    pattern::{self, Segment},
    tree::Node,
};
use crate::manifest::RouteSpec;

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ANY"];

/// Collects routes; [`RouterBuilder::build`] compiles them.
#[derive(Default)]
pub(crate) struct RouterBuilder {
    router: Router,
    /// Where each route was declared, by host, method and shape of the path.
    declared: HashMap<(String, String, String), String>,
}

/// Why a route cannot be added.
#[derive(Debug)]
pub(crate) struct RouteProblem {
    /// The field of the route that is wrong.
    pub(crate) field: &'static str,
    /// What is wrong with it.
    pub(crate) message: String,
}

impl RouterBuilder {
    /// `place` is how an error about a later, colliding route names this one.
    pub(crate) fn add(&mut self, function: &str, spec: &RouteSpec, place: &str) -> Result<(), RouteProblem> {
        if !METHODS.contains(&spec.method.as_str()) {
            let message = format!("`{}` is not one of {}", spec.method, METHODS.join(", "));
            return Err(RouteProblem { field: "method", message });
        }
        let host = host(&spec.host)?;
        let segments = pattern::parse(&spec.path)?;
        let key = (host.clone(), spec.method.clone(), shape(&segments));
        if let Some(other) = self.declared.insert(key, place.to_owned()) {
            let message =
                format!("{} {} on `{host}` collides with the route at {other}", spec.method, spec.path);
            return Err(RouteProblem { field: "path", message });
        }
        let route = Route {
            function: function.to_owned(),
            key: format!("{} {}", spec.method, spec.path),
            event: spec.event,
            compress: spec.compress,
            parameters: segments.iter().filter_map(Segment::name).map(str::to_owned).collect(),
        };
        let tree = match host.as_str() {
            "*" => self.router.any_host.get_or_insert_default(),
            _ => self.router.hosts.entry(host).or_default(),
        };
        Node::insert(tree, &segments, &spec.method, Arc::new(route));
        Ok(())
    }

    pub(crate) fn build(self) -> Router {
        self.router
    }
}

fn host(text: &str) -> Result<String, RouteProblem> {
    let fine = text == "*"
        || (!text.is_empty()
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')))
        || text.parse::<std::net::Ipv6Addr>().is_ok();
    if fine {
        Ok(lower(text).into_owned())
    } else {
        Err(RouteProblem {
            field: "host",
            message: format!("`{text}` is not a host name without a port, nor `*`"),
        })
    }
}

/// Two paths of the same shape match the same requests: names of parameters do not count.
fn shape(segments: &[Segment]) -> String {
    segments
        .iter()
        .map(|segment| match segment {
            Segment::Literal(text) => format!("/{text}"),
            Segment::Parameter(_) => "/{}".to_owned(),
            Segment::Rest(_) => "/{+}".to_owned(),
        })
        .collect()
}
