//! One queue of one function: its workers, and when they stop.

use std::{sync::Arc, time::Duration};

use aws_sdk_sqs::Client;
use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
    time::timeout,
};

use super::{batch, work};
use crate::{host::Host, manifest::QueueSpec};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

pub(super) struct Mapping {
    stop: watch::Sender<bool>,
    workers: JoinSet<()>,
}

/// What all workers of a mapping share.
pub(super) struct Source {
    pub(super) host: Arc<Host>,
    pub(super) function: String,
    pub(super) spec: QueueSpec,
    pub(super) client: Client,
    pub(super) stopping: watch::Receiver<bool>,
    /// Who holds it polls.
    polling: Semaphore,
}

impl Mapping {
    pub(super) fn start(host: Arc<Host>, function: String, spec: &QueueSpec, client: Client) -> Self {
        let (stop, stopping) = watch::channel(false);
        let polling = Semaphore::new(1);
        let source = Arc::new(Source { host, function, spec: spec.clone(), client, stopping, polling });
        let mut workers = JoinSet::new();
        for _ in 0..spec.maximum_concurrency {
            let source = Arc::clone(&source);
            workers.spawn(async move { source.run().await });
        }
        Self { stop, workers }
    }

    /// Batches in flight go on without anybody waiting for them.
    pub(super) fn stop_polling(&mut self) {
        let _ = self.stop.send(true);
        self.workers.detach_all();
    }

    pub(super) async fn stop(mut self, grace: Duration) {
        let _ = self.stop.send(true);
        let all = async { while self.workers.join_next().await.is_some() {} };
        let _ = timeout(grace, all).await;
        self.workers.shutdown().await;
    }
}

impl Source {
    async fn run(&self) {
        let mut stopping = self.stopping.clone();
        loop {
            let batch = tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop) => return,
                batch = self.receive() => batch,
            };
            if !batch.is_empty() {
                work::work(self, batch).await;
            }
        }
    }

    /// Waits for its turn, then for messages. Trouble is told and tried again, ever more slowly.
    async fn receive(&self) -> Vec<aws_sdk_sqs::types::Message> {
        let Ok(_turn) = self.polling.acquire().await else { return Vec::new() };
        let mut pause = FIRST_PAUSE;
        loop {
            match batch::receive(&self.client, &self.spec).await {
                Ok(messages) => return messages,
                Err(reason) => {
                    self.trouble(&reason);
                    tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    pub(super) fn trouble(&self, reason: &str) {
        self.host.hosting.observer.queue_trouble(&self.function, &self.spec.url, reason);
    }
}
