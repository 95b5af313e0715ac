//! Somebody in each role of the demo organization, and the owner of another one.

use http::StatusCode;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::table::ROLES;
use crate::{http::Client, runner::Runner};

/// Signed in, each with a browser of their own.
pub(super) struct People {
    /// In the order of [`ROLES`].
    pub(super) roles: Vec<Client>,
    pub(super) elsewhere: Client,
    /// Of the organization of the roles.
    pub(super) api_key: String,
    ids: Vec<(&'static str, String)>,
}

impl People {
    pub(super) async fn gather(runner: &Runner) -> Self {
        let demo = runner.running.demo.clone().unwrap();
        let mut owner = PgConnection::connect(&runner.running.database.owner).await.unwrap();
        let statement = cast(&demo.email);
        owner.execute(AssertSqlSafe(statement)).await.unwrap();
        let mut roles = vec![signed_in(runner, &demo.email, &demo.password).await];
        for role in &ROLES[1..] {
            roles.push(signed_in(runner, &format!("{role}@access.example"), &demo.password).await);
        }
        let elsewhere = signed_in(runner, "elsewhere@access.example", &demo.password).await;
        let mut ids = Vec::new();
        for (functions, query) in IDS {
            let id = owner.fetch_one(*query).await.unwrap().get::<String, _>(0);
            ids.extend(functions.iter().map(|function| (*function, id.clone())));
        }
        Self { roles, elsewhere, api_key: demo.api_key.unwrap(), ids }
    }

    /// The id of something of the roles' organization that the route is about.
    pub(super) fn id_for(&self, function: &str) -> String {
        let found = self.ids.iter().find(|(known, _)| *known == function);
        found.map_or_else(|| super::UNKNOWN.to_owned(), |(_, id)| id.clone())
    }
}

/// What the ids in the paths of routes name.
const IDS: &[(&[&str], &str)] = &[
    (&["web-import"], "SELECT id::text FROM imports LIMIT 1"),
    (
        &["web-member", "web-change-role", "web-remove-member", "web-transfer-ownership"],
        "SELECT id::text FROM users WHERE email = 'viewer@access.example'",
    ),
    (
        &["web-invite-again", "web-revoke-invitation"],
        "SELECT id::text FROM invitations WHERE email = 'invited@access.example'",
    ),
    (&["web-switch-organization"], "SELECT id::text FROM organizations WHERE name = 'Demo GmbH'"),
    (&["web-revoke-api-key"], "SELECT id::text FROM api_keys LIMIT 1"),
];

/// As the demo's owner has a password, the others have it too.
fn cast(demo: &str) -> String {
    let person = |name: &str| {
        format!(
            "INSERT INTO users SELECT (jsonb_populate_record(u, jsonb_build_object('id', gen_random_uuid(),
                 'email', '{name}@access.example', 'name', '{name}'))).*
             FROM users u WHERE email = '{demo}';"
        )
    };
    let member = |name: &str, role: &str, organization: &str| {
        format!(
            "{}
             INSERT INTO organization_people SELECT o.id, u.id FROM users u, organizations o
             WHERE u.email = '{name}@access.example' AND o.name = '{organization}';
             INSERT INTO memberships SELECT o.id, u.id, '{role}', now() FROM users u, organizations o
             WHERE u.email = '{name}@access.example' AND o.name = '{organization}';",
            person(name)
        )
    };
    let mut statements = String::from(
        "INSERT INTO imports (id, organization_id, created_by, file_name, file_key, file_bytes, status, failure,
                              created_at, updated_at, finished_at)
         SELECT gen_random_uuid(), organization_id, user_id, 'a.csv', 'a', 1, 'failed', 'x', now(), now(), now()
         FROM memberships LIMIT 1;
         INSERT INTO invitations (id, organization_id, email, role, invited_by, created_at, expires_at)
         SELECT gen_random_uuid(), organization_id, 'invited@access.example', 'viewer', user_id, now(), now()
         FROM memberships LIMIT 1;
         INSERT INTO organizations (id, name, created_at) VALUES (gen_random_uuid(), 'Elsewhere Ltd', now());",
    );
    for role in &ROLES[1..] {
        statements.push_str(&member(role, role, "Demo GmbH"));
    }
    statements.push_str(&member("elsewhere", "owner", "Elsewhere Ltd"));
    statements
}

async fn signed_in(runner: &Runner, email: &str, password: &str) -> Client {
    let mut client = runner.app();
    let answer = client.post_form("/login", &[("email", email), ("password", password)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{email}: {}", answer.text());
    client
}
