//! The few figures at the top of a dashboard.

use maud::{Markup, Render, html};

use crate::{Icon, Text};

/// One figure: `Stat::new("Customers", count(10_000)).note("212 since Monday").href("/customers")`.
#[derive(Debug, Clone)]
pub struct Stat<'a> {
    label: Text<'a>,
    value: Text<'a>,
    note: Option<Text<'a>>,
    href: Option<Text<'a>>,
}

impl<'a> Stat<'a> {
    /// What is counted, and how many.
    #[must_use]
    pub fn new(label: impl Into<Text<'a>>, value: impl Into<Text<'a>>) -> Self {
        Self { label: label.into(), value: value.into(), note: None, href: None }
    }

    /// What the figure means: since when, out of what.
    #[must_use]
    pub fn note(mut self, note: impl Into<Text<'a>>) -> Self {
        self.note = Some(note.into());
        self
    }

    /// Where the things are that were counted.
    #[must_use]
    pub fn href(mut self, href: impl Into<Text<'a>>) -> Self {
        self.href = Some(href.into());
        self
    }
}

/// A row of figures: `(Stats::new([stat, stat, stat]))`.
#[derive(Debug, Clone)]
pub struct Stats<'a>(Vec<Stat<'a>>);

impl<'a> Stats<'a> {
    /// Two to four figures.
    #[must_use]
    pub fn new(stats: impl IntoIterator<Item = Stat<'a>>) -> Self {
        Self(stats.into_iter().collect())
    }
}

impl Render for Stats<'_> {
    fn render(&self) -> Markup {
        html! {
            dl.stats {
                @for stat in &self.0 {
                    div.stat {
                        dt { @if let Some(href) = &stat.href { a href=(href) { (stat.label) span.stat-arrow { (Icon::Right) } } } @else { (stat.label) } }
                        dd.stat-value { (stat.value) }
                        @if let Some(note) = &stat.note { dd.stat-note { (note) } }
                    }
                }
            }
        }
    }
}
