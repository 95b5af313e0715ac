//! The step `note`: tells Sentry of the release (Sentry: "Create a New Release for an Organization", "Create a
//! Deploy"). What runs, runs: that Sentry cannot be told is said, and fails nothing.

use std::env;

use serde_json::{Value, json};

use super::{failure::Done, programs::Call, world::World};

/// Where releases are noted, from the environment.
struct Sentry {
    url: String,
    organization: String,
    project: String,
    token: String,
}

impl Sentry {
    fn find() -> Option<Self> {
        let variable = |key| env::var(key).ok().filter(|value| !value.is_empty());
        Some(Self {
            url: variable("SENTRY_URL").unwrap_or_else(|| "https://sentry.io".to_owned()),
            organization: variable("SENTRY_ORG")?,
            project: variable("SENTRY_PROJECT")?,
            token: variable("SENTRY_AUTH_TOKEN")?,
        })
    }

    /// The token comes by standard input, as a line of curl's own configuration.
    fn post(&self, path: &str, body: &Value) -> Call {
        let url = format!("{}/api/0/organizations/{}/releases/{path}", self.url, self.organization);
        let call =
            Call::new("curl", ["--silent", "--show-error", "--fail", "--max-time", "20", "--config", "-"]);
        let call =
            call.with(["--header", "content-type: application/json", "--data", &body.to_string(), &url]);
        call.input(format!("header = \"authorization: Bearer {}\"\n", self.token))
    }
}

/// What came of it.
pub(crate) fn run(world: &World<'_>, sha: &str) -> Done<String> {
    let Some(sentry) = Sentry::find() else {
        let why = "not noted in Sentry: SENTRY_AUTH_TOKEN, SENTRY_ORG and SENTRY_PROJECT are not all set";
        return Ok(why.to_owned());
    };
    world.screen.masks.hide(&sentry.token);
    let release = json!({ "version": sha, "projects": [sentry.project] });
    let deploy = json!({ "environment": world.environment.name() });
    for call in [sentry.post("", &release), sentry.post(&format!("{sha}/deploys/"), &deploy)] {
        let output = world.attempt(&call)?;
        if !output.succeeded() {
            return Ok(format!("not noted in Sentry: {}", output.reason()));
        }
    }
    Ok(format!("noted in Sentry: {sha} in {}", world.environment))
}
