//! A parameter with its versions, and how answers tell of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::aws::{ACCOUNT, REGION};

/// The account that changes things here.
const USER: &str = "arn:aws:iam::000000000000:root";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    String,
    StringList,
    SecureString,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Tier {
    #[default]
    Standard,
    Advanced,
    #[serde(rename = "Intelligent-Tiering")]
    IntelligentTiering,
}

/// A parameter: its versions, oldest first, never none.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) versions: Vec<Version>,
    #[serde(default)]
    pub(super) tags: BTreeMap<String, String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Version {
    pub(super) version: i64,
    pub(super) kind: Kind,
    /// Encrypted if it is a SecureString's.
    pub(super) value: String,
    pub(super) modified: DateTime<Utc>,
    pub(super) description: Option<String>,
    pub(super) allowed_pattern: Option<String>,
    pub(super) data_type: String,
    pub(super) tier: Tier,
    /// Only of a SecureString.
    pub(super) key_id: Option<String>,
    #[serde(default)]
    pub(super) labels: Vec<String>,
}

impl Parameter {
    pub(super) fn latest(&self) -> &Version {
        self.versions.last().expect("a parameter is made with its first version and keeps its last")
    }

    /// The version that a selector names: a number or a label; the latest without one.
    pub(super) fn selected(&self, selector: Option<&str>) -> Option<&Version> {
        let Some(selector) = selector else { return Some(self.latest()) };
        let number: Option<i64> = selector.parse().ok();
        self.versions.iter().find(|version| {
            Some(version.version) == number || version.labels.iter().any(|label| label == selector)
        })
    }

    pub(super) fn arn(&self) -> String {
        format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{}", self.name.trim_start_matches('/'))
    }

    /// What the Get actions answer; `value` is what may be shown.
    pub(super) fn told(&self, version: &Version, value: &str, selector: Option<&str>) -> Value {
        let mut told = json!({
            "Name": self.name,
            "Type": version.kind,
            "Value": value,
            "Version": version.version,
            "LastModifiedDate": version.seconds(),
            "ARN": self.arn(),
            "DataType": version.data_type,
        });
        if let Some(selector) = selector {
            told["Selector"] = format!(":{selector}").into();
        }
        told
    }

    /// What DescribeParameters and GetParameterHistory answer.
    pub(super) fn described(&self, version: &Version) -> Value {
        let mut told = json!({
            "Name": self.name,
            "Type": version.kind,
            "Version": version.version,
            "LastModifiedDate": version.seconds(),
            "LastModifiedUser": USER,
            "Tier": version.tier,
            "DataType": version.data_type,
            "Policies": [],
        });
        let optional = [
            ("Description", &version.description),
            ("AllowedPattern", &version.allowed_pattern),
            ("KeyId", &version.key_id),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                told[name] = value.as_str().into();
            }
        }
        told
    }
}

impl Version {
    fn seconds(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "exact for 200,000 years")]
        let ms = self.modified.timestamp_millis() as f64;
        ms / 1000.0
    }
}
