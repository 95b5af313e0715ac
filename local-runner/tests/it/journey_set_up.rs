//! From an empty browser to the first list of customers, with JavaScript and without, and how long that takes.

use std::time::{Duration, Instant};

use crate::{
    browser::Browser,
    letters::{letter, link},
    runner::Runner,
};

/// What somebody may spend on it; scripted steps take no time to read.
const PROMISED: Duration = Duration::from_secs(180);

#[tokio::test(flavor = "multi_thread")]
async fn a_first_list_of_customers_takes_less_than_three_minutes_with_javascript() {
    set_up(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_list_of_customers_takes_less_than_three_minutes_without_javascript() {
    set_up(false).await;
}

async fn set_up(javascript: bool) {
    let runner = Runner::start();
    let browser = Browser::open(javascript).await;
    let started = Instant::now();
    sign_up(&runner, &browser).await;
    company(&browser).await;
    browser.click("Load sample customers").await;
    browser.wait_for("The sample customers are there").await;
    browser.click("See your customers").await;
    browser.wait_for("Quayside Robotics Ltd").await;
    let taken = started.elapsed();
    println!("from an empty browser to the first list of customers: {taken:.1?}, JavaScript {javascript}");
    assert!(taken < PROMISED, "{taken:?}");
    browser.click("Overview").await;
    let overview = browser.wait_for("Customers").await;
    assert!(!overview.contains("Your set-up"), "{overview}");
}

async fn sign_up(runner: &Runner, browser: &Browser) {
    browser.goto(&runner.running.urls.app).await;
    browser.click("Create an account").await;
    browser.fill("organization", "Set-up GmbH").await;
    browser.fill("name", "Sue Setter").await;
    browser.fill("email", "sue@setup.example").await;
    browser.fill("password", "correct horse battery").await;
    browser.click("Create account").await;
    browser.wait_for("We have sent a mail to").await;
    let mail = letter(runner, "sue@setup.example", "Confirm your e-mail address").await;
    browser.goto(&link(&mail, "/sign-up/confirm")).await;
    browser.click("Open my account").await;
    // Left for later, and found again.
    browser.wait_for("Three steps to your first invoice").await;
    browser.click("Go to the overview").await;
    browser.wait_for("Your set-up: 0 of 2 steps done").await;
    browser.click("Go on with the set-up").await;
    browser.wait_for("Three steps to your first invoice").await;
}

/// Skipped, taken up again, refused, corrected.
async fn company(browser: &Browser) {
    browser.click("Skip Your company").await;
    browser.wait_for("Skipped").await;
    browser.click("Take it up again Your company").await;
    browser.click("Enter company details").await;
    browser.fill("address_line1", "Hafenstraße 1").await;
    browser.fill("postal_code", "20457").await;
    browser.fill("city", "Hamburg").await;
    browser.fill("country", "DE").await;
    browser.fill("vat_number", "DE 136 695 975").await;
    browser.fill("iban", "DE89 3704 0044 0532 0130 01").await;
    browser.click("Save company details").await;
    let refused = browser.wait_for("There is a problem").await;
    assert!(refused.contains("This number has a typing error"), "{refused}");
    assert!(refused.contains("This IBAN has a typing error"), "{refused}");
    browser.fill("vat_number", "DE 136 695 976").await;
    browser.fill("iban", "DE89 3704 0044 0532 0130 00").await;
    browser.click("Save company details").await;
    browser.wait_for("Change company details").await;
}
