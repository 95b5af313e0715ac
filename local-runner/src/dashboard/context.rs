//! What all pages have at hand.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use adapter::Adapter;
use axum::Router;

use super::{cloud::Cloud, flash::Flashes, recorder::Recorder};
use crate::{
    aws::{Schedules, View},
    chaos::Chaos,
    clock::Clock,
    environment::remote::Remote,
    mail::Mailbox,
    postgres::ConnectionStrings,
};

/// What the dashboard shows and acts on.
pub struct Sources {
    /// What happened lately.
    pub recorder: Arc<Recorder>,
    /// Runs functions.
    pub adapter: Arc<Adapter>,
    /// What the AWS protocols do not tell.
    pub aws: View,
    /// Where AWS is answered, without a slash at the end.
    pub aws_url: String,
    /// A client of S3 there.
    pub s3: aws_sdk_s3::Client,
    /// The schedules.
    pub schedules: Schedules,
    /// Where mail is taken: `127.0.0.1:4004`.
    pub smtp: String,
    /// The mail that was sent.
    pub mailbox: Arc<Mailbox>,
    /// How to connect to the database.
    pub databases: ConnectionStrings,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The checkout, with its sample events.
    pub project: PathBuf,
    /// Where pages and API are.
    pub http_port: u16,
    /// Environment variables by function.
    pub environments: BTreeMap<String, Vec<Setting>>,
    /// How the runner itself is set.
    pub settings: Vec<Setting>,
    /// The shared environment that functions work on.
    pub remote: Option<Remote>,
    /// What the command line asks: [`crate::control`].
    pub control: Router,
    /// What goes wrong on purpose.
    pub chaos: Arc<Chaos>,
}

/// A value of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// What it is.
    pub value: String,
    /// Where it came from, in words.
    pub origin: String,
}

/// Sources, and what the pages need to work with them.
pub(super) struct Context {
    pub(super) sources: Sources,
    pub(super) cloud: Cloud,
    pub(super) flashes: Flashes,
}

impl Context {
    pub(super) fn new(sources: Sources) -> Self {
        Self { cloud: Cloud::new(&sources.aws_url), flashes: Flashes::default(), sources }
    }
}
