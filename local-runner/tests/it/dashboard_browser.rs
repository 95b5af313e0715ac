//! The dashboard in a real Chromium: usable by everybody at every width, live with JavaScript, complete without.

use std::{env, fs, path::Path};

use aws_sdk_ssm::types::ParameterType;
use catalog::Head;

use crate::{
    aws_world::Clients,
    axe,
    browser::Browser,
    chaos::set,
    dashboard::{PAGES, eventually, latest, sign_in},
    mail::send_invitation,
    rebuild_world::{World, is_broken},
    runner::Runner,
};

/// Something to see on every page, and the pages of single things.
async fn furnish(runner: &Runner) -> Vec<String> {
    let mut dashboard = runner.dashboard();
    let mut app = sign_in(runner).await;
    app.get("/nowhere-to-be-found").await;
    let csv = b"name,email,vat_id,country,external_id\nAcme,a@acme.example,,DE,1\n";
    app.post_file("/imports", &[], ("file", "few.csv", csv)).await;
    send_invitation(runner.running.ports.smtp).await;
    let ssm = Clients::of(&runner.running.urls.aws).ssm;
    for (name, kind) in
        [("/velox/local/stripe-key", ParameterType::SecureString), ("/velox/plan", ParameterType::String)]
    {
        ssm.put_parameter().name(name).value("something").r#type(kind).send().await.unwrap();
    }
    let queue = "/queues/velox-import-customers-dead-letters";
    let message = "{\"import_id\":\"0190\",\"organization_id\":\"0191\"}";
    dashboard.post_form(&format!("{queue}/send"), &[("body", message), ("delay", "")]).await;
    // A job that fails: its event is no batch.
    dashboard.post_form("/functions/expire-imports/invoke", &[("event", "{}")]).await;
    let login = latest(&mut dashboard, "POST%20/login").await;
    eventually(&mut dashboard, &login, "SELECT").await;
    let mail = dashboard.get("/mail").await.text();
    let mail = mail[mail.find("/mail/0").unwrap()..].split('"').next().unwrap().to_owned();
    let job = latest(&mut dashboard, "expire-imports").await;
    [
        login,
        job,
        mail.clone(),
        format!("{mail}?view=text"),
        format!("{mail}?view=headers"),
        queue.to_owned(),
        "/queues/velox-import-customers".to_owned(),
        "/functions/web-login".to_owned(),
        "/functions/expire-imports".to_owned(),
        "/files/velox-files".to_owned(),
        "/tables/velox-sessions".to_owned(),
        "/database/tables/public/organizations".to_owned(),
        "/functions/nobody".to_owned(),
    ]
    .to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_every_width_in_both_schemes_and_passes_axe() {
    let runner = Runner::start();
    let single = furnish(&runner).await;
    let pages: Vec<_> = PAGES.iter().map(|path| (*path).to_owned()).chain(single).collect();
    check(&runner.running.urls.dashboard, "calm", &pages).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_pass_axe_under_chaos_as_well() {
    let runner = Runner::start();
    let rules = "web-customers:latency=20ms@50%,duplicate\ndynamodb.GetItem:error@1/2\n*:crash=after@1/40";
    set(&runner, rules, 7).await;
    let mut app = sign_in(&runner).await;
    for _ in 0..6 {
        app.get("/customers").await;
    }
    let mut dashboard = runner.dashboard();
    let disturbed = latest(&mut dashboard, "web-customers&outcome=chaos").await;
    let pages = ["/", "/chaos", "/invocations", "/schedules", &disturbed].map(str::to_owned);
    check(&runner.running.urls.dashboard, "chaos", &pages).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clocks_way_fits_every_width_and_passes_axe() {
    let runner = Runner::start();
    let mut dashboard = runner.dashboard();
    // A month of real jobs, while the page is looked at.
    dashboard.post_form("/schedules/travel", &[("step", "43200"), ("time", "")]).await;
    eventually(&mut dashboard, "/schedules", "so far").await;
    let page = ["/schedules".to_owned()];
    check(&runner.running.urls.dashboard, "journey", &page).await;
    dashboard.post_form("/schedules/travel/cancel", &[]).await;
    eventually(&mut dashboard, "/schedules", ": cancelled").await;
    check(&runner.running.urls.dashboard, "journeyed", &page).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_rebuild_fit_every_width_and_pass_axe() {
    let world = World::start().await;
    world.break_source(Head::Web).await;
    world.until(Head::Web, is_broken).await;
    world.freshness.building(&[Head::Api]);
    check(&world.url(), "rebuild", &["/web".to_owned(), "/api".to_owned()]).await;
    world.stop().await;
}

/// Each page at every width in both schemes: not too wide, and nothing that axe finds.
pub(crate) async fn check(base: &str, name: &str, pages: &[String]) {
    let browser = Browser::open(true).await;
    for (number, path) in pages.iter().enumerate() {
        browser.goto(&format!("{base}{path}")).await;
        for (width, dark) in [(1280, false), (1280, true), (390, false), (390, true), (320, true)] {
            browser.looks(width, dark).await;
            let what = format!("{path} at {width} px, {}", if dark { "dark" } else { "light" });
            let wider = browser
                .run("const page = document.documentElement; return page.scrollWidth - page.clientWidth;")
                .await;
            keep(&browser, &format!("{name}{number:02}"), path, width, dark).await;
            assert!(wider.as_f64().unwrap() <= 0.0, "{what} is {wider} px too wide");
            if width != 320 && !(width == 390 && dark) {
                axe::check(&browser, &what).await;
            }
        }
    }
}

/// For a person to look at, in the folder that `DASHBOARD_SCREENSHOTS` names.
async fn keep(browser: &Browser, number: &str, path: &str, width: u32, dark: bool) {
    let Some(folder) = env::var_os("DASHBOARD_SCREENSHOTS") else { return };
    let safe = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = path.chars().take(40).map(safe).collect();
    let scheme = if dark { "dark" } else { "light" };
    fs::create_dir_all(&folder).unwrap();
    let file = Path::new(&folder).join(format!("{number}{name}-{width}-{scheme}.png"));
    fs::write(file, browser.screenshot().await).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_what_happens_and_keep_what_is_being_written() {
    let runner = Runner::start();
    let browser = Browser::open(true).await;
    let base = &runner.running.urls.dashboard;
    browser.goto(&format!("{base}/mail")).await;
    browser.wait_for("No mail yet").await;
    send_invitation(runner.running.ports.smtp).await;
    browser.wait_for("Einladung").await;
    let queue = "/queues/velox-import-customers-dead-letters";
    browser.goto(&format!("{base}{queue}")).await;
    browser.fill("body", "half a mess").await;
    let mut other = runner.dashboard();
    other.post_form(&format!("{queue}/send"), &[("body", "from elsewhere"), ("delay", "")]).await;
    browser.wait_for("from elsewhere").await;
    let written = browser.run("return document.querySelector('[name=body]').value;").await;
    assert_eq!(written, "half a mess");
    browser.goto(&format!("{base}/")).await;
    sign_in(&runner).await;
    browser.wait_for("/customers").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_can_be_done_without_javascript() {
    let runner = Runner::start();
    sign_in(&runner).await;
    let browser = Browser::open(false).await;
    let base = &runner.running.urls.dashboard;
    browser.goto(base).await;
    browser.click("Invocations").await;
    browser.fill("q", "web-customers").await;
    browser.click("Show").await;
    browser.wait_for("/customers").await;
    browser.goto(&format!("{base}/functions/migrate")).await;
    browser.click("Invoke").await;
    browser.wait_for("migrate ran with this event.").await;
    browser.click("Replay").await;
    browser.wait_for("migrate ran with this event.").await;
    browser.goto(&format!("{base}/database")).await;
    browser.fill("sql", "SELECT 40 + 2 AS answer").await;
    browser.click("Run").await;
    browser.wait_for("42").await;
    send_invitation(runner.running.ports.smtp).await;
    browser.goto(&format!("{base}/mail")).await;
    browser.click("Einladung 🎉").await;
    browser.wait_for_element("iframe.mail-frame").await;
    browser.click("Text").await;
    browser.wait_for("Grüße!").await;
}
