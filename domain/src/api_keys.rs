//! Keys with which programs use the API in the name of an organization.

mod authenticate;
mod manage;
mod secret;

pub use authenticate::{ApiCaller, AuthenticateError, authenticate_api_key};
pub use manage::{ApiKey, create_api_key, list_api_keys, revoke_api_key};
pub use secret::Secret;
