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
}

impl PortsPlan {
    /// Settles them; without a private cluster its port is not looked at.
    ///
    /// # Errors
    /// The busy ones.
    pub fn settle(http: u16, aws: u16, postgres: u16, private_cluster: bool) -> Result<Self, Vec<Busy>> {
        let postgres = if private_cluster { postgres } else { 0 };
        let [http, aws, postgres] = ports::settle([
            Wanted { purpose: "pages and API", flag: "--http-port", port: http },
            Wanted { purpose: "the AWS services", flag: "--aws-port", port: aws },
            Wanted { purpose: "Postgres", flag: "--postgres-port", port: postgres },
        ])?;
        Ok(Self { http, aws, postgres })
    }

    /// Where AWS is answered.
    #[must_use]
    pub fn aws_url(self) -> String {
        format!("http://127.0.0.1:{}", self.aws)
    }

    /// `<prefix><function>` is a queue's URL.
    #[must_use]
    pub fn queue_url_prefix(self) -> String {
        format!("{}/000000000000/{}", self.aws_url(), names::queue(""))
    }
}
