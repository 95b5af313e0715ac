//! `--dry-run`: shows every command and carries none out that changes or asks anything beyond this checkout.

use std::time::Duration;

use super::{Call, Output, Programs, Real};
use crate::pipeline::screen::Screen;

pub(crate) struct Dry<'a> {
    pub(crate) real: Real<'a>,
    pub(crate) screen: &'a Screen,
}

impl Programs for Dry<'_> {
    fn run(&self, call: &Call) -> Result<Output, String> {
        self.screen.line(&format!("$ {}", call.line()));
        if call.is_local {
            return self.real.run(call);
        }
        Ok(Output { text: call.assumed.clone(), ..Output::default() })
    }

    fn wait(&self, _: Duration) {}
}
