//! Inviting somebody, as two people in two browsers do it; with JavaScript and without.

use crate::{browser::Browser, inbox, runner::Runner};

const EMAIL: &str = "nina@new.example";
const PASSWORD: &str = "correct horse battery";

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_is_invited_joins_and_is_removed_with_javascript() {
    invitation(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_is_invited_joins_and_is_removed_without_javascript() {
    invitation(false).await;
}

async fn invitation(javascript: bool) {
    let runner = Runner::start();
    let (owner, guest) = (Browser::open(javascript).await, Browser::open(javascript).await);
    sign_in(&runner, &owner).await;
    owner.click("Members").await;
    owner.fill("email", "nina").await;
    owner.click("Send invitation").await;
    owner.wait_for("This is not an e-mail address").await;
    owner.fill("email", EMAIL).await;
    owner.click("Send invitation").await;
    owner.wait_for("The invitation is on its way").await;

    let link = inbox::link(&runner, EMAIL, "invites you to Demo GmbH", "/invitation").await;
    guest.goto(&link).await;
    guest.wait_for("Dana Demo invites you").await;
    guest.fill("name", "Nina New").await;
    guest.fill("password", "short").await;
    guest.click("Create account and join").await;
    guest.wait_for("at least 10 characters").await;
    guest.fill("password", PASSWORD).await;
    guest.click("Create account and join").await;
    guest.wait_for("Customers").await;
    guest.click("Members").await;
    guest.wait_for("Nina New").await;

    // The link is used up, and says so to whoever opens it again.
    owner.goto(&link).await;
    owner.wait_for("This invitation was used already").await;
    remove(&runner, &owner, &guest).await;
}

async fn sign_in(runner: &Runner, browser: &Browser) {
    let demo = runner.running.demo.clone().unwrap();
    browser.goto(&format!("{}/login", runner.running.urls.app)).await;
    browser.fill("email", &demo.email).await;
    browser.fill("password", &demo.password).await;
    browser.click("Sign in").await;
    browser.wait_for("Overview").await;
}

/// What is changed for somebody holds from their next click on.
async fn remove(runner: &Runner, owner: &Browser, guest: &Browser) {
    owner.goto(&format!("{}/members", runner.running.urls.app)).await;
    owner.click("Change Nina New").await;
    owner.wait_for("Remove from the organization").await;
    owner.click("Remove from the organization").await;
    owner.click("Remove member").await;
    owner.wait_for("The person was removed").await;
    guest.click("Customers").await;
    guest.wait_for("You do not belong to the organization any more").await;
    guest.fill("organization", "Nina AG").await;
    guest.click("Create organization").await;
    guest.wait_for("Enter company details").await;
}
