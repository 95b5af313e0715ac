//! Invocations that the hosting program disturbs on purpose, and what the observer is told of those that run, are
//! given up, or are streamed.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use adapter::{
    Adapter, Intercept, Launcher, Manifest, Options,
    intercept::{Disturbance, Instead, Kill, KillTime},
    observer::{Exchange, InvocationRecord, InvocationSource, Invoked, Observer, Streamed},
};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::world::{World, eventually, example, function, manifest, testbed};

/// Disturbs each invocation as the next of these says.
struct Disturbing(Mutex<Vec<fn() -> Disturbance>>);

impl Intercept for Disturbing {
    fn invocation(&self, invoked: &Invoked<'_>) -> Option<Disturbance> {
        assert!(invoked.trace_id.starts_with("Root=1-") && invoked.request_id.len() == 36, "{invoked:?}");
        self.0.lock().unwrap().pop().map(|next| next())
    }
}

async fn world(disturbances: &[fn() -> Disturbance]) -> World {
    let mut all = disturbances.to_vec();
    all.reverse();
    let one = function("one", json!({ "concurrency": 4 }));
    World::intercepted(manifest(&[one]), Some(Arc::new(Disturbing(Mutex::new(all))))).await
}

fn kill(when: KillTime) -> Disturbance {
    Disturbance { kill: Some(Kill { when, reason: "on purpose".into() }), ..Disturbance::default() }
}

#[tokio::test]
async fn an_invocation_fails_or_times_out_without_reaching_the_function() {
    let fails =
        || Disturbance { instead: Some(Instead::Fails("on purpose".into())), ..Disturbance::default() };
    let late = || {
        let after = Duration::from_millis(5);
        Disturbance { instead: Some(Instead::TimesOut(after)), ..Disturbance::default() }
    };
    let world = world(&[fails, late]).await;
    assert_eq!(world.status("/pid").await, 502);
    assert_eq!(world.last_reason(), "on purpose");
    assert_eq!(world.status("/pid").await, 504);
    assert_eq!(world.last_reason(), "no answer within 5 ms");
    assert!(world.seen.processes.lock().unwrap().is_empty(), "no process was started");
    assert_eq!(world.status("/pid").await, 200);
    world.end().await;
}

#[tokio::test]
async fn an_invocation_waits_for_what_it_is_held_by() {
    let hold = || {
        let pause = Box::pin(tokio::time::sleep(Duration::from_millis(300)));
        Disturbance { hold: Some(pause), ..Disturbance::default() }
    };
    let world = world(&[hold]).await;
    let started = Instant::now();
    assert_eq!(world.status("/pid").await, 200);
    assert!(started.elapsed() >= Duration::from_millis(300));
    world.end().await;
}

#[tokio::test]
async fn a_process_is_killed_before_or_after_its_answer_and_the_next_request_gets_another() {
    let before = || kill(KillTime::AfterDelivery(Duration::ZERO));
    let after = || kill(KillTime::AfterAnswer);
    let world = world(&[before, after]).await;
    for _ in 0..2 {
        assert_eq!(world.status("/pid").await, 502);
        let reason = world.last_reason();
        assert!(reason.contains("ended before it answered: killed: on purpose"), "{reason}");
    }
    assert_eq!(world.status("/pid").await, 200);
    let output = world.seen.output.lock().unwrap().join("\n");
    assert!(!output.contains("panicked"), "{output}");
    world.end().await;
}

#[tokio::test]
async fn a_process_is_killed_in_the_middle_unless_it_has_answered() {
    let soon = || kill(KillTime::AfterDelivery(Duration::from_millis(200)));
    let late = || kill(KillTime::AfterDelivery(Duration::from_secs(60)));
    let world = world(&[soon, late]).await;
    assert_eq!(world.status("/hang").await, 502);
    assert!(world.last_reason().contains("killed: on purpose"), "{}", world.last_reason());
    let pid = world.text("/pid").await;
    assert_eq!(world.text("/pid").await, pid, "it had answered and goes on");
    world.end().await;
}

#[tokio::test]
async fn an_invocation_happens_twice_and_its_caller_gets_the_first_answer() {
    let twice = || Disturbance { twice: true, ..Disturbance::default() };
    let world = world(&[twice]).await;
    let answer = world.get("/pid").await;
    let id = answer.headers()["apigw-requestid"].to_str().unwrap().to_owned();
    let seen: Vec<InvocationRecord> = world.seen.invocations.lock().unwrap().clone();
    let [again] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(again.source, InvocationSource::Repeated(id.clone()));
    assert_ne!(again.request_id, id);
    assert_eq!((again.failures, again.error.clone()), (0, None));
    world.end().await;
}

/// Notes what it hears of invocations.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Observer for Notes {
    fn wants_exchanges(&self) -> bool {
        true
    }
    fn begun(&self, invoked: &Invoked<'_>) {
        self.0.lock().unwrap().push(format!("begun {}", invoked.function));
    }
    fn given_up(&self, _request_id: &str) {
        self.0.lock().unwrap().push("given up".into());
    }
    fn streamed(&self, streamed: &Streamed<'_>) {
        let (whole, length) = (streamed.whole, streamed.length);
        let text = String::from_utf8_lossy(streamed.answer).into_owned();
        self.0.lock().unwrap().push(format!("streamed {whole} {} {text}", length == text.len() as u64));
    }
    fn exchange(&self, exchange: &Exchange<'_>) {
        self.0.lock().unwrap().push(format!("exchange {}", exchange.answer.is_ok()));
    }
}

async fn noted(function: Value) -> (Adapter, Arc<Notes>) {
    let notes = Arc::new(Notes::default());
    let manifest = Manifest::from_json(&manifest(&[function]).to_string()).unwrap();
    let options = Options { launcher: Launcher::Direct, ..Options::default() };
    let observer = Arc::clone(&notes) as Arc<dyn Observer>;
    (Adapter::start_with(manifest, observer, options).await.unwrap(), notes)
}

#[tokio::test]
async fn a_streamed_answer_is_shown_when_it_has_ended() {
    let (adapter, notes) = noted(function("stream", json!({ "command": example("streaming") }))).await;
    let event = json!({ "rawPath": "/", "version": "2.0", "requestContext": { "http": { "method": "GET", "path": "/" } } });
    adapter.invoke("stream", Bytes::from(event.to_string())).await.unwrap();
    let seen = notes.0.lock().unwrap().clone();
    assert_eq!(seen[..2], ["begun stream", "exchange true"]);
    assert!(seen[2].starts_with("streamed true true "), "{seen:?}");
    adapter.shutdown(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn an_invocation_that_nobody_waits_for_is_given_up() {
    let plain = json!({ "command": testbed(), "environment": { "TESTBED_KIND": "json" }, "routes": [] });
    let (adapter, notes) = noted(function("plain", plain)).await;
    let hanging = adapter.invoke("plain", Bytes::from_static(b"{\"do\":\"hang\"}"));
    assert!(tokio::time::timeout(Duration::from_millis(100), hanging).await.is_err());
    eventually("it is given up", || notes.0.lock().unwrap().len() == 2).await;
    assert_eq!(*notes.0.lock().unwrap(), ["begun plain", "given up"]);
    adapter.shutdown(Duration::ZERO).await;
}
