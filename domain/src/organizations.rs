//! Organizations: the tenants, who belongs to them, from where their API keys work, how they are set up, and their end.

mod allow_list;
mod colleagues;
mod company;
mod deletion;
mod directory;
mod invitations;
mod members;
mod membership;
mod onboarding;
mod own;
mod role;

pub use allow_list::{AllowList, allow_list, update_allow_list};
pub use colleagues::{Colleague, colleagues};
pub use company::{Company, company, parse_iban, parse_vat_number, update_company};
pub use deletion::{
    Closure, DeletionError, DeletionNotice, ExportFile, closure, deletion_notice, export_files, export_key,
    file_prefixes, finish_deletion, organizations_to_purge, purge_organization, record_export_download,
    request_deletion, restore_organization, retry_export, schedule_deletion, stuck_exports,
};
pub use directory::{OrganizationPerson, OrganizationRow, list_organizations, list_people};
pub use invitations::{
    AcceptError, Accepted, Invitation, InvitationLetter, InvitationToken, InviteError, OpenInvitation,
    accept_as_new_account, accept_invitation, invite, list_invitations, open_invitation, revoke_invitation,
    send_invitation_again, write_invitation,
};
pub use members::{
    MemberError, MemberRow, change_role, leave, list_members, remove_member, role_of, transfer_ownership,
};
pub(crate) use membership::add_member;
pub use membership::{Membership, membership};
pub use onboarding::{Onboarding, Standing, Task, add_sample_customers, onboarding, resume_task, skip_task};
pub use own::{OwnOrganization, create_organization, organization_name, own_organizations};
pub use role::{Permission, Role, permissions_document};
