//! The pages about one's own account, and those for people who are not signed in: at every width, in both schemes, for
//! everybody (axe-core).

use crate::{
    accounts_browser::code,
    browser::Browser,
    letters::{letter, link, signed_up},
    organization_pages::look,
    runner::Runner,
};

const PASSWORD: &str = "correct horse battery";
const EMAIL: &str = "a-rather-long-name@pages-of-an-account.example";

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_signing_in_fits_every_width_and_passes_axe() {
    let runner = Runner::start();
    let browser = Browser::open(true).await;
    let app = &runner.running.urls.app;
    for page in [
        "/",
        "/sign-up",
        "/login",
        "/login?next=%2Fcustomers",
        "/login/passkey",
        "/reset-password",
        "/reset-password/choose?token=forged",
        "/nowhere",
    ] {
        browser.goto(&format!("{app}{page}")).await;
        look(&browser, page).await;
    }
    browser.goto(&format!("{app}/sign-up")).await;
    browser.click("Create account").await;
    browser.wait_for("There is a problem").await;
    look(&browser, "a sign-up that was refused").await;
    browser.fill("organization", "Pages AG").await;
    browser.fill("name", "Pat Page").await;
    browser.fill("email", EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.click("Create account").await;
    browser.wait_for("We have sent a mail to").await;
    look(&browser, "check your mail").await;
    let mail = letter(&runner, EMAIL, "Confirm your e-mail address").await;
    browser.goto(&link(&mail, "/sign-up/confirm")).await;
    look(&browser, "confirm the address").await;
    browser.click("Open my account").await;
    browser.wait_for("Three steps to your first invoice").await;
    look(&browser, "welcome").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_an_account_fits_every_width_and_passes_axe() {
    let runner = Runner::start();
    signed_up(&runner, "Pages AG", EMAIL, PASSWORD).await;
    let browser = Browser::open(true).await;
    let app = &runner.running.urls.app;
    browser.add_authenticator().await;
    browser.goto(&format!("{app}/login")).await;
    browser.fill("email", EMAIL).await;
    browser.fill("password", PASSWORD).await;
    browser.click("Sign in").await;
    browser.wait_for("Overview").await;
    browser.goto(&format!("{app}/account/passkeys")).await;
    look(&browser, "no passkeys yet").await;
    browser.fill("name", "The phone that I carry with me").await;
    browser.fill("password", PASSWORD).await;
    browser.click("Add passkey").await;
    browser.wait_for("The passkey is registered").await;
    look(&browser, "a passkey").await;
    browser.fill("password", PASSWORD).await;
    browser.click("Add passkey").await;
    browser.wait_for("has a passkey for your account already").await;
    look(&browser, "a device that refuses").await;
    two_factors(&browser, app).await;
    browser.goto(&format!("{app}/organizations")).await;
    browser.fill("organization", "A second company with a rather long name GmbH").await;
    browser.click("Create organization").await;
    browser.wait_for("Enter company details").await;
    for page in [
        "/account",
        "/account/sessions",
        "/account/two-factor",
        "/account/passkeys",
        "/account/delete",
        "/dashboard",
    ] {
        browser.goto(&format!("{app}{page}")).await;
        look(&browser, page).await;
    }
    browser.looks(1280, false).await;
    browser.click_element(".organization-menu summary").await;
    look(&browser, "the menu of organizations").await;
    browser.goto(&format!("{app}/account")).await;
    browser.click("Change password").await;
    browser.wait_for("There is a problem").await;
    look(&browser, "a password that was refused").await;
}

/// Turns them on, which shows the recovery codes once.
async fn two_factors(browser: &Browser, app: &str) {
    browser.goto(&format!("{app}/account/two-factor")).await;
    look(browser, "two factors to set up").await;
    browser.click_element("summary").await;
    let page = browser.wait_for("Key").await;
    let secret = page.split_whitespace().find(|word| word.len() == 32).unwrap().to_owned();
    browser.fill("code", &code(&secret, 0)).await;
    browser.fill("password", PASSWORD).await;
    browser.click("Turn on").await;
    browser.wait_for("Keep these codes").await;
    look(browser, "recovery codes").await;
}
