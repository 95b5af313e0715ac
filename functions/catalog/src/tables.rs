//! The DynamoDB tables: each has one key, `id`, and an attribute after whose time an item may be removed
//! (DynamoDB: "Time to Live"). The local runner makes them on a laptop, Terraform on AWS.

use serde::Serialize;

use crate::names;

/// The partition key of every table, a string.
pub const KEY: &str = "id";

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its name on a laptop; an environment on AWS has its own name in it.
    pub name: &'static str,
    /// When an item may be removed, in seconds since 1970.
    pub removed_at: &'static str,
    /// A global secondary index over everything.
    pub index: Option<Index>,
    /// The variable that tells functions its name.
    pub variable: &'static str,
    /// Whether its items are worth a restore: counters are not.
    pub backed_up: bool,
}

/// A global secondary index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// The attribute that it goes by, a string.
    pub attribute: &'static str,
}

/// All tables.
pub const TABLES: [Table; 3] = [
    Table {
        name: names::SESSIONS_TABLE,
        removed_at: "expires_at",
        index: Some(Index { name: names::SESSIONS_BY_USER, attribute: "user_id" }),
        variable: crate::environment::SESSIONS_TABLE,
        backed_up: true,
    },
    Table {
        name: names::TOKENS_TABLE,
        removed_at: "removed_at",
        index: None,
        variable: crate::environment::TOKENS_TABLE,
        backed_up: true,
    },
    Table {
        name: names::THROTTLES_TABLE,
        removed_at: "removed_at",
        index: None,
        variable: crate::environment::THROTTLES_TABLE,
        backed_up: false,
    },
];
