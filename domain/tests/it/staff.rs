//! Staff are made by the schema's owner and by nobody else.

use domain::{
    identity::{SignInError, grant_staff, sign_in_staff, staff_member},
    organizations::list_organizations,
};
use sqlx::AssertSqlSafe;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn only_accounts_that_the_owner_made_staff_sign_in_to_the_console() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let refused = sign_in_staff(&world.operator, "owner@acme.example", PASSWORD).await.unwrap_err();
    assert!(matches!(refused, SignInError::WrongCredentials));
    assert!(grant_staff(&world.owner_url, "OWNER@acme.example").await.unwrap());
    assert!(grant_staff(&world.owner_url, "owner@acme.example").await.unwrap(), "twice is once");
    assert!(!grant_staff(&world.owner_url, "nobody@acme.example").await.unwrap());
    let user = sign_in_staff(&world.operator, "owner@acme.example", PASSWORD).await.unwrap().user;
    assert_eq!(user, tenant.owner);
    let mut tx = world.operator.across_tenants().await.unwrap();
    assert_eq!(staff_member(&mut tx, user).await.unwrap().unwrap().email, "owner@acme.example");
}

#[tokio::test]
async fn the_application_cannot_make_anybody_staff() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let mut app = world.app().await;
    let statement = format!("INSERT INTO staff VALUES ('{}')", tenant.owner);
    assert!(sqlx::query(AssertSqlSafe(statement)).execute(&mut app).await.is_err());
}

#[tokio::test]
async fn staff_find_organizations_by_name_and_by_first_member() {
    let world = World::new().await;
    for name in ["acme", "bolt", "acorn"] {
        world.tenant(name).await;
    }
    let mut tx = world.operator.across_tenants().await.unwrap();
    let (rows, total) = list_organizations(&mut tx, "AC", 0, 1).await.unwrap();
    assert_eq!((rows.len(), total), (1, 2));
    let (rows, _) = list_organizations(&mut tx, "owner@bolt", 0, 10).await.unwrap();
    assert_eq!((rows[0].name.as_str(), rows[0].members), ("bolt", 1));
}
