//! The networks from which API keys work.

pub(crate) mod show;
pub(crate) mod update;
