//! Signing up, in and out, and everything that links from mails lead to.

pub(crate) mod check_mail;
pub(crate) mod choose_password;
pub(crate) mod confirm_email;
pub(crate) mod confirm_new_email;
pub(crate) mod confirm_sign_up;
pub(crate) mod link;
pub(crate) mod login;
pub(crate) mod login_form;
pub(crate) mod logout;
pub(crate) mod passkey_login;
pub(crate) mod reset_password;
pub(crate) mod second_factor;
pub(crate) mod session;
pub(crate) mod sign_up;
pub(crate) mod sign_up_form;
pub(crate) mod throttle;
