//! A job that runs while somebody watches. With JavaScript the part of the page is fetched again until it is done;
//! without, the page loads itself again ([`crate::Page::refresh`]).

use maud::{Markup, Render, html};

use crate::Text;

/// A bar with its figures in words: `(Progress::new("Importing customers.csv").done(2_400, 10_000).text("…"))`.
#[derive(Debug, Clone)]
pub struct Progress<'a> {
    label: Text<'a>,
    done: Option<(u64, u64)>,
    text: Option<Text<'a>>,
}

impl<'a> Progress<'a> {
    /// What is running. Without [`Progress::done`] the bar says that it is not known how long it takes.
    #[must_use]
    pub fn new(label: impl Into<Text<'a>>) -> Self {
        Self { label: label.into(), done: None, text: None }
    }

    /// How much of how much is done.
    #[must_use]
    pub fn done(mut self, done: u64, of: u64) -> Self {
        self.done = Some((done.min(of), of));
        self
    }

    /// The figures in words: "2,400 of 10,000 rows, 3 rejected".
    #[must_use]
    pub fn text(mut self, text: impl Into<Text<'a>>) -> Self {
        self.text = Some(text.into());
        self
    }
}

impl Render for Progress<'_> {
    fn render(&self) -> Markup {
        let known = self.done.filter(|(_, of)| *of > 0);
        html! {
            div.progress {
                p.progress-label {
                    span.progress-name { (self.label) }
                    @if let Some((done, of)) = known { span.progress-percent { (percent(done, of)) " %" } }
                }
                progress aria-label=(self.label) value=[known.map(|(done, _)| done)] max=[known.map(|(_, of)| of)] {}
                @if let Some(text) = &self.text { p.progress-text { (text) } }
            }
        }
    }
}

/// Whole percent, rounded down: 100 means that it is done.
fn percent(done: u64, of: u64) -> u64 {
    u64::try_from(u128::from(done) * 100 / u128::from(of)).unwrap_or(100)
}

/// The part of a page that follows a running job.
///
/// While it runs: `Live::running("import", "/imports/7", 700).announce("…").body(html! { … })`. The script fetches
/// the address every so many milliseconds and puts the element with the same id from the answer (a page or a
/// fragment) in place of this one, until that one is [`Live::finished`].
#[derive(Debug, Clone)]
pub struct Live<'a> {
    id: Text<'a>,
    source: Option<(Text<'a>, u32)>,
    announcement: Option<Text<'a>>,
}

impl<'a> Live<'a> {
    /// It still runs: fetch `href` again after so many milliseconds (at least 250 are kept).
    #[must_use]
    pub fn running(id: impl Into<Text<'a>>, href: impl Into<Text<'a>>, interval_ms: u32) -> Self {
        Self { id: id.into(), source: Some((href.into(), interval_ms)), announcement: None }
    }

    /// Nothing will change any more.
    #[must_use]
    pub fn finished(id: impl Into<Text<'a>>) -> Self {
        Self { id: id.into(), source: None, announcement: None }
    }

    /// What a screen reader says when this has changed, at most every few seconds: "24 percent imported".
    #[must_use]
    pub fn announce(mut self, text: impl Into<Text<'a>>) -> Self {
        self.announcement = Some(text.into());
        self
    }

    /// The part with its content.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "markup is made to be given away")]
    pub fn body(self, content: Markup) -> Markup {
        let href = self.source.as_ref().map(|(href, _)| href);
        let interval = self.source.as_ref().map(|(_, interval_ms)| interval_ms);
        html! {
            div.live id=(self.id) data-live-href=[href] data-live-interval=[interval]
                data-live-announce=[&self.announcement] aria-busy=[href.map(|_| "true")] { (content) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_never_says_a_hundred_percent_before_the_end() {
        assert_eq!(percent(9_999, 10_000), 99);
        assert_eq!(percent(u64::MAX, u64::MAX), 100);
    }

    #[test]
    fn a_bar_of_unknown_length_has_no_value() {
        for bar in [Progress::new("Waiting"), Progress::new("Waiting").done(0, 0)] {
            let html = bar.render().into_string();
            assert!(html.contains("<progress aria-label=\"Waiting\"></progress>"), "{html}");
        }
    }

    #[test]
    fn what_runs_names_its_source_and_what_is_finished_does_not() {
        let running =
            Live::running("import", "/imports/7?a=1&b=2", 700).announce("24 percent").body(html! {});
        let running = running.into_string();
        assert!(
            running.contains("data-live-href=\"/imports/7?a=1&amp;b=2\" data-live-interval=\"700\""),
            "{running}"
        );
        assert!(!Live::finished("import").body(html! {}).into_string().contains("data-live"));
    }
}
