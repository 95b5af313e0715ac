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
    /// `held` is the port of pages and API if this process has it already.
    ///
    /// # Errors
    /// The busy ones.
    pub fn settle(wanted: Self, private_cluster: bool, held: Option<u16>) -> Result<Self, Vec<Busy>> {
        let wanted = Self { http: held.map_or(wanted.http, |_| 0), ..wanted };
        let postgres = if private_cluster { wanted.postgres } else { 0 };
        let [http, aws, postgres, dashboard, smtp] = ports::settle([
            Wanted { purpose: "pages and API", flag: "--http-port", port: wanted.http },
            Wanted { purpose: "the AWS services", flag: "--aws-port", port: wanted.aws },
            Wanted { purpose: "Postgres", flag: "--postgres-port", port: postgres },
            Wanted { purpose: "the dashboard", flag: "--dashboard-port", port: wanted.dashboard },
            Wanted { purpose: "mail", flag: "--smtp-port", port: wanted.smtp },
        ])?;
        Ok(Self { http: held.unwrap_or(http), aws, postgres, dashboard, smtp })
    }

    /// As arguments of the command line, so that a runner that starts anew has the same.
    #[must_use]
    pub fn arguments(self) -> [String; 10] {
        let Self { http, aws, postgres, dashboard, smtp } = self;
        let ports = [
            ("--http-port", http),
            ("--aws-port", aws),
            ("--postgres-port", postgres),
            ("--dashboard-port", dashboard),
            ("--smtp-port", smtp),
        ];
        let mut arguments = ports.into_iter().flat_map(|(flag, port)| [flag.to_owned(), port.to_string()]);
        std::array::from_fn(|_| arguments.next().unwrap_or_default())
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
