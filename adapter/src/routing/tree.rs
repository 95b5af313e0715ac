//! The compiled form of one host's routes, and the search in it.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use http::Method;
use percent_encoding::percent_decode_str;

use super::{Route, pattern::Segment};

/// One segment deep.
#[derive(Debug, Default)]
pub(super) struct Node {
    literals: HashMap<String, Self>,
    parameter: Option<Box<Self>>,
    rest: Methods,
    here: Methods,
}

/// Few enough that a list is faster than a map.
type Methods = Vec<(String, Arc<Route>)>;

impl Node {
    pub(super) fn insert(&mut self, segments: &[Segment], method: &str, route: Arc<Route>) {
        match segments.split_first() {
            None => self.here.push((method.to_owned(), route)),
            Some((Segment::Literal(text), after)) => {
                self.literals.entry(text.clone()).or_default().insert(after, method, route);
            }
            Some((Segment::Parameter(_), after)) => {
                self.parameter.get_or_insert_default().insert(after, method, route);
            }
            Some((Segment::Rest(_), _)) => self.rest.push((method.to_owned(), route)),
        }
    }
}

/// One walk through the tree, with what it captured on the way.
pub(super) struct Search<'p> {
    segments: Vec<&'p str>,
    path: &'p str,
    captured: Vec<&'p str>,
    allowed: Vec<String>,
}

impl<'p> Search<'p> {
    pub(super) fn new(path: &'p str) -> Self {
        let segments = path.strip_prefix('/').map_or_else(Vec::new, |rest| rest.split('/').collect());
        Self { segments, path, captured: Vec::new(), allowed: Vec::new() }
    }

    pub(super) fn run<'t>(&mut self, tree: &'t Node, method: &Method) -> Option<&'t Arc<Route>> {
        if self.segments.is_empty() { None } else { self.step(tree, 0, method) }
    }

    /// Values of the parameters, percent-decoded.
    pub(super) fn captured(&self) -> impl Iterator<Item = String> {
        self.captured.iter().map(|text| decoded(text).into_owned())
    }

    /// Methods of the routes whose path matched, and `HEAD` where `GET` did.
    pub(super) fn into_allowed(mut self) -> Vec<String> {
        if self.allowed.iter().any(|m| m == "GET") {
            self.allowed.push("HEAD".to_owned());
        }
        self.allowed
    }

    fn step<'t>(&mut self, node: &'t Node, depth: usize, method: &Method) -> Option<&'t Arc<Route>> {
        let Some(segment) = self.segments.get(depth).copied() else {
            return self.choose(&node.here, method);
        };
        let literal = node.literals.get(segment).or_else(|| node.literals.get(&*decoded(segment)));
        if let Some(next) = literal
            && let Some(route) = self.step(next, depth + 1, method)
        {
            return Some(route);
        }
        if let Some(next) = node.parameter.as_deref().filter(|_| !segment.is_empty()) {
            self.captured.push(segment);
            if let Some(route) = self.step(next, depth + 1, method) {
                return Some(route);
            }
            self.captured.pop();
        }
        let route = self.choose(&node.rest, method)?;
        self.captured.push(self.rest_from(depth));
        Some(route)
    }

    fn rest_from(&self, depth: usize) -> &'p str {
        let before: usize = self.segments[..depth].iter().map(|s| s.len() + 1).sum();
        &self.path[before + 1..]
    }

    fn choose<'t>(&mut self, methods: &'t Methods, method: &Method) -> Option<&'t Arc<Route>> {
        let of = |name: &str| methods.iter().find(|(m, _)| m == name).map(|(_, route)| route);
        let head = || (method == Method::HEAD).then(|| of("GET")).flatten();
        let found = of(method.as_str()).or_else(head).or_else(|| of("ANY"));
        if found.is_none() {
            self.allowed.extend(methods.iter().map(|(m, _)| m.clone()));
        }
        found
    }
}

/// Text that is not UTF-8 once decoded stays as it was sent.
fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains('%') {
        percent_decode_str(text).decode_utf8().unwrap_or(Cow::Borrowed(text))
    } else {
        text.into()
    }
}
