//! Direct invocations: Lambda's `Invoke` on the AWS endpoint, and the runner's own at its start.

use std::sync::{Arc, OnceLock};

use adapter::{Adapter, InvokeError};
use bytes::Bytes;
use catalog::Head;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    aws::{InvokeFuture, InvokeOutcome, InvokeRefused, Invoker},
    console::Demo,
    environment::remote::Remote,
    rebuild::freshness::Freshness,
};

/// Hands `Invoke` on to the adapter, which starts after the AWS endpoint that it polls.
pub struct LateInvoker {
    adapter: OnceLock<Arc<Adapter>>,
    freshness: Arc<Freshness>,
    remote: Option<Remote>,
    /// Invocations that have not ended, those that wait for a build included.
    running: watch::Sender<usize>,
}

impl LateInvoker {
    /// Invocations wait for functions that are being rebuilt. On a shared environment some are refused.
    #[must_use]
    pub fn new(freshness: Arc<Freshness>, remote: Option<Remote>) -> Self {
        Self { adapter: OnceLock::new(), freshness, remote, running: watch::Sender::new(0) }
    }

    /// Waits until no invocation runs.
    pub async fn idle(&self) {
        // The sender lives as long as we do.
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }

    /// From now on there are functions.
    pub fn connect(&self, adapter: Arc<Adapter>) {
        // Connected once, by the runner's start.
        let _ = self.adapter.set(adapter);
    }

    /// Until what is to be invoked is what its source says. A function that this build does not know may be one
    /// that the next build brings.
    async fn wait_for(&self, function: &str) {
        let heads = catalog::find(function).map_or(Head::ALL.to_vec(), |function| vec![function.head]);
        for head in heads.into_iter().filter(|head| !self.freshness.is_fresh(*head)) {
            self.freshness.want(head);
            self.freshness.settled(head, None).await;
        }
    }

    fn refusal(&self, function: &str) -> Option<InvokeRefused> {
        let (remote, known) = (self.remote.as_ref()?, catalog::find(function)?);
        let refused = || InvokeRefused::Denied(remote.refusal(&format!("{function} is not invoked")));
        (!remote.invokes(known)).then(refused)
    }
}

impl Invoker for LateInvoker {
    fn invoke<'a>(&'a self, function: &'a str, payload: Bytes) -> InvokeFuture<'a> {
        let counted = Counted::one_more(&self.running);
        Box::pin(async move {
            let _counted = counted;
            let starting = || InvokeRefused::Unavailable("the local runner is still starting".to_owned());
            let adapter = self.adapter.get().ok_or_else(starting)?;
            if let Some(refused) = self.refusal(function) {
                return Err(refused);
            }
            self.wait_for(function).await;
            match adapter.invoke(function, payload).await {
                Ok(result) => {
                    Ok(InvokeOutcome { payload: result.payload, function_error: result.function_error })
                }
                Err(InvokeError::UnknownFunction(_)) => Err(InvokeRefused::NotFound),
                Err(InvokeError::Unavailable(reason)) => Err(InvokeRefused::Unavailable(reason)),
            }
        })
    }
}

/// One invocation; counted until it is dropped.
struct Counted<'a>(&'a watch::Sender<usize>);

impl<'a> Counted<'a> {
    fn one_more(running: &'a watch::Sender<usize>) -> Self {
        running.send_modify(|running| *running += 1);
        Self(running)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

/// Brings the schema up to date.
///
/// # Errors
/// What the function `migrate` says when it fails.
pub async fn migrate(adapter: &Adapter) -> Result<(), String> {
    call(adapter, "migrate", json!({})).await.map(drop)
}

/// Makes the demo organization unless it is there, and its owner staff. Both at every start: one that was broken
/// off in between is completed by the next.
///
/// # Errors
/// What the functions `seed-demo` and `grant-staff` say when they fail.
pub async fn seed(adapter: &Adapter) -> Result<Demo, String> {
    let answer = call(adapter, "seed-demo", json!({})).await?;
    let demo: Demo = serde_json::from_slice(&answer)
        .map_err(|error| format!("seed-demo answered something else: {error}"))?;
    call(adapter, "grant-staff", json!({ "email": demo.email })).await?;
    Ok(demo)
}

async fn call(adapter: &Adapter, function: &str, event: Value) -> Result<Bytes, String> {
    let failed = |why: &dyn std::fmt::Display| format!("the function `{function}` failed: {why}");
    let answer =
        adapter.invoke(function, Bytes::from(event.to_string())).await.map_err(|error| failed(&error))?;
    match answer.function_error {
        None => Ok(answer.payload),
        Some(_) => Err(failed(&String::from_utf8_lossy(&answer.payload))),
    }
}
