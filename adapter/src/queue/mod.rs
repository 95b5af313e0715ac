//! SQS in: event source mappings, as "Using Lambda with Amazon SQS" describes them.
//!
//! One worker of a mapping polls at a time; when it has received a batch it works on it and another worker
//! polls. So an idle queue costs one long poll, and a busy one has as many batches in flight as it may.

mod batch;
mod client;
mod mapping;
mod work;

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::sync::{Mutex, OnceCell};

use crate::{
    host::Host,
    manifest::{Aws, Manifest, QueueSpec},
};
use mapping::Mapping;

/// All event source mappings of an adapter.
pub(crate) struct Mappings {
    host: Arc<Host>,
    client: OnceCell<(Aws, aws_sdk_sqs::Client)>,
    running: Mutex<HashMap<(String, String), Running>>,
}

struct Running {
    spec: QueueSpec,
    mapping: Mapping,
}

impl Mappings {
    pub(crate) fn new(host: Arc<Host>) -> Self {
        Self { host, client: OnceCell::new(), running: Mutex::default() }
    }

    /// Starts what is new, stops what is gone or changed; what it had received is finished.
    pub(crate) async fn apply(&self, manifest: &Manifest) {
        let wanted: HashMap<(String, String), QueueSpec> = manifest
            .functions
            .iter()
            .flat_map(|f| f.queues.iter().map(|queue| ((f.name.clone(), queue.url.clone()), queue.clone())))
            .collect();
        let mut running = self.running.lock().await;
        running.retain(|key, running| {
            let stays = wanted.get(key) == Some(&running.spec);
            if !stays {
                running.mapping.stop_polling();
            }
            stays
        });
        for (key, spec) in wanted {
            if running.contains_key(&key) {
                continue;
            }
            let (_, client) = self
                .client
                .get_or_init(|| async {
                    (manifest.aws.clone(), client::build(&manifest.aws, &self.host.hosting.region).await)
                })
                .await;
            let mapping = Mapping::start(Arc::clone(&self.host), key.0.clone(), &spec, client.clone());
            running.insert(key, Running { spec, mapping });
        }
    }

    /// Stops polling, waits for what is in flight, at most for `grace`.
    pub(crate) async fn stop(&self, grace: Duration) {
        let mut running = self.running.lock().await;
        futures::future::join_all(running.drain().map(|(_, running)| running.mapping.stop(grace))).await;
    }
}
