//! The same in a real Chromium, as a person does it: with JavaScript and without.

use std::time::{SystemTime, UNIX_EPOCH};

use http::StatusCode;

use crate::{
    browser::Browser,
    letters::{letter, link, signed_up},
    runner::Runner,
};

const PASSWORD: &str = "correct horse battery";
const OTHER: &str = "seven purple giraffes";

async fn sign_in(runner: &Runner, browser: &Browser, email: &str, password: &str) {
    browser.goto(&format!("{}/login", runner.running.urls.app)).await;
    browser.fill("email", email).await;
    browser.fill("password", password).await;
    browser.click("Sign in").await;
}

async fn both(journey: impl AsyncFn(&Runner, bool)) {
    let runner = Runner::start();
    for javascript in [true, false] {
        journey(&runner, javascript).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_password_is_replaced_with_the_link_from_the_mail() {
    both(async |runner, javascript| {
        let email = format!("forgot-{javascript}@acme.example");
        signed_up(runner, "Forgot AG", &email, PASSWORD).await;
        let browser = Browser::open(javascript).await;
        browser.goto(&format!("{}/login", runner.running.urls.app)).await;
        browser.click("Forgot your password?").await;
        browser.fill("email", &email).await;
        browser.click("Send the link").await;
        browser.wait_for("We have sent a mail to").await;
        let mail = letter(runner, &email, "Choose a new password").await;
        browser.goto(&link(&mail, "/reset-password/choose")).await;
        browser.fill("password", "password123").await;
        browser.click("Save password").await;
        browser.wait_for("among the first that attackers try").await;
        browser.fill("password", OTHER).await;
        browser.click("Save password").await;
        browser.wait_for("Your new password is saved").await;
        browser.fill("email", &email).await;
        browser.fill("password", OTHER).await;
        browser.click("Sign in").await;
        browser.wait_for("Overview").await;
        browser.goto(&link(&mail, "/reset-password/choose")).await;
        browser.wait_for("This link was used").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_from_another_browser_is_signed_out() {
    both(async |runner, javascript| {
        let email = format!("two-{javascript}@acme.example");
        signed_up(runner, "Two AG", &email, PASSWORD).await;
        let (here, there) = (Browser::open(javascript).await, Browser::open(javascript).await);
        for browser in [&here, &there] {
            sign_in(runner, browser, &email, PASSWORD).await;
            browser.wait_for("Overview").await;
        }
        here.goto(&format!("{}/account", runner.running.urls.app)).await;
        here.click("Sessions").await;
        here.wait_for("This one").await;
        here.click("Sign out everywhere else").await;
        here.wait_for("Signed out there").await;
        there.goto(&format!("{}/customers", runner.running.urls.app)).await;
        there.wait_for("Sign in to go on").await;
        here.goto(&format!("{}/account", runner.running.urls.app)).await;
        here.wait_for("Current password").await;
    })
    .await;
}

/// The six digits that an app shows now or so many half minutes later (RFC 6238).
pub(crate) fn code(secret: &str, later: u64) -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut bits = String::new();
    for letter in secret.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        bits.push_str(&format!("{value:05b}"));
    }
    let key: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let digest = ring::hmac::sign(&key, &(seconds / 30 + later).to_be_bytes());
    let digest = digest.as_ref();
    let offset = usize::from(digest[19] & 0xf);
    let number = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn with_two_factors_a_login_takes_a_code_of_the_app_or_a_recovery_code_each_once() {
    both(async |runner, javascript| {
        let email = format!("totp-{javascript}@acme.example");
        signed_up(runner, "Totp AG", &email, PASSWORD).await;
        let browser = Browser::open(javascript).await;
        sign_in(runner, &browser, &email, PASSWORD).await;
        browser.wait_for("Overview").await;
        browser.goto(&format!("{}/account/two-factor", runner.running.urls.app)).await;
        browser.wait_for_element("svg.qr-code").await;
        browser.click_element("summary").await;
        let page = browser.wait_for("Key").await;
        let secret = page.split_whitespace().find(|word| word.len() == 32).unwrap().to_owned();
        browser.fill("code", "000000").await;
        browser.fill("password", PASSWORD).await;
        browser.click("Turn on").await;
        browser.wait_for("The app shows another code now").await;
        browser.fill("code", &code(&secret, 0)).await;
        browser.fill("password", PASSWORD).await;
        browser.click("Turn on").await;
        let codes = browser.wait_for("Keep these codes").await;
        let recovery = codes.split_whitespace().find(|word| word.len() == 19 && word.contains('-')).unwrap();

        // The code that turned it on is used up: the next one is taken.
        for (typed, taken) in
            [(code(&secret, 1), true), (recovery.to_owned(), true), (recovery.to_owned(), false)]
        {
            let fresh = Browser::open(javascript).await;
            sign_in(runner, &fresh, &email, PASSWORD).await;
            fresh.wait_for("Two-factor sign-in").await;
            fresh.fill("code", &typed).await;
            fresh.click("Sign in").await;
            fresh.wait_for(if taken { "Overview" } else { "This code is wrong" }).await;
        }
        browser.goto(&format!("{}/account/two-factor", runner.running.urls.app)).await;
        browser.wait_for("9 recovery codes").await;
        letter(runner, &email, "Two-factor sign-in was turned on").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_signs_in_by_itself_until_it_is_removed() {
    let runner = Runner::start();
    let email = "passkey@acme.example";
    signed_up(&runner, "Passkey AG", email, PASSWORD).await;
    let browser = Browser::open(true).await;
    sign_in(&runner, &browser, email, PASSWORD).await;
    browser.wait_for("Overview").await;
    browser.add_authenticator().await;
    browser.goto(&format!("{}/account", runner.running.urls.app)).await;
    browser.click("Passkeys").await;
    browser.fill("name", "My laptop").await;
    browser.fill("password", OTHER).await;
    browser.click("Add passkey").await;
    browser.wait_for("This is not your password").await;
    browser.fill("password", PASSWORD).await;
    browser.click("Add passkey").await;
    browser.wait_for("The passkey is registered").await;
    browser.wait_for("My laptop").await;
    letter(&runner, email, "A passkey was added").await;
    // The same device is not registered twice, and says so itself.
    browser.fill("password", PASSWORD).await;
    browser.click("Add passkey").await;
    browser.wait_for("This device has a passkey for your account already").await;

    browser.click_element("form[action='/logout'] button").await;
    browser.wait_for("You are signed out").await;
    browser.goto(&format!("{}/customers", runner.running.urls.app)).await;
    browser.click("Sign in with a passkey").await;
    browser.click("Use a passkey").await;
    browser.wait_for("No customers yet").await;

    browser.goto(&format!("{}/account/passkeys", runner.running.urls.app)).await;
    // As a second tab of somebody who took it away.
    let mut other = runner.app();
    other.post_form("/login", &[("email", email), ("password", PASSWORD)]).await;
    let page = other.get("/account/passkeys").await.text();
    let start = page.find("/account/passkeys/").map(|at| &page[at..]).unwrap();
    let path = start.split('"').next().unwrap().to_owned();
    assert_eq!(other.post_form(&path, &[]).await.location(), "/account/passkeys?removed=1");
    assert_eq!(other.post_form(&path, &[]).await.status, StatusCode::NOT_FOUND);
    browser.click_element("form[action='/logout'] button").await;
    browser.wait_for("You are signed out").await;
    browser.click("Sign in with a passkey").await;
    browser.click("Use a passkey").await;
    browser.wait_for("does not sign anybody in here").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_a_second_factor_of_its_own_account_alone_and_a_refusal_is_told() {
    let runner = Runner::start();
    let (email, other) = ("second@acme.example", "third@acme.example");
    let browser = Browser::open(true).await;
    let device = browser.add_authenticator().await;
    for email in [email, other] {
        signed_up(&runner, "Second AG", email, PASSWORD).await;
        sign_in(&runner, &browser, email, PASSWORD).await;
        browser.wait_for("Overview").await;
        browser.goto(&format!("{}/account/two-factor", runner.running.urls.app)).await;
        browser.click_element("summary").await;
        let page = browser.wait_for("Key").await;
        let secret = page.split_whitespace().find(|word| word.len() == 32).unwrap().to_owned();
        browser.fill("code", &code(&secret, 0)).await;
        browser.fill("password", PASSWORD).await;
        browser.click("Turn on").await;
        browser.wait_for("Keep these codes").await;
        if email == other {
            break;
        }
        browser.goto(&format!("{}/account/passkeys", runner.running.urls.app)).await;
        browser.fill("password", PASSWORD).await;
        browser.click("Add passkey").await;
        browser.wait_for("The passkey is registered").await;
        browser.click_element("form[action='/logout'] button").await;
        browser.wait_for("You are signed out").await;
    }
    browser.click_element("form[action='/logout'] button").await;
    for (email, seen) in [(other, "belongs to another account"), (email, "Overview")] {
        sign_in(&runner, &browser, email, PASSWORD).await;
        browser.click("Use a passkey instead").await;
        browser.click("Use a passkey").await;
        browser.wait_for(seen).await;
    }
    browser.click_element("form[action='/logout'] button").await;
    browser.wait_for("You are signed out").await;
    browser.let_authenticator_refuse(&device).await;
    browser.click("Sign in with a passkey").await;
    browser.click("Use a passkey").await;
    browser.wait_for("it was cancelled, or your device did not answer").await;
    assert_eq!(browser.count("[data-passkey-problem][role=alert]").await, 1);
}
