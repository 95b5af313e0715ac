//! The step `quality`: format, lints and tests at the same time; all that is wrong is told at once.

use std::thread;

use super::{
    failure::{Done, Failure, Kind},
    programs::Call,
    world::World,
};

/// Steps of `cargo velox test` that are done together, by the name under which they are told.
const CHECKS: [(&str, &[&str]); 3] =
    [("format", &["format"]), ("lints", &["lints"]), ("tests", &["build", "browser", "tests"])];

/// The names of what passed.
pub(crate) fn run(world: &World<'_>) -> Done<Vec<String>> {
    let results: Vec<_> = thread::scope(|scope| {
        let checks = CHECKS.map(|check| scope.spawn(move || one(world, check)));
        checks.into_iter().map(|check| check.join().unwrap_or_else(|_| Err("broke off".to_owned()))).collect()
    });
    let wrong: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    if !wrong.is_empty() {
        return Err(Failure::new(Kind::Quality, wrong.join("\n\n")));
    }
    Ok(CHECKS.iter().map(|(name, _)| (*name).to_owned()).collect())
}

fn one(world: &World<'_>, (name, steps): (&str, &[&str])) -> Result<(), String> {
    let only = steps.iter().flat_map(|step| ["--only", *step]);
    let call = Call::new("cargo", ["velox", "test"]).with(only);
    let output = world.attempt(&call).map_err(|failure| failure.message)?;
    if output.succeeded() {
        world.screen.line(&format!("  ✔ {name}"));
        return Ok(());
    }
    world.screen.line(&format!("  ✘ {name}"));
    // What a check has to say stands at the end of both; compilers use the one, test programs the other.
    let tail = |text: &str| {
        let lines: Vec<_> = text.trim().lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    };
    Err(format!("{name}:\n{}\n{}", tail(&output.text), tail(&output.complaint)))
}
