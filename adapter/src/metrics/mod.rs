//! What happens, as numbers: counted beside the observer, written for Prometheus when somebody asks.

mod counters;
mod page;
mod text;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};

use crate::{
    function::Failure,
    observer::{
        Exchange, HttpRecord, InvocationRecord, InvocationSource, Invoked, Observer, OutputStream,
        ProcessEvent, Streamed,
    },
};
use counters::{OfFunction, OfQueue, Requests};

pub(crate) use page::page;

/// Counts, and tells another observer the same.
pub(crate) struct Metrics {
    inner: Arc<dyn Observer>,
    functions: RwLock<BTreeMap<String, Arc<OfFunction>>>,
    /// By function and URL.
    queues: RwLock<BTreeMap<(String, String), Arc<OfQueue>>>,
    /// Answered by the adapter because no route matched.
    unrouted: Requests,
}

impl Metrics {
    pub(crate) fn beside(inner: Arc<dyn Observer>) -> Self {
        let (functions, queues) = (RwLock::default(), RwLock::default());
        Self { inner, functions, queues, unrouted: Requests::default() }
    }

    /// An invocation has ended in a way that is not an answer.
    pub(crate) fn failed(&self, function: &str, failure: &Failure) {
        self.function(function).failed(failure);
    }

    fn function(&self, name: &str) -> Arc<OfFunction> {
        let known = self.functions.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        known.unwrap_or_else(|| {
            let mut functions = self.functions.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(functions.entry(name.to_owned()).or_default())
        })
    }

    fn queue(&self, function: &str, url: &str) -> Arc<OfQueue> {
        let key = (function.to_owned(), url.to_owned());
        let known = self.queues.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let mut queues = self.queues.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(queues.entry(key).or_default())
        })
    }
}

impl Observer for Metrics {
    fn http_request(&self, record: &HttpRecord<'_>) {
        match &record.function {
            Some(name) => {
                let function = self.function(name);
                function.requests.answered(record.status, record.duration);
                function.invocations.add("http");
            }
            None => self.unrouted.answered(record.status, record.duration),
        }
        self.inner.http_request(record);
    }

    fn invocation(&self, record: &InvocationRecord) {
        let (source, url) = match &record.source {
            InvocationSource::Queue(url) => ("queue", Some(url)),
            InvocationSource::Message(url) => ("message", Some(url)),
            InvocationSource::Direct => ("direct", None),
            InvocationSource::Repeated(_) => ("repeated", None),
        };
        self.function(&record.function).invocations.add(source);
        if let Some(url) = url {
            let queue = self.queue(&record.function, url);
            queue.received.add(record.batch_size as u64);
            queue.failed.add(record.failures as u64);
        }
        self.inner.invocation(record);
    }

    fn process(&self, event: &ProcessEvent<'_>) {
        self.function(event.function).process(&event.change);
        self.inner.process(event);
    }

    fn output(&self, function: &str, stream: OutputStream, line: &str) {
        self.inner.output(function, stream, line);
    }

    fn queue_trouble(&self, function: &str, queue_url: &str, reason: &str) {
        self.queue(function, queue_url).troubles.add(1);
        self.inner.queue_trouble(function, queue_url, reason);
    }

    fn wants_exchanges(&self) -> bool {
        self.inner.wants_exchanges()
    }

    fn begun(&self, invoked: &Invoked<'_>) {
        self.inner.begun(invoked);
    }

    fn given_up(&self, request_id: &str) {
        self.inner.given_up(request_id);
    }

    fn streamed(&self, streamed: &Streamed<'_>) {
        self.inner.streamed(streamed);
    }

    fn exchange(&self, exchange: &Exchange<'_>) {
        self.inner.exchange(exchange);
    }

    fn listening(&self, address: SocketAddr) {
        self.inner.listening(address);
    }
}
