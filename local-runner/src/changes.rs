//! What a changed file means: which executables to build and what to do afterwards.

use std::path::Path;

use catalog::Head;

/// Changes that are not yet in what runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    heads: Vec<Head>,
    /// The schema has a new migration.
    pub migrations: bool,
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
        self.migrations |= path.starts_with("domain/migrations");
        self.catalogue |= path.starts_with("functions/catalog");
        true
    }

    fn add_head(&mut self, head: Head) {
        if !self.heads.contains(&head) {
            self.heads.push(head);
        }
    }

    /// The builds to make, in their order: the head in front of the developer first, then the rest.
    #[must_use]
    pub fn builds(&self, in_front: Option<Head>) -> Vec<Vec<Head>> {
        let ordered = Head::ALL.into_iter().filter(|head| self.heads.contains(head));
        let (first, rest): (Vec<_>, Vec<_>) = ordered.partition(|head| Some(*head) == in_front);
        [first, rest].into_iter().filter(|heads| !heads.is_empty()).collect()
    }
}

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
        assert_eq!(changes.builds(Some(Head::Web)), [[Head::Api]]);
    }

    #[test]
    fn the_domain_concerns_all_heads_and_the_one_in_front_comes_first() {
        let changes = after(&["domain/src/customers.rs"]);
        assert_eq!(
            changes.builds(Some(Head::Api)),
            [vec![Head::Api], vec![Head::Web, Head::Admin, Head::Jobs]]
        );
        assert_eq!(changes.builds(None), [Head::ALL.to_vec()]);
    }

    #[test]
    fn swap_files_and_the_offline_queries_concern_nobody() {
        let changes =
            after(&["domain/src/.lib.rs.swp", "domain/.sqlx/query-1.json", "functions/web/src/a.rs~"]);
        assert!(changes.is_empty());
    }

    #[test]
    fn a_migration_is_to_be_applied_and_the_catalogue_to_be_loaded_anew() {
        assert!(after(&["domain/migrations/0002_more.sql"]).migrations);
        assert!(after(&["functions/catalog/src/functions.rs"]).catalogue);
    }
}
