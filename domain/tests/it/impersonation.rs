//! Staff in a customer's place: what both databases' roles let happen.

use domain::{
    CrossTenantTx,
    audit::{AuditFilter, list_audit_events},
    identity::{
        Impersonation, ImpersonationError, StaffMember, allow_impersonation, begin_impersonation,
        end_sessions, grant_staff, impersonation_goes_on, sign_in_staff,
    },
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::world::{PASSWORD, Tenant, World};

const REASON: &str = "Request 4711";

async fn sam(world: &World) -> StaffMember {
    world.tenant("velox").await;
    assert!(grant_staff(&world.owner_url, "owner@velox.example").await.unwrap());
    sign_in_staff(&world.operator, "owner@velox.example", PASSWORD).await.unwrap()
}

async fn console(world: &World) -> CrossTenantTx {
    world.operator.across_tenants().await.unwrap()
}

async fn allowed(world: &World, by: &StaffMember, tenant: Tenant) -> Impersonation {
    let who = (tenant.organization, tenant.owner);
    allow_impersonation(&mut console(world).await, by, who, REASON).await.unwrap()
}

#[tokio::test]
async fn what_staff_begin_in_a_persons_place_is_in_the_log_with_both_names() {
    let world = World::new().await;
    let (sam, acme) = (sam(&world).await, world.tenant("acme").await);
    let wanted = allowed(&world, &sam, acme).await;
    assert_eq!((wanted.by.until - world.now()).num_minutes(), 30);
    let tx = begin_impersonation(&world.db, &wanted, "192.0.2.9".to_owned()).await.unwrap();
    assert_eq!(tx.organization(), acme.organization);
    assert_eq!(tx.commit().await.unwrap().len(), 1, "a mail to the person");
    let filter = AuditFilter { action: "impersonation.began".to_owned(), ..AuditFilter::default() };
    let found = list_audit_events(&mut world.tx(acme).await, &filter, 0, 10).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].actor_email.as_deref(), Some("owner@acme.example"));
    assert_eq!(found[0].support.as_deref(), Some("owner@velox.example"));
    assert!(found[0].detail.contains(REASON), "{}", found[0].detail);
}

#[tokio::test]
async fn members_of_other_organizations_staff_and_empty_reasons_are_refused() {
    let world = World::new().await;
    let (sam, acme) = (sam(&world).await, world.tenant("acme").await);
    let mut tx = console(&world).await;
    let elsewhere = allow_impersonation(&mut tx, &sam, (acme.organization, sam.user), REASON).await;
    assert!(matches!(elsewhere, Err(ImpersonationError::NoMember)), "{elsewhere:?}");
    let short = allow_impersonation(&mut tx, &sam, (acme.organization, acme.owner), "because").await;
    assert!(matches!(short, Err(ImpersonationError::Reason(_))), "{short:?}");
    let wanted = allowed(&world, &sam, acme).await;
    assert!(grant_staff(&world.owner_url, "owner@acme.example").await.unwrap());
    let staff = allow_impersonation(&mut tx, &sam, (acme.organization, acme.owner), REASON).await;
    assert!(matches!(staff, Err(ImpersonationError::Staff)), "{staff:?}");
    let late = begin_impersonation(&world.db, &wanted, String::new()).await;
    assert!(matches!(late, Err(ImpersonationError::Staff)), "{late:?}");
}

#[tokio::test]
async fn it_is_over_when_either_of_the_two_ends_their_sessions_or_the_role_is_gone() {
    let world = World::new().await;
    let (sam, acme) = (sam(&world).await, world.tenant("acme").await);
    let goes_on = async |wanted: &Impersonation| {
        let mut tx = world.db.identity(acme.owner).await.unwrap();
        impersonation_goes_on(&mut tx, &wanted.by).await.unwrap()
    };
    let refused = async |wanted: &Impersonation| {
        matches!(begin_impersonation(&world.db, wanted, String::new()).await, Err(ImpersonationError::Over))
    };
    let wanted = allowed(&world, &sam, acme).await;
    assert!(goes_on(&wanted).await);

    let mut tx = world.db.identity(acme.owner).await.unwrap();
    end_sessions(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(refused(&wanted).await, "the person ended all sessions");

    let wanted = allowed(&world, &sam, acme).await;
    let mut tx = world.db.identity(sam.user).await.unwrap();
    end_sessions(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!goes_on(&wanted).await && refused(&wanted).await, "the member of staff ended all sessions");

    let sam = sign_in_staff(&world.operator, "owner@velox.example", PASSWORD).await.unwrap();
    let wanted = allowed(&world, &sam, acme).await;
    assert!(goes_on(&wanted).await);
    let mut owner = PgConnection::connect(&world.owner_url).await.unwrap();
    let demote = format!("DELETE FROM staff WHERE user_id = '{}'", sam.user);
    owner.execute(AssertSqlSafe(demote)).await.unwrap();
    assert!(!goes_on(&wanted).await && refused(&wanted).await, "staff no more");
}
