//! Tells an open page that something has happened, so that it fetches itself again. Nothing is looked at while nobody
//! listens, and a page in the background does not listen.

use std::{
    convert::Infallible,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
    routing::get,
};
use futures::Stream;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::context::Context;

/// How often a page may fetch itself again.
const PAUSE: Duration = Duration::from_millis(400);
/// How often queues and mail are looked at, which tell nothing by themselves.
const LOOK: Duration = Duration::from_secs(1);

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/events", get(events))
}

async fn events(
    State(context): State<Arc<Context>>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let watched =
        Watched { seen: fingerprint(&context), changes: context.sources.recorder.changes(), context };
    let stream = futures::stream::unfold(watched, async |mut watched| {
        watched.wait().await;
        Some((Ok(Event::default().data("changed")), watched))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}

struct Watched {
    context: Arc<Context>,
    changes: watch::Receiver<u64>,
    seen: u64,
}

impl Watched {
    async fn wait(&mut self) {
        sleep(PAUSE).await;
        loop {
            let told = timeout(LOOK, self.changes.changed()).await;
            let now = fingerprint(&self.context);
            let moved = now != self.seen;
            self.seen = now;
            if moved || matches!(told, Ok(Ok(()))) {
                self.changes.mark_unchanged();
                return;
            }
            if matches!(told, Ok(Err(_))) {
                // The recorder is gone: so is everything soon.
                sleep(LOOK).await;
            }
        }
    }
}

/// Differs when a queue, the mailbox or the way of the clock does.
fn fingerprint(context: &Context) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, depth) in context.sources.aws.queues() {
        (name, depth.ready, depth.in_flight, depth.delayed).hash(&mut hasher);
    }
    context.sources.mailbox.version().hash(&mut hasher);
    let journey = context.sources.schedules.journey();
    journey.map(|journey| (journey.from, journey.fires, journey.end.is_some())).hash(&mut hasher);
    hasher.finish()
}
