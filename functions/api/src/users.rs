//! `/v1/users`: the people of the organization.

pub(crate) mod create;
pub(crate) mod list;
