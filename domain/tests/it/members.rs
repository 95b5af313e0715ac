//! Who belongs to an organization, and that it never is without an owner.

use domain::{
    UserId,
    audit::{Actor, AuditFilter, Origin, count_audit_events},
    identity::{NewUser, create_verified_user},
    organizations::{
        MemberError, Role, change_role, create_organization, invite, leave, list_invitations, list_members,
        own_organizations, remove_member, transfer_ownership,
    },
};

use crate::world::{PASSWORD, Tenant, World};

pub(crate) fn origin(user: UserId) -> Origin {
    Origin::of(Actor::User(user), Some("192.0.2.7".to_owned()))
}

/// Somebody with this role and the address `<name>@staff.example`.
pub(crate) async fn join(world: &World, tenant: Tenant, name: &str, role: Role) -> UserId {
    let user = NewUser::check(name, &format!("{name}@staff.example"), PASSWORD, role).await.unwrap();
    let mut tx = world.tx(tenant).await;
    let id = create_verified_user(&mut tx, &user, &Origin::system()).await.unwrap();
    let _none = tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn the_only_owner_can_neither_leave_nor_be_removed_nor_demoted() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let owner = tenant.owner;
    let admin = join(&world, tenant, "admin", Role::Admin).await;
    let mut tx = world.tx(tenant).await;
    let refused = [
        leave(&mut tx, owner, &origin(owner)).await,
        remove_member(&mut tx, owner, owner, &origin(owner)).await,
        change_role(&mut tx, owner, owner, Role::Admin, &origin(owner)).await,
    ];
    for result in refused {
        assert!(matches!(result, Err(MemberError::LastOwner)), "{result:?}");
    }
    change_role(&mut tx, owner, admin, Role::Owner, &origin(owner)).await.unwrap();
    leave(&mut tx, owner, &origin(owner)).await.unwrap();
    assert_eq!(list_members(&mut tx).await.unwrap().len(), 1);
    let _messages = tx.commit().await.unwrap();
    assert!(world.membership(tenant, owner).await.is_none());
}

#[tokio::test]
async fn only_owners_touch_owners_and_only_managers_touch_anybody() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let admin = join(&world, tenant, "admin", Role::Admin).await;
    let other = join(&world, tenant, "other", Role::Viewer).await;
    let member = join(&world, tenant, "member", Role::Member).await;
    let mut tx = world.tx(tenant).await;
    let refused = [
        change_role(&mut tx, admin, tenant.owner, Role::Viewer, &origin(admin)).await,
        change_role(&mut tx, admin, other, Role::Owner, &origin(admin)).await,
        change_role(&mut tx, admin, admin, Role::Owner, &origin(admin)).await,
        remove_member(&mut tx, admin, tenant.owner, &origin(admin)).await,
        transfer_ownership(&mut tx, admin, other, &origin(admin)).await,
        change_role(&mut tx, member, other, Role::Admin, &origin(member)).await,
        remove_member(&mut tx, member, other, &origin(member)).await,
    ];
    for result in refused {
        assert!(matches!(result, Err(MemberError::Forbidden)), "{result:?}");
    }
    change_role(&mut tx, admin, other, Role::Accountant, &origin(admin)).await.unwrap();
    remove_member(&mut tx, admin, member, &origin(admin)).await.unwrap();
    let gone = change_role(&mut tx, admin, member, Role::Viewer, &origin(admin)).await;
    assert!(matches!(gone, Err(MemberError::NotFound)), "{gone:?}");
    let count = |action: &str| AuditFilter { action: action.into(), ..AuditFilter::default() };
    for (action, expected) in [("member.role_changed", 1), ("member.removed", 1)] {
        assert_eq!(count_audit_events(&mut tx, &count(action)).await.unwrap(), expected, "{action}");
    }
}

#[tokio::test]
async fn of_two_owners_who_demote_or_leave_at_once_one_stays_owner() {
    for round in 0..8 {
        let world = World::new().await;
        let tenant = world.tenant("acme").await;
        let (first, second) = (tenant.owner, join(&world, tenant, "second", Role::Owner).await);
        let act = |by: UserId, on: UserId| {
            let db = world.db.clone();
            tokio::spawn(async move {
                let mut tx = db.tenant(tenant.organization).await.unwrap();
                match round % 3 {
                    0 => change_role(&mut tx, by, on, Role::Viewer, &origin(by)).await?,
                    1 => remove_member(&mut tx, by, on, &origin(by)).await?,
                    _ => leave(&mut tx, by, &origin(by)).await?,
                }
                let _none = tx.commit().await?;
                Ok::<_, MemberError>(())
            })
        };
        let (one, other) = tokio::join!(act(first, second), act(second, first));
        let won = [one.unwrap(), other.unwrap()].iter().filter(|result| result.is_ok()).count();
        assert_eq!(won, 1, "round {round}");
        let members = list_members(&mut world.tx(tenant).await).await.unwrap();
        assert_eq!(members.iter().filter(|member| member.role == Role::Owner).count(), 1, "round {round}");
    }
}

#[tokio::test]
async fn ownership_passes_to_a_member_and_the_giver_stays_as_an_admin() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let viewer = join(&world, tenant, "viewer", Role::Viewer).await;
    let stranger = world.tenant("other").await.owner;
    let mut tx = world.tx(tenant).await;
    for nobody in [stranger, tenant.owner] {
        let result = transfer_ownership(&mut tx, tenant.owner, nobody, &origin(tenant.owner)).await;
        assert!(matches!(result, Err(MemberError::NotFound)), "{result:?}");
    }
    transfer_ownership(&mut tx, tenant.owner, viewer, &origin(tenant.owner)).await.unwrap();
    let roles: Vec<_> = list_members(&mut tx).await.unwrap().iter().map(|row| (row.id, row.role)).collect();
    assert_eq!(roles, [(viewer, Role::Owner), (tenant.owner, Role::Admin)]);
}

#[tokio::test]
async fn what_somebody_offered_ends_with_their_right_to_offer_it() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let admin = join(&world, tenant, "admin", Role::Admin).await;
    let mut tx = world.tx(tenant).await;
    invite(&mut tx, admin, "new@x.example", "viewer", &origin(admin)).await.unwrap();
    assert_eq!(list_invitations(&mut tx).await.unwrap().len(), 1);
    change_role(&mut tx, tenant.owner, admin, Role::Viewer, &origin(tenant.owner)).await.unwrap();
    assert_eq!(list_invitations(&mut tx).await.unwrap().len(), 0);
    let revoked = AuditFilter { action: "invitation.revoked".into(), ..AuditFilter::default() };
    assert_eq!(count_audit_events(&mut tx, &revoked).await.unwrap(), 1, "and the log says so");
}

#[tokio::test]
async fn a_person_belongs_to_many_organizations_and_sees_their_own() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    world.tenant("other").await;
    let second = create_organization(&world.db, " Second AG ", tenant.owner, None).await.unwrap();
    assert!(create_organization(&world.db, "  ", tenant.owner, None).await.is_err());
    let mut tx = world.db.identity(tenant.owner).await.unwrap();
    let own = own_organizations(&mut tx, tenant.owner).await.unwrap();
    let names: Vec<_> =
        own.iter().map(|organization| (organization.name.as_str(), organization.role)).collect();
    assert_eq!(names, [("acme", Role::Owner), ("Second AG", Role::Owner)]);
    assert_eq!(own[1].id, second);
}

#[tokio::test]
async fn who_left_keeps_their_name_in_what_they_did() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let admin = join(&world, tenant, "admin", Role::Admin).await;
    let mut tx = world.tx(tenant).await;
    domain::api_keys::create_api_key(&mut tx, "Warehouse", admin, None).await.unwrap();
    leave(&mut tx, admin, &origin(admin)).await.unwrap();
    let keys = domain::api_keys::list_api_keys(&mut tx).await.unwrap();
    assert_eq!(keys[0].created_by, "admin");
}
