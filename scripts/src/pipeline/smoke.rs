//! The step `smoke`: one request per public host, as a stranger would send it. It shows that name, certificate,
//! load balancer, firewall, adapter and function work together.

use std::time::Duration;

use catalog::Host;

use super::{
    failure::{Done, Failure, Kind},
    programs::Call,
    state::Deployment,
    world::World,
};

/// A new name takes a while to be known.
const PATIENCE: Duration = Duration::from_secs(120);

/// A path of each host, and with what a stranger is answered.
const fn expectation(host: Host) -> (&'static str, &'static [&'static str]) {
    match host {
        Host::App => ("/login", &["200"]),
        // Nobody without a key.
        Host::Api => ("/v1/customers", &["401"]),
        // The firewall lets nobody in but the office, where the page is there.
        Host::Admin => ("/login", &["403", "200"]),
    }
}

/// What was asked and answered.
pub(crate) fn run(world: &World<'_>, deployment: &Deployment) -> Done<Vec<String>> {
    let hosts = [Host::App, Host::Api, Host::Admin];
    hosts.iter().map(|host| request(world, deployment, *host)).collect()
}

fn request(world: &World<'_>, deployment: &Deployment, host: Host) -> Done<String> {
    let label = host.label();
    let base = deployment.urls.get(label);
    let missing = || Failure::new(Kind::Smoke, format!("the output `deployment` has no urls.{label}"));
    let (path, wanted) = expectation(host);
    let url = format!("{}{path}", base.ok_or_else(missing)?);
    let call = Call::new("curl", ["--silent", "--show-error", "--max-time", "10", "--output", "/dev/null"]);
    let call = call.with(["--write-out", "%{http_code}", &url]).assume(wanted[0]);
    let mut told = String::new();
    let answered = world.until(PATIENCE.min(world.patience), || {
        let output = world.attempt(&call)?;
        let status = output.text.trim();
        if wanted.contains(&status) {
            return Ok(Some(format!("{url} {status}")));
        }
        told = format!("{status} {}", output.complaint.trim());
        world.screen.waiting(&format!("{url} answers {told}"), false);
        Ok(None)
    })?;
    let wanted = wanted.join(" or ");
    let wrong = || Failure::new(Kind::Smoke, format!("{url} answers {}, not {wanted}", told.trim()));
    let line = answered.ok_or_else(wrong)?;
    world.screen.line(&format!("  {line}"));
    Ok(line)
}
