//! A real Chromium, driven over WebDriver (W3C) by its own chromedriver.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::runner;

/// A bound against hanging, not a measure.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one window and an empty profile.
pub(crate) struct Browser {
    client: Client,
    driver: Child,
    port: u16,
    _profile: TempDir,
}

impl Browser {
    /// Opens one; without JavaScript it runs no script of any page.
    pub(crate) async fn open(javascript: bool) -> Self {
        let profile = tempfile::Builder::new().prefix("velox-chromium-").tempdir().unwrap();
        let (driver, port) = driver();
        let capabilities = capabilities(profile.path().to_str().unwrap(), javascript);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self { client, driver, port, _profile: profile }
    }

    pub(crate) async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn url(&self) -> String {
        self.client.current_url().await.unwrap().to_string()
    }

    /// Types into the field with this name, replacing what is there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let field =
            self.client.wait().at_most(PATIENCE).for_element(Locator::Css(&format!("[name='{name}']"))).await;
        let field = field.unwrap_or_else(|error| panic!("no field {name}: {error}"));
        let _ = field.clear().await;
        field.send_keys(text).await.unwrap();
    }

    /// Chooses a file, as a person does.
    pub(crate) async fn choose(&self, name: &str, path: &str) {
        self.client
            .find(Locator::Css(&format!("[name='{name}']")))
            .await
            .unwrap()
            .send_keys(path)
            .await
            .unwrap();
    }

    /// Clicks what has this text: a button of the page's content, else a link there, else one of the navigation.
    pub(crate) async fn click(&self, text: &str) {
        let started = Instant::now();
        loop {
            for place in ["main//button", "main//a", "header//a", "nav//a"] {
                let path = format!("//{place}[normalize-space()='{text}']");
                if let Ok(element) = self.client.find(Locator::XPath(&path)).await
                    && element.click().await.is_ok()
                {
                    return;
                }
            }
            assert!(started.elapsed() < PATIENCE, "nothing called {text:?} at {}", self.url().await);
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Clicks the first element that the selector names.
    pub(crate) async fn click_element(&self, css: &str) {
        self.client.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    /// The text that a person sees on the page.
    pub(crate) async fn text(&self) -> String {
        match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            // Between two pages.
            Err(_) => String::new(),
        }
    }

    /// Waits until the page shows this text.
    pub(crate) async fn wait_for(&self, text: &str) -> String {
        let started = Instant::now();
        loop {
            let seen = self.text().await;
            if seen.contains(text) {
                return seen;
            }
            assert!(started.elapsed() < PATIENCE, "no {text:?} at {}:\n{seen}", self.url().await);
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until there is an element.
    pub(crate) async fn wait_for_element(&self, css: &str) {
        let found = self.client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
        found.unwrap_or_else(|error| panic!("no {css}: {error}"));
    }

    /// How many elements there are.
    pub(crate) async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.unwrap().len()
    }

    /// Makes the window as wide as this many CSS pixels, and what prefers dark colours, or light ones.
    pub(crate) async fn looks(&self, width: u32, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await;
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// The whole page as a PNG.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        let options = json!({ "format": "png", "captureBeyondViewport": true });
        let answer = self.devtools("Page.captureScreenshot", options).await;
        let data = answer["data"].as_str().unwrap();
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data).unwrap()
    }

    /// A device that answers with passkeys and says that it knows its owner (WebAuthn Automation). Answers its id.
    pub(crate) async fn add_authenticator(&self) -> String {
        self.devtools("WebAuthn.enable", json!({})).await;
        let options = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true, "automaticPresenceSimulation": true,
        });
        let added = self.devtools("WebAuthn.addVirtualAuthenticator", json!({ "options": options })).await;
        added["authenticatorId"].as_str().unwrap().to_owned()
    }

    /// The device does not recognize its owner from now on: it refuses.
    pub(crate) async fn let_authenticator_refuse(&self, id: &str) {
        let parameters = json!({ "authenticatorId": id, "isUserVerified": false });
        self.devtools("WebAuthn.setUserVerified", parameters).await;
    }

    /// A command of the Chrome DevTools Protocol, by chromedriver's own extension of WebDriver.
    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let session = self.client.session_id().await.unwrap().unwrap();
        let mut driver = crate::http::Client::new(&format!("http://127.0.0.1:{}", self.port));
        let path = format!("/session/{session}/goog/cdp/execute");
        let answer = driver.post_plain_json(&path, &json!({ "cmd": command, "params": parameters })).await;
        assert_eq!(answer.status, http::StatusCode::OK, "{command}: {}", answer.text());
        answer.json()["value"].clone()
    }

    /// Runs a script that calls its last argument when it is done.
    pub(crate) async fn run_async(&self, script: &str) -> Value {
        self.client.execute_async(script, Vec::new()).await.unwrap()
    }

    /// Runs a script of the test's own, which needs a browser with JavaScript.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }
}

impl Drop for Browser {
    /// The driver leaves its browsers behind when it is killed, so all that it started is killed with it.
    fn drop(&mut self) {
        let started = runner::descendants_of(self.driver.id());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        for (pid, _) in started {
            if let Some(pid) = Pid::from_raw(pid.cast_signed()) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

/// Chromedriver on a port of its own. It takes a free one for IPv4 and ends if that is taken for IPv6.
fn driver() -> (Child, u16) {
    for _attempt in 0..5 {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed: `cargo velox test` says how");
        if let Some(port) = announced_port(&mut driver) {
            return (driver, port);
        }
        driver.wait().unwrap();
    }
    panic!("chromedriver says no port");
}

/// None when it ended without one.
fn announced_port(driver: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    // Its pipe must not fill up.
    std::thread::spawn(move || lines.for_each(drop));
    port
}

fn capabilities(profile: &str, javascript: bool) -> Value {
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": {
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--window-size=1280,900", format!("--user-data-dir={profile}"),
            ],
            "prefs": { "profile.managed_default_content_settings.javascript": if javascript { 1 } else { 2 } },
        },
    })
}
