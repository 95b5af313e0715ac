//! The company's details.

pub(crate) mod show;
pub(crate) mod update;
