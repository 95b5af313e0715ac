//! Which ports the runner takes, and the URLs that follow from them.

use catalog::names;

use crate::ports::{self, Busy, Wanted};

/// Settled ports on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortsPlan {
    /// All hosts.
    pub http: u16,
    /// AWS.
    pub aws: u16,
    /// The private cluster.
    pub postgres: u16,
    /// The dashboard.
    pub dashboard: u16,
    /// Mail.
    pub smtp: u16,
}

impl PortsPlan {
    /// Settles those that are wanted, 0 being any that is free; without a private cluster its port is not looked at.
    ///
    /// # Errors
    /// The busy ones.
    pub fn settle(wanted: Self, private_cluster: bool) -> Result<Self, Vec<Busy>> {
        let postgres = if private_cluster { wanted.postgres } else { 0 };
        let [http, aws, postgres, dashboard, smtp] = ports::settle([
            Wanted { purpose: "pages and API", flag: "--http-port", port: wanted.http },
            Wanted { purpose: "the AWS services", flag: "--aws-port", port: wanted.aws },
            Wanted { purpose: "Postgres", flag: "--postgres-port", port: postgres },
            Wanted { purpose: "the dashboard", flag: "--dashboard-port", port: wanted.dashboard },
            Wanted { purpose: "mail", flag: "--smtp-port", port: wanted.smtp },
        ])?;
        Ok(Self { http, aws, postgres, dashboard, smtp })
    }

    /// Where AWS is answered.
    #[must_use]
    pub fn aws_url(self) -> String {
        format!("http://127.0.0.1:{}", self.aws)
    }

    /// Where the dashboard is.
    #[must_use]
    pub fn dashboard_url(self) -> String {
        format!("http://{}:{}", names::LOCAL_DOMAIN, self.dashboard)
    }

    /// Where mail goes.
    #[must_use]
    pub fn smtp_url(self) -> String {
        format!("smtp://127.0.0.1:{}", self.smtp)
    }

    /// `<prefix><function>` is a queue's URL.
    #[must_use]
    pub fn queue_url_prefix(self) -> String {
        format!("{}/000000000000/{}", self.aws_url(), names::queue(""))
    }
}
