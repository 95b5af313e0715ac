//! Keys of the API: made, used, admitted by address, revoked.

use std::net::IpAddr;

use domain::{
    api_keys::{
        AuthenticateError, Secret, authenticate_api_key, create_api_key, list_api_keys, revoke_api_key,
    },
    audit::Origin,
    organizations::update_allow_list,
};

use crate::world::{Tenant, World};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

async fn key(world: &World, tenant: Tenant) -> Secret {
    let mut tx = world.tx(tenant).await;
    let secret = create_api_key(&mut tx, "Warehouse", tenant.owner, None).await.unwrap();
    let _none = tx.commit().await.unwrap();
    secret
}

#[tokio::test]
async fn a_key_opens_its_organization_and_its_use_is_noted() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let secret = key(&world, tenant).await;
    let caller = authenticate_api_key(&world.db, secret.expose(), HERE).await.unwrap();
    assert_eq!(caller.tx.organization(), tenant.organization);
    drop(caller);
    let keys = list_api_keys(&mut world.tx(tenant).await).await.unwrap();
    assert_eq!(keys[0].last_used_at, Some(world.now()));
    assert!(!keys[0].prefix.contains(&secret.expose()[10..20]), "the list does not show the secret");
}

#[tokio::test]
async fn unknown_revoked_and_altered_keys_are_refused() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    let secret = key(&world, tenant).await;
    let elsewhere = Secret::generate(other.organization);
    // The secret of one organization behind the name of another.
    let mixed = format!("{}{}", &elsewhere.expose()[..28], &secret.expose()[28..]);
    for presented in ["", "nonsense", elsewhere.expose(), &mixed] {
        let error = authenticate_api_key(&world.db, presented, HERE).await.unwrap_err();
        assert!(matches!(error, AuthenticateError::UnknownKey), "{presented}: {error}");
    }
    let mut tx = world.tx(tenant).await;
    let id = list_api_keys(&mut tx).await.unwrap()[0].id;
    assert_eq!(revoke_api_key(&mut tx, id, &Origin::system()).await.unwrap().as_deref(), Some("Warehouse"));
    assert_eq!(revoke_api_key(&mut tx, id, &Origin::system()).await.unwrap(), None);
    let _none = tx.commit().await.unwrap();
    assert!(authenticate_api_key(&world.db, secret.expose(), HERE).await.is_err());
}

#[tokio::test]
async fn a_key_works_from_allowed_addresses_only() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let secret = key(&world, tenant).await;
    let mut tx = world.tx(tenant).await;
    update_allow_list(&mut tx, "203.0.113.0/24", &Origin::system()).await.unwrap();
    let _none = tx.commit().await.unwrap();
    let error = authenticate_api_key(&world.db, secret.expose(), HERE).await.unwrap_err();
    assert!(matches!(error, AuthenticateError::AddressNotAllowed(address) if address == HERE));
    let inside = "203.0.113.9".parse().unwrap();
    assert!(authenticate_api_key(&world.db, secret.expose(), inside).await.is_ok());
}

#[tokio::test]
async fn many_calls_at_once_do_not_starve_a_small_pool() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let secret = key(&world, tenant).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let (db, secret) = (world.db.clone(), secret.clone());
        calls.spawn(async move { authenticate_api_key(&db, secret.expose(), HERE).await.is_ok() });
    }
    assert!(calls.join_all().await.into_iter().all(|admitted| admitted));
}
