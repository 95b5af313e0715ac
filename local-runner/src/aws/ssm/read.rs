//! Reading parameters: one, several, all below a path, and their history.

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::SsmError;
use super::filter::{Filter, Page};
use super::model::{Kind, Parameter, Version};
use super::{Parameters, names};

/// The most names of GetParameters.
const MAX_NAMES: usize = 10;
/// The most entries of a page by path and of a history.
const MAX_BY_PATH: usize = 10;
const MAX_HISTORY: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Get {
    name: String,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetSeveral {
    names: Vec<String>,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetByPath {
    path: String,
    #[serde(default)]
    recursive: bool,
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    #[serde(default)]
    with_decryption: bool,
    #[serde(flatten)]
    page: Page,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetHistory {
    name: String,
    #[serde(default)]
    with_decryption: bool,
    #[serde(flatten)]
    page: Page,
}

impl Parameters {
    pub(super) fn get_parameter(&self, get: &Get) -> Result<Value, SsmError> {
        Ok(json!({ "Parameter": self.look_up(&get.name, get.with_decryption)? }))
    }

    pub(super) fn get_parameters(&self, get: &GetSeveral) -> Result<Value, SsmError> {
        if get.names.is_empty() || get.names.len() > MAX_NAMES {
            return Err(SsmError::invalid("Names must have between 1 and 10 members."));
        }
        let (mut found, mut unknown) = (Vec::new(), Vec::new());
        for name in &get.names {
            match self.look_up(name, get.with_decryption) {
                Ok(parameter) => found.push(parameter),
                Err(SsmError::Told(..)) => unknown.push(name),
                Err(error) => return Err(error),
            }
        }
        Ok(json!({ "Parameters": found, "InvalidParameters": unknown }))
    }

    fn look_up(&self, text: &str, is_decrypted: bool) -> Result<Value, SsmError> {
        let (name, selector) = names::split(text);
        let state = self.state();
        // The ARN of `a` and that of `/a` are the same.
        let parameter = state.get(name).or_else(|| {
            let is_arn = text.starts_with("arn:");
            state.get(name.strip_prefix('/').filter(|_| is_arn)?)
        });
        let parameter = parameter.ok_or_else(|| SsmError::not_found(name))?;
        let version = parameter.selected(selector).ok_or_else(|| {
            let message = format!("Systems Manager could not find version or label {text}.");
            SsmError::Told("ParameterVersionNotFound", message)
        })?;
        Ok(parameter.told(version, &self.shown(parameter, version, is_decrypted)?, selector))
    }

    fn shown(
        &self,
        parameter: &Parameter,
        version: &Version,
        is_decrypted: bool,
    ) -> Result<String, SsmError> {
        if version.kind == Kind::SecureString && is_decrypted {
            return Ok(self.seal.reveal(&parameter.name, &version.value)?);
        }
        Ok(version.value.clone())
    }

    pub(super) fn get_parameters_by_path(&self, get: &GetByPath) -> Result<Value, SsmError> {
        if !get.path.starts_with('/') {
            return Err(SsmError::invalid(
                "The parameter path must begin with a forward slash (/), and have at most 15 levels.",
            ));
        }
        for filter in &get.parameter_filters {
            filter.check(&["Type", "KeyId", "Label"])?;
        }
        let state = self.state();
        let below = state.values().filter(|parameter| is_below(&parameter.name, &get.path, get.recursive));
        let fits =
            below.filter(|parameter| get.parameter_filters.iter().all(|filter| filter.fits(parameter)));
        let (page, next) = get.page.of(fits, MAX_BY_PATH, |parameter| parameter.name.clone())?;
        let label = get.parameter_filters.iter().find_map(Filter::label);
        let told = page.into_iter().map(|parameter| {
            // With a label asked for, the version that has it.
            let version = parameter.selected(label).unwrap_or_else(|| parameter.latest());
            Ok(parameter.told(version, &self.shown(parameter, version, get.with_decryption)?, None))
        });
        let told = told.collect::<Result<Vec<_>, SsmError>>()?;
        Ok(json!({ "Parameters": told, "NextToken": next }))
    }

    pub(super) fn get_parameter_history(&self, get: &GetHistory) -> Result<Value, SsmError> {
        let state = self.state();
        let parameter = state.get(&get.name).ok_or_else(|| SsmError::not_found(&get.name))?;
        let id = |version: &&Version| format!("{:019}", version.version);
        let (page, next) = get.page.of(parameter.versions.iter(), MAX_HISTORY, id)?;
        let told = page.into_iter().map(|version| {
            let mut told = parameter.described(version);
            told["Value"] = self.shown(parameter, version, get.with_decryption)?.into();
            told["Labels"] = version.labels.clone().into();
            Ok(told)
        });
        let told = told.collect::<Result<Vec<_>, SsmError>>()?;
        Ok(json!({ "Parameters": told, "NextToken": next }))
    }
}

/// Whether a name is in the hierarchy of `path`: right below it, or anywhere.
pub(super) fn is_below(name: &str, path: &str, is_recursive: bool) -> bool {
    let path = path.trim_end_matches('/');
    // Names without a slash are at the root.
    let rest = match name.strip_prefix(path).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) => rest,
        None if path.is_empty() => name,
        None => return false,
    };
    is_recursive || !rest.contains('/')
}
