//! The pages of an impersonation, as staff go through them: at every width, in both schemes, for everybody (axe-core),
//! and without JavaScript.

use catalog::names;

use crate::{
    browser::Browser,
    impersonation::{CUSTOMER, Help, REASON, set},
    organization_pages::look,
};

async fn staff_signed_in(help: &Help, javascript: bool) -> Browser {
    let browser = Browser::open(javascript).await;
    let demo = help.runner.running.demo.clone().unwrap();
    browser.goto(&format!("{}/login", help.runner.running.urls.admin)).await;
    browser.fill("email", &demo.email).await;
    browser.fill("password", &demo.password).await;
    browser.click("Sign in").await;
    browser.wait_for("Organizations").await;
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_an_impersonation_fits_every_width_and_passes_axe() {
    let help = Help::wanted().await;
    let browser = staff_signed_in(&help, true).await;
    look(&browser, "support organizations").await;
    browser.click("Help AG").await;
    browser.wait_for("Sign in as").await;
    look(&browser, "support organization").await;
    browser.click("Sign in as … Tess Test").await;
    browser.wait_for("Reason").await;
    look(&browser, "support form").await;
    browser.fill("reason", "too short").await;
    browser.click("Make a ticket").await;
    browser.wait_for("There is a problem").await;
    look(&browser, "support form refused").await;
    browser.fill("reason", REASON).await;
    browser.click("Make a ticket").await;
    browser.wait_for("Good for one minute").await;
    // Looking takes longer than a ticket lives.
    let soon = (chrono::Utc::now() + chrono::TimeDelta::hours(1)).timestamp().to_string();
    set(&help.runner, names::TOKENS_TABLE, "expires_at", &soon).await;
    look(&browser, "support ticket").await;
    browser.click("Go to the customers’ pages").await;
    browser.wait_for("Sign in as this person").await;
    look(&browser, "support begins").await;
    let ticket = browser.url().await;
    browser.click("Sign in as this person").await;
    browser.wait_for("You see Velox as").await;
    let app = &help.runner.running.urls.app;
    for page in ["/dashboard", "/customers", "/members", "/account", "/settings/api-keys"] {
        browser.goto(&format!("{app}{page}")).await;
        browser.wait_for("You see Velox as").await;
        look(&browser, &format!("support {page}")).await;
    }
    seen_by_the_person(&help).await;
    browser.goto(&ticket).await;
    browser.wait_for("This ticket was used").await;
    look(&browser, "support ticket used").await;
    browser.goto(&format!("{app}/dashboard")).await;
    browser.click("End and sign out").await;
    browser.wait_for("You are signed out").await;
}

/// A browser in which the person is signed in.
async fn signed_in(help: &Help, javascript: bool) -> Browser {
    let ann = Browser::open(javascript).await;
    ann.goto(&format!("{}/login", help.runner.running.urls.app)).await;
    ann.fill("email", CUSTOMER).await;
    ann.fill("password", "correct horse battery").await;
    ann.click("Sign in").await;
    ann.wait_for("Overview").await;
    ann
}

/// Support in the list of sessions and in the audit log.
async fn seen_by_the_person(help: &Help) {
    let ann = signed_in(help, true).await;
    for (page, said) in [("/account/sessions", "Velox support"), ("/settings/audit", "Support signed in")] {
        ann.goto(&format!("{}{page}", help.runner.running.urls.app)).await;
        ann.wait_for(said).await;
        look(&ann, &format!("support seen in {page}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_javascript_staff_begin_and_end_it_and_the_person_sees_it_in_the_list_of_sessions() {
    let help = Help::wanted().await;
    let browser = staff_signed_in(&help, false).await;
    browser.click("Help AG").await;
    browser.click("Sign in as … Tess Test").await;
    browser.fill("reason", REASON).await;
    browser.click("Make a ticket").await;
    browser.click("Go to the customers’ pages").await;
    browser.wait_for("Sign in as this person").await;
    browser.click("Sign in as this person").await;
    browser.wait_for("You see Velox as").await;

    let ann = signed_in(&help, false).await;
    ann.goto(&format!("{}/account/sessions", help.runner.running.urls.app)).await;
    ann.wait_for("Velox support").await;
    browser.click("End and sign out").await;
    browser.wait_for("You are signed out").await;
    ann.goto(&format!("{}/settings/audit", help.runner.running.urls.app)).await;
    ann.wait_for("Support signed out").await;
}
