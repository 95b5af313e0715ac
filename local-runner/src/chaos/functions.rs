//! Faults of functions, through the adapter's interception: whatever invokes them, a request, a queue, a schedule or
//! `Invoke`.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use adapter::{
    Intercept,
    intercept::{Disturbance, Instead, Kill, KillTime, Passage},
    observer::Invoked,
};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{request::Parts, response};
use tokio::{sync::Notify, time::sleep};

use super::{
    Called, Chaos, Crash, Fault, Hit, Kind, Service, Whose, database,
    fault::Shown,
    target::{OF_FUNCTIONS, functions_with_database},
};

/// Lets chaos at the invocations of those requests that another interception lets through.
pub struct Interference<I> {
    /// Asked about requests and answers.
    pub front: I,
    /// Asked about invocations.
    pub chaos: Arc<Chaos>,
}

impl<I: Intercept> Intercept for Interference<I> {
    fn request<'a>(&'a self, function: &'a str, request: &'a Parts) -> Option<BoxFuture<'a, Passage>> {
        self.front.request(function, request)
    }

    fn wants(&self, answer: &response::Parts) -> bool {
        self.front.wants(answer)
    }

    fn whole(&self, answer: &mut response::Parts, body: Bytes) -> Bytes {
        self.front.whole(answer, body)
    }

    fn invocation(&self, invoked: &Invoked<'_>) -> Option<Disturbance> {
        if !self.chaos.is_on() {
            return None;
        }
        self.chaos.disturb_database(invoked);
        let lane = self.chaos.lane(invoked.function);
        lane.notify_waiters();
        let hits = self.chaos.throw(Called::Function(invoked.function), OF_FUNCTIONS);
        if hits.is_empty() {
            return None;
        }
        let mut disturbance = Disturbance::default();
        let mut latency = Duration::ZERO;
        let mut overtaken = None;
        for hit in hits {
            let what = match hit.fault {
                Fault::Latency(time) => {
                    latency += time;
                    format!("held back for {}", Shown(time))
                }
                Fault::Reorder(time) => {
                    overtaken = Some(time);
                    format!("held back until a later one has begun, {} at most", Shown(time))
                }
                fault => add(&mut disturbance, fault, &hit, invoked.function),
            };
            self.chaos.note(&hit, Whose::Invocation(invoked.request_id), what);
        }
        if latency > Duration::ZERO || overtaken.is_some() {
            disturbance.hold = Some(Box::pin(hold(latency, overtaken, lane)));
        }
        Some(disturbance)
    }
}

/// Adds what is done by it, and says it in words.
fn add(disturbance: &mut Disturbance, fault: Fault, hit: &Hit, function: &str) -> String {
    let reason: Arc<str> = format!("chaos: {}", hit.text).into();
    match fault {
        Fault::Error => {
            disturbance.instead = Some(Instead::Fails(reason.to_string()));
            "failed, and was not invoked".to_owned()
        }
        Fault::Timeout(after) => {
            let own = catalog::find(function).map_or(10_000, |function| function.timeout_ms);
            let after = after.unwrap_or(Duration::from_millis(own.into()));
            disturbance.instead.get_or_insert(Instead::TimesOut(after));
            format!("timed out after {}, and was not invoked", Shown(after))
        }
        Fault::Crash(crash) => {
            let (when, what) = kill_time(crash, hit);
            disturbance.kill = Some(Kill { when, reason });
            what
        }
        Fault::Duplicate => {
            disturbance.twice = true;
            "invoked a second time after the first".to_owned()
        }
        Fault::Latency(_) | Fault::Reorder(_) | Fault::Throttle | Fault::Lost | Fault::Terminate(_) => {
            String::new()
        }
    }
}

fn kill_time(crash: Crash, hit: &Hit) -> (KillTime, String) {
    let before =
        || (KillTime::AfterDelivery(Duration::ZERO), "process killed as it got the event".to_owned());
    let after =
        || (KillTime::AfterAnswer, "process killed as it answered; the answer was thrown away".to_owned());
    match crash {
        Crash::Before => before(),
        Crash::After => after(),
        Crash::Either if hit.below(2) == 0 => before(),
        Crash::Either => after(),
        Crash::Within(time) => {
            let what =
                format!("process to be killed {} after it got the event, unless it is done", Shown(time));
            (KillTime::AfterDelivery(time), what)
        }
    }
}

async fn hold(latency: Duration, overtaken: Option<Duration>, lane: Arc<Notify>) {
    sleep(latency).await;
    if let Some(longest) = overtaken {
        let _ = tokio::time::timeout(longest, lane.notified()).await;
    }
}

impl Chaos {
    fn disturb_database(self: &Arc<Self>, invoked: &Invoked<'_>) {
        if !functions_with_database().any(|name| name == invoked.function) {
            return;
        }
        for hit in self.throw(Called::Service(Service::Postgres, invoked.function, ""), &[Kind::Terminate]) {
            let Fault::Terminate(after) = hit.fault else { continue };
            database::terminate_later(Arc::clone(self), hit, after, invoked.function, invoked.request_id);
        }
    }

    fn lane(&self, function: &str) -> Arc<Notify> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lanes.entry(function.to_owned()).or_default())
    }
}
