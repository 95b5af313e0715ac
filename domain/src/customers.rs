//! The customers of an organization.

mod codes;
mod create;
mod draft;
mod list;

pub(crate) use codes::is_country;
pub use create::{CreateCustomerError, create_customer};
pub use draft::{CustomerDraft, CustomerInput};
pub use list::{Cursor, Customer, CustomerPage, ListCustomers, count_customers, list_customers};
