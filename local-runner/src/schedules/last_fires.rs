//! The last fire time of each schedule, on disk.

use std::{collections::BTreeMap, fs, path::PathBuf};

use chrono::{DateTime, Utc};

/// Read once, written at every fire.
#[derive(Debug)]
pub(super) struct LastFires {
    file: PathBuf,
    times: BTreeMap<String, DateTime<Utc>>,
}

impl LastFires {
    /// A missing or broken file is the same as no fires: every schedule starts anew.
    pub(super) fn read(file: PathBuf) -> Self {
        let times =
            fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { file, times }
    }

    pub(super) fn last(&self, function: &str) -> Option<DateTime<Utc>> {
        self.times.get(function).copied()
    }

    /// Renamed into place, so that a crash leaves the old or the new file.
    pub(super) fn note(&mut self, function: &str, fire: DateTime<Utc>) {
        self.times.insert(function.to_owned(), fire);
        let next = self.file.with_extension("next");
        let write = || {
            fs::write(&next, serde_json::to_vec_pretty(&self.times)?)
                .and_then(|()| fs::rename(&next, &self.file))
        };
        if let Err(error) = write() {
            tracing::warn!("cannot keep fire times in {}: {error}", self.file.display());
        }
    }
}
