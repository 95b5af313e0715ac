//! Which changes of a table would break the version that runs (see [`super::expand`]).

use std::collections::HashSet;

/// The actions of ALTER TABLE (PostgreSQL: "ALTER TABLE"), which commas part.
pub(crate) fn alter_table(table: &str, words: &[&str]) -> Vec<String> {
    let actions = parted(words);
    let adds: HashSet<&str> = actions.iter().filter_map(|action| added_column(action)).collect();
    let defaults: HashSet<&str> = actions
        .iter()
        .filter_map(|action| match action[..] {
            ["alter", "column", column, "set", "default", ..] | ["alter", column, "set", "default", ..] => {
                Some(column)
            }
            _ => None,
        })
        .collect();
    actions.iter().filter_map(|action| alteration(table, action, &adds, &defaults)).collect()
}

fn alteration(
    table: &str,
    action: &[&str],
    adds: &HashSet<&str>,
    defaults: &HashSet<&str>,
) -> Option<String> {
    if let Some(column) = added_column(action) {
        let has = |what: &str| action.contains(&what);
        let breaks = has("null") && action.windows(2).any(|pair| pair == ["not", "null"]);
        let is_filled = has("default") || has("generated");
        return (breaks && !is_filled).then(|| {
            format!("the running version writes rows to {table} without {column}, which is not null and has no default")
        });
    }
    match *action {
        ["rename", ..] => Some(format!("the running version knows {table} and its columns by their names")),
        ["drop", "constraint", ..] => None,
        ["drop", "column", column, ..] | ["drop", column, ..] => {
            Some(format!("the running version may use {table}.{column}"))
        }
        ["alter", "column", column, ref change @ ..] | ["alter", column, ref change @ ..] => match *change {
            ["type", ..] | ["set", "data", "type", ..] => {
                Some(format!("the running version takes {table}.{column} to be of another type"))
            }
            ["set", "not", "null", ..] if !defaults.contains(column) => {
                Some(format!("the running version may leave {table}.{column} null, and there is no default"))
            }
            ["drop", "default", ..] => {
                Some(format!("the running version may rely on the default of {table}.{column}"))
            }
            _ => None,
        },
        // A rule over columns that come with it asks nothing of whoever does not know them.
        ["add", ..] if action.iter().any(|word| adds.contains(word)) => None,
        ["add", "constraint" | "check" | "unique" | "foreign" | "exclude" | "primary", ..] => {
            Some(format!("the running version may write to {table} what the new constraint refuses"))
        }
        ["enable" | "force", "row", ..] => {
            Some(format!("the running version may need rows of {table} that a policy hides"))
        }
        ["set", "schema", ..] => Some(format!("the running version looks for {table} where it was")),
        _ => None,
    }
}

fn added_column<'w>(action: &[&'w str]) -> Option<&'w str> {
    const OTHERS: [&str; 7] = ["constraint", "check", "unique", "foreign", "exclude", "primary", "value"];
    match *action {
        ["add", "column", "not", column, ..] | ["add", "column", column, ..] => Some(column),
        ["add", first, ..] if !OTHERS.contains(&first) => Some(first),
        _ => None,
    }
}

/// Split at commas outside of parentheses.
fn parted<'s, 'w>(words: &'s [&'w str]) -> Vec<&'s [&'w str]> {
    let mut depth = 0_usize;
    words
        .split(|word| {
            match *word {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            *word == "," && depth == 0
        })
        .collect()
}
