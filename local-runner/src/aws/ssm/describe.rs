//! DescribeParameters: everything but values.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Parameters;
use super::error::SsmError;
use super::filter::{Filter, Page};

/// The most entries of a page.
const MAX_RESULTS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Describe {
    /// The older form, which begins with.
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    #[serde(flatten)]
    page: Page,
}

impl Parameters {
    pub(super) fn describe_parameters(&self, describe: &Describe) -> Result<Value, SsmError> {
        if !describe.filters.is_empty() && !describe.parameter_filters.is_empty() {
            return Err(SsmError::invalid(
                "You can use either Filters or ParameterFilters in a single request.",
            ));
        }
        for filter in &describe.parameter_filters {
            filter.check(&["Name", "Type", "KeyId", "Path", "Label", "Tier", "DataType", "tag:"])?;
        }
        for filter in &describe.filters {
            filter.check(&["Name", "Type", "KeyId"])?;
        }
        let all = || describe.parameter_filters.iter().chain(&describe.filters);
        let state = self.state();
        let fits = state.values().filter(|parameter| all().all(|filter| filter.fits(parameter)));
        let (page, next) = describe.page.of(fits, MAX_RESULTS, |parameter| parameter.name.clone())?;
        let told: Vec<Value> = page
            .into_iter()
            .map(|parameter| {
                let mut told = parameter.described(parameter.latest());
                told["ARN"] = parameter.arn().into();
                told
            })
            .collect();
        Ok(json!({ "Parameters": told, "NextToken": next }))
    }
}
