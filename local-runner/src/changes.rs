//! What a changed file means: which executables to build and what to do afterwards.

use std::path::Path;

use catalog::Head;

/// Changes that are not yet in what runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    heads: Vec<Head>,
    /// The schema has a new migration.
    pub migrations: bool,
    /// The demo data is made otherwise.
    pub seeds: bool,
    /// The catalogue is compiled into the runner.
    pub catalogue: bool,
}

impl Changes {
    /// Whether there is anything to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Takes up a changed file, given relative to the project. Answers whether it matters.
    pub fn add(&mut self, path: &Path) -> bool {
        if !is_source(path) {
            return false;
        }
        match Head::ALL.into_iter().find(|head| path.starts_with(Path::new("functions").join(head.name()))) {
            Some(head) => self.add_head(head),
            None => Head::ALL.into_iter().for_each(|head| self.add_head(head)),
        }
        self.seeds |= SEEDS.iter().any(|seed| path.starts_with(seed));
        self.migrations |= path.starts_with("domain/migrations");
        self.catalogue |= path.starts_with("functions/catalog");
        true
    }

    fn add_head(&mut self, head: Head) {
        if !self.heads.contains(&head) {
            self.heads.push(head);
        }
    }

    /// The heads whose executables are to be built.
    #[must_use]
    pub fn heads(&self) -> Vec<Head> {
        Head::ALL.into_iter().filter(|head| self.heads.contains(head)).collect()
    }
}

/// Takes what is to be built next out of what is left: the head in front of the developer alone, else everything.
pub fn next_build(left: &mut Vec<Head>, in_front: Option<Head>) -> Vec<Head> {
    match left.iter().position(|head| Some(*head) == in_front) {
        Some(place) => vec![left.remove(place)],
        None => std::mem::take(left),
    }
}

/// What the demo data is made by.
const SEEDS: [&str; 2] = ["domain/src/demo.rs", "functions/jobs/src/seed_demo.rs"];

/// Editors' swap files, hidden folders and cargo's own are not sources.
fn is_source(path: &Path) -> bool {
    let hidden = path.iter().any(|part| part.to_string_lossy().starts_with('.'));
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let temporary = name.ends_with('~') || name.starts_with('#') || name == "4913" || name.ends_with(".tmp");
    !hidden && !temporary && path.extension().is_some() && !path.starts_with("target")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(paths: &[&str]) -> Changes {
        let mut changes = Changes::default();
        for path in paths {
            changes.add(Path::new(path));
        }
        changes
    }

    #[test]
    fn a_handler_concerns_its_head_alone() {
        let changes = after(&["functions/api/src/customers/list.rs"]);
        assert_eq!(changes.heads(), [Head::Api]);
    }

    #[test]
    fn the_domain_concerns_all_heads_and_the_one_in_front_comes_first() {
        let changes = after(&["domain/src/customers.rs"]);
        let mut left = changes.heads();
        assert_eq!(left, Head::ALL);
        assert_eq!(next_build(&mut left, Some(Head::Api)), [Head::Api]);
        // The developer still looks at the one that is built: all others at once.
        assert_eq!(next_build(&mut left, Some(Head::Api)), [Head::Web, Head::Admin, Head::Jobs]);
        assert!(left.is_empty());
    }

    #[test]
    fn swap_files_and_the_offline_queries_concern_nobody() {
        let changes =
            after(&["domain/src/.lib.rs.swp", "domain/.sqlx/query-1.json", "functions/web/src/a.rs~"]);
        assert!(changes.is_empty());
    }

    #[test]
    fn a_migration_is_to_be_applied_a_seed_to_be_sown_and_the_catalogue_to_be_loaded_anew() {
        assert!(after(&["domain/migrations/0002_more.sql"]).migrations);
        assert!(after(&["functions/jobs/src/seed_demo.rs"]).seeds);
        assert!(after(&["functions/catalog/src/functions.rs"]).catalogue);
    }
}
