//! Says on every page that there is chaos, so that nobody takes what was asked for for a fault of the product.
//!
//! A page's frame is drawn in many places, also for errors that know nothing of the rest. So each request carries
//! along whether there is chaos, and the frame looks there.

use std::sync::Arc;

use look::{Icon, plural};
use maud::{Markup, html};

use super::page::Place;
use crate::chaos::Chaos;

tokio::task_local! {
    static CHAOS: Arc<Chaos>;
}

/// Answers a request whose pages are to know of the chaos.
pub(super) async fn seen<T>(chaos: Arc<Chaos>, answer: impl Future<Output = T>) -> T {
    CHAOS.scope(chaos, answer).await
}

/// The banner of a page; none when all is calm.
pub(super) fn banner(place: Place) -> Option<Markup> {
    let chaos = CHAOS.try_with(|chaos| chaos.is_on().then(|| Arc::clone(chaos))).ok().flatten()?;
    let (plan, total) = (chaos.plan(), chaos.ledger().total());
    let rules = plural(plan.rules.len() as u64, "rule", "rules");
    let faults = plural(total, "fault", "faults");
    Some(html! {
        div.storm {
            (Icon::Warning)
            p {
                strong { "Chaos is on. " }
                "What goes wrong here may have been asked for: " (rules) ", seed " (plan.seed) ", " (faults) " so far. "
                @if place != Place::Chaos { a href="/chaos" { "Show or stop it" } }
            }
        }
    })
}
