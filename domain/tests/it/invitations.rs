//! Invitations: whom they let in, once, and when not.

use chrono::TimeDelta;
use domain::{
    Failure, InvitationId,
    audit::{AuditFilter, list_audit_events},
    organizations::{
        AcceptError, InvitationToken, Role, accept_as_new_account, accept_invitation, invite,
        list_invitations, list_members, open_invitation, revoke_invitation, send_invitation_again,
        write_invitation,
    },
};
use tokio::task::JoinSet;

use crate::{
    members::{join, origin},
    world::{PASSWORD, Tenant, World},
};

const EMAIL: &str = "new@x.example";

async fn invited(world: &World, tenant: Tenant, email: &str) -> (InvitationId, InvitationToken) {
    let mut tx = world.tx(tenant).await;
    let id = invite(&mut tx, tenant.owner, email, "accountant", &origin(tenant.owner)).await.unwrap();
    assert_eq!(tx.commit().await.unwrap()[0].function, "send-mail");
    (id, letter(world, tenant, id, 1).await.unwrap())
}

async fn letter(world: &World, tenant: Tenant, id: InvitationId, mailing: i32) -> Option<InvitationToken> {
    let letter = write_invitation(&world.db, tenant.organization, id, mailing).await.unwrap();
    letter.map(|letter| letter.token)
}

#[tokio::test]
async fn somebody_new_accepts_with_the_account_of_the_invited_address() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let (_, token) = invited(&world, tenant, EMAIL).await;
    let open = open_invitation(&world.db, &token).await.unwrap();
    assert_eq!((open.email.as_str(), open.role, open.has_account), (EMAIL, Role::Accountant, false));
    let error = accept_as_new_account(&world.db, &token, "", "short", None).await.unwrap_err();
    let fields: Vec<_> = error.fields().iter().map(|error| error.field.as_ref()).collect();
    assert_eq!(fields, ["name", "password"], "and the invitation is still open");
    let accepted = accept_as_new_account(&world.db, &token, "Nina New", PASSWORD, None).await.unwrap();
    let mut tx = world.tx(tenant).await;
    let who = world.membership(tenant, accepted.user).await.unwrap();
    assert_eq!((who.email.as_str(), who.role), (EMAIL, Role::Accountant));
    assert_eq!(list_invitations(&mut tx).await.unwrap().len(), 0);
    let filter = AuditFilter { action: "invitation.accepted".into(), ..AuditFilter::default() };
    assert_eq!(list_audit_events(&mut tx, &filter, 0, 9).await.unwrap()[0].actor, "Nina New");
    let again = accept_as_new_account(&world.db, &token, "Nina New", PASSWORD, None).await.unwrap_err();
    assert!(matches!(again, AcceptError::Used), "{again}");
}

#[tokio::test]
async fn only_the_invited_address_may_accept() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    let (_, token) = invited(&world, tenant, "OWNER@other.example").await;
    let stranger = join(&world, tenant, "stranger", Role::Viewer).await;
    let refused = accept_invitation(&world.db, &token, stranger, None).await.unwrap_err();
    assert!(matches!(refused, AcceptError::OtherAddress), "{refused}");
    let refused = accept_as_new_account(&world.db, &token, "X", PASSWORD, None).await.unwrap_err();
    assert!(matches!(refused, AcceptError::HasAccount), "{refused}");
    let accepted = accept_invitation(&world.db, &token, other.owner, None).await.unwrap();
    assert_eq!((accepted.user, accepted.organization), (other.owner, tenant.organization));
    let who = world.membership(tenant, other.owner).await.unwrap();
    assert_eq!(who.role, Role::Accountant);
    assert_eq!(who.elsewhere[0].id, other.organization, "and they go on in their own");
}

#[tokio::test]
async fn expired_revoked_replaced_and_forged_links_are_told_apart() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let (id, first) = invited(&world, tenant, EMAIL).await;
    let state = async |token: &InvitationToken| open_invitation(&world.db, token).await.map(drop);
    world.pass(TimeDelta::days(7));
    assert!(matches!(state(&first).await, Err(AcceptError::Expired)));
    assert!(list_invitations(&mut world.tx(tenant).await).await.unwrap()[0].expired);

    let mut tx = world.tx(tenant).await;
    send_invitation_again(&mut tx, tenant.owner, id, &origin(tenant.owner)).await.unwrap();
    assert_eq!(tx.commit().await.unwrap().len(), 1);
    assert!(letter(&world, tenant, id, 1).await.is_none(), "the letter of before has nothing to say");
    let second = letter(&world, tenant, id, 2).await.unwrap();
    assert!(matches!(state(&first).await, Err(AcceptError::Unknown)), "the old link is dead");
    assert!(state(&second).await.is_ok());

    // The secret of one organization behind the name of another.
    let elsewhere = world.tenant("other").await;
    let (_, their) = invited(&world, elsewhere, EMAIL).await;
    let forged = format!("{}{}", &their.expose()[..22], &second.expose()[22..]);
    assert!(matches!(state(&InvitationToken::parse(&forged).unwrap()).await, Err(AcceptError::Unknown)));

    let mut tx = world.tx(tenant).await;
    revoke_invitation(&mut tx, tenant.owner, id, &origin(tenant.owner)).await.unwrap();
    let _none = tx.commit().await.unwrap();
    assert!(matches!(state(&second).await, Err(AcceptError::Revoked)));
    assert!(letter(&world, tenant, id, 2).await.is_none());
}

#[tokio::test]
async fn wrong_addresses_and_people_who_are_there_are_not_invited() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    invited(&world, tenant, EMAIL).await;
    let admin = join(&world, tenant, "admin", Role::Admin).await;
    let mut tx = world.tx(tenant).await;
    for (email, role, field, message) in [
        ("nobody", "viewer", "email", "not an e-mail address"),
        ("a@b.example", "king", "role", "Choose one of"),
        ("ADMIN@staff.example", "viewer", "email", "is a member already"),
        ("NEW@x.example", "viewer", "email", "is invited already"),
    ] {
        let error = invite(&mut tx, admin, email, role, &origin(admin)).await.unwrap_err();
        assert_eq!(error.fields()[0].field, field);
        assert!(error.fields()[0].message.contains(message), "{:?}", error.fields());
    }
    let owner = invite(&mut tx, admin, "a@b.example", "owner", &origin(admin)).await.unwrap_err();
    assert_eq!(owner.kind(), domain::Kind::Forbidden, "admins make no owners");
}

#[tokio::test]
async fn of_fifty_acceptances_at_once_one_wins() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let (_, token) = invited(&world, tenant, EMAIL).await;
    let mut attempts = JoinSet::new();
    for _ in 0..50 {
        let (db, token) = (world.db.clone(), token.clone());
        attempts.spawn(async move {
            accept_as_new_account(&db, &token, "Nina New", PASSWORD, None).await.map(drop)
        });
    }
    let results = attempts.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let told = |result: &Result<(), AcceptError>| {
        matches!(result, Ok(()) | Err(AcceptError::Used | AcceptError::HasAccount))
    };
    assert!(results.iter().all(told), "{results:?}");
    assert_eq!(list_members(&mut world.tx(tenant).await).await.unwrap().len(), 2);
}

#[tokio::test]
async fn of_fifty_acceptances_of_one_person_at_once_one_wins() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    let (_, token) = invited(&world, tenant, "owner@other.example").await;
    let mut attempts = JoinSet::new();
    for _ in 0..50 {
        let (db, token) = (world.db.clone(), token.clone());
        attempts.spawn(async move { accept_invitation(&db, &token, other.owner, None).await.map(drop) });
    }
    let results = attempts.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(AcceptError::Used))), "{results:?}");
}
