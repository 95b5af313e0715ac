//! `cargo velox new`: everything that a new route, job or schedule needs, so that it compiles and answers:
//! the entry in the catalogue, the handler, its place in the head's table, its binary, and a sample event.

mod edit;
mod event;
mod skeleton;

use std::{fs, io, path::PathBuf, process::ExitCode};

use catalog::{FUNCTIONS, Head, Trigger};
use clap::{Subcommand, ValueEnum};

use crate::project::Project;

#[derive(Subcommand)]
pub(crate) enum New {
    /// A page or an operation of the API.
    Route {
        /// Where it is served.
        head: RouteHead,
        /// Lower case with hyphens; the head's name is put in front.
        name: String,
        /// Only GET and POST: what a form can do, an API can do as well.
        #[arg(ignore_case = true)]
        method: RouteMethod,
        /// `/reports/{id}`.
        path: String,
    },
    /// A job with a queue of its own, for one tenant.
    Job {
        /// Lower case with hyphens, a verb first: `send-reminders`.
        name: String,
    },
    /// A job that is fired at a rate, across tenants.
    Schedule {
        /// Lower case with hyphens, a verb first: `expire-sessions`.
        name: String,
        /// Minutes between two fires.
        #[arg(value_parser = clap::value_parser!(u32).range(1..=44_640))]
        minutes: u32,
    },
}

/// Heads with a host.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum RouteHead {
    Web,
    Api,
    Admin,
}

/// Methods of routes.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RouteMethod {
    Get,
    Post,
}

impl RouteMethod {
    fn token(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A function that is about to be.
struct Function {
    head: Head,
    name: String,
    kind: Kind,
}

enum Kind {
    Route { method: RouteMethod, path: String },
    Job,
    Schedule { minutes: u32 },
}

impl Function {
    /// The handler's module: `web-sent-reminders` is `sent_reminders`.
    fn module(&self) -> String {
        let prefix = format!("{}-", self.head.name());
        self.name.strip_prefix(&prefix).unwrap_or(&self.name).replace('-', "_")
    }

    /// The entry in the catalogue.
    fn entry(&self) -> String {
        let name = &self.name;
        match &self.kind {
            Kind::Route { method: RouteMethod::Get, path } => {
                format!("{}(\"{name}\", Get, \"{path}\"),", self.head.name())
            }
            Kind::Route { method: RouteMethod::Post, path } => {
                format!("{}(\"{name}\", Post, \"{path}\"),", self.head.name())
            }
            Kind::Job => format!("Function::job(\"{name}\", 60_000),"),
            Kind::Schedule { minutes } => {
                format!("Function::schedule(\"{name}\", Schedule::EveryMinutes({minutes}), 60_000),")
            }
        }
    }
}

pub(crate) fn run(project: &Project, new: New) -> Result<ExitCode, String> {
    let function = checked(new)?;
    // All texts first: what cannot be placed leaves nothing half done.
    let files = plan(project, &function)?;
    for (path, text) in &files {
        write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{}", path.strip_prefix(project.path("")).unwrap_or(path).display());
    }
    println!("\n`cargo velox dev` builds and serves it; `cargo velox invoke {}` invokes it", function.name);
    Ok(ExitCode::SUCCESS)
}

fn checked(new: New) -> Result<Function, String> {
    let function = match new {
        New::Route { head, name, method, path } => {
            let head = match head {
                RouteHead::Web => Head::Web,
                RouteHead::Api => Head::Api,
                RouteHead::Admin => Head::Admin,
            };
            let prefix = format!("{}-", head.name());
            let name = if name.starts_with(&prefix) { name } else { format!("{prefix}{name}") };
            path_is_free(head, method, &path)?;
            Function { head, name, kind: Kind::Route { method, path } }
        }
        New::Job { name } => Function { head: Head::Jobs, name, kind: Kind::Job },
        New::Schedule { name, minutes } => {
            Function { head: Head::Jobs, name, kind: Kind::Schedule { minutes } }
        }
    };
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let name = &function.name;
    if !name.chars().all(fits) || !name.starts_with(|c: char| c.is_ascii_lowercase()) || name.len() > 50 {
        return Err(format!("{name}: use a-z, 0-9 and -, beginning with a letter, 50 at most"));
    }
    if catalog::find(name).is_some() {
        return Err(format!("the catalogue has a function {name}: choose another name"));
    }
    Ok(function)
}

fn path_is_free(head: Head, method: RouteMethod, path: &str) -> Result<(), String> {
    if !path.starts_with('/') || path.contains(char::is_whitespace) || path.contains('"') {
        return Err(format!("{path}: a path starts with / and has no spaces"));
    }
    let shape = |path: &str| {
        path.split('/')
            .map(|part| if part.starts_with('{') { "{}" } else { part }.to_owned())
            .collect::<Vec<_>>()
    };
    let taken =
        FUNCTIONS.iter().filter(|function| function.head == head).find(|function| match function.trigger {
            Trigger::Http { method: known, path: other } => {
                known.token() == method.token() && shape(other) == shape(path)
            }
            _ => false,
        });
    taken.map_or(Ok(()), |function| Err(format!("{} {path} is served by {}", method.token(), function.name)))
}

/// Every file with its new text.
fn plan(project: &Project, function: &Function) -> Result<Vec<(PathBuf, String)>, String> {
    let head = function.head.name();
    let in_head = |path: &str| project.path(format!("functions/{head}/{path}"));
    let existing =
        |path: &PathBuf| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let catalogue = project.path("functions/catalog/src/functions.rs");
    let (library, manifest) = (in_head("src/lib.rs"), in_head("Cargo.toml"));
    let handler = in_head(&format!("src/{}.rs", function.module()));
    if handler.exists() {
        return Err(format!("{} exists: choose another name", handler.display()));
    }
    let fallback = format!("(\"{head}-fallback\"");
    let (entry_anchor, table_anchor) = match function.head {
        Head::Jobs => ("Function::direct(\"migrate\"".to_owned(), "(\"migrate\"".to_owned()),
        _ => (format!("{head}{fallback}"), fallback),
    };
    let entries = edit::before_line(&existing(&catalogue)?, &entry_anchor, &function.entry());
    let lib = edit::module(&existing(&library)?, &function.module())
        .and_then(|text| edit::before_line(&text, &table_anchor, &skeleton::table_line(function)));
    let placed = |text: Option<String>, path: &PathBuf| {
        text.ok_or_else(|| format!("{}: no place for it was found", path.display()))
    };
    Ok(vec![
        (catalogue.clone(), placed(entries, &catalogue)?),
        (handler, skeleton::handler(function)),
        (library.clone(), placed(lib, &library)?),
        (in_head(&format!("src/bin/{}.rs", function.name)), skeleton::binary(function)),
        (manifest.clone(), edit::binary_table(&existing(&manifest)?, &function.name)),
        (project.path(format!("events/{}/event.json", function.name)), event::sample(function)),
    ])
}

fn write(path: &PathBuf, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(head: RouteHead, name: &str, path: &str) -> New {
        New::Route { head, name: name.to_owned(), method: RouteMethod::Get, path: path.to_owned() }
    }

    #[test]
    fn the_heads_name_is_put_in_front_once() {
        let short = checked(route(RouteHead::Web, "sent-reminders", "/reminders")).unwrap();
        let long = checked(route(RouteHead::Web, "web-sent-reminders", "/reminders")).unwrap();
        assert_eq!((short.name.as_str(), short.module().as_str()), ("web-sent-reminders", "sent_reminders"));
        assert_eq!(short.name, long.name);
        assert_eq!(short.entry(), "web(\"web-sent-reminders\", Get, \"/reminders\"),");
    }

    #[test]
    fn a_name_or_a_path_that_is_taken_is_refused_with_its_owner() {
        let name = checked(route(RouteHead::Web, "dashboard", "/elsewhere")).err().unwrap();
        assert!(name.contains("web-dashboard"), "{name}");
        let path = checked(route(RouteHead::Web, "other", "/imports/{number}")).err().unwrap();
        assert_eq!(path, "GET /imports/{number} is served by web-import");
        assert!(checked(New::Job { name: "Send".to_owned() }).is_err());
    }

    #[test]
    fn every_kind_finds_its_places_in_this_checkout() {
        let project = Project::find().unwrap();
        let kinds = [
            route(RouteHead::Web, "never-made", "/never-made"),
            route(RouteHead::Api, "never-made", "/v1/never-made/{id}"),
            route(RouteHead::Admin, "never-made", "/never-made"),
            New::Job { name: "never-made".to_owned() },
            New::Schedule { name: "never-fired".to_owned(), minutes: 5 },
        ];
        for kind in kinds {
            let function = checked(kind).unwrap();
            let files = plan(&project, &function).unwrap();
            let text = |end: &str| &files.iter().find(|(path, _)| path.ends_with(end)).unwrap().1;
            let library = text("src/lib.rs");
            assert!(library.contains(&format!("mod {};", function.module())), "{library}");
            assert!(library.contains(&format!("(\"{}\"", function.name)), "{library}");
            assert!(text("functions.rs").contains(&function.entry()));
            assert!(serde_json::from_str::<serde_json::Value>(text("event.json")).is_ok());
        }
    }
}
