//! The path of a route, taken apart.

use super::builder::RouteProblem;

/// One segment of a route's path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Segment {
    Literal(String),
    Parameter(String),
    Rest(String),
}

/// Takes a route's path apart: `/customers/{id}/{rest+}`.
pub(super) fn parse(path: &str) -> Result<Vec<Segment>, RouteProblem> {
    let wrong = |message: String| RouteProblem { field: "path", message };
    let Some(rest) = path.strip_prefix('/') else {
        return Err(wrong(format!("`{path}` must start with `/`")));
    };
    if path.contains(['?', '#']) {
        return Err(wrong(format!("`{path}` must be a path without query or fragment")));
    }
    let mut segments = Vec::new();
    for text in rest.split('/') {
        if matches!(segments.last(), Some(Segment::Rest(_))) {
            return Err(wrong(format!("`{path}`: nothing can follow the rest of the path")));
        }
        segments.push(segment(text).map_err(|message| wrong(format!("`{path}`: {message}")))?);
    }
    let mut names: Vec<&str> = segments.iter().filter_map(Segment::name).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(wrong(format!("`{path}`: two parameters are named `{}`", twice[0])));
    }
    Ok(segments)
}

fn segment(text: &str) -> Result<Segment, String> {
    let Some(inner) = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')) else {
        return if text.contains(['{', '}']) {
            Err(format!("a parameter must be a whole segment, `{text}` is not"))
        } else {
            Ok(Segment::Literal(text.to_owned()))
        };
    };
    let (name, greedy) = inner.strip_suffix('+').map_or((inner, false), |name| (name, true));
    let fine = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    match (fine, greedy) {
        (false, _) => Err(format!("`{text}` does not name a parameter")),
        (true, true) => Ok(Segment::Rest(name.to_owned())),
        (true, false) => Ok(Segment::Parameter(name.to_owned())),
    }
}

impl Segment {
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Literal(_) => None,
            Self::Parameter(name) | Self::Rest(name) => Some(name),
        }
    }
}
