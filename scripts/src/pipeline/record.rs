//! Which releases an environment has had: the versions of one SSM parameter, which laptops and CI both see.

use serde::{Deserialize, Serialize};

use super::{
    failure::{Done, Failure, Kind},
    state::Digests,
    world::World,
};

/// What ran when it was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Release {
    pub(crate) sha: String,
    /// By digest, as Terraform takes them.
    pub(crate) images: Digests,
    /// The release that this one was put in place of by a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instead_of: Option<String>,
}

fn name(world: &World<'_>) -> String {
    format!("/{}/{}/release", catalog::names::PREFIX, world.environment)
}

fn parse(text: &str) -> Done<Release> {
    let unclear = |error| Failure::refused(format!("the record of releases: {error}"));
    serde_json::from_str(text).map_err(unclear)
}

/// All that the parameter still holds (100 versions), the oldest first.
pub(crate) fn history(world: &World<'_>) -> Done<Vec<Release>> {
    let call = world.aws(["ssm", "get-parameter-history", "--name", &name(world)]);
    let call = call.assume(r#"{"Parameters":[]}"#);
    let output = world.attempt(&call)?;
    if !output.succeeded() {
        let is_first = output.complaint.contains("ParameterNotFound");
        return if is_first { Ok(Vec::new()) } else { Err(world.failed(Kind::Program, &call, &output)) };
    }
    let told: serde_json::Value = serde_json::from_str(&output.text)
        .map_err(|error| Failure::refused(format!("the record of releases: {error}")))?;
    let versions = told["Parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    versions.iter().map(|version| parse(version["Value"].as_str().unwrap_or_default())).collect()
}

/// The release that runs; none before the first.
pub(crate) fn running(world: &World<'_>) -> Done<Option<Release>> {
    Ok(history(world)?.pop())
}

/// From now on this one runs.
pub(crate) fn write(world: &World<'_>, release: &Release) -> Done<()> {
    let unclear = |error: serde_json::Error| Failure::refused(error.to_string());
    let value = serde_json::to_string(release).map_err(unclear)?;
    let call = world.aws(["ssm", "put-parameter", "--type", "String", "--overwrite"]);
    let call = call.with(["--name", &name(world), "--value", &value]);
    world.run(Kind::Program, &call).map(drop)
}

/// The newest release before the running one that no rollback has left: rolling back twice goes back by two.
pub(crate) fn previous(history: &[Release]) -> Option<&Release> {
    let running = history.last()?;
    let left: Vec<_> = history.iter().filter_map(|release| release.instead_of.as_deref()).collect();
    history.iter().rev().find(|release| release.sha != running.sha && !left.contains(&release.sha.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(sha: &str, instead_of: Option<&str>) -> Release {
        Release { sha: sha.to_owned(), instead_of: instead_of.map(str::to_owned), ..Release::default() }
    }

    #[test]
    fn rolling_back_twice_goes_back_by_two() {
        let mut history = vec![release("a", None), release("b", None), release("c", None)];
        assert_eq!(previous(&history).unwrap().sha, "b");
        history.push(release("b", Some("c")));
        assert_eq!(previous(&history).unwrap().sha, "a");
        history.push(release("a", Some("b")));
        assert!(previous(&history).is_none());
        history.push(release("d", None));
        assert_eq!(previous(&history).unwrap().sha, "a");
        assert!(previous(&[]).is_none());
    }
}
