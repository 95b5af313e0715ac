//! The mail that somebody gets, read from the runner's mailbox as its reader would, and what it is needed for.

use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::Value;

use crate::{http::Client, runner::Runner};

/// A bound against hanging, not a measure.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for the latest mail to `to` with this subject and answers its text.
pub(crate) async fn letter(runner: &Runner, to: &str, subject: &str) -> String {
    let mut dashboard = runner.dashboard();
    let started = Instant::now();
    loop {
        let all = dashboard.get("/control/mail").await.json();
        let mails = all["mail"].as_array().cloned().unwrap_or_default();
        let is_it = |mail: &&Value| mail["to"].to_string().contains(to) && mail["subject"] == subject;
        if let Some(mail) = mails.iter().find(is_it) {
            let id = mail["id"].as_str().unwrap();
            return dashboard.get(&format!("/control/mail/{id}")).await.json()["text"]
                .as_str()
                .unwrap()
                .to_owned();
        }
        assert!(started.elapsed() < PATIENCE, "no mail {subject:?} to {to}: {all}\n{}", runner.output());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// How many mails somebody has.
pub(crate) async fn count(runner: &Runner, to: &str) -> usize {
    let all = runner.dashboard().get("/control/mail").await.json();
    all["mail"].as_array().into_iter().flatten().filter(|mail| mail["to"].to_string().contains(to)).count()
}

/// The address in a letter with this path.
pub(crate) fn link(letter: &str, path: &str) -> String {
    let urls = letter.split(|c: char| c.is_whitespace() || c == '\\' || c == '"');
    let mut found = urls.filter(|word| word.starts_with("http") && word.contains(path));
    found.next().unwrap_or_else(|| panic!("no link to {path} in {letter}")).to_owned()
}

/// What the link carries.
pub(crate) fn token(letter: &str, path: &str) -> String {
    link(letter, path).split_once("token=").unwrap().1.to_owned()
}

/// Signs up, opens the mail, and confirms: a client that is signed in.
pub(crate) async fn signed_up(runner: &Runner, organization: &str, email: &str, password: &str) -> Client {
    let mut app = runner.app();
    let fields =
        [("organization", organization), ("name", "Tess Test"), ("email", email), ("password", password)];
    let answer = app.post_form("/sign-up", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let letter = letter(runner, email, "Confirm your e-mail address").await;
    let token = token(&letter, "/sign-up/confirm");
    let answer = app.post_form("/sign-up/confirm", &[("token", &token)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    app
}
