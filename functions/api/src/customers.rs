//! `/v1/customers`.

pub(crate) mod create;
pub(crate) mod list;
