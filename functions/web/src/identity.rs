//! Accounts and sessions.

pub(crate) mod login;
pub(crate) mod login_form;
pub(crate) mod logout;
pub(crate) mod sign_up;
pub(crate) mod sign_up_form;
