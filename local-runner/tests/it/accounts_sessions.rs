//! Sessions over HTTP: none outlives its end, whatever a list of them shows, and what looks like an attack is told.

use aws_sdk_dynamodb::types::AttributeValue;
use catalog::names;
use http::StatusCode;

use crate::{
    accounts_browser::code,
    aws_world::Clients,
    http::Client,
    letters::{letter, signed_up},
    runner::Runner,
};

const PASSWORD: &str = "correct horse battery";

async fn login(client: &mut Client, email: &str, password: &str) -> String {
    client.post_form("/login", &[("email", email), ("password", password)]).await.location().to_owned()
}

/// Every session as the table has it.
async fn items(clients: &Clients) -> Vec<std::collections::HashMap<String, AttributeValue>> {
    let scan = clients.dynamodb.scan().table_name(names::SESSIONS_TABLE);
    scan.send().await.unwrap().items.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_the_list_did_not_show_ends_with_all_others_all_the_same() {
    let runner = Runner::start();
    let email = "late@sessions.example";
    let mut app = signed_up(&runner, "Sessions AG", email, PASSWORD).await;
    let mut missed = runner.app();
    assert_eq!(login(&mut missed, email, PASSWORD).await, "/dashboard");
    let clients = Clients::of(&runner.running.urls.aws);
    let before = items(&clients).await;
    assert_eq!(
        app.post_form("/account/sessions/end-others", &[]).await.location(),
        "/account/sessions?ended=1"
    );
    // As one that began while the others were ended, and that the index had not got yet.
    for item in before {
        let put = clients.dynamodb.put_item().table_name(names::SESSIONS_TABLE).set_item(Some(item));
        put.send().await.unwrap();
    }
    for page in ["/account", "/dashboard"] {
        assert!(missed.get(page).await.location().starts_with("/login"), "{page}");
        assert_eq!(app.get(page).await.status, StatusCode::OK, "{page}");
    }
    let list = app.get("/account/sessions").await.text();
    assert!(!list.contains("Sign out everywhere else"), "one is left: {list}");
}

/// Turns two-factor sign-in on; the key that the app has then.
async fn with_two_factors(app: &mut Client) -> String {
    let page = app.get("/account/two-factor").await.text();
    let after = |mark: &str| page.split(mark).nth(1).unwrap().split(['"', '<']).next().unwrap().to_owned();
    let sealed = after("name=\"sealed\" value=\"");
    let is_key =
        |word: &&str| word.len() == 32 && word.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let key = page.split(['<', '>', '"', ' ', '=', '&']).find(is_key).unwrap().to_owned();
    let fields = [("sealed", sealed.as_str()), ("code", &code(&key, 0)), ("password", PASSWORD)];
    let on = app.post_form("/account/two-factor", &fields).await;
    assert!(on.text().contains("Keep these codes"), "{}", on.text());
    key
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_waits_for_its_second_factor_opens_nothing_once_the_password_is_another() {
    let runner = Runner::start();
    let email = "waits@sessions.example";
    let mut app = signed_up(&runner, "Waiting AG", email, PASSWORD).await;
    let key = with_two_factors(&mut app).await;
    let mut waiting = runner.app();
    assert_eq!(login(&mut waiting, email, PASSWORD).await, "/login/second-factor");
    let new = [("current_password", PASSWORD), ("new_password", "seven purple giraffes")];
    assert_eq!(app.post_form("/account/password", &new).await.location(), "/account?saved=1");
    let late = waiting.post_form("/login/second-factor", &[("code", &code(&key, 1))]).await;
    assert_eq!(late.location(), "/dashboard", "the code was right: {}", late.text());
    for page in ["/account", "/dashboard"] {
        assert!(waiting.get(page).await.location().starts_with("/login"), "{page}");
        assert_eq!(app.get(page).await.status, StatusCode::OK, "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_failed_logins_in_a_row_are_told_by_mail_and_in_the_audit_log() {
    let runner = Runner::start();
    let email = "burst@sessions.example";
    let mut app = signed_up(&runner, "Burst AG", email, PASSWORD).await;
    let mut guesser = runner.app();
    for _ in 0..5 {
        let answer = guesser.post_form("/login", &[("email", email), ("password", "not the password")]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mail = letter(&runner, email, "Somebody tries to sign in to your account").await;
    assert!(mail.contains("127.0.0.1"), "{mail}");
    let log = app.get("/settings/audit?action=user.sign_in_burst").await.text();
    assert!(log.contains("1–1 of 1 entries") && log.contains("127.0.0.1"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menu_of_every_page_switches_between_organizations() {
    let runner = Runner::start();
    let mut app = signed_up(&runner, "First AG", "both@sessions.example", PASSWORD).await;
    assert!(!app.get("/dashboard").await.text().contains("<details"), "there is nothing to choose");
    assert_eq!(
        app.post_form("/organizations", &[("organization", "Second AG")]).await.status,
        StatusCode::SEE_OTHER
    );
    let page = app.get("/dashboard").await.text();
    let menu = page.split("<details").nth(1).unwrap().split("</details>").next().unwrap();
    assert!(menu.contains("<bdi>Second AG</bdi>") && menu.contains("First AG"), "{menu}");
    let switch = menu.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(app.post_form(switch, &[]).await.location(), "/dashboard");
    let page = app.get("/dashboard").await.text();
    assert!(page.contains("<bdi>First AG</bdi>"), "{page}");
}
