//! Why a pipeline ended, as a sentence for people and an exit code for programs.

use std::{fmt, process::ExitCode};

/// One kind per thing that somebody would do differently afterwards. `docs/deploy.md` lists them; a test compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing was begun: dirty tree, other account, unnamed prod, an output of an earlier step that is missing.
    Refused,
    /// Format, lints or tests.
    Quality,
    /// An image was not made.
    Build,
    /// The registry did not take an image, or holds another under its tag.
    Push,
    /// Terraform's variables are not what the catalogue says.
    Sync,
    /// A migration would break the version that runs.
    MigrationRefused,
    /// The migrations' task failed or did not end in time.
    Migration,
    /// No plan.
    Plan,
    /// Whoever was asked did not want the plan.
    Unconfirmed,
    /// The saved plan was not applied, or not wholly.
    Apply,
    /// The services went back to the version before.
    RolledBack,
    /// The services were not stable in time.
    TimedOut,
    /// What runs does not answer as it should.
    Smoke,
    /// A program that is needed is not on the PATH, or AWS lets us in nowhere.
    Program,
}

impl Kind {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 14] = [
        Self::Refused,
        Self::Quality,
        Self::Build,
        Self::Push,
        Self::Sync,
        Self::MigrationRefused,
        Self::Migration,
        Self::Plan,
        Self::Unconfirmed,
        Self::Apply,
        Self::RolledBack,
        Self::TimedOut,
        Self::Smoke,
        Self::Program,
    ];

    /// 1 is any other failure of `cargo velox`, 2 a wrong command line.
    pub(crate) const fn exit_code(self) -> u8 {
        match self {
            Self::Refused => 10,
            Self::Quality => 11,
            Self::Build => 12,
            Self::Push => 13,
            Self::Sync => 14,
            Self::MigrationRefused => 15,
            Self::Migration => 16,
            Self::Plan => 17,
            Self::Unconfirmed => 18,
            Self::Apply => 19,
            Self::RolledBack => 20,
            Self::TimedOut => 21,
            Self::Smoke => 22,
            Self::Program => 23,
        }
    }
}

/// A kind and a sentence.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: Kind,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::new(Kind::Refused, message)
    }

    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.kind.exit_code())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// What a step ends with.
pub(crate) type Done<T> = Result<T, Failure>;

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, fs};

    use super::*;

    #[test]
    fn the_manual_lists_every_exit_code_once() {
        let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/deploy.md");
        let text = fs::read_to_string(manual).unwrap();
        let codes: HashSet<u8> = Kind::ALL.iter().map(|kind| kind.exit_code()).collect();
        assert_eq!(codes.len(), Kind::ALL.len(), "two kinds share a code");
        for code in codes {
            let rows = text.lines().filter(|line| line.starts_with(&format!("| {code} |"))).count();
            assert_eq!(rows, 1, "docs/deploy.md: a row for exit code {code}");
        }
    }
}
