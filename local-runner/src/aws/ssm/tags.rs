//! Tags of parameters.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Parameters;
use super::error::SsmError;

/// The most tags of a parameter.
const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Resource {
    resource_type: String,
    resource_id: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

/// Adds or replaces tags.
pub(super) fn add(tags: &mut BTreeMap<String, String>, more: Vec<Tag>) -> Result<(), SsmError> {
    tags.extend(more.into_iter().map(|tag| (tag.key, tag.value)));
    if tags.len() > MAX_TAGS {
        let message = "The Targets parameter includes too many tags. Remove one or more tags and try the command again.";
        return Err(SsmError::Told("TooManyTagsError", message.into()));
    }
    Ok(())
}

impl Parameters {
    pub(super) async fn add_tags(&self, resource: Resource) -> Result<Value, SsmError> {
        resource.check()?;
        let missing = resource.missing();
        self.change(&resource.resource_id, missing, |parameter| add(&mut parameter.tags, resource.tags))
            .await?;
        Ok(json!({}))
    }

    pub(super) async fn remove_tags(&self, resource: Resource) -> Result<Value, SsmError> {
        resource.check()?;
        self.change(&resource.resource_id, resource.missing(), |parameter| {
            parameter.tags.retain(|key, _| !resource.tag_keys.contains(key));
            Ok(())
        })
        .await?;
        Ok(json!({}))
    }

    pub(super) fn list_tags(&self, resource: &Resource) -> Result<Value, SsmError> {
        resource.check()?;
        let state = self.state();
        let parameter = state.get(&resource.resource_id).ok_or_else(|| resource.missing())?;
        let tags: Vec<_> =
            parameter.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
        Ok(json!({ "TagList": tags }))
    }
}

impl Resource {
    fn check(&self) -> Result<(), SsmError> {
        if self.resource_type == "Parameter" {
            return Ok(());
        }
        let message = format!("{} has no tags here.", self.resource_type);
        Err(SsmError::Told("InvalidResourceType", message))
    }

    fn missing(&self) -> SsmError {
        let message =
            format!("The resource ID \"{}\" is not valid. Verify the ID and try again.", self.resource_id);
        SsmError::Told("InvalidResourceId", message)
    }
}
