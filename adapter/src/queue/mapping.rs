//! One queue of one function: received from, worked off, stopped.

use std::{collections::HashSet, sync::Arc, time::Duration};

use aws_sdk_sqs::{
    Client,
    types::{Message, MessageSystemAttributeName, QueueAttributeName},
};
use tokio::{
    sync::{OnceCell, watch},
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use super::{
    client::Clients,
    gather::{self, Attempts},
    groups::{Groups, Taken},
    hold::Hold,
    lock::FireLock,
    pace::{Pace, Turn},
    receipts, work,
};
use crate::{host::Host, manifest::QueueSpec};

/// SQS's default, when neither the mapping nor the queue says.
const DEFAULT_VISIBILITY_S: u32 = 30;
/// What a server on this machine has answered arrives within this: dropped before, its messages would stay hidden.
const ANSWER_ON_ITS_WAY: Duration = Duration::from_millis(250);

pub(super) struct Mapping {
    stop: watch::Sender<bool>,
    running: JoinHandle<()>,
}

/// What all batches of a mapping share.
pub(super) struct Source {
    pub(super) host: Arc<Host>,
    pub(super) function: String,
    pub(super) spec: QueueSpec,
    pub(super) region: String,
    pub(super) client: Client,
    /// Tells repeated fires of a schedule from first ones, if the mapping says where.
    pub(super) lock: Option<FireLock>,
    pub(super) pace: Arc<Pace>,
    pub(super) attempts: Attempts,
    groups: Groups,
    stopping: watch::Receiver<bool>,
    /// Whether the server notices that a poll was given up, so that it hands no message to nobody.
    polls_can_be_dropped: bool,
    /// The queue's own visibility timeout, in seconds.
    visibility_s: OnceCell<u32>,
}

impl Mapping {
    pub(super) fn start(host: Arc<Host>, function: String, spec: &QueueSpec, clients: &Clients) -> Self {
        let (stop, stopping) = watch::channel(false);
        let lock =
            spec.lock_table.as_ref().map(|table| FireLock::new(clients.dynamodb.clone(), table.clone()));
        let source = Source {
            host,
            function,
            spec: spec.clone(),
            region: clients.region.clone(),
            client: clients.sqs.clone(),
            lock,
            pace: Pace::new(spec.maximum_concurrency),
            attempts: Attempts::default(),
            groups: Groups::default(),
            stopping,
            polls_can_be_dropped: clients.are_local,
            visibility_s: OnceCell::new(),
        };
        Self { stop, running: tokio::spawn(Arc::new(source).run()) }
    }

    /// Receives no more. What was received and not begun is given back, the rest is finished.
    pub(super) fn stop(&self) {
        let _ = self.stop.send(true);
    }

    /// Waits until everything that was received is settled, but not longer than this.
    pub(super) async fn stopped(&mut self, longest: Duration) {
        if !self.running.is_finished() {
            let _ = timeout(longest, &mut self.running).await;
        }
    }
}

impl Source {
    async fn run(self: Arc<Self>) {
        let mut stopping = self.stopping.clone();
        let mut batches = JoinSet::new();
        if self.spec.visibility_timeout_s.is_none() {
            self.ask_visibility().await;
        }
        loop {
            tokio::select! {
                biased;
                _ = stopping.wait_for(|stop| *stop) => break,
                turn = self.pace.turn() => {
                    let source = Arc::clone(&self);
                    batches.spawn(async move { source.batch(turn).await });
                }
                Some(ended) = batches.join_next() => if ended.is_err() {
                    // Whatever it was, it would soon be again.
                    self.pace.receive_failed();
                    self.trouble("a batch broke off, as the adapter's log tells");
                }
            }
        }
        while batches.join_next().await.is_some() {}
    }

    /// One batch from its poll to its end.
    async fn batch(&self, mut turn: Turn) {
        let hold = Hold::new(self);
        let all = async {
            let messages = gather::gather(self, &hold, &mut turn).await;
            if !messages.is_empty() && !self.is_stopping() {
                let _groups = self.take_groups(&messages).await;
                work::work(self, &hold, &messages, &mut turn).await;
            }
            // Nothing, unless the mapping is stopping.
            hold.give_back().await;
        };
        hold.during(all).await;
    }

    async fn take_groups(&self, messages: &[Arc<Message>]) -> Option<Taken<'_>> {
        if !self.spec.is_fifo() {
            return None;
        }
        let names: HashSet<String> = messages.iter().filter_map(|m| group(m).map(str::to_owned)).collect();
        Some(self.groups.take(names).await)
    }

    /// A mapping that does not say for how long messages are hidden extends by what the queue says.
    async fn ask_visibility(&self) {
        let name = QueueAttributeName::VisibilityTimeout;
        let asked =
            self.client.get_queue_attributes().queue_url(&self.spec.url).attribute_names(name.clone());
        let Ok(answer) = asked.send().await else { return };
        let seconds = answer.attributes().and_then(|all| all.get(&name)).and_then(|text| text.parse().ok());
        if let Some(seconds) = seconds.filter(|seconds| *seconds > 0) {
            let _ = self.visibility_s.set(seconds);
        }
    }

    /// Gives a call up when the mapping stops, if nothing is lost by that.
    pub(super) async fn unless_stopped<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        let mut stopping = self.stopping.clone();
        let given_up = async {
            let _ = stopping.wait_for(|stop| *stop).await;
            tokio::time::sleep(ANSWER_ON_ITS_WAY).await;
        };
        tokio::select! {
            biased;
            result = call => Some(result),
            () = given_up, if self.polls_can_be_dropped => None,
        }
    }

    /// Sleeps, but not beyond the mapping's stop.
    pub(super) async fn sleep(&self, pause: Duration) {
        let _ = timeout(pause, self.stopping.clone().wait_for(|stop| *stop)).await;
    }

    pub(super) fn is_stopping(&self) -> bool {
        // Nobody there to stop it is the same.
        *self.stopping.borrow() || self.stopping.has_changed().is_err()
    }

    /// For how long a received message is hidden.
    pub(super) fn visibility_s(&self) -> u32 {
        let own = || self.visibility_s.get().copied().unwrap_or(DEFAULT_VISIBILITY_S);
        self.spec.visibility_timeout_s.unwrap_or_else(own)
    }

    pub(super) fn visibility(&self) -> Duration {
        Duration::from_secs(self.visibility_s().into())
    }

    pub(super) async fn hide(&self, messages: &[&Arc<Message>], seconds: u32) {
        if !messages.is_empty() {
            self.told(receipts::hide(&self.client, &self.spec.url, messages, seconds).await);
        }
    }

    pub(super) async fn delete(&self, messages: &[&Arc<Message>]) {
        if !messages.is_empty() {
            self.told(receipts::delete(&self.client, &self.spec.url, messages).await);
        }
    }

    pub(super) fn told(&self, result: Result<(), String>) {
        if let Err(reason) = result {
            self.trouble(&reason);
        }
    }

    pub(super) fn trouble(&self, reason: &str) {
        self.host.hosting.observer.queue_trouble(&self.function, &self.spec.url, reason);
    }
}

/// The message group that a message belongs to.
pub(super) fn group(message: &Message) -> Option<&str> {
    attribute(message, &MessageSystemAttributeName::MessageGroupId)
}

pub(super) fn attribute<'m>(message: &'m Message, name: &MessageSystemAttributeName) -> Option<&'m str> {
    message.attributes().and_then(|all| all.get(name)).map(String::as_str)
}
