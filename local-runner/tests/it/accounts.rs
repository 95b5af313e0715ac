//! Accounts over HTTP: what strangers can learn, what works once, what ends sessions.

use http::StatusCode;
use sqlx::{Connection, PgConnection, Row};

use crate::{
    http::{Answer, Client},
    letters::{count, letter, link, signed_up, token},
    runner::Runner,
};

const PASSWORD: &str = "correct horse battery";
const OTHER: &str = "seven purple giraffes";

async fn login(client: &mut Client, email: &str, password: &str) -> Answer {
    client.post_form("/login", &[("email", email), ("password", password)]).await
}

/// The page without the address that was typed, which may have marks where it can be broken into lines.
fn alike(answer: &Answer, email: &str) -> (StatusCode, String) {
    let (local, domain) = email.split_once('@').unwrap();
    (answer.status, answer.text().replace(local, "…").replace(domain, "…"))
}

#[tokio::test(flavor = "multi_thread")]
async fn login_sign_up_and_reset_answer_alike_whether_or_not_there_is_an_account() {
    let runner = Runner::start();
    signed_up(&runner, "Known AG", "known@acme.example", PASSWORD).await;
    let mut app = runner.app();
    let mut pages = Vec::new();
    for email in ["known@acme.example", "nobod@acme.example"] {
        let wrong = login(&mut app, email, "not the password").await;
        let fields = [("organization", "Again AG"), ("name", "A"), ("email", email), ("password", OTHER)];
        let sign_up = app.post_form("/sign-up", &fields).await;
        let reset = app.post_form("/reset-password", &[("email", email)]).await;
        pages.push([&wrong, &sign_up, &reset].map(|answer| alike(answer, email)));
    }
    let statuses = pages[0].clone().map(|(status, _)| status.as_u16());
    assert_eq!(statuses, [422, 200, 200]);
    assert_eq!(pages[0], pages[1]);
    // The mails tell, and they reach the address alone.
    letter(&runner, "known@acme.example", "You have a Velox account already").await;
    letter(&runner, "known@acme.example", "Choose a new password").await;
    letter(&runner, "nobod@acme.example", "Confirm your e-mail address").await;
    letter(&runner, "nobod@acme.example", "There is no Velox account with this address").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_an_account_before_the_address_is_confirmed_and_opening_the_link_confirms_nothing() {
    let runner = Runner::start();
    let mut app = runner.app();
    let email = "late@acme.example";
    let fields = [("organization", "Late AG"), ("name", "L"), ("email", email), ("password", PASSWORD)];
    assert_eq!(app.post_form("/sign-up", &fields).await.status, StatusCode::OK);
    let letter = letter(&runner, email, "Confirm your e-mail address").await;
    let token = token(&letter, "/sign-up/confirm");
    for _ in 0..2 {
        let page = app.get(&format!("/sign-up/confirm?token={token}")).await;
        assert!(page.text().contains("Open my account"), "{}", page.text());
    }
    assert_eq!(login(&mut app, email, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.post_form("/sign-up/confirm", &[("token", &token)]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(app.get("/dashboard").await.status, StatusCode::OK);
    let again = app.post_form("/sign-up/confirm", &[("token", &token)]).await;
    assert_eq!(again.status, StatusCode::GONE);
    assert!(again.text().contains("This link was used"), "{}", again.text());
    let forged = app.post_form("/sign-up/confirm", &[("token", "forged")]).await;
    assert_eq!(forged.status, StatusCode::NOT_FOUND);
    assert!(forged.text().contains("Sign up again"), "{}", forged.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_uses_of_one_reset_link_at_once_one_sets_the_password_and_ends_all_sessions() {
    let runner = Runner::start();
    let email = "reset@acme.example";
    let mut app = signed_up(&runner, "Reset AG", email, PASSWORD).await;
    assert_eq!(app.post_form("/reset-password", &[("email", email)]).await.status, StatusCode::OK);
    let letter_text = letter(&runner, email, "Choose a new password").await;
    let token = token(&letter_text, "/reset-password/choose");
    let weak =
        app.post_form("/reset-password/choose", &[("token", &token), ("password", "password123")]).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", weak.text());
    let attempts = (0..50).map(|_| {
        let (mut client, token) = (runner.app(), token.clone());
        async move {
            let fields = [("token", token.as_str()), ("password", OTHER)];
            client.post_form("/reset-password/choose", &fields).await.status
        }
    });
    let statuses = futures::future::join_all(attempts).await;
    let won = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    let lost = statuses.iter().filter(|status| **status == StatusCode::GONE).count();
    assert_eq!((won, lost), (1, 49), "{statuses:?}");
    assert!(app.get("/dashboard").await.location().starts_with("/login"), "the old session goes on");
    assert_eq!(login(&mut app, email, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(login(&mut app, email, OTHER).await.status, StatusCode::SEE_OTHER);
    letter(&runner, email, "Your password was changed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_confirmations_of_one_sign_up_at_once_one_makes_the_account() {
    let runner = Runner::start();
    let email = "fifty@acme.example";
    let fields = [("organization", "Fifty AG"), ("name", "F"), ("email", email), ("password", PASSWORD)];
    assert_eq!(runner.app().post_form("/sign-up", &fields).await.status, StatusCode::OK);
    let token = token(&letter(&runner, email, "Confirm your e-mail address").await, "/sign-up/confirm");
    let attempts = (0..50).map(|_| {
        let (mut client, token) = (runner.app(), token.clone());
        async move { client.post_form("/sign-up/confirm", &[("token", token.as_str())]).await.status }
    });
    let statuses = futures::future::join_all(attempts).await;
    let won = statuses.iter().filter(|status| **status == StatusCode::SEE_OTHER).count();
    assert_eq!(won, 1, "{statuses:?}");
    let mut owner = PgConnection::connect(&runner.running.database.owner).await.unwrap();
    let made = sqlx::query("SELECT count(*) FROM users WHERE email = $1").bind(email);
    assert_eq!(made.fetch_one(&mut owner).await.unwrap().get::<i64, _>(0), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_logins_wait_for_known_and_unknown_addresses_alike_and_fifty_at_once_are_fifty() {
    let runner = Runner::start();
    signed_up(&runner, "Brute AG", "brute@acme.example", PASSWORD).await;
    let mut waits = Vec::new();
    for email in ["brute@acme.example", "unknown@acme.example"] {
        let attempts = (0..12).map(|_| {
            let mut client = runner.app();
            async move { login(&mut client, email, "not the password").await.status }
        });
        let statuses = futures::future::join_all(attempts).await;
        let tried = statuses.iter().filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY).count();
        assert_eq!(tried, 5, "{email}: {statuses:?}");
        // The right password waits as well.
        let refused = login(&mut runner.app(), email, PASSWORD).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        let seconds: u32 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
        waits.push(refused.text().contains("There were too many attempts"));
    }
    assert_eq!(waits, [true, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_made_by_an_api_key_confirms_the_address_before_the_first_login() {
    let runner = Runner::start();
    let key = runner.running.demo.clone().unwrap().api_key.unwrap();
    let mut api = runner.api().with_header("authorization", &format!("Bearer {key}"));
    let email = "made@demo.example";
    let user = serde_json::json!({ "email": email, "name": "Made", "password": PASSWORD });
    assert_eq!(api.post_json("/v1/users", &user).await.status, StatusCode::CREATED);
    let mut app = runner.app();
    let page = login(&mut app, email, PASSWORD).await;
    assert!(page.text().contains("Check your mail"), "{} {}", page.status, page.text());
    let letter = letter(&runner, email, "Confirm your e-mail address").await;
    let token = token(&letter, "/confirm-email");
    assert_eq!(app.post_form("/confirm-email", &[("token", &token)]).await.location(), "/login?confirmed=1");
    assert_eq!(login(&mut app, email, PASSWORD).await.location(), "/dashboard");
    assert_eq!(count(&runner, email).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_or_address_needs_the_old_password_and_ends_the_other_sessions() {
    let runner = Runner::start();
    let email = "change@acme.example";
    let mut app = signed_up(&runner, "Change AG", email, PASSWORD).await;
    let mut elsewhere = runner.app();
    assert_eq!(login(&mut elsewhere, email, PASSWORD).await.status, StatusCode::SEE_OTHER);
    let list = app.get("/account/sessions").await.text();
    assert!(list.contains("Sign out everywhere else"), "{list}");

    let wrong = [("current_password", "not it at all"), ("new_password", OTHER)];
    let refused = app.post_form("/account/password", &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.text().contains(OTHER), "a password stands in the page");
    let right = [("current_password", PASSWORD), ("new_password", OTHER)];
    assert_eq!(app.post_form("/account/password", &right).await.location(), "/account?saved=1");
    assert_eq!(app.get("/account").await.status, StatusCode::OK);
    assert!(elsewhere.get("/account").await.location().starts_with("/login"));

    let new = "changed@acme.example";
    let fields = [("email", new), ("password", OTHER)];
    assert_eq!(app.post_form("/account/email", &fields).await.location(), "/account?mailed=1");
    assert_eq!(login(&mut elsewhere, email, OTHER).await.status, StatusCode::SEE_OTHER);
    let link = link(&letter(&runner, new, "Confirm your new e-mail address").await, "/confirm-new-email");
    let token = link.split_once("token=").unwrap().1;
    assert_eq!(
        elsewhere.post_form("/confirm-new-email", &[("token", token)]).await.status,
        StatusCode::SEE_OTHER
    );
    let told = letter(&runner, email, "Your e-mail address was changed").await;
    assert!(told.contains(new), "{told}");
    assert!(app.get("/account").await.location().starts_with("/login"));
    assert_eq!(login(&mut app, email, OTHER).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(login(&mut app, new, OTHER).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_ends_with_its_sessions_and_opens_to_nobody() {
    let runner = Runner::start();
    let email = "leaver@acme.example";
    let mut app = signed_up(&runner, "Leaver AG", email, PASSWORD).await;
    let refused = app.post_form("/account/delete", &[("password", "not the password")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let gone = app.post_form("/account/delete", &[("password", PASSWORD)]).await;
    assert_eq!(gone.location(), "/login?deleted=1", "{}", gone.text());
    assert!(app.get("/account").await.location().starts_with("/login"));
    assert_eq!(login(&mut app, email, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    letter(&runner, email, "Your Velox account was deleted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_owner_of_an_organization_with_others_in_it_stays() {
    let runner = Runner::start();
    let demo = runner.running.demo.clone().unwrap();
    let mut api = runner.api().with_header("authorization", &format!("Bearer {}", demo.api_key.unwrap()));
    let user = serde_json::json!({ "email": "other@demo.example", "name": "O", "password": PASSWORD });
    assert_eq!(api.post_json("/v1/users", &user).await.status, StatusCode::CREATED);
    let mut app = runner.app();
    assert_eq!(login(&mut app, &demo.email, &demo.password).await.status, StatusCode::SEE_OTHER);
    let refused = app.post_form("/account/delete", &[("password", demo.password.as_str())]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert!(refused.text().contains("only owner of Demo GmbH"), "{}", refused.text());
    assert_eq!(login(&mut runner.app(), &demo.email, &demo.password).await.status, StatusCode::SEE_OTHER);
}
