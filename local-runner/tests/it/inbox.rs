//! What somebody finds in their mail: the local mailbox, read as a developer reads it.

use std::time::{Duration, Instant};

use crate::runner::Runner;

/// A bound against hanging, not a measure.
const PATIENCE: Duration = Duration::from_secs(60);

/// The text of the newest mail to an address whose subject holds these words, once it has come.
pub(crate) async fn newest(runner: &Runner, to: &str, subject: &str) -> String {
    let mut dashboard = runner.dashboard();
    let started = Instant::now();
    loop {
        let list = dashboard.get("/mail").await.text();
        // The newest comes first, and between two mails stand subject and recipient.
        let found = list.split("href=\"/mail/").skip(1).find(|row| {
            let plain = without_tags(row);
            plain.contains(to) && plain.contains(subject)
        });
        if let Some(id) = found.and_then(|row| row.split('"').next()) {
            return dashboard.get(&format!("/mail/{id}?view=text")).await.text();
        }
        assert!(started.elapsed() < PATIENCE, "no mail {subject:?} to {to}: {}", without_tags(&list));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The first link of such a mail that leads to this path.
pub(crate) async fn link(runner: &Runner, to: &str, subject: &str, path: &str) -> String {
    let text = newest(runner, to, subject).await;
    let start = format!("href=\"{}{path}", runner.running.urls.app);
    let at = text.find(&start).unwrap_or_else(|| panic!("no link to {path} in {text}"));
    let link = text[at + "href=\"".len()..].split('"').next().unwrap();
    link.replace("&amp;", "&")
}

fn without_tags(html: &str) -> String {
    let mut inside = false;
    html.chars()
        .filter(|c| {
            let shown = !inside && *c != '<';
            inside = (inside || *c == '<') && *c != '>';
            shown
        })
        .collect()
}
