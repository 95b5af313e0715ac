//! A database of one's own for each test, from a template that is migrated once.

use std::{
    env,
    sync::Arc,
    sync::atomic::{AtomicI64, AtomicU32, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    Clock, Database, OperatorDatabase, OrganizationId, TenantTx, UserId,
    database::Pool,
    identity::{self, SignUp},
    organizations::{Membership, membership},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Everything that a test needs.
pub(crate) struct World {
    pub(crate) db: Database,
    pub(crate) operator: OperatorDatabase,
    pub(crate) app_url: String,
    pub(crate) owner_url: String,
    seconds: Arc<AtomicI64>,
}

/// Somebody who has signed up.
#[derive(Clone, Copy)]
pub(crate) struct Tenant {
    pub(crate) organization: OrganizationId,
    pub(crate) owner: UserId,
}

pub(crate) const PASSWORD: &str = "a good long password";

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: run `cargo velox test`, or `local-runner postgres --ephemeral -- cargo test`"
        )
    })
}

/// The same server and role, another database.
fn with_database(url: &str, database: &str) -> String {
    let (server, _) = url.rsplit_once('/').expect("a connection string ends with /database");
    format!("{server}/{database}")
}

async fn owner_of(url: &str) -> PgConnection {
    PgConnection::connect_with(&url.parse::<PgConnectOptions>().unwrap()).await.unwrap()
}

async fn template(owner_url: &str) -> String {
    let name = format!("test_{}_template", std::process::id());
    let mut owner = owner_of(owner_url).await;
    owner.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    domain::migrations::migrate(&with_database(owner_url, &name)).await.unwrap();
    name
}

impl World {
    pub(crate) async fn new() -> Self {
        let owner_url = variable("VELOX_TEST_DATABASE_URL");
        let template = TEMPLATE.get_or_init(|| template(&owner_url)).await;
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let mut owner = owner_of(&owner_url).await;
        owner.execute(AssertSqlSafe(format!("CREATE DATABASE {name} TEMPLATE {template}"))).await.unwrap();
        owner.close().await.unwrap();

        let seconds = Arc::new(AtomicI64::new(1_795_363_200));
        let clock = Clock::from_fn({
            let seconds = Arc::clone(&seconds);
            move || DateTime::from_timestamp(seconds.load(Ordering::Relaxed), 0).unwrap()
        });
        let pool =
            |url: &str| Pool { url: url.to_owned(), max_connections: 4, application_name: "test".to_owned() };
        let app_url = with_database(&variable("VELOX_TEST_APP_DATABASE_URL"), &name);
        let operator_url = with_database(&variable("VELOX_TEST_OPERATOR_DATABASE_URL"), &name);
        Self {
            db: Database::new(&pool(&app_url), clock.clone()).unwrap(),
            operator: OperatorDatabase::new(&pool(&operator_url), clock).unwrap(),
            owner_url: with_database(&owner_url, &name),
            app_url,
            seconds,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.db.clock().now()
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        self.seconds.fetch_add(time.num_seconds(), Ordering::Relaxed);
    }

    /// Signs up `owner@<name>.example`.
    pub(crate) async fn tenant(&self, name: &str) -> Tenant {
        let email = format!("owner@{name}.example");
        let checked = SignUp::check(name, "Olga Owner", &email, PASSWORD).await.unwrap();
        let (organization, owner) = identity::sign_up(&self.db, &checked, None).await.unwrap();
        Tenant { organization, owner }
    }

    pub(crate) async fn tx(&self, tenant: Tenant) -> TenantTx {
        self.db.tenant(tenant.organization).await.unwrap()
    }

    /// Who somebody is in the tenant's organization.
    pub(crate) async fn membership(&self, tenant: Tenant, user: UserId) -> Option<Membership> {
        let tx = self.db.identity(user).await.unwrap();
        let (who, tx) = membership(tx, tenant.organization).await.unwrap()?;
        assert_eq!((who.user, tx.organization()), (user, tenant.organization));
        Some(who)
    }

    /// A plain connection with the application's role.
    pub(crate) async fn app(&self) -> PgConnection {
        PgConnection::connect(&self.app_url).await.unwrap()
    }

    /// The same with a tenant set, for as long as the connection lasts.
    pub(crate) async fn app_as(&self, tenant: Tenant) -> PgConnection {
        let mut app = self.app().await;
        sqlx::query("SELECT set_config('velox.organization_id', $1, false)")
            .bind(tenant.organization.to_string())
            .execute(&mut app)
            .await
            .unwrap();
        app
    }
}
