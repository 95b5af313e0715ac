//! Connection strings by role.

use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

use super::{APP, DATABASE, OPERATOR, OWNER, PostgresError, passwords::Passwords};

/// How to connect, by role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionStrings {
    /// Owns the schema.
    pub owner: String,
    /// Sees one tenant at a time.
    pub app: String,
    /// Works across tenants.
    pub operator: String,
}

impl ConnectionStrings {
    /// Those of the private cluster on `port`.
    pub(super) fn private(port: u16, passwords: &Passwords) -> Self {
        let url = |user, password| format!("postgres://{user}:{password}@127.0.0.1:{port}/{DATABASE}");
        Self {
            owner: url(OWNER, &passwords.owner),
            app: url(APP, &passwords.app),
            operator: url(OPERATOR, &passwords.operator),
        }
    }

    /// The owner's as given; the same server and database for the other roles.
    pub(super) fn beside(owner: &str, passwords: &Passwords) -> Result<Self, PostgresError> {
        PgConnectOptions::from_str(owner).map_err(|_| PostgresError::BadUrl)?;
        let (scheme, rest) = owner.split_once("://").ok_or(PostgresError::BadUrl)?;
        let authority = rest.find(['/', '?']).unwrap_or(rest.len());
        let host = rest[..authority].rsplit('@').next().unwrap_or_default();
        let url = |user, password| format!("{scheme}://{user}:{password}@{host}{}", &rest[authority..]);
        Ok(Self {
            owner: owner.to_owned(),
            app: url(APP, &passwords.app),
            operator: url(OPERATOR, &passwords.operator),
        })
    }

    /// The owner's, in the database that every cluster has from the start.
    pub(super) fn maintenance(&self) -> Result<PgConnectOptions, PostgresError> {
        let options = PgConnectOptions::from_str(&self.owner).map_err(|_| PostgresError::BadUrl)?;
        Ok(options.database("postgres"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords { owner: "o".into(), app: "a".into(), operator: "p".into() }
    }

    #[test]
    fn the_other_roles_use_the_owners_server_and_database() {
        let urls =
            ConnectionStrings::beside("postgres://me:s%40fe@db.test:6543/shop?sslmode=require", &passwords());
        assert_eq!(urls.unwrap().app, "postgres://velox_app:a@db.test:6543/shop?sslmode=require");
        let urls = ConnectionStrings::beside("postgresql://localhost/shop", &passwords()).unwrap();
        assert_eq!(urls.operator, "postgresql://velox_operator:p@localhost/shop");
    }

    #[test]
    fn what_is_not_a_connection_string_is_refused() {
        assert!(matches!(ConnectionStrings::beside("shop", &passwords()), Err(PostgresError::BadUrl)));
    }
}
