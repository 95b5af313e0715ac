//! For tests: writes calls down and answers them as a test says, else with what the call itself assumes.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{Call, Output, Programs};

/// An answer, or none for what a dry run would assume.
type Answer = Box<dyn Fn(&Call) -> Option<Output> + Sync>;

pub(crate) struct Recording {
    calls: Mutex<Vec<Call>>,
    waited: Mutex<Duration>,
    answer: Answer,
}

impl Recording {
    pub(crate) fn answering(answer: impl Fn(&Call) -> Option<Output> + Sync + 'static) -> Self {
        Self { calls: Mutex::default(), waited: Mutex::default(), answer: Box::new(answer) }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.calls().iter().map(Call::line).collect()
    }

    pub(crate) fn waited(&self) -> Duration {
        *self.waited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Programs for Recording {
    fn run(&self, call: &Call) -> Result<Output, String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call.clone());
        let assumed = || Output { text: call.assumed.clone(), ..Output::default() };
        Ok((self.answer)(call).unwrap_or_else(assumed))
    }

    fn wait(&self, time: Duration) {
        *self.waited.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }
}
