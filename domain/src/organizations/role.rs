//! What each role may do: one table, from which pages, API and `docs/permissions.md` are made.

use std::str::FromStr;

/// A member's role in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything that does not end or transfer the organization.
    Admin,
    /// Customers and money.
    Accountant,
    /// Customers.
    Member,
    /// Looks, changes nothing.
    Viewer,
}

/// What a handler asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See customers and imports.
    ViewCustomers,
    /// Create and import customers.
    EditCustomers,
    /// See who belongs to the organization.
    ViewMembers,
    /// Invite and remove people, change their roles; owners excepted.
    ManageMembers,
    /// Change the company's details.
    EditOrganization,
    /// Make and revoke API keys, change the allow-list.
    ManageApi,
    /// Read and export the audit log.
    ViewAudit,
    /// Make and remove owners, transfer and delete the organization.
    ManageOwnership,
}

/// One line of the table.
struct Line {
    permission: Permission,
    what: &'static str,
    roles: &'static [Role],
    api_key: bool,
}

/// The table. A role has a permission exactly when it stands here.
const TABLE: [Line; 8] = {
    use Permission as P;
    use Role::{Accountant, Admin, Member, Owner};
    const EVERYBODY: &[Role] = &Role::ALL;
    const EDITORS: &[Role] = &[Owner, Admin, Accountant, Member];
    const ADMINS: &[Role] = &[Owner, Admin];
    [
        line(P::ViewCustomers, "See customers and imports", EVERYBODY, true),
        line(P::EditCustomers, "Create and import customers", EDITORS, true),
        line(P::ViewMembers, "See who belongs to the organization", EVERYBODY, true),
        line(
            P::ManageMembers,
            "Invite and remove people, change their roles (owners excepted)",
            ADMINS,
            true,
        ),
        line(P::EditOrganization, "Change the company's details, skip steps of the set-up", ADMINS, false),
        line(P::ManageApi, "Make and revoke API keys, change the allow-list", ADMINS, false),
        line(P::ViewAudit, "Read and export the audit log", ADMINS, false),
        line(
            P::ManageOwnership,
            "Make and remove owners, transfer and delete the organization",
            &[Owner],
            false,
        ),
    ]
};

const fn line(permission: Permission, what: &'static str, roles: &'static [Role], api_key: bool) -> Line {
    Line { permission, what, roles, api_key }
}

impl Permission {
    /// All permissions, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|line| line.permission)
    }

    /// What it lets somebody do, in a few words.
    #[must_use]
    pub fn what(self) -> &'static str {
        self.line().what
    }

    /// Whether a program with an API key may do it.
    #[must_use]
    pub fn of_api_keys(self) -> bool {
        self.line().api_key
    }

    fn line(self) -> &'static Line {
        TABLE.iter().find(|line| line.permission == self).expect("a test finds every permission in the table")
    }
}

impl Role {
    /// All roles, the most powerful first.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Admin, Self::Accountant, Self::Member, Self::Viewer];

    /// As stored and as JSON has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Accountant => "accountant",
            Self::Member => "member",
            Self::Viewer => "viewer",
        }
    }

    /// What somebody in this role is there for, to choose by.
    #[must_use]
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Owner => "everything, including transfer and deletion",
            Self::Admin => "everything but ownership",
            Self::Accountant => "customers and money",
            Self::Member => "customers",
            Self::Viewer => "looks, changes nothing",
        }
    }

    /// Whether the role has a permission.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        permission.line().roles.contains(&self)
    }

    /// Whether somebody in this role may give, take or change `other`: nobody but owners touches owners.
    #[must_use]
    pub fn may_touch(self, other: Self) -> bool {
        let needed = match other {
            Self::Owner => Permission::ManageOwnership,
            _ => Permission::ManageMembers,
        };
        self.allows(needed)
    }
}

impl FromStr for Role {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or("Choose one of owner, admin, accountant, member, viewer")
    }
}

/// The table as Markdown: `docs/permissions.md`.
#[must_use]
pub fn permissions_document() -> String {
    let mut text = String::from(INTRODUCTION);
    let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
    text.push_str(&format!(
        "| | {} | API key |\n|---|{}\n",
        names.join(" | "),
        "---|".repeat(names.len() + 1)
    ));
    for line in &TABLE {
        let mark = |may: bool| if may { "yes" } else { "–" };
        let cells: Vec<_> = Role::ALL.iter().map(|role| mark(role.allows(line.permission))).collect();
        text.push_str(&format!("| {} | {} | {} |\n", line.what, cells.join(" | "), mark(line.api_key)));
    }
    text.push_str(RULES);
    text
}

const INTRODUCTION: &str = "# Who may do what

Written from the table in `domain/src/organizations/role.rs`; a test compares the two. To change it, change the table
and run `VELOX_WRITE_DOCS=1 cargo test --package domain --test it permissions`.

";

const RULES: &str = "
- Only owners make, demote and remove owners; an admin can do so with everybody else.
- An organization always has an owner: the last one can neither leave, be removed nor be demoted.
- Everybody may leave, and see the organizations to which they belong.
- A changed role holds from the person's next request on: it is read with each.
- API keys belong to the organization, not to the person who made them, and have the last column's permissions. They
  can make people of every role but owner, and can neither invite, remove nor change anybody's role, because no
  route of the API does so.
- Velox's staff act in a member's place only as [impersonation.md](impersonation.md) says: never on the account, keys,
  members, roles or the end of the organization, and with an entry in its audit log.
- A page that a role may not use answers 403 and says so; what belongs to another organization answers 404.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_stands_in_the_table_once() {
        use Permission as P;
        for permission in [
            P::ViewCustomers,
            P::EditCustomers,
            P::ViewMembers,
            P::ManageMembers,
            P::EditOrganization,
            P::ManageApi,
            P::ViewAudit,
            P::ManageOwnership,
        ] {
            assert_eq!(P::all().filter(|other| *other == permission).count(), 1, "{permission:?}");
        }
        assert_eq!(P::all().count(), TABLE.len());
    }

    #[test]
    fn a_more_powerful_role_lacks_nothing_that_a_lesser_one_has() {
        for pair in Role::ALL.windows(2) {
            for permission in Permission::all() {
                assert!(pair[0].allows(permission) || !pair[1].allows(permission), "{pair:?} {permission:?}");
            }
        }
    }

    #[test]
    fn only_owners_touch_owners() {
        for role in Role::ALL {
            assert_eq!(role.may_touch(Role::Owner), role == Role::Owner);
            assert_eq!(role.may_touch(Role::Viewer), matches!(role, Role::Owner | Role::Admin));
        }
    }
}
