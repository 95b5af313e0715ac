//! The end of an organization: asking for it, and what is left to do once it is closed.

pub(crate) mod delete;
pub(crate) mod export;
pub(crate) mod form;
pub(crate) mod make_export;
pub(crate) mod restore;
pub(crate) mod show;
