//! For a name that is not known: the ones that were perhaps meant.

/// At most three of the known names, the nearest first: typing errors, then what contains `name`, then all others.
#[must_use]
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let mut names: Vec<_> = known.into_iter().collect();
    names.sort_by_cached_key(|candidate| {
        let distance = distance(name, candidate);
        (distance > 2, !candidate.contains(name), distance)
    });
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
        let known = || crate::FUNCTIONS.iter().map(|function| function.name);
        assert_eq!(nearest("web-dashbord", known())[0], "web-dashboard");
        assert_eq!(nearest("relay", known())[0], "relay-outbox");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
