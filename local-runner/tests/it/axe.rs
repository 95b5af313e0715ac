//! axe-core, which looks for what keeps people from using a page (WCAG 2.2). It comes from the npm registry, once.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

use crate::{browser::Browser, runner::PROGRAM};

const PACKAGE: &str = "axe-core@4.10.3";

/// Panics with what axe finds on the page that is open.
pub(crate) async fn check(browser: &Browser, what: &str) {
    browser.run(source()).await;
    let found = browser
        .run_async(
            "const done = arguments[arguments.length - 1];
             const rules = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] };
             // A color halfway between two is nobody's choice. What never ends is not waited for.
             const ends = (animation) => animation.effect.getComputedTiming().endTime !== Infinity;
             const still = document.getAnimations().filter(ends).map((animation) => animation.finished.catch(() => null));
             Promise.all(still).then(() => axe.run(document, rules)).then((found) => done(found.violations.map((violation) => ({
                 id: violation.id, help: violation.help, nodes: violation.nodes.slice(0, 4).map((node) => node.html),
             }))), (error) => done([{ id: String(error) }]));",
        )
        .await;
    assert_eq!(found.as_array().map(Vec::len), Some(0), "{what}: {}", pretty(&found));
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

/// The script, installed below cargo's folder by the first test that asks for it.
fn source() -> &'static str {
    static SOURCE: OnceLock<String> = OnceLock::new();
    SOURCE.get_or_init(|| {
        let folder = tools();
        let file = folder.join("node_modules/axe-core/axe.min.js");
        if !file.is_file() {
            fs::create_dir_all(&folder).unwrap();
            let npm = Command::new("npm")
                .args(["install", "--no-save", "--no-audit", "--no-fund", "--prefix"])
                .arg(&folder)
                .arg(PACKAGE)
                .status()
                .expect("npm is installed: the pages are checked with axe-core, which it fetches");
            assert!(npm.success(), "npm install {PACKAGE}: {npm}");
        }
        fs::read_to_string(file).unwrap()
    })
}

fn tools() -> PathBuf {
    Path::new(PROGRAM).parent().unwrap().join("it-tools")
}
