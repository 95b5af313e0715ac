//! Filters and pages of lists (API reference, "ParameterStringFilter").

use serde::Deserialize;

use super::error::SsmError;
use super::model::Parameter;
use super::read::is_below;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Filter {
    key: String,
    option: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page {
    max_results: Option<usize>,
    next_token: Option<String>,
}

impl Filter {
    /// Whether the action knows the key, and the key the option. Keys that begin with `tag:` go with `tag:`.
    pub(super) fn check(&self, keys: &[&str]) -> Result<(), SsmError> {
        let is_tag = self.key.starts_with("tag:");
        let key = if is_tag { "tag:" } else { self.key.as_str() };
        if !keys.contains(&key) {
            let message = format!("The following filter key is not valid: {}.", self.key);
            return Err(SsmError::Told("InvalidFilterKey", message));
        }
        let options: &[&str] = match self.key.as_str() {
            "Path" => &["Recursive", "OneLevel"],
            "Name" => &["Equals", "BeginsWith", "Contains"],
            "Type" | "KeyId" | "Tier" | "DataType" | "Label" => &["Equals", "BeginsWith"],
            _ => &["Equals", "BeginsWith"],
        };
        if self.option.as_deref().is_some_and(|option| !options.contains(&option)) {
            let option = self.option.as_deref().unwrap_or_default();
            let message = format!("The following filter option is not valid: {option}.");
            return Err(SsmError::Told("InvalidFilterOption", message));
        }
        if (self.values.is_empty() && !is_tag) || self.values.len() > 50 {
            let message = format!("The following filter values are missing for filter key {}", self.key);
            return Err(SsmError::Told("InvalidFilterValue", message));
        }
        Ok(())
    }

    /// The first label asked for.
    pub(super) fn label(&self) -> Option<&str> {
        self.values.first().filter(|_| self.key == "Label").map(String::as_str)
    }

    pub(super) fn fits(&self, parameter: &Parameter) -> bool {
        let latest = parameter.latest();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let described = parameter.described(latest);
        match self.key.as_str() {
            "Name" => {
                // A name may be asked for with or without its first slash.
                let bare = parameter.name.trim_start_matches('/');
                self.any(|wanted, compare| {
                    compare(&parameter.name, wanted) || compare(bare, wanted.trim_start_matches('/'))
                })
            }
            "Path" => {
                let is_recursive = self.option.as_deref() == Some("Recursive");
                self.values.iter().any(|path| is_below(&parameter.name, path, is_recursive))
            }
            "Label" => {
                let mut labels = parameter.versions.iter().flat_map(|version| &version.labels);
                labels.any(|label| self.any(|wanted, compare| compare(label, wanted)))
            }
            "Type" | "KeyId" | "Tier" | "DataType" => {
                let value = text(&described[&self.key]);
                self.any(|wanted, compare| compare(&value, wanted))
            }
            tag => {
                let value = parameter.tags.get(tag.trim_start_matches("tag:"));
                value.is_some_and(|value| {
                    self.values.is_empty() || self.any(|wanted, compare| compare(value, wanted))
                })
            }
        }
    }

    fn any(&self, fits: impl Fn(&str, &dyn Fn(&str, &str) -> bool) -> bool) -> bool {
        let compare: &dyn Fn(&str, &str) -> bool = match self.option.as_deref() {
            Some("BeginsWith") => &|value, wanted| value.starts_with(wanted),
            Some("Contains") => &|value, wanted| value.contains(wanted),
            _ => &|value, wanted| value == wanted,
        };
        self.values.iter().any(|wanted| fits(wanted, compare))
    }
}

impl Page {
    /// The entries after the token, at most as many as fit, and the token of the page after.
    pub(super) fn of<T>(
        &self,
        entries: impl Iterator<Item = T>,
        most: usize,
        id: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<String>), SsmError> {
        let limit = self.max_results.unwrap_or(most);
        if limit == 0 || limit > most {
            return Err(SsmError::invalid(format!(
                "Value '{limit}' at 'maxResults' failed to satisfy constraint: Member must be between 1 and {most}"
            )));
        }
        let after = self.next_token.as_deref().unwrap_or_default();
        let mut page: Vec<T> = entries.filter(|entry| id(entry).as_str() > after).take(limit + 1).collect();
        let has_more = page.len() > limit;
        page.truncate(limit);
        let next = page.last().filter(|_| has_more).map(id);
        Ok((page, next))
    }
}
