//! The pages about an organization: at every width, in both schemes, for everybody (axe-core).

use std::{
    env, fs,
    path::Path,
    time::{Duration, Instant},
};

use http::StatusCode;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use crate::{axe, browser::Browser, inbox, organization_end::STUCK, runner::Runner};

/// A bound against hanging, not a measure.
const PATIENCE: Duration = Duration::from_secs(60);

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
    member(&runner, &browser).await;
    let stranger = Browser::open(true).await;
    stranger.goto(&link).await;
    stranger.wait_for("Create account and join").await;
    look(&stranger, "an invitation").await;
    closed(&runner, &browser).await;
}

/// Somebody else in the organization, as its owner sees them.
async fn member(runner: &Runner, browser: &Browser) {
    let key = runner.running.demo.clone().unwrap().api_key.unwrap();
    let mut api = runner.api().with_header("authorization", &format!("Bearer {key}"));
    let name = "Bartholomew Featherstonehaugh-Cholmondeley the Younger";
    let email = "bartholomew.featherstonehaugh@subsidiary.of-a-company.example";
    let user = json!({ "email": email, "name": name, "password": "correct horse battery" });
    assert_eq!(api.post_json("/v1/users", &user).await.status, StatusCode::CREATED);
    browser.goto(&format!("{}/members", runner.running.urls.app)).await;
    let link = browser
        .run("return [...document.querySelectorAll('main a[href^=\"/members/\"]')].at(-1).href;")
        .await;
    browser.goto(link.as_str().unwrap()).await;
    browser.wait_for(name).await;
    look(browser, "a member").await;
}

/// The organization while its export is made, and when it is there; and an export that is not.
async fn closed(runner: &Runner, browser: &Browser) {
    let app = &runner.running.urls.app;
    browser.goto(&format!("{app}/closed/export")).await;
    browser.wait_for("There is no export here").await;
    look(browser, "no export").await;
    browser.goto(&format!("{app}/settings/deletion")).await;
    browser.fill("name", "Demo GmbH").await;
    browser.click("Delete organization").await;
    browser.wait_for("is being deleted").await;
    let started = Instant::now();
    while !browser.text().await.contains("Download export") {
        assert!(started.elapsed() < PATIENCE, "no export: {}", browser.text().await);
        browser.goto(&format!("{app}/closed")).await;
    }
    look(browser, "an organization that is being deleted").await;
    let mut database = PgConnection::connect(&runner.running.database.owner).await.unwrap();
    database.execute(STUCK).await.unwrap();
    browser.goto(&format!("{app}/closed")).await;
    browser.wait_for("The export did not come about").await;
    look(browser, "an export that did not come about").await;
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
