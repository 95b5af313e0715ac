//! How a function stands at this moment, for metrics.

use super::{Function, state::Phase};

/// Numbers of processes and invocations.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) starting: usize,
    pub(crate) ready: usize,
    /// Those included that are about to be killed.
    pub(crate) retiring: usize,
    pub(crate) waiting: usize,
    pub(crate) in_flight: usize,
}

impl Function {
    pub(crate) fn snapshot(&self) -> Snapshot {
        let state = self.lock();
        let mut snapshot = Snapshot { waiting: state.queue.len(), ..Snapshot::default() };
        for process in state.processes.values() {
            snapshot.in_flight += process.in_flight.len();
            match process.phase {
                Phase::Starting => snapshot.starting += 1,
                Phase::Ready => snapshot.ready += 1,
                Phase::Retiring | Phase::Doomed(_) => snapshot.retiring += 1,
            }
        }
        snapshot
    }
}
