//! The end of an organization: asked for, exported, taken back, purged.

use std::net::{IpAddr, Ipv4Addr};

use chrono::TimeDelta;
use domain::{
    api_keys::{AuthenticateError, authenticate_api_key, create_api_key},
    organizations::{
        DeletionError, Role, closure, export_files, finish_deletion, organizations_to_purge,
        purge_organization, request_deletion, restore_organization, retry_export, stuck_exports,
    },
    outbox::Job,
};
use sqlx::{Connection, PgConnection};

use crate::{
    members::{join, origin},
    tenancy::{count, fill, tables},
    world::{Tenant, World},
};

async fn delete(world: &World, tenant: Tenant, name: &str) -> Result<usize, DeletionError> {
    let mut tx = world.tx(tenant).await;
    request_deletion(&mut tx, tenant.owner, name, &origin(tenant.owner)).await?;
    Ok(tx.commit().await?.len())
}

async fn finish(world: &World, tenant: Tenant) -> bool {
    let mut tx = world.tx(tenant).await;
    let requested_at = closure(&mut tx).await.unwrap().unwrap().requested_at;
    let finished = finish_deletion(&mut tx, requested_at, "exports/x.zip").await.unwrap();
    let mails = tx.commit().await.unwrap();
    assert_eq!(mails.len(), usize::from(finished), "a mail for each owner");
    finished
}

#[tokio::test]
async fn only_an_owner_who_types_the_name_deletes_and_another_owner_takes_it_back() {
    let world = World::new().await;
    let tenant = world.tenant("Acme").await;
    let admin = join(&world, tenant, "admin", Role::Admin).await;
    let mut tx = world.tx(tenant).await;
    let refused = request_deletion(&mut tx, admin, "Acme", &origin(admin)).await;
    assert!(matches!(refused, Err(DeletionError::Forbidden)), "{refused:?}");
    drop(tx);
    assert!(matches!(delete(&world, tenant, "acme").await, Err(DeletionError::Name(_))));
    assert_eq!(delete(&world, tenant, " Acme ").await.unwrap(), 1, "the export's job");
    assert!(matches!(delete(&world, tenant, "Acme").await, Err(DeletionError::NothingToDo)));

    let second = join(&world, tenant, "second", Role::Owner).await;
    let mut tx = world.tx(tenant).await;
    restore_organization(&mut tx, second, &origin(second)).await.unwrap();
    assert!(closure(&mut tx).await.unwrap().is_none());
    let nothing = restore_organization(&mut tx, second, &origin(second)).await;
    assert!(matches!(nothing, Err(DeletionError::NothingToDo)), "{nothing:?}");
}

#[tokio::test]
async fn keys_of_a_closed_organization_are_refused_and_work_again_after() {
    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let mut tx = world.tx(tenant).await;
    let secret = create_api_key(&mut tx, "Key", tenant.owner, None).await.unwrap();
    let _none = tx.commit().await.unwrap();
    delete(&world, tenant, "acme").await.unwrap();
    let refused = authenticate_api_key(&world.db, secret.expose(), HERE).await.unwrap_err();
    assert!(matches!(refused, AuthenticateError::OrganizationClosed), "{refused}");
    let mut tx = world.tx(tenant).await;
    restore_organization(&mut tx, tenant.owner, &origin(tenant.owner)).await.unwrap();
    let _none = tx.commit().await.unwrap();
    assert!(authenticate_api_key(&world.db, secret.expose(), HERE).await.is_ok());
}

#[tokio::test]
async fn a_repeated_export_and_one_that_comes_after_a_restore_change_nothing() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    delete(&world, tenant, "acme").await.unwrap();
    assert!(finish(&world, tenant).await);
    assert!(!finish(&world, tenant).await);
    let mut tx = world.tx(tenant).await;
    let requested_at = closure(&mut tx).await.unwrap().unwrap().requested_at;
    let key = restore_organization(&mut tx, tenant.owner, &origin(tenant.owner)).await.unwrap();
    assert_eq!(key.as_deref(), Some("exports/x.zip"));
    assert!(!finish_deletion(&mut tx, requested_at, "exports/x.zip").await.unwrap());
}

#[tokio::test]
async fn the_export_holds_everything_of_this_organization_and_nothing_of_another() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    fill(&world, tenant).await;
    fill(&world, other).await;
    let files = export_files(&world.db, tenant.organization).await.unwrap();
    let text = |name: &str| {
        let file = files.iter().find(|file| file.name == name).unwrap();
        String::from_utf8(file.content.clone()).unwrap()
    };
    for (name, held) in [
        ("company.csv", "Luzern"),
        ("members.csv", "owner@acme.example,owner"),
        ("customers.csv", "a@acme.example"),
        ("imports.csv", "customers.csv,queued"),
        ("audit.csv", "customer.created"),
    ] {
        assert!(text(name).contains(held), "{name}: {}", text(name));
        assert!(!text(name).contains("owner@other.example"), "{name}");
    }
}

#[tokio::test]
async fn thirty_days_after_its_deletion_nothing_is_left_and_not_a_second_before() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    fill(&world, tenant).await;
    fill(&world, other).await;
    delete(&world, tenant, "acme").await.unwrap();
    assert!(finish(&world, tenant).await);
    world.pass(TimeDelta::days(30) - TimeDelta::seconds(1));
    let mut tx = world.operator.across_tenants().await.unwrap();
    let now = world.now();
    assert_eq!(organizations_to_purge(&mut tx, now, 10).await.unwrap(), []);
    assert!(
        !purge_organization(&mut tx, tenant.organization, now).await.unwrap(),
        "the database refuses as well"
    );
    assert!(!purge_organization(&mut tx, other.organization, now).await.unwrap(), "it is not deleted");
    let due = now + TimeDelta::seconds(1);
    assert_eq!(organizations_to_purge(&mut tx, due, 10).await.unwrap(), [tenant.organization]);
    assert!(purge_organization(&mut tx, tenant.organization, due).await.unwrap());
    assert!(!purge_organization(&mut tx, tenant.organization, due).await.unwrap(), "twice is once");
    tx.commit().await.unwrap();

    let mut owner = PgConnection::connect(&world.owner_url).await.unwrap();
    for table in tables(&mut owner, "organization_id").await {
        let of = |tenant: Tenant| {
            format!("SELECT count(*) FROM {table} WHERE organization_id = '{}'", tenant.organization)
        };
        assert_eq!(count(&mut owner, &of(tenant)).await, 0, "{table}: add it to purge_organization()");
        assert!(count(&mut owner, &of(other)).await > 0, "{table}: rows of another organization are gone");
    }
    let organizations = format!("SELECT count(*) FROM organizations WHERE id = '{}'", tenant.organization);
    assert_eq!(count(&mut owner, &organizations).await, 0);
}

#[tokio::test]
async fn the_schemas_owner_may_delete_although_it_is_under_the_policies() {
    // The owner of the tests is a superuser, whom no policy stops; on a managed database it is not.
    let world = World::new().await;
    let mut owner = PgConnection::connect(&world.owner_url).await.unwrap();
    for table in tables(&mut owner, "organization_id").await {
        for command in ["SELECT", "DELETE"] {
            let policies = format!(
                "SELECT count(*) FROM pg_policies
                 WHERE tablename = '{table}' AND current_user = ANY(roles) AND cmd = '{command}' AND qual = 'true'"
            );
            assert!(count(&mut owner, &policies).await > 0, "{table}: a policy for the purge's {command}");
        }
    }
}

#[tokio::test]
async fn an_export_that_does_not_come_about_is_made_again_by_an_owner_or_by_the_schedule() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let admin = join(&world, tenant, "admin", Role::Admin).await;
    delete(&world, tenant, "acme").await.unwrap();
    let again = async |by| {
        let mut tx = world.tx(tenant).await;
        retry_export(&mut tx, by).await?;
        Ok(tx.commit().await?.len())
    };
    let stuck = async || {
        let mut tx = world.operator.across_tenants().await.unwrap();
        stuck_exports(&mut tx, world.now(), 9).await.unwrap()
    };
    let early: Result<usize, DeletionError> = again(tenant.owner).await;
    assert!(matches!(early, Err(DeletionError::NothingToDo)), "{early:?}");
    assert_eq!(stuck().await, []);
    world.pass(TimeDelta::minutes(30));
    let refused = again(admin).await;
    assert!(matches!(refused, Err(DeletionError::Forbidden)), "{refused:?}");
    assert_eq!(again(tenant.owner).await.unwrap(), 1, "the export's job");
    let requested_at = closure(&mut world.tx(tenant).await).await.unwrap().unwrap().requested_at;
    let organization_id = tenant.organization;
    assert_eq!(stuck().await, [Job::ExportOrganization { organization_id, requested_at }]);
    assert!(finish(&world, tenant).await);
    assert_eq!(stuck().await, []);
    let late = again(tenant.owner).await;
    assert!(matches!(late, Err(DeletionError::NothingToDo)), "{late:?}");
}
