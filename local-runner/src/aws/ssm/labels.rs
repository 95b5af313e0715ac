//! Labels: names for versions (user guide, "Working with parameter labels").

use serde::Deserialize;
use serde_json::{Value, json};

use super::Parameters;
use super::error::SsmError;

/// The most labels of a version.
const MAX_LABELS: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Label {
    name: String,
    parameter_version: Option<i64>,
    labels: Vec<String>,
}

impl Parameters {
    /// A label is on one version: given to another it moves.
    pub(super) async fn label_version(&self, label: Label) -> Result<Value, SsmError> {
        let missing = SsmError::not_found(&label.name);
        self.change(&label.name, missing, |parameter| {
            let number = label.parameter_version.unwrap_or(parameter.latest().version);
            if !parameter.versions.iter().any(|version| version.version == number) {
                return Err(no_version(&label.name, number));
            }
            let (good, bad): (Vec<_>, Vec<_>) = label.labels.into_iter().partition(|label| is_label(label));
            for version in &mut parameter.versions {
                version.labels.retain(|label| !good.contains(label));
                if version.version == number {
                    version.labels.extend(good.iter().cloned());
                    if version.labels.len() > MAX_LABELS {
                        return Err(SsmError::Told(
                            "ParameterVersionLabelLimitExceeded",
                            "A parameter version can have a maximum of ten labels.".into(),
                        ));
                    }
                }
            }
            Ok(json!({ "InvalidLabels": bad, "ParameterVersion": number }))
        })
        .await
    }

    pub(super) async fn unlabel_version(&self, label: Label) -> Result<Value, SsmError> {
        let missing = SsmError::not_found(&label.name);
        self.change(&label.name, missing, |parameter| {
            let number = label.parameter_version.unwrap_or(parameter.latest().version);
            let version = parameter.versions.iter_mut().find(|version| version.version == number);
            let version = version.ok_or_else(|| no_version(&label.name, number))?;
            let (gone, unknown): (Vec<_>, Vec<_>) =
                label.labels.into_iter().partition(|label| version.labels.contains(label));
            version.labels.retain(|label| !gone.contains(label));
            Ok(json!({ "RemovedLabels": gone, "InvalidLabels": unknown }))
        })
        .await
    }
}

fn no_version(name: &str, number: i64) -> SsmError {
    let message = format!(
        "Systems Manager could not find version {number} of {name}. Verify the version and try again."
    );
    SsmError::Told("ParameterVersionNotFound", message)
}

/// 1 to 100 letters, digits, periods, hyphens and underscores; neither a number, `aws` nor `ssm` at the start.
fn is_label(label: &str) -> bool {
    let lower = label.to_ascii_lowercase();
    (1..=100).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        && !label.starts_with(|first: char| first.is_ascii_digit())
        && !lower.starts_with("aws")
        && !lower.starts_with("ssm")
}
