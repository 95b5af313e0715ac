//! What each role may do: one table.

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
    /// Make and revoke API keys, change the allow-list.
    ManageApi,
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

    /// The table.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::{EditCustomers, ManageApi, ViewCustomers};
        match self {
            Self::Owner | Self::Admin => &[ViewCustomers, EditCustomers, ManageApi],
            Self::Accountant | Self::Member => &[ViewCustomers, EditCustomers],
            Self::Viewer => &[ViewCustomers],
        }
    }

    /// Whether the role has a permission.
    #[must_use]
    pub fn allows(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
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
