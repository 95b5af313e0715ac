//! What is wrong with a manifest, said so that the line can be found.

use std::fmt;

/// One value of a manifest that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// Where, such as `functions[2].routes[0].path`; empty for the document itself.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// A manifest that cannot be run.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct ManifestError {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl ManifestError {
    pub(super) fn one(path: &str, message: String) -> Self {
        Self { problems: vec![Problem { path: path.to_owned(), message }] }
    }

    pub(super) fn shape(error: &serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = error.path().to_string();
        Self::one(if matches!(path.as_str(), "." | "?") { "" } else { &path }, error.inner().to_string())
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "manifest" } else { &self.path };
        write!(f, "{path}: {}", self.message)
    }
}
