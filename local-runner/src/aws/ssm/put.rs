//! Putting and deleting parameters.

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::SsmError;
use super::model::{Kind, Parameter, Tier, Version};
use super::tags::{self, Tag};
use super::{Parameters, Record, names};

/// Bytes of a value that a standard and an advanced parameter may have.
const MAX_STANDARD: usize = 4096;
const MAX_ADVANCED: usize = 8192;
/// How many versions are kept.
const MAX_VERSIONS: usize = 100;
/// How many names a request to delete takes.
const MAX_NAMES: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put {
    name: String,
    value: String,
    #[serde(rename = "Type")]
    kind: Option<Kind>,
    description: Option<String>,
    key_id: Option<String>,
    #[serde(default)]
    overwrite: bool,
    allowed_pattern: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    tier: Option<Tier>,
    data_type: Option<String>,
    policies: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WasPut {
    version: i64,
    tier: Tier,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Delete {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteSeveral {
    names: Vec<String>,
}

impl Parameters {
    pub(super) async fn put_parameter(&self, mut put: Put) -> Result<WasPut, SsmError> {
        put.name = put.name.trim().to_owned();
        put.check()?;
        let (told, durable) = {
            let mut state = self.state();
            let present = state.get(&put.name).cloned();
            let parameter = self.with_new_version(put, present)?;
            let latest = parameter.latest();
            let told = WasPut { version: latest.version, tier: latest.tier };
            (told, self.record(&mut state, Record::Is(Box::new(parameter))))
        };
        durable.await?;
        Ok(told)
    }

    fn with_new_version(&self, put: Put, present: Option<Parameter>) -> Result<Parameter, SsmError> {
        let mut parameter = match present {
            Some(_) if !put.overwrite => {
                return Err(SsmError::Told(
                    "ParameterAlreadyExists",
                    "The parameter already exists. To overwrite this value, set the overwrite option in the request \
                    to true."
                        .into(),
                ));
            }
            Some(present) => present,
            None => Parameter { name: put.name.clone(), versions: Vec::new(), tags: BTreeMap::new() },
        };
        let before = parameter.versions.last();
        let kind = put
            .kind
            .or(before.map(|version| version.kind))
            .ok_or_else(|| SsmError::invalid("A parameter type is required when you create a parameter."))?;
        if before.is_some_and(|before| before.kind != kind) {
            return Err(SsmError::Told(
                "HierarchyTypeMismatchException",
                "A parameter cannot change its type; make a new one.".into(),
            ));
        }
        let tier = put.tier(before.map(|version| version.tier))?;
        let is_secret = kind == Kind::SecureString;
        if put.key_id.is_some() && !is_secret {
            return Err(SsmError::invalid("KeyId is for parameters of the type SecureString."));
        }
        let version = Version {
            version: before.map_or(1, |before| before.version + 1),
            kind,
            value: if is_secret { self.seal.close(&put.name, &put.value)? } else { put.value },
            modified: self.clock.now(),
            description: put.description,
            allowed_pattern: put.allowed_pattern,
            data_type: put.data_type.unwrap_or_else(|| "text".into()),
            tier,
            key_id: is_secret.then(|| put.key_id.unwrap_or_else(|| "alias/aws/ssm".into())),
            labels: Vec::new(),
        };
        parameter.versions.push(version);
        parameter.drop_oldest()?;
        tags::add(&mut parameter.tags, put.tags)?;
        Ok(parameter)
    }

    pub(super) async fn delete_parameter(&self, delete: &Delete) -> Result<Value, SsmError> {
        let durable = {
            let mut state = self.state();
            if !state.contains_key(&delete.name) {
                return Err(SsmError::not_found(&delete.name));
            }
            self.record(&mut state, Record::Gone(delete.name.clone()))
        };
        durable.await?;
        Ok(json!({}))
    }

    pub(super) async fn delete_parameters(&self, delete: DeleteSeveral) -> Result<Value, SsmError> {
        if delete.names.is_empty() || delete.names.len() > MAX_NAMES {
            return Err(SsmError::invalid("Names must have between 1 and 10 members."));
        }
        let (gone, unknown, durable) = {
            let mut state = self.state();
            let (gone, unknown): (Vec<_>, Vec<_>) =
                delete.names.into_iter().partition(|name| state.contains_key(name));
            for name in &gone {
                drop(self.record(&mut state, Record::Gone(name.clone())));
            }
            (gone, unknown, self.journal.settled())
        };
        durable.await?;
        Ok(json!({ "DeletedParameters": gone, "InvalidParameters": unknown }))
    }
}

impl Put {
    fn check(&self) -> Result<(), SsmError> {
        names::check(&self.name)?;
        if self.value.is_empty() {
            return Err(SsmError::invalid("Value must have at least 1 character."));
        }
        if self.overwrite && !self.tags.is_empty() {
            return Err(SsmError::invalid(
                "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please \
                remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or \
                RemoveTagsFromResource.",
            ));
        }
        if self.kind == Some(Kind::StringList) && self.value.split(',').any(str::is_empty) {
            return Err(SsmError::invalid("A StringList has no empty items."));
        }
        if self.policies.as_ref().is_some_and(|policies| !matches!(policies.trim(), "" | "[]" | "{}")) {
            return Err(SsmError::invalid("The local runner does not serve parameter policies."));
        }
        match self.data_type.as_deref() {
            None | Some("text" | "aws:ec2:image" | "aws:ssm:integration") => {}
            Some(other) => {
                return Err(SsmError::invalid(format!(
                    "The following data type is not supported: {other} (Data type names are all lowercase.)"
                )));
            }
        }
        if self.description.as_ref().is_some_and(|text| text.chars().count() > 1024) {
            return Err(SsmError::invalid("Description must have length less than or equal to 1024"));
        }
        self.check_pattern()
    }

    fn check_pattern(&self) -> Result<(), SsmError> {
        let Some(pattern) = &self.allowed_pattern else { return Ok(()) };
        let regex = Regex::new(&format!("^(?:{pattern})$")).map_err(|_| {
            SsmError::Told("InvalidAllowedPatternException", "The pattern is no regular expression.".into())
        })?;
        if regex.is_match(&self.value) {
            return Ok(());
        }
        // Without the value: it may be a secret.
        let message = format!("Parameter value failed to satisfy constraint: must match {pattern}");
        Err(SsmError::Told("ParameterPatternMismatchException", message))
    }

    /// The tier that the value gets (user guide, "Managing parameter tiers").
    fn tier(&self, before: Option<Tier>) -> Result<Tier, SsmError> {
        let is_large = self.value.len() > MAX_STANDARD;
        let tier = match (self.tier.unwrap_or(before.unwrap_or_default()), before) {
            (Tier::IntelligentTiering, Some(Tier::Advanced)) => Tier::Advanced,
            (Tier::IntelligentTiering, _) if is_large => Tier::Advanced,
            (Tier::IntelligentTiering, _) => Tier::Standard,
            (Tier::Standard, Some(Tier::Advanced)) => {
                return Err(SsmError::invalid(
                    "This parameter uses the advanced-parameter tier. You can't downgrade it to the standard tier.",
                ));
            }
            (tier, _) => tier,
        };
        let limit = if tier == Tier::Advanced { MAX_ADVANCED } else { MAX_STANDARD };
        if self.value.len() > limit {
            return Err(SsmError::invalid(format!(
                "{tier:?} tier parameters support a maximum parameter value of {limit} characters."
            )));
        }
        Ok(tier)
    }
}

impl Parameter {
    /// The oldest version makes room for a hundredth and first, unless a label holds on to it.
    fn drop_oldest(&mut self) -> Result<(), SsmError> {
        if self.versions.len() <= MAX_VERSIONS {
            return Ok(());
        }
        if self.versions.first().is_some_and(|oldest| !oldest.labels.is_empty()) {
            return Err(SsmError::Told(
                "ParameterMaxVersionLimitExceeded",
                "The oldest version has a label: move the label, then a new version can be made.".into(),
            ));
        }
        self.versions.remove(0);
        Ok(())
    }
}
