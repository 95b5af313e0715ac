//! Setting an organization up: a list of tasks that can be done in any order, skipped, and taken up again.

pub(crate) mod sample;
pub(crate) mod show;
pub(crate) mod skip;
