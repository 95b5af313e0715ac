//! `cargo velox secret`: values of SSM parameters that Terraform made. A value comes by a prompt without echo or by
//! standard input, goes on by standard input, and is shown nowhere.

use std::io::{self, IsTerminal, Read};

use catalog::names;
use chrono::DateTime;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::{
    Target,
    failure::{Done, Failure, Kind},
    world::{Environment, World},
};

/// Whose secrets: an environment's, or those of the network that dev and staging share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Place {
    Dev,
    Staging,
    Prod,
    /// What dev and staging share: the key of its Tailscale router.
    Nonprod,
}

impl Place {
    const fn name(self) -> &'static str {
        match self {
            Self::Nonprod => "nonprod",
            _ => self.environment().name(),
        }
    }

    /// An environment of the same account.
    const fn environment(self) -> Environment {
        match self {
            Self::Dev | Self::Nonprod => Environment::Dev,
            Self::Staging => Environment::Staging,
            Self::Prod => Environment::Prod,
        }
    }
}

#[derive(Args)]
pub(crate) struct Whose {
    /// The environment, or the network that dev and staging share.
    place: Place,
    /// The place once more: prod is touched only when it is named twice.
    #[arg(long = "env", value_name = "PLACE")]
    again: Option<Place>,
    /// Prints every command and carries none out.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Sets a secret; its value is asked for, or read from standard input.
    Set {
        #[command(flatten)]
        whose: Whose,
        /// The service or task that is given it.
        owner: String,
        /// The environment variable, as DATABASE_URL.
        key: String,
    },
    /// Lists secrets: their names, when they were set, and which still wait for a value.
    List {
        #[command(flatten)]
        whose: Whose,
    },
}

impl Command {
    fn whose(&self) -> &Whose {
        match self {
            Self::Set { whose, .. } | Self::List { whose } => whose,
        }
    }

    pub(crate) fn target(&self) -> Target {
        let Whose { place, again, dry_run } = *self.whose();
        Target::at(place.environment(), again.map(Place::environment), dry_run)
    }

    pub(crate) const fn changes(&self) -> bool {
        matches!(self, Self::Set { .. })
    }
}

pub(crate) fn run(world: &World<'_>, command: &Command) -> Done<()> {
    let Whose { place, again, .. } = *command.whose();
    if again.is_some_and(|again| again != place) {
        return Err(Failure::refused(format!("--env names another place than {}", place.name())));
    }
    let path = format!("/{}/{}", names::PREFIX, place.name());
    match command {
        Command::List { .. } => list(world, &path),
        Command::Set { owner, key, .. } => set(world, &path, owner, key),
    }
}

/// What SSM says of the secrets of a path, which holds no values.
fn described(world: &World<'_>, path: &str) -> Done<Vec<Value>> {
    let filter = format!("Key=Path,Option=Recursive,Values={path}");
    let call = world.aws([
        "ssm",
        "describe-parameters",
        "--parameter-filters",
        &filter,
        "Key=Type,Values=SecureString",
    ]);
    let mut told = world.json(Kind::Program, &call.assume(r#"{"Parameters":[]}"#))?;
    match told["Parameters"].take() {
        Value::Array(parameters) => Ok(parameters),
        _ => Ok(Vec::new()),
    }
}

fn list(world: &World<'_>, path: &str) -> Done<()> {
    let mut parameters = described(world, path)?;
    parameters.sort_by_key(|parameter| parameter["Name"].to_string());
    for parameter in &parameters {
        let name = parameter["Name"].as_str().unwrap_or_default();
        // Terraform writes the first version, a placeholder.
        let version = parameter["Version"].as_u64().unwrap_or_default();
        let state = if version > 1 { format!("version {version}") } else { "not set yet".to_owned() };
        let since = modified(parameter);
        world.screen.line(&format!("{name:<60} {state:<12} {since}"));
    }
    if parameters.is_empty() {
        world.screen.line(&format!("no secrets below {path}"));
    }
    Ok(())
}

/// The day; the AWS CLI writes seconds in its first version and text in its second.
fn modified(parameter: &Value) -> String {
    let date = &parameter["LastModifiedDate"];
    let seconds = date.as_f64().and_then(|seconds| DateTime::from_timestamp(seconds as i64, 0));
    let day = seconds.map(|time| time.format("%Y-%m-%d").to_string());
    day.or_else(|| date.as_str().map(|text| text.chars().take(10).collect())).unwrap_or_default()
}

fn set(world: &World<'_>, path: &str, owner: &str, key: &str) -> Done<()> {
    let name = format!("{path}/{owner}/{key}");
    let parameters = described(world, path)?;
    let parameter = parameters.iter().find(|parameter| parameter["Name"] == name.as_str());
    let Some(parameter) = parameter.or_else(|| world.is_dry.then_some(&Value::Null)) else {
        let known: Vec<_> = parameters.iter().filter_map(|parameter| parameter["Name"].as_str()).collect();
        let near = catalog::nearest(&name, known.iter().copied());
        let near = if near.is_empty() { String::new() } else { format!("; there are {}", near.join(", ")) };
        return Err(Failure::refused(format!("Terraform has made no secret {name}{near}")));
    };
    let value = value(world, &name)?;
    world.screen.masks.hide(&value);
    let call = world.aws(["ssm", "put-parameter", "--type", "SecureString", "--overwrite", "--name", &name]);
    let mut call = call.with(["--value", "file:///dev/stdin"]);
    // Without it SSM would take another key, which the services may not use.
    if let Some(key) = parameter["KeyId"].as_str() {
        call = call.with(["--key-id", key]);
    }
    world.run(Kind::Program, &call.input(value))?;
    world
        .screen
        .line(&format!("{name} is set; tasks that run keep the old value until they are deployed again"));
    Ok(())
}

fn value(world: &World<'_>, name: &str) -> Done<String> {
    let typed = match world.screen.ask_secret(&format!("{name}: ")) {
        Some(typed) => typed,
        None if world.is_dry || io::stdin().is_terminal() => String::new(),
        None => {
            let mut piped = String::new();
            let read = io::stdin().read_to_string(&mut piped);
            read.map_err(|error| Failure::refused(format!("standard input: {error}")))?;
            piped
        }
    };
    let value = typed.trim_end_matches(['\r', '\n']).to_owned();
    if value.is_empty() && !world.is_dry {
        return Err(Failure::refused("an empty value is no secret"));
    }
    Ok(value)
}
