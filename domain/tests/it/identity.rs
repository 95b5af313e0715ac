//! Signing up, signing in, and who is in an organization.

use chrono::TimeDelta;
use domain::{
    Failure, Kind,
    audit::Origin,
    identity::{
        CreateUserError, NewUser, SignInError, SignUp, check_password, create_user, list_users, note_sign_in,
        sign_up,
    },
    organizations::Role,
};

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn whoever_signs_up_owns_their_organization_and_can_sign_in() {
    let world = World::new().await;
    let tenant = world.tenant("acme").await;
    let right = check_password(&world.db, " OWNER@acme.example ", PASSWORD).await.unwrap();
    assert_eq!((right.user, right.is_verified, right.needs_second_factor), (tenant.owner, true, false));
    let organization = note_sign_in(&world.db, right.user, "password", None).await.unwrap();
    assert_eq!(organization, Some(tenant.organization));
    let who = world.membership(tenant, tenant.owner).await.unwrap();
    assert_eq!((who.role, who.organization_name.as_str()), (Role::Owner, "acme"));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_are_refused_alike() {
    let world = World::new().await;
    world.tenant("acme").await;
    for (email, password) in
        [("owner@acme.example", "wrong password!"), ("nobody@acme.example", PASSWORD), ("", "")]
    {
        let error = check_password(&world.db, email, password).await.unwrap_err();
        assert!(matches!(error, SignInError::WrongCredentials), "{email}: {error}");
    }
}

#[tokio::test]
async fn an_address_has_one_account_and_a_refused_sign_up_leaves_no_organization() {
    let world = World::new().await;
    world.tenant("acme").await;
    let again = SignUp::check("Other", "Someone", "Owner@ACME.example", PASSWORD).await.unwrap();
    let error = sign_up(&world.db, &again, None).await.unwrap_err();
    assert_eq!((error.kind(), error.fields()[0].field.as_ref()), (Kind::Conflict, "email"));
    let mut operator = world.operator.across_tenants().await.unwrap();
    let (_, total) = domain::organizations::list_organizations(&mut operator, "", 0, 10).await.unwrap();
    assert_eq!(total, 1);
}

#[tokio::test]
async fn fifty_sign_ups_with_one_address_at_once_make_one_account() {
    let world = World::new().await;
    let checked = SignUp::check("Race", "Rita", "rita@race.example", PASSWORD).await.unwrap();
    let attempts = (0..50).map(|_| sign_up(&world.db, &checked, None));
    let results = futures_join(attempts).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().all(|result| !matches!(result, Err(CreateUserError::Storage(_)))));
}

async fn futures_join<T>(attempts: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut attempts: Vec<_> = attempts.map(Box::pin).collect();
    let mut results = Vec::new();
    std::future::poll_fn(|context| {
        attempts.retain_mut(|attempt| match attempt.as_mut().poll(context) {
            std::task::Poll::Ready(result) => {
                results.push(result);
                false
            }
            std::task::Poll::Pending => true,
        });
        if attempts.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    results
}

#[tokio::test]
async fn all_fields_of_a_sign_up_are_checked_together() {
    let errors = SignUp::check("", " ", "nobody", "short").await.unwrap_err();
    let fields: Vec<_> = errors.as_slice().iter().map(|error| error.field.as_ref()).collect();
    assert_eq!(fields, ["organization", "name", "email", "password"]);
}

#[tokio::test]
async fn members_see_each_other_and_nobody_else() {
    let world = World::new().await;
    let (tenant, other) = (world.tenant("acme").await, world.tenant("other").await);
    world.pass(TimeDelta::seconds(1));
    let mut tx = world.tx(tenant).await;
    let user = NewUser::check("Vera", "vera@acme.example", PASSWORD, Role::Viewer).await.unwrap();
    let vera = create_user(&mut tx, &user, &Origin::system()).await.unwrap();
    let _none = tx.commit().await.unwrap();
    let users = list_users(&mut world.tx(tenant).await).await.unwrap();
    let names: Vec<_> = users.iter().map(|user| (user.email.as_str(), user.role.as_str())).collect();
    assert_eq!(names, [("owner@acme.example", "owner"), ("vera@acme.example", "viewer")]);
    assert!(world.membership(other, vera).await.is_none());
}
