//! The whole infrastructure, applied by the real provider to two accounts that moto plays: made from nothing, planned
//! again without a difference, rolled to another image, and taken down. dev is released by the pipeline itself.
//!
//! Both worlds at the same time: most of it is waiting, as it is on AWS.

use std::{
    thread,
    time::{Duration, Instant},
};

use catalog::Head;
use serde_json::Value;

use super::{Outcome, releases::Releases, tool::Terraform, with_terraform, world::World};
use crate::project::Project;

/// Resources at once.
pub(super) const PARALLELISM: &str = "-parallelism=40";
/// What changes with an image and nothing else.
const ROLLED: [&str; 2] = ["aws_ecs_task_definition", "aws_ecs_service"];
/// Set by hand in the emulated SSM, and looked for in the state.
const SECRET: &str = "a-real-password-that-no-state-may-hold";

pub(in super::super) fn everywhere(project: &Project) -> Result<Outcome, String> {
    with_terraform(project, |terraform| {
        thread::scope(|scope| {
            let worlds =
                [scope.spawn(|| nonprod(project, terraform)), scope.spawn(|| prod(project, terraform))];
            worlds.into_iter().try_for_each(|world| world.join().expect("it does not panic"))
        })
    })
}

/// dev with the network that it shares, its secrets, and its releases.
fn nonprod(project: &Project, terraform: &Terraform) -> Result<(), String> {
    let (network, dev) = ("envs/nonprod-network", "envs/dev");
    let world = World::start(project, terraform, network)?;
    bootstrapped(&world, "nonprod", || timed("nonprod-network: apply", || apply(&world, network, &[])))?;
    let releases = Releases::prepare(&world)?;
    timed("nonprod-network: the router's key is set", || {
        releases.secret("nonprod", "tailscale", "AUTH_KEY")
    })?;
    thread::scope(|scope| {
        let again = scope.spawn(|| {
            timed("nonprod-network: plan without a difference", || unchanged(&world, network, &[]))
        });
        timed("dev: the first release makes it", || releases.pipeline("--skip quality", "succeeds", 0))?;
        again.join().expect("it does not panic")
    })?;
    let before = releases.variables()?;
    timed("dev: a plan without a difference, and no secret in the state", || {
        keeps_no_secret(&world, dev, &before)
    })?;
    timed("dev: another release rolls the services and nothing else", || roll(&world, dev, &releases))?;
    let after = releases.variables()?;
    timed("dev: rollouts that fail and hang", || {
        releases.pipeline("--only rollout", "fails", 20)?;
        releases.pipeline("--only rollout", "hangs", 21)
    })?;
    timed("dev and its network: destroy", || {
        destroy(&world, dev, &[&after])?;
        destroy(&world, network, &[])
    })
}

/// prod, which is protected until somebody says otherwise.
fn prod(project: &Project, terraform: &Terraform) -> Result<(), String> {
    let root = "envs/prod";
    let world = World::start(project, terraform, root)?;
    let images = images('a');
    bootstrapped(&world, "prod", || timed("prod: apply", || apply(&world, root, &[&images])))?;
    timed("prod: plan without a difference", || unchanged(&world, root, &[&images]))?;
    timed("prod: destroy", || {
        unprotect(&world)?;
        destroy(&world, root, &[&images])
    })
}

/// What an administrator does once in an empty account, and then `work`. The latter begins when bucket and zone are
/// there: of a bucket's rules S3 says for a minute that they may not hold everywhere yet.
fn bootstrapped(
    world: &World<'_>,
    network: &str,
    work: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let (root, which) = ("bootstrap", format!("-var=network={network}"));
    let needed = ["-target=aws_s3_bucket.state", "-target=aws_route53_zone.this"];
    apply(world, root, &[&[which.as_str()], needed.as_slice()].concat())?;
    thread::scope(|scope| {
        let rest = scope.spawn(|| timed(&format!("{network}: bootstrap"), || apply(world, root, &[&which])));
        work()?;
        rest.join().expect("it does not panic")
    })
}

/// Takes off what keeps prod from being deleted. `-var protected=false` does the same, and Terraform waits three
/// minutes for the database to have changed.
fn unprotect(world: &World<'_>) -> Result<(), String> {
    world.python(
        "rds, dynamodb, elb = client('rds'), client('dynamodb'), client('elbv2')\n\
         for database in rds.describe_db_instances()['DBInstances']: \
         rds.modify_db_instance(DBInstanceIdentifier=database['DBInstanceIdentifier'], DeletionProtection=False)\n\
         for table in dynamodb.list_tables()['TableNames']: \
         dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)\n\
         off = [{'Key': 'deletion_protection.enabled', 'Value': 'false'}]\n\
         for balancer in elb.describe_load_balancers()['LoadBalancers']: \
         elb.modify_load_balancer_attributes(LoadBalancerArn=balancer['LoadBalancerArn'], Attributes=off)",
    )
}

fn apply(world: &World<'_>, root: &str, variables: &[&str]) -> Result<(), String> {
    world.initialize(root)?;
    world.terraform(root, &[&["apply", "-auto-approve", PARALLELISM], variables].concat())
}

fn destroy(world: &World<'_>, root: &str, variables: &[&str]) -> Result<(), String> {
    // What is there was read a moment ago.
    let arguments = ["destroy", "-auto-approve", "-refresh=false", PARALLELISM];
    world.terraform(root, &[arguments.as_slice(), variables].concat())
}

/// What is there is what is written: a second plan has nothing to do.
fn unchanged(world: &World<'_>, root: &str, variables: &[&str]) -> Result<(), String> {
    let plan = plan(world, root, variables)?;
    let changes: Vec<_> = changes(&plan).map(|(address, _)| address).collect();
    match changes.as_slice() {
        [] => Ok(()),
        _ => Err(format!("a second plan of {root} still changes {}", changes.join(", "))),
    }
}

/// A value that somebody set stays out of the state, also after it was read again.
fn keeps_no_secret(world: &World<'_>, root: &str, images: &str) -> Result<(), String> {
    world.python(&format!(
        "ssm = client('ssm')\n\
         pages = ssm.get_paginator('describe_parameters').paginate()\n\
         secrets = [p for page in pages for p in page['Parameters'] if p['Type'] == 'SecureString']\n\
         assert secrets, 'no secret was made'\n\
         for p in secrets: ssm.put_parameter(Name=p['Name'], KeyId=p['KeyId'], Type='SecureString', \
         Value='{SECRET}', Overwrite=True)"
    ))?;
    world.terraform(root, &["apply", "-refresh-only", "-auto-approve", images])?;
    let state = world.text(root, &["state", "pull"])?;
    if state.contains(SECRET) {
        return Err("the state holds a secret that was set by hand".to_owned());
    }
    if !state.contains("/web/DATABASE_URL") {
        return Err("the state holds no parameter at all: the proof proves nothing".to_owned());
    }
    unchanged(world, root, &[images])
}

/// A release with a migration: only what runs the image changes.
fn roll(world: &World<'_>, root: &str, releases: &Releases<'_>) -> Result<(), String> {
    releases.migration()?;
    releases.commit("two")?;
    let until_plan = "--skip quality --skip apply --skip rollout --skip smoke --skip note";
    releases.pipeline(until_plan, "succeeds", 0)?;
    let plan = world.json(root, &["show", "-json", &releases.plan()?])?;
    let changed: Vec<_> = changes(&plan).collect();
    let foreign = changed.iter().filter(|(_, kind)| !ROLLED.contains(&kind.as_str()));
    let foreign: Vec<_> = foreign.map(|(address, _)| address.as_str()).collect();
    if !foreign.is_empty() {
        return Err(format!("another image changes more than services: {}", foreign.join(", ")));
    }
    let services = changed.iter().filter(|(_, kind)| kind == "aws_ecs_service").count();
    if services != Head::ALL.len() {
        return Err(format!("another image rolls {services} services of {}", Head::ALL.len()));
    }
    releases.pipeline("--only apply --only rollout --only smoke --only note", "succeeds", 0)?;
    unchanged(world, root, &[&releases.variables()?])
}

fn plan(world: &World<'_>, root: &str, variables: &[&str]) -> Result<Value, String> {
    world.terraform(root, &[&["plan", "-out=check.tfplan", PARALLELISM], variables].concat())?;
    world.json(root, &["show", "-json", "check.tfplan"])
}

/// Address and type of each resource that a plan would change.
fn changes(plan: &Value) -> impl Iterator<Item = (String, String)> {
    let all = plan["resource_changes"].as_array().into_iter().flatten();
    let changed = all.filter(|resource| {
        resource["mode"] == "managed" && resource["change"]["actions"] != serde_json::json!(["no-op"])
    });
    changed.map(|resource| {
        let text = |key: &str| resource[key].as_str().unwrap_or_default().to_owned();
        (text("address"), text("type"))
    })
}

/// An image of each service, by a digest of one digit.
fn images(digit: char) -> String {
    let digest = digit.to_string().repeat(64);
    let image =
        |head: Head| format!("{:?}:\"registry.example/{}@sha256:{digest}\"", head.name(), head.name());
    format!("-var=images={{{}}}", Head::ALL.map(image).join(","))
}

fn timed(what: &str, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let started = Instant::now();
    work()?;
    let took: Duration = started.elapsed();
    println!("{what} ({:.0} s)", took.as_secs_f64());
    Ok(())
}
