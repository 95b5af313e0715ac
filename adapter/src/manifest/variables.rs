//! `${NAME}` in a manifest's strings: one image, with its manifest, serves every environment it is started in.

use serde_json::Value;

use super::error::{ManifestError, Problem};

/// Puts variables in place. `$$` is a dollar sign; `$` before anything else stays what it is.
pub(super) fn fill(
    manifest: &mut Value,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(), ManifestError> {
    let mut problems = Vec::new();
    visit(manifest, "", variable, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(ManifestError { problems }) }
}

fn visit(
    value: &mut Value,
    path: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    problems: &mut Vec<Problem>,
) {
    match value {
        Value::String(text) => match filled(text, variable) {
            Ok(filled) => *text = filled,
            Err(message) => problems.push(Problem { path: path.to_owned(), message }),
        },
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                visit(item, &format!("{path}[{index}]"), variable, problems);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                visit(field, &format!("{path}{dot}{name}"), variable, problems);
            }
        }
        _ => {}
    }
}

fn filled(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            let Some((name, after)) = after.split_once('}') else {
                return Err("`${` without a `}`: write `$${` for the text itself".to_owned());
            };
            let value = variable(name).filter(|value| !value.is_empty());
            out.push_str(&value.ok_or_else(|| format!("the environment variable {name} is not set"))?);
            rest = after;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(name: &str) -> Option<String> {
        match name {
            "PREFIX" => Some("https://sqs.test/1/dev-".to_owned()),
            "PRICE" => Some("${PREFIX} $$".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn variables_stand_in_any_string_and_their_values_are_taken_as_they_are() {
        let mut manifest = json!({
            "a": ["${PREFIX}jobs", 7, null], "b": { "c": "x${PREFIX}y${PREFIX}" }, "d": "${PRICE}",
            "e": "5 $ and $${PREFIX}", "${PREFIX}": "a name is no value",
        });
        fill(&mut manifest, &known).unwrap();
        let prefix = "https://sqs.test/1/dev-";
        assert_eq!(
            manifest,
            json!({
                "a": [format!("{prefix}jobs"), 7, null], "b": { "c": format!("x{prefix}y{prefix}") },
                "d": "${PREFIX} $$", "e": "5 $ and ${PREFIX}", "${PREFIX}": "a name is no value",
            })
        );
    }

    #[test]
    fn all_that_is_missing_is_told_with_its_path() {
        let mut manifest = json!({ "listen": "${HERE}", "functions": [{ "queues": [{ "url": "${EMPTY}/q" }] }],
            "open": "${PREFIX" });
        let error = fill(&mut manifest, &known).unwrap_err();
        let mut told: Vec<_> = error.problems.iter().map(ToString::to_string).collect();
        told.sort();
        assert_eq!(
            told,
            [
                "functions[0].queues[0].url: the environment variable EMPTY is not set",
                "listen: the environment variable HERE is not set",
                "open: `${` without a `}`: write `$${` for the text itself",
            ]
        );
    }
}
