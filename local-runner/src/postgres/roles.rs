//! Database and login roles. What they may do is said by the schema's migrations.

use std::str::FromStr;

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};

use super::{APP, ConnectionStrings, DATABASE, OPERATOR, OWNER, PostgresError, passwords::Passwords};

/// Creates the database of a private cluster if it is missing.
pub(super) async fn ensure_database(urls: &ConnectionStrings) -> Result<(), PostgresError> {
    let mut connection =
        urls.maintenance()?.connect().await.map_err(PostgresError::sql("connecting to the new cluster"))?;
    let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut connection)
        .await
        .map_err(PostgresError::sql("looking for the database"))?;
    if !known {
        execute(&mut connection, format!("CREATE DATABASE {DATABASE} OWNER {OWNER}")).await?;
    }
    let _ = connection.close().await;
    Ok(())
}

/// Creates the login roles that are missing; gives those that are there the password that we keep, when
/// they do not let us in with it (a developer's server that another checkout used before).
pub(super) async fn ensure(urls: &ConnectionStrings, passwords: &Passwords) -> Result<(), PostgresError> {
    let mut connection = PgConnection::connect(&urls.owner)
        .await
        .map_err(PostgresError::sql("connecting as the owner of the database"))?;
    for (role, password, url) in
        [(APP, &passwords.app, &urls.app), (OPERATOR, &passwords.operator, &urls.operator)]
    {
        let known: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)")
            .bind(role)
            .fetch_one(&mut connection)
            .await
            .map_err(PostgresError::sql("looking for the roles"))?;
        let verb = match known {
            false => "CREATE",
            true if lets_in(url).await => continue,
            true => "ALTER",
        };
        let rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS";
        execute(&mut connection, format!("{verb} ROLE {role} {rights} PASSWORD '{password}'")).await?;
    }
    let _ = connection.close().await;
    Ok(())
}

async fn lets_in(url: &str) -> bool {
    let Ok(options) = PgConnectOptions::from_str(url) else { return false };
    match options.connect().await {
        Ok(connection) => connection.close().await.is_ok(),
        Err(_) => false,
    }
}

/// The statements hold nothing but our own constants and hexadecimal digits, and DDL takes no parameters.
async fn execute(connection: &mut PgConnection, statement: String) -> Result<(), PostgresError> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
        .execute(connection)
        .await
        .map(drop)
        .map_err(PostgresError::sql("creating database and roles (the owner needs the right CREATEROLE)"))
}
