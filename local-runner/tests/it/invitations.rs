//! Invitations as requests: every way in, and a page for every reason to stay outside.

use http::StatusCode;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    http::{Answer, Client},
    inbox,
    runner::Runner,
};

const NINA: &str = "nina@new.example";
const PASSWORD: &str = "correct horse battery";

async fn demo(runner: &Runner) -> Client {
    let demo = runner.running.demo.clone().unwrap();
    let mut app = runner.app();
    let login = [("email", demo.email.as_str()), ("password", demo.password.as_str())];
    assert_eq!(app.post_form("/login", &login).await.status, StatusCode::SEE_OTHER);
    app
}

/// Invites and answers the path of the link.
async fn invite(runner: &Runner, by: &mut Client, email: &str, organization: &str) -> String {
    let invited = by.post_form("/members/invitations", &[("email", email), ("role", "admin")]).await;
    assert_eq!(invited.location(), "/members?done=invited", "{}", invited.text());
    let link = inbox::link(runner, email, &format!("invites you to {organization}"), "/invitation").await;
    link.strip_prefix(&runner.running.urls.app).unwrap().to_owned()
}

fn token(link: &str) -> &str {
    link.split("token=").nth(1).unwrap()
}

fn says(answer: &Answer, status: StatusCode, text: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(answer.text().contains(text), "{text:?} in {}", answer.text());
}

async fn join(runner: &Runner, link: &str) -> Client {
    let mut nina = runner.app();
    let fields = [("token", token(link)), ("name", "Nina New"), ("password", PASSWORD)];
    assert_eq!(nina.post_form("/invitation/account", &fields).await.location(), "/dashboard");
    nina
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_an_account_joins_switches_and_comes_back() {
    let runner = Runner::start();
    let mut owner = demo(&runner).await;
    let link = invite(&runner, &mut owner, NINA, "Demo GmbH").await;
    let mut nina = join(&runner, &link).await;
    assert_eq!(nina.post_form("/organizations", &[("organization", "")]).await.status, 422);
    assert_eq!(nina.post_form("/organizations", &[("organization", "Nina AG")]).await.location(), "/welcome");

    // Now she invites the demo's owner, who has an account.
    let email = runner.running.demo.clone().unwrap().email;
    let link = invite(&runner, &mut nina, &email, "Nina AG").await;
    says(&runner.app().get(&link).await, StatusCode::OK, "Sign in to join");
    says(&nina.get(&link).await, StatusCode::FORBIDDEN, "This invitation is for another address");
    let stolen = nina.post_form("/invitation", &[("token", token(&link))]).await;
    assert_eq!(stolen.status, StatusCode::FORBIDDEN);
    says(&owner.get(&link).await, StatusCode::OK, "Join Nina AG");
    assert_eq!(owner.post_form("/invitation", &[("token", token(&link))]).await.location(), "/dashboard");
    says(&owner.get("/members").await, StatusCode::OK, "Nina New");

    let list = owner.get("/organizations").await.text();
    let at = list.find("/switch\"").unwrap();
    let before = owner.clone();
    let path = format!("{}/switch", &list[list[..at].rfind("/organizations/").unwrap()..at]);
    assert_eq!(owner.post_form(&path, &[]).await.location(), "/dashboard");
    says(&owner.get("/dashboard").await, StatusCode::OK, "Demo GmbH");
    let old = before.clone().get("/dashboard").await;
    assert!(
        old.location().starts_with("/login"),
        "the token of before a change of privilege is worth nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn used_expired_revoked_replaced_and_forged_links_say_what_to_do() {
    let runner = Runner::start();
    let mut owner = demo(&runner).await;
    let mut stranger = runner.app();
    let link = invite(&runner, &mut owner, NINA, "Demo GmbH").await;
    let wrong = stranger
        .post_form("/invitation/account", &[("token", token(&link)), ("name", "Nina"), ("password", "x")])
        .await;
    says(&wrong, StatusCode::UNPROCESSABLE_ENTITY, "value=\"Nina\"");
    join(&runner, &link).await;
    says(&stranger.get(&link).await, StatusCode::GONE, "sign in: you are a member");
    let again = [("token", token(&link)), ("name", "N"), ("password", PASSWORD)];
    assert_eq!(stranger.post_form("/invitation/account", &again).await.status, StatusCode::GONE);
    says(&stranger.get("/invitation?token=forged").await, StatusCode::NOT_FOUND, "send it again");

    let link = invite(&runner, &mut owner, "otto@new.example", "Demo GmbH").await;
    let mut database = PgConnection::connect(&runner.running.database.owner).await.unwrap();
    let expire = "UPDATE invitations SET expires_at = now() WHERE email = 'otto@new.example'";
    database.execute(AssertSqlSafe(expire)).await.unwrap();
    says(&stranger.get(&link).await, StatusCode::GONE, "This invitation has expired");

    let page = owner.get("/members").await.text();
    let at = page.find("/again\"").unwrap();
    let path = page[page[..at].rfind("/members/invitations/").unwrap()..at].to_owned();
    assert_eq!(owner.post_form(&format!("{path}/again"), &[]).await.location(), "/members?done=again");
    says(&stranger.get(&link).await, StatusCode::NOT_FOUND, "a newer invitation has replaced it");
    assert_eq!(owner.post_form(&format!("{path}/revoke"), &[]).await.location(), "/members?done=revoked");
    assert_eq!(owner.post_form(&format!("{path}/revoke"), &[]).await.status, StatusCode::NOT_FOUND);
}
