//! Answers alike in time: not by the clock, which a busy machine moves, but by the work. For an address with an account
//! and for one without, a login, a sign-up and a reset run the same statements, AWS calls and Argon2 hashes in the same
//! order; the dashboard has them of every invocation.

use http::StatusCode;

use crate::{
    dashboard::{eventually, latest},
    http::Client,
    letters::{letter, signed_up},
    runner::Runner,
};

const PASSWORD: &str = "correct horse battery";

/// What the latest invocation of a form did, in order: statements, AWS calls, and parts such as hashes.
async fn work(dashboard: &mut Client, form: &str) -> Vec<String> {
    let invocation = latest(dashboard, form).await;
    // The handler's own span ends last: once it is there, all others are.
    let page = eventually(dashboard, &invocation, ">handler<").await;
    let bars = page.split("class=\"span-kind\" data-kind=\"").skip(1).map(|bar| {
        let kind = bar.split('"').next().unwrap();
        let name = bar.split("class=\"span-name\">").nth(1).unwrap().split('<').next().unwrap();
        (kind, name)
    });
    let is_work = |kind: &str| ["sql", "aws", "part"].contains(&kind);
    bars.filter(|(kind, _)| is_work(kind)).map(|(kind, name)| format!("{kind} {name}")).collect()
}

fn count(work: &[String], what: &str) -> usize {
    work.iter().filter(|step| step.contains(what)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn login_sign_up_and_reset_do_the_same_work_whether_or_not_there_is_an_account() {
    let runner = Runner::start();
    signed_up(&runner, "Known AG", "known@alike.example", PASSWORD).await;
    let (mut app, mut dashboard) = (runner.app(), runner.dashboard());
    let mut done = Vec::new();
    for email in ["known@alike.example", "nobod@alike.example"] {
        let login = [("email", email), ("password", "not the password")];
        assert_eq!(app.post_form("/login", &login).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let login = work(&mut dashboard, "POST%20/login").await;
        let fields = [("organization", "Again AG"), ("name", "A"), ("email", email), ("password", PASSWORD)];
        assert_eq!(app.post_form("/sign-up", &fields).await.status, StatusCode::OK);
        let sign_up = work(&mut dashboard, "POST%20/sign-up").await;
        assert_eq!(app.post_form("/reset-password", &[("email", email)]).await.status, StatusCode::OK);
        let reset = work(&mut dashboard, "POST%20/reset-password").await;
        done.push([login, sign_up, reset]);
    }
    let [login, sign_up, reset] = &done[0];
    // So that equality is not that of nothing with nothing.
    assert_eq!(
        (count(login, "Argon2id"), count(login, "sql "), count(login, "aws DynamoDB")),
        (1, 2, 4),
        "{login:?}"
    );
    assert_eq!((count(sign_up, "Argon2id"), count(sign_up, "SQS.SendMessage")), (1, 1), "{sign_up:?}");
    assert_eq!((count(reset, "Argon2id"), count(reset, "SQS.SendMessage")), (0, 1), "{reset:?}");
    assert_eq!(done[0], done[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_many_failed_logins_does_the_same_work_whether_or_not_there_is_an_account() {
    let runner = Runner::start();
    let email = "burst@alike.example";
    signed_up(&runner, "Burst AG", email, PASSWORD).await;
    let mut dashboard = runner.dashboard();
    let mut done = Vec::new();
    for email in [email, "nobod@alike.example"] {
        let mut app = runner.app();
        for _ in 0..5 {
            let wrong = [("email", email), ("password", "not the password")];
            assert_eq!(app.post_form("/login", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        done.push(work(&mut dashboard, "POST%20/login").await);
    }
    assert_eq!(count(&done[0], "SQS.SendMessage"), 1, "{:?}", done[0]);
    assert_eq!(done[0], done[1]);
    letter(&runner, email, "Somebody tries to sign in to your account").await;
}
