//! Importing customers.

pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod show;
pub(crate) mod start;
