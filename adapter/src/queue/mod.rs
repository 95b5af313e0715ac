//! SQS in: event source mappings, as "Using Lambda with Amazon SQS" describes them.
//!
//! Each mapping has pollers, as many as the backlog asks for and the maximum concurrency allows. What a poller
//! receives becomes an invocation; it is kept hidden until that has ended, then deleted as far as it succeeded.

mod client;
mod gather;
mod groups;
mod hold;
mod invoke;
mod lock;
mod mapping;
mod pace;
mod receipts;
mod scheduled;
mod work;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use crate::{
    host::Host,
    manifest::{Manifest, QueueSpec},
};
use client::Clients;
use mapping::Mapping;

/// All event source mappings of an adapter.
pub(crate) struct Mappings {
    host: Arc<Host>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    clients: Option<Clients>,
    running: HashMap<(String, String), Running>,
    /// Those that were told to stop when the adapter shuts down.
    stopping: Vec<Mapping>,
}

struct Running {
    spec: QueueSpec,
    mapping: Mapping,
}

impl Mappings {
    pub(crate) fn new(host: Arc<Host>) -> Self {
        Self { host, state: Mutex::default() }
    }

    /// Starts what is new, stops what is gone or changed; what that had received is finished. Another endpoint or
    /// region changes every mapping.
    pub(crate) async fn apply(&self, manifest: &Manifest) {
        let wanted: HashMap<(String, String), QueueSpec> = manifest
            .functions
            .iter()
            .flat_map(|f| f.queues.iter().map(|queue| ((f.name.clone(), queue.url.clone()), queue.clone())))
            .collect();
        let region = manifest.aws.region.as_ref().unwrap_or(&self.host.hosting.region);
        let mut state = self.state.lock().await;
        let same_aws = state.clients.as_ref().is_some_and(|clients| clients.are_of(&manifest.aws, region));
        state.running.retain(|key, running| {
            let stays = same_aws && wanted.get(key) == Some(&running.spec);
            if !stays {
                running.mapping.stop();
            }
            stays
        });
        if !same_aws && !wanted.is_empty() {
            state.clients = Some(Clients::new(&manifest.aws, region).await);
        }
        let State { clients: Some(clients), running, .. } = &mut *state else { return };
        for (key, spec) in wanted {
            running.entry(key).or_insert_with_key(|(function, _)| {
                let mapping = Mapping::start(Arc::clone(&self.host), function.clone(), &spec, clients);
                Running { spec, mapping }
            });
        }
    }

    /// Stops receiving, gives back what was not begun and waits for what is in flight, at most for `grace`.
    pub(crate) async fn stop(&self, grace: Duration) {
        let mut state = self.state.lock().await;
        let mut mappings: Vec<Mapping> = state.running.drain().map(|(_, running)| running.mapping).collect();
        for mapping in &mappings {
            mapping.stop();
        }
        wait(&mut mappings, grace).await;
        state.stopping = mappings;
    }

    /// The functions have ended: what they left is given back to the queues, which may take so long.
    pub(crate) async fn settle(&self, longest: Duration) {
        let mut mappings = std::mem::take(&mut self.state.lock().await.stopping);
        wait(&mut mappings, longest).await;
    }
}

async fn wait(mappings: &mut [Mapping], longest: Duration) {
    let deadline = Instant::now() + longest;
    for mapping in mappings {
        mapping.stopped(deadline.saturating_duration_since(Instant::now())).await;
    }
}
