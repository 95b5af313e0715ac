//! The pages about an organization: at every width, in both schemes, for everybody (axe-core).

use std::{env, fs, path::Path};

use crate::{axe, browser::Browser, inbox, runner::Runner};

const PAGES: [&str; 8] = [
    "/welcome",
    "/members",
    "/settings/company",
    "/settings/audit",
    "/settings/audit?action=nothing.such",
    "/settings/deletion",
    "/organizations",
    "/invitation?token=forged",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_about_an_organization_fits_every_width_and_passes_axe() {
    let runner = Runner::start();
    let demo = runner.running.demo.clone().unwrap();
    let browser = Browser::open(true).await;
    let app = &runner.running.urls.app;
    browser.goto(&format!("{app}/login")).await;
    browser.fill("email", &demo.email).await;
    browser.fill("password", &demo.password).await;
    browser.click("Sign in").await;
    browser.wait_for("Overview").await;
    // So that the lists have rows and a form has errors.
    browser.goto(&format!("{app}/members")).await;
    browser.fill("email", "a-rather-long-name.of-somebody@subsidiary.of-a-company.example").await;
    browser.click("Send invitation").await;
    browser.wait_for("The invitation is on its way").await;
    let to = "a-rather-long-name";
    let link = inbox::link(&runner, to, "invites you to Demo GmbH", "/invitation").await;
    for page in PAGES {
        browser.goto(&format!("{app}{page}")).await;
        look(&browser, page).await;
    }
    browser.goto(&format!("{app}/settings/company")).await;
    browser.click("Save company details").await;
    browser.wait_for("There is a problem").await;
    look(&browser, "company details that were refused").await;
    browser.goto(&link).await;
    browser.wait_for("This invitation is for another address").await;
    look(&browser, "an invitation of somebody else").await;
    let stranger = Browser::open(true).await;
    stranger.goto(&link).await;
    stranger.wait_for("Create account and join").await;
    look(&stranger, "an invitation").await;
}

/// Looks at the page that is open as people with windows of every width do.
pub(crate) async fn look(browser: &Browser, page: &str) {
    for (width, dark) in [(1280, false), (1280, true), (390, false), (390, true), (320, true)] {
        browser.looks(width, dark).await;
        let what = format!("{page} at {width} px, {}", if dark { "dark" } else { "light" });
        let wider = browser
            .run("const page = document.documentElement; return page.scrollWidth - page.clientWidth;")
            .await;
        assert!(wider.as_f64().unwrap() <= 0.0, "{what} is {wider} px too wide");
        keep(browser, page, width, dark).await;
        if width != 320 {
            axe::check(browser, &what).await;
        }
    }
}

/// For a person to look at, in the folder that `PAGE_SCREENSHOTS` names.
async fn keep(browser: &Browser, page: &str, width: u32, dark: bool) {
    let Some(folder) = env::var_os("PAGE_SCREENSHOTS") else { return };
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = page.chars().take(40).map(safe).collect();
    let scheme = if dark { "dark" } else { "light" };
    fs::create_dir_all(&folder).unwrap();
    fs::write(Path::new(&folder).join(format!("{name}-{width}-{scheme}.png")), browser.screenshot().await)
        .unwrap();
}
