//! The name of the product as a drawing. Its V is a tick: an invoice that is paid.

use maud::{Markup, html};

/// The V that is a tick, as one outline on a 24-unit grid.
const TICK: &str = "M1.5 8.4h4.7l3.7 7.3L19.2 1h4.6L12 20.5H7.7Z";

/// The whole name, about 26 CSS pixels high. The tick takes the colour `--mark`, the letters the colour of the text.
#[must_use]
pub fn wordmark() -> Markup {
    html! {
        svg.wordmark viewBox="0 0 77 22" width="91" height="26" role="img" aria-label="Velox" {
            path.wordmark-tick d=(TICK) {}
            g.wordmark-letters fill="none" stroke="currentColor" stroke-width="3.2" {
                path d="M24.4 14.3h10.9a5.5 5.5 0 1 0-1.7 3.9" {}
                path d="M41.3 1.5v19" {}
                path d="M52.6 20.1a5.8 5.8 0 1 0 0-11.6 5.8 5.8 0 0 0 0 11.6Z" {}
                path d="M63.4 8l10.6 12.5M74.2 8 63.2 20.5" {}
            }
        }
    }
}

/// The tick alone, for narrow places.
#[must_use]
pub fn mark() -> Markup {
    html! {
        svg.mark viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false" {
            path d=(TICK) {}
        }
    }
}
