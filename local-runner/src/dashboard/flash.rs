//! What a form did, told on the page that follows it. The page's address names the message, so a browser without
//! cookies sees it as well.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use axum::response::Redirect;
use look::Notice;

/// Messages that are still known: more than a person makes in the time of a redirect.
const KEPT: usize = 50;

/// The latest messages.
#[derive(Debug, Default)]
pub(super) struct Flashes(Mutex<VecDeque<(String, Flash)>>);

#[derive(Debug, Clone)]
pub(super) enum Flash {
    Done(String),
    Failed(String),
}

impl Flashes {
    /// Leads to `path`, which says this.
    pub(super) fn redirect(&self, path: &str, flash: Flash) -> Redirect {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let id = id[..12].to_owned();
        let separator = if path.contains('?') { '&' } else { '?' };
        let target = format!("{path}{separator}said={id}");
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((id, flash));
        Redirect::to(&target)
    }

    pub(super) fn done(&self, path: &str, text: impl Into<String>) -> Redirect {
        self.redirect(path, Flash::Done(text.into()))
    }

    pub(super) fn failed(&self, path: &str, text: impl Into<String>) -> Redirect {
        self.redirect(path, Flash::Failed(text.into()))
    }

    /// The message of a page's address.
    pub(super) fn said(&self, id: Option<&String>) -> Option<Notice<'static>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, flash) = kept.iter().find(|(known, _)| Some(known) == id)?;
        Some(match flash.clone() {
            Flash::Done(text) => Notice::success(text),
            Flash::Failed(text) => Notice::error(text),
        })
    }
}
