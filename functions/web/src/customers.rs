//! The customers of the organization.

pub(crate) mod list;
