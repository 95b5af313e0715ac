//! Organizations: the tenants, who belongs to them, and from where their API keys work.

mod allow_list;
mod directory;
mod membership;
mod role;

pub use allow_list::{AllowList, allow_list, update_allow_list};
pub use directory::{OrganizationRow, list_organizations};
pub use membership::{Membership, membership};
pub use role::{Permission, Role};
