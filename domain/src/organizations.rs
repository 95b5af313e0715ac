//! Organizations: the tenants, who belongs to them, and from where their API keys work.

mod allow_list;
mod colleagues;
mod company;
mod directory;
mod membership;
mod onboarding;
mod role;

pub use allow_list::{AllowList, allow_list, update_allow_list};
pub use colleagues::{Colleague, colleagues};
pub use company::{Company, company, parse_iban, parse_vat_number, update_company};
pub use directory::{OrganizationRow, list_organizations};
pub(crate) use membership::add_member;
pub use membership::{Membership, membership};
pub use onboarding::{Onboarding, Standing, Task, add_sample_customers, onboarding, resume_task, skip_task};
pub use role::{Permission, Role, permissions_document};
