//! Expand and contract: while a rollout goes on, the version before and the new one work on the same schema, so a
//! migration may add, and take away only what no running version uses any more.

use std::collections::HashSet;

use super::{
    alter_table::alter_table,
    sql::{Statement, statements},
};

/// How a migration says that the running version does without something: `-- unused since <git SHA>: <what>`.
const UNUSED_SINCE: &str = "unused since ";

/// A new migration.
pub(crate) struct Migration {
    pub(crate) file: String,
    pub(crate) text: String,
}

/// Something that would break the running version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    /// `file:line`.
    pub(crate) place: String,
    pub(crate) why: String,
    /// The release that is said to be the first without it.
    pub(crate) unused_since: Option<String>,
}

/// All of them, in the migrations' order.
pub(crate) fn breaches(migrations: &[Migration]) -> Vec<Breach> {
    let parsed: Vec<_> =
        migrations.iter().map(|migration| (migration, statements(&migration.text))).collect();
    // What did not exist for the running version cannot break it.
    let created: HashSet<_> =
        parsed.iter().flat_map(|(_, found)| found.iter().filter_map(|s| created_table(&s.words))).collect();
    let mut breaches = Vec::new();
    for (migration, found) in &parsed {
        for statement in found {
            for why in breaks(&statement.words, &created) {
                let place = format!("{}:{}", migration.file, statement.line);
                breaches.push(Breach { place, why, unused_since: unused_since(statement) });
            }
        }
    }
    breaches
}

fn unused_since(statement: &Statement) -> Option<String> {
    let told = statement.comments.iter().find_map(|comment| comment.strip_prefix(UNUSED_SINCE))?;
    let release: String =
        told.chars().take_while(|c| c.is_ascii_alphanumeric() || ".-_/".contains(*c)).collect();
    // A word that begins with a hyphen would be an option for git.
    (!release.is_empty() && !release.starts_with('-')).then_some(release)
}

/// Words without those that only say when nothing is to be done.
fn significant(words: &[String]) -> Vec<&str> {
    const NOISE: [&str; 6] = ["if", "exists", "only", "concurrently", "temp", "unlogged"];
    words.iter().map(String::as_str).filter(|word| !NOISE.contains(word)).collect()
}

fn created_table(words: &[String]) -> Option<String> {
    match significant(words)[..] {
        ["create", "table", "not", name, ..] | ["create", "table", name, ..] => Some(name.to_owned()),
        _ => None,
    }
}

fn breaks(words: &[String], created: &HashSet<String>) -> Vec<String> {
    let words = significant(words);
    let is_new = |table: &str| created.contains(table);
    let table = words.iter().position(|word| *word == "on").and_then(|at| words.get(at + 1).copied());
    if let ["drop", "policy" | "trigger", ..] | ["create", "unique", ..] | ["revoke", ..] = words[..]
        && table.is_some_and(is_new)
    {
        return Vec::new();
    }
    match words[..] {
        ["alter", "table", table, ref actions @ ..] if !is_new(table) => alter_table(table, actions),
        ["drop", "table", table, ..] if is_new(table) => Vec::new(),
        ["drop", "index", ..] => Vec::new(),
        ["drop", kind, name, ..] => vec![format!("the running version may use the {kind} {name}")],
        ["alter", kind, name, "rename", ..] => {
            vec![format!("the running version knows the {kind} {name} by its name")]
        }
        ["truncate", ..] => vec!["the running version loses its rows".to_owned()],
        ["revoke", ..] => vec!["the running version may need the right that is revoked".to_owned()],
        ["create", "unique", "index", ..] => {
            let table = table.unwrap_or("a table");
            vec![format!("the running version may write to {table} what the new index refuses")]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<Breach> {
        breaches(&[Migration { file: "0009.sql".to_owned(), text: text.to_owned() }])
    }

    #[test]
    fn what_takes_away_or_asks_for_more_is_refused() {
        for text in [
            "DROP TABLE a",
            "DROP TABLE IF EXISTS a",
            "ALTER TABLE a DROP COLUMN b",
            "ALTER TABLE IF EXISTS ONLY a DROP b CASCADE",
            "ALTER TABLE a RENAME TO c",
            "ALTER TABLE a RENAME COLUMN b TO c",
            "alter table a alter column b set not null",
            "ALTER TABLE a ALTER b TYPE bigint",
            "ALTER TABLE a ALTER COLUMN b SET DATA TYPE bigint",
            "ALTER TABLE a ALTER b DROP DEFAULT",
            "ALTER TABLE a ADD COLUMN b text NOT NULL",
            "ALTER TABLE a ADD COLUMN c int, ADD b numeric(10, 2) NOT NULL",
            "ALTER TABLE a ADD CHECK (b > 0)",
            "ALTER TABLE a ADD CONSTRAINT k UNIQUE (b)",
            "ALTER TABLE a ENABLE ROW LEVEL SECURITY",
            "ALTER TYPE t RENAME VALUE 'a' TO 'b'",
            "CREATE UNIQUE INDEX CONCURRENTLY i ON a (b)",
            "DROP FUNCTION f(uuid)",
            "DROP POLICY p ON a",
            "REVOKE SELECT ON a FROM velox_app",
            "TRUNCATE a",
            "DO $$ BEGIN ALTER TABLE a DROP COLUMN b; END $$",
        ] {
            assert_eq!(of(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_only_adds_is_taken() {
        for text in [
            "CREATE TABLE n (id uuid PRIMARY KEY); ALTER TABLE n ADD CHECK (true); CREATE UNIQUE INDEX ON n (id); \
             ALTER TABLE n ENABLE ROW LEVEL SECURITY; DROP TABLE n",
            "CREATE TABLE IF NOT EXISTS n (); ALTER TABLE n ADD COLUMN b text NOT NULL",
            "ALTER TABLE a ADD COLUMN b text, ADD CHECK (b <> '')",
            "ALTER TABLE a ADD COLUMN IF NOT EXISTS b text",
            "ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT ''",
            "ALTER TABLE a ADD b int GENERATED ALWAYS AS IDENTITY NOT NULL",
            "ALTER TABLE a ALTER b SET DEFAULT 0, ALTER b SET NOT NULL",
            "ALTER TABLE a ALTER b DROP NOT NULL, DROP CONSTRAINT k",
            "CREATE INDEX i ON a (b); DROP INDEX i",
            "GRANT SELECT ON a TO velox_app",
            "ALTER TYPE t ADD VALUE 'c'",
            "CREATE FUNCTION f() RETURNS void AS $$ BEGIN DROP TABLE a; END $$ LANGUAGE plpgsql",
            "INSERT INTO a VALUES ('DROP TABLE a;')",
        ] {
            assert_eq!(of(text), [], "{text}");
        }
    }

    #[test]
    fn a_contraction_names_the_release_that_stopped_using_it() {
        let found = of(
            "SELECT 1;\n\n-- unused since 4f2a91c: the old address\nALTER TABLE a DROP b;\nALTER TABLE a DROP c",
        );
        let since: Vec<_> = found.iter().map(|breach| breach.unused_since.as_deref()).collect();
        assert_eq!(since, [Some("4f2a91c"), None]);
        assert_eq!(found[0].place, "0009.sql:4");
        assert_eq!(of("-- unused since --help\nDROP TABLE a")[0].unused_since, None);
    }

    #[test]
    fn the_statements_of_todays_migrations_are_understood() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/migrations/0001_foundation.sql");
        let text = std::fs::read_to_string(folder).unwrap();
        assert_eq!(of(&text), [], "on an empty database everything is new");
    }
}
