//! Systems Manager Parameter Store for one machine (AWS Systems Manager API reference, a page each for the actions).
//! Parameters live in memory, [`super::journal`] keeps them; the values of SecureStrings are encrypted in both.
//!
//! Left out: parameter policies (expiry and notifications of advanced parameters), sharing, and KMS itself: whatever
//! key a SecureString names, one key of this state directory encrypts it.

mod describe;
mod error;
mod filter;
mod labels;
mod model;
mod names;
mod put;
mod read;
mod seal;
mod tags;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::error::SsmError;
use self::model::Parameter;
use self::seal::Seal;
use super::answer::AwsError;
use super::journal::{Durable, Journal, OpenError, Snapshot};
use crate::clock::Clock;

/// The parameter service.
pub(super) struct Parameters {
    /// By name.
    state: Mutex<BTreeMap<String, Parameter>>,
    journal: Journal,
    clock: Arc<dyn Clock>,
    seal: Seal,
}

/// A durable change: the parameter as it is now, or that it is gone.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    Is(Box<Parameter>),
    Gone(String),
}

impl Record {
    fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a record has string keys and no failing serializer")
    }

    fn apply(self, state: &mut BTreeMap<String, Parameter>) {
        match self {
            Self::Is(parameter) => drop(state.insert(parameter.name.clone(), *parameter)),
            Self::Gone(name) => drop(state.remove(&name)),
        }
    }
}

impl Parameters {
    /// Opens the parameters that `directory` holds.
    pub(super) fn open(directory: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let key = directory.join("ssm.key");
        let seal = Seal::open(&key).map_err(|source| OpenError::Io { path: key, source })?;
        let mut state = BTreeMap::new();
        let journal = Journal::open(&directory.join("ssm.journal"), |bytes| {
            let record: Record = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
            record.apply(&mut state);
            Ok(())
        })?;
        journal.replace(snapshot(&state));
        Ok(Self { state: Mutex::new(state), journal, clock, seal })
    }

    /// Answers a request: the action's name after `AmazonSSM.`, and its JSON.
    pub(super) async fn handle(&self, action: &str, body: &[u8]) -> Result<Vec<u8>, AwsError> {
        self.act(action, body).await.map_err(SsmError::into_aws)
    }

    async fn act(&self, action: &str, body: &[u8]) -> Result<Vec<u8>, SsmError> {
        match action {
            "PutParameter" => render(self.put_parameter(parse(body)?).await?),
            "GetParameter" => render(self.get_parameter(&parse(body)?)?),
            "GetParameters" => render(self.get_parameters(&parse(body)?)?),
            "GetParametersByPath" => render(self.get_parameters_by_path(&parse(body)?)?),
            "GetParameterHistory" => render(self.get_parameter_history(&parse(body)?)?),
            "DescribeParameters" => render(self.describe_parameters(&parse(body)?)?),
            "DeleteParameter" => render(self.delete_parameter(&parse(body)?).await?),
            "DeleteParameters" => render(self.delete_parameters(parse(body)?).await?),
            "LabelParameterVersion" => render(self.label_version(parse(body)?).await?),
            "UnlabelParameterVersion" => render(self.unlabel_version(parse(body)?).await?),
            "AddTagsToResource" => render(self.add_tags(parse(body)?).await?),
            "RemoveTagsFromResource" => render(self.remove_tags(parse(body)?).await?),
            "ListTagsForResource" => render(self.list_tags(&parse(body)?)?),
            _ => Err(SsmError::NotServed(action.to_owned())),
        }
    }

    /// Writes what is pending. Blocks.
    pub(super) fn close(&self) {
        self.journal.close();
    }

    fn state(&self) -> MutexGuard<'_, BTreeMap<String, Parameter>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a change under the lock, and records it under the same.
    fn record(&self, state: &mut BTreeMap<String, Parameter>, record: Record) -> Durable {
        let durable = self.journal.append(&record.to_bytes());
        record.apply(state);
        if self.journal.has_outgrown_its_state() {
            self.journal.replace(snapshot(state));
        }
        durable
    }

    /// Changes a parameter that is there.
    async fn change<T>(
        &self,
        name: &str,
        missing: SsmError,
        change: impl FnOnce(&mut Parameter) -> Result<T, SsmError>,
    ) -> Result<T, SsmError> {
        let (told, durable) = {
            let mut state = self.state();
            let mut parameter = state.get(name).ok_or(missing)?.clone();
            let told = change(&mut parameter)?;
            (told, self.record(&mut state, Record::Is(Box::new(parameter))))
        };
        durable.await?;
        Ok(told)
    }
}

fn snapshot(state: &BTreeMap<String, Parameter>) -> Snapshot {
    let records: Vec<Record> = state.values().cloned().map(|it| Record::Is(Box::new(it))).collect();
    Box::new(move |write| -> io::Result<()> {
        records.iter().try_for_each(|record| write(&record.to_bytes()))
    })
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, SsmError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|error| SsmError::invalid(format!("1 validation error detected: {error}")))
}

fn render(answer: impl Serialize) -> Result<Vec<u8>, SsmError> {
    serde_json::to_vec(&answer).map_err(|error| SsmError::Internal(error.to_string()))
}
