//! What the developer sees when everything runs: where to click, how to sign in, what to paste.

use std::time::Duration;

use catalog::{Host, names};
use owo_colors::Style;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Console;

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
    /// None when seeding failed.
    pub demo: Option<&'a Demo>,
    /// From the program's start until everything answered.
    pub took: Duration,
}

impl Console {
    /// Prints the banner.
    pub fn banner(&self, banner: &Banner<'_>) {
        let url = |host| names::local_url(host, banner.http_port);
        let mut rows = vec![
            ("App", self.link(&url(Host::App))),
            ("API", self.link(&url(Host::Api))),
            ("Admin", self.link(&url(Host::Admin))),
            ("Dashboard", self.link(banner.dashboard_url)),
            ("AWS", self.dim(banner.aws_url)),
            ("Postgres", self.dim(banner.database_url)),
        ];
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

    fn link(&self, url: &str) -> String {
        self.paint(url, Style::new().cyan().underline())
    }
}
