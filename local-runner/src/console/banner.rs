//! What the developer sees when everything runs: where to click, how to sign in, what to paste.

use std::time::Duration;

use catalog::{Host, names};
use owo_colors::Style;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Console;
use crate::environment::remote::Remote;

/// How to use the demo organization; the answer of the function `seed-demo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demo {
    /// Its name.
    #[serde(default)]
    pub organization: String,
    /// Login of its owner.
    pub email: String,
    /// Their password.
    pub password: String,
    /// Key of the API; told once, when it is made.
    pub api_key: Option<String>,
}

/// What the banner says.
#[derive(Debug)]
pub struct Banner<'a> {
    /// Port of all hosts.
    pub http_port: u16,
    /// Where the dashboard is.
    pub dashboard_url: &'a str,
    /// Where AWS is answered.
    pub aws_url: &'a str,
    /// The schema owner's connection string.
    pub database_url: &'a str,
    /// None on a shared environment.
    pub demo: Option<&'a Demo>,
    /// The shared environment that functions work on.
    pub remote: Option<&'a Remote>,
    /// From the program's start until everything answered.
    pub took: Duration,
}

impl Console {
    /// Prints the banner.
    pub fn banner(&self, banner: &Banner<'_>) {
        if let Some(remote) = banner.remote {
            self.warn_of(remote);
        }
        let url = |host| names::local_url(host, banner.http_port);
        let mut rows = vec![
            ("App", self.link(&url(Host::App))),
            ("API", self.link(&url(Host::Api))),
            ("Admin", self.link(&url(Host::Admin))),
            ("Dashboard", self.link(banner.dashboard_url)),
            ("AWS", self.dim(banner.aws_url)),
            ("Postgres", self.dim(banner.database_url)),
        ];
        if banner.remote.is_some() {
            // What functions use is the environment's; its connection strings are not for the screen.
            rows.truncate(4);
        }
        if let Some(demo) = banner.demo {
            rows.push(("Login", format!("{}  password: {}  (app and admin)", demo.email, demo.password)));
            if let Some(key) = &demo.api_key {
                let call = format!("curl -H 'authorization: Bearer {key}' {}/v1/customers", url(Host::Api));
                rows.push(("API key", key.clone()));
                rows.push(("Try", call));
            }
        }
        let took = format!("ready in {:.1} s; Ctrl-C stops everything", banner.took.as_secs_f64());
        let mut text = format!("\n  {} {}\n\n", self.paint("Velox", Style::new().bold().green()), took);
        for (name, value) in rows {
            text.push_str(&format!("  {} {value}\n", self.dim(&format!("{name:<9}"))));
        }
        self.print(text, || {
            let (app, api, admin) = (url(Host::App), url(Host::Api), url(Host::Admin));
            let urls = json!({ "app": app, "api": api, "admin": admin, "dashboard": banner.dashboard_url, "aws": banner.aws_url });
            json!({ "kind": "ready", "urls": urls, "demo": banner.demo, "seconds": banner.took.as_secs_f64() })
        });
    }

    /// What nobody may overlook.
    fn warn_of(&self, remote: &Remote) {
        let (name, target) = (remote.name().to_uppercase(), remote.target());
        let queues = match remote.polls_any() {
            true => "Your own queues are polled",
            false => "No queue is polled",
        };
        let mail = match remote.smtp() {
            Some(_) => "mail is SENT",
            None => "mail stays in the mailbox here",
        };
        let lines = [
            format!("{name}: shared data, not yours alone"),
            target,
            format!("{queues}, no schedule fired, nothing migrated; {mail}."),
        ];
        let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        let style = Style::new().bold().white().on_red();
        let mut text = String::new();
        for line in [&[String::new()][..], &lines, &[String::new()]].concat() {
            text.push_str(&format!("\n{}", self.paint(&format!("  !!  {line:<width$}  !!  "), style)));
        }
        self.print(
            text,
            || json!({ "kind": "environment", "name": remote.name(), "target": remote.target() }),
        );
    }

    fn link(&self, url: &str) -> String {
        self.paint(url, Style::new().cyan().underline())
    }
}
