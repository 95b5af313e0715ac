//! No tenant sees another, proved for every table there is.

use domain::{
    audit::Origin,
    customers::{CustomerInput, create_customer},
    imports::{StartImport, start_import},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

use crate::world::{Tenant, World};

pub(crate) async fn tables(connection: &mut PgConnection, with: &str) -> Vec<String> {
    let rows = sqlx::query(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations'
           AND ($1 = '' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = $1))
         ORDER BY c.relname",
    )
    .bind(with)
    .fetch_all(connection)
    .await
    .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// One row of everything that a tenant can have.
pub(crate) async fn fill(world: &World, tenant: Tenant) {
    let mut tx = world.tx(tenant).await;
    let upload = StartImport::check(&tx, "customers.csv", b"x").unwrap();
    start_import(&mut tx, &upload, tenant.owner, &Origin::system()).await.unwrap();
    let customer = CustomerInput {
        name: "Acme".into(),
        email: "a@acme.example".into(),
        country: "DE".into(),
        currency: "EUR".into(),
        ..CustomerInput::default()
    };
    create_customer(&mut tx, &customer, &Origin::system()).await.unwrap();
    domain::api_keys::create_api_key(&mut tx, "Key", tenant.owner, None).await.unwrap();
    let _messages = tx.commit().await.unwrap();

    let mut app = world.app_as(tenant).await;
    for statement in [
        "INSERT INTO import_errors SELECT organization_id, id, 1, 0, 2, 'email', 'wrong' FROM imports",
        "INSERT INTO job_runs (job, key, organization_id, started_at)
         SELECT 'test', id::text, id, now() FROM organizations",
        "INSERT INTO company_details (organization_id, address_line1, postal_code, city, country, updated_at)
         SELECT id, 'Seestraße 4', '6004', 'Luzern', 'CH', now() FROM organizations",
        "INSERT INTO invitations (id, organization_id, email, role, invited_by, created_at, expires_at, accepted_at,
                                  accepted_by)
         SELECT gen_random_uuid(), organization_id, 'new@x.example', 'viewer', user_id, now(), now(), now(), user_id
         FROM memberships",
        "INSERT INTO onboarding_skips SELECT id, 'invoice', now() FROM organizations",
    ] {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut app).await.unwrap();
    }
}

pub(crate) async fn count(connection: &mut PgConnection, query: &str) -> i64 {
    sqlx::query(AssertSqlSafe(query.to_owned())).fetch_one(connection).await.unwrap().get(0)
}

#[tokio::test]
async fn row_level_security_is_forced_on_every_table() {
    let world = World::new().await;
    let mut app = world.app().await;
    for table in tables(&mut app, "").await {
        let row = sqlx::query("SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE relname = $1")
            .bind(&table)
            .fetch_one(&mut app)
            .await
            .unwrap();
        assert!(
            row.get::<bool, _>(0) && row.get::<bool, _>(1),
            "{table}: ENABLE and FORCE ROW LEVEL SECURITY"
        );
        let policies = "SELECT count(*) FROM pg_policies WHERE tablename = $1";
        let policies: i64 = sqlx::query(policies).bind(&table).fetch_one(&mut app).await.unwrap().get(0);
        assert!(policies > 0, "{table} has no policy: nobody can use it");
    }
}

#[tokio::test]
async fn every_table_of_tenants_is_ruled_by_the_current_organization() {
    let world = World::new().await;
    let mut app = world.app().await;
    for table in tables(&mut app, "organization_id").await {
        let rule = "SELECT count(*) FROM pg_policies
                    WHERE tablename = $1 AND 'velox_app' = ANY(roles) AND cmd = 'ALL'
                      AND qual = '(organization_id = current_organization())' AND with_check = qual";
        let rules: i64 = sqlx::query(rule).bind(&table).fetch_one(&mut app).await.unwrap().get(0);
        assert_eq!(rules, 1, "{table}: a policy `tenant` as the other tables have it");
    }
}

#[tokio::test]
async fn the_application_owns_nothing_and_cannot_bypass_policies() {
    let world = World::new().await;
    let mut app = world.app().await;
    for role in ["velox_app", "velox_operator"] {
        let unsafe_role = format!(
            "SELECT count(*) FROM pg_roles WHERE rolname = '{role}' AND (rolsuper OR rolbypassrls OR rolcreaterole)"
        );
        assert_eq!(count(&mut app, &unsafe_role).await, 0, "{role}");
        let owned = format!("SELECT count(*) FROM pg_class WHERE relowner = '{role}'::regrole");
        assert_eq!(count(&mut app, &owned).await, 0, "{role}");
    }
}

#[tokio::test]
async fn no_row_of_another_tenant_can_be_read_changed_or_deleted() {
    let world = World::new().await;
    let (mine, theirs) = (world.tenant("mine").await, world.tenant("theirs").await);
    fill(&world, mine).await;
    fill(&world, theirs).await;
    let mut app = world.app_as(mine).await;
    let tables = tables(&mut app, "organization_id").await;
    assert!(tables.len() >= 8, "{tables:?}");
    for table in tables {
        let all = count(&mut app, &format!("SELECT count(*) FROM {table}")).await;
        let own = format!("SELECT count(*) FROM {table} WHERE organization_id = '{}'", mine.organization);
        assert!(all > 0, "{table}: fill() leaves it empty, so that nothing is proved; add a row there");
        assert_eq!(all, count(&mut app, &own).await, "{table}: rows of another tenant are seen");
        for change in [
            format!("UPDATE {table} SET organization_id = '{}'", theirs.organization),
            format!("DELETE FROM {table} WHERE organization_id = '{}'", theirs.organization),
        ] {
            let changed = sqlx::query(AssertSqlSafe(change.clone())).execute(&mut app).await;
            let none = changed.map_or(true, |done| done.rows_affected() == 0);
            assert!(none, "{change}");
        }
    }
}

#[tokio::test]
async fn no_row_can_be_written_for_another_tenant_or_refer_to_it() {
    let world = World::new().await;
    let (mine, theirs) = (world.tenant("mine").await, world.tenant("theirs").await);
    fill(&world, mine).await;
    fill(&world, theirs).await;
    let mut their = world.app_as(theirs).await;
    let their_import: uuid::Uuid =
        sqlx::query("SELECT id FROM imports").fetch_one(&mut their).await.unwrap().get(0);
    let mut app = world.app_as(mine).await;
    let (own, other) = (mine.organization, theirs.organization);
    let customer = |organization: &str, import: &str| {
        format!(
            "INSERT INTO customers (id, organization_id, import_id, name, email, country, currency,
                                    payment_terms_days, created_at)
             VALUES (gen_random_uuid(), '{organization}', {import}, 'X', 'x@y.example', 'DE', 'EUR', 1, now())"
        )
    };
    for refused in [
        customer(&other.to_string(), "NULL"),
        customer(&own.to_string(), &format!("'{their_import}'")),
        format!("INSERT INTO memberships VALUES ('{other}', '{}', 'owner', now())", mine.owner),
        format!(
            "INSERT INTO api_keys (id, organization_id, name, prefix, secret_hash, created_by, created_at)
             VALUES (gen_random_uuid(), '{own}', 'k', 'p', decode(repeat('00', 32), 'hex'), '{}', now())",
            theirs.owner
        ),
    ] {
        assert!(sqlx::query(AssertSqlSafe(refused.clone())).execute(&mut app).await.is_err(), "{refused}");
    }
}

#[tokio::test]
async fn without_a_tenant_nothing_is_seen() {
    let world = World::new().await;
    let tenant = world.tenant("some").await;
    fill(&world, tenant).await;
    let mut app = world.app().await;
    for table in tables(&mut app, "").await {
        if table != "staff" {
            assert_eq!(count(&mut app, &format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
        }
    }
    app.close().await.unwrap();
}

#[tokio::test]
async fn a_tenant_set_in_one_transaction_is_gone_in_the_next() {
    let world = World::new().await;
    let tenant = world.tenant("some").await;
    drop(world.tx(tenant).await);
    let nobody = domain::OrganizationId::new(world.now());
    for _ in 0..8 {
        let mut tx = world.db.tenant(nobody).await.unwrap();
        assert_eq!(domain::identity::list_users(&mut tx).await.unwrap().len(), 0);
    }
}
