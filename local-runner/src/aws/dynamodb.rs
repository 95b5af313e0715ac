//! DynamoDB for one machine. What items, keys, conditions and updates mean is an [`Engine`]'s business; this module
//! makes what the engine has changed durable.
//!
//! The journal does not repeat requests but holds their effects: the items as they stand after each acknowledged
//! write. So a replay depends neither on expressions nor on the engine that evaluates them, and the engine can be
//! exchanged over an existing journal.

mod effects;
mod engine;
mod expiry;
mod indexes;
mod reserved;
mod rustack;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use self::effects::{Record, Touched};
use self::engine::Engine;
pub(super) use self::expiry::expire_for_ever;
use self::indexes::ReadIndex;
use super::answer::AwsError;
use super::journal::{Durable, Journal, JournalError, OpenError, Snapshot};
use crate::clock::Clock;

/// How many items one record of a snapshot holds.
const ITEMS_PER_RECORD: usize = 256;

/// The table service.
pub(super) struct Tables {
    /// Locked for a request and its record, so that the journal has the order of the changes; never across an await.
    engine: Mutex<Box<dyn Engine>>,
    journal: Journal,
    clock: Arc<dyn Clock>,
}

impl Tables {
    /// Opens the tables that `directory` holds.
    pub(super) fn open(directory: &Path, clock: Arc<dyn Clock>) -> Result<Self, OpenError> {
        let mut engine: Box<dyn Engine> = Box::new(rustack::Rustack::new());
        let journal = Journal::open(&directory.join("dynamodb.journal"), |bytes| {
            let record: Record = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
            record.replay(engine.as_mut())
        })?;
        journal.replace(snapshot(engine.as_ref()));
        Ok(Self { engine: Mutex::new(engine), journal, clock })
    }

    /// Answers a request: the operation's name after `DynamoDB_20120810.`, and its JSON.
    pub(super) async fn handle(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, AwsError> {
        reserved::check(body)?;
        let (outcome, durable) = {
            let mut engine = self.engine();
            let index = ReadIndex::of(engine.as_mut(), operation, body)?;
            let outcome = engine.call(operation, body).map(|answer| match &index {
                Some(index) => index.project(answer),
                None => answer,
            });
            // Reads and failures wait as well: nothing is shown that a crash could take back.
            let record = if outcome.is_ok() { record_of(engine.as_mut(), operation, body)? } else { None };
            let durable = match record {
                None => self.journal.settled(),
                Some(record) => self.record(engine.as_ref(), &record),
            };
            (outcome, durable)
        };
        durable.await.map_err(|error| internal(&error))?;
        outcome
    }

    /// Records a change under the lock that it was made under.
    fn record(&self, engine: &dyn Engine, record: &Record) -> Durable {
        let durable = self.journal.append(&record.to_bytes());
        if self.journal.has_outgrown_its_state() {
            self.journal.replace(snapshot(engine));
        }
        durable
    }

    /// Writes what is pending. Blocks.
    pub(super) fn close(&self) {
        self.journal.close();
    }

    fn engine(&self) -> MutexGuard<'_, Box<dyn Engine>> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn internal(error: &JournalError) -> AwsError {
    AwsError::new(500, "com.amazonaws.dynamodb.v20120810#InternalServerError", error.to_string())
}

/// The record of what a successful request has changed; `None` if it was a read.
fn record_of(engine: &mut dyn Engine, operation: &str, body: &[u8]) -> Result<Option<Record>, AwsError> {
    if Touched::is_read(operation) {
        return Ok(None);
    }
    let request: Value = serde_json::from_slice(body)
        .map_err(|error| AwsError::new(400, "SerializationException", error.to_string()))?;
    Touched::by(operation, &request).into_record(engine).map(Some)
}

fn snapshot(engine: &dyn Engine) -> Snapshot {
    let tables = engine.export();
    Box::new(move |write| {
        for table in tables {
            write(&Record::Schema { table: table.name.clone(), schema: table.schema }.to_bytes())?;
            for items in table.items.chunks(ITEMS_PER_RECORD) {
                write(&Record::put_all(&table.name, items).to_bytes())?;
            }
        }
        Ok(())
    })
}
