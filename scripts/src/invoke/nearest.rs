//! For a function's name that the catalogue does not have: the ones that were perhaps meant.

use catalog::FUNCTIONS;

/// A sentence with the nearest names.
pub(crate) fn message(name: &str) -> String {
    let near = nearest(name).join(", ");
    format!("the catalogue has no function `{name}`; nearest: {near}")
}

fn nearest(name: &str) -> Vec<&'static str> {
    let mut names: Vec<_> = FUNCTIONS.iter().map(|function| function.name).collect();
    names.sort_by_key(|candidate| (!candidate.contains(name), distance(name, candidate)));
    names.truncate(3);
    names
}

/// Levenshtein's distance: insertions, deletions and replacements between two names.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_the_name_that_was_meant() {
        assert_eq!(nearest("web-dashbord")[0], "web-dashboard");
        assert_eq!(nearest("relay")[0], "relay-outbox");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
