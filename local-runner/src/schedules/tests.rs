use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::*;
use crate::{clock::ManualClock, scratch::Scratch};

/// What was sent: function and planned time.
#[derive(Clone, Default)]
struct Inbox(Arc<Mutex<Vec<(&'static str, String)>>>, Arc<AtomicBool>);

impl Target for Inbox {
    fn send(&self, function: &'static str, event: String) -> BoxFuture<'_, bool> {
        let broken = self.1.load(Ordering::Relaxed);
        if !broken {
            let event: Value = serde_json::from_str(&event).unwrap();
            self.0.lock().unwrap().push((function, event["time"].as_str().unwrap().to_owned()));
        }
        Box::pin(async move { !broken })
    }
}

impl Inbox {
    fn of(&self, function: &str) -> Vec<String> {
        let sent = self.0.lock().unwrap();
        sent.iter().filter(|(name, _)| *name == function).map(|(_, time)| time.clone()).collect()
    }
}

struct World {
    scratch: Scratch,
    clock: ManualClock,
    inbox: Inbox,
}

impl World {
    fn new(name: &str, start: &str) -> Self {
        let clock = ManualClock::new(start.parse().unwrap());
        Self { scratch: Scratch::new(name), clock, inbox: Inbox::default() }
    }

    fn start(&self) -> tokio::task::JoinHandle<()> {
        let file = self.scratch.path().join("schedules.json");
        tokio::spawn(Scheduler::new(Arc::new(self.clock.clone()), self.inbox.clone(), file).run())
    }

    async fn settle(&self) {
        // Lets the scheduler's task run until it waits for the clock again.
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn advance(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
        self.settle().await;
    }
}

#[tokio::test]
async fn a_schedule_fires_at_each_of_its_aligned_times_with_that_time_in_the_event() {
    let world = World::new("aligned", "2026-03-01T10:00:30Z");
    let _scheduler = world.start();
    world.settle().await;
    assert!(world.inbox.of("relay-outbox").is_empty(), "a new schedule waits for its next time");
    for _ in 0..3 {
        world.advance(1).await;
    }
    let times = ["2026-03-01T10:01:00Z", "2026-03-01T10:02:00Z", "2026-03-01T10:03:00Z"];
    assert_eq!(world.inbox.of("relay-outbox"), times);
    assert!(world.inbox.of("expire-imports").is_empty());
    world.advance(57).await;
    assert_eq!(world.inbox.of("expire-imports"), ["2026-03-01T11:00:00Z"]);
}

#[tokio::test]
async fn a_restart_fires_nothing_twice() {
    let world = World::new("restart", "2026-03-01T10:00:30Z");
    let first = world.start();
    world.settle().await;
    world.advance(1).await;
    first.abort();
    let _second = world.start();
    world.settle().await;
    assert_eq!(world.inbox.of("relay-outbox"), ["2026-03-01T10:01:00Z"]);
}

#[tokio::test]
async fn a_missed_span_fires_once_with_its_latest_time() {
    let world = World::new("missed", "2026-03-01T10:00:30Z");
    let first = world.start();
    world.settle().await;
    first.abort();
    world.clock.advance(TimeDelta::days(3));
    let _second = world.start();
    world.settle().await;
    assert_eq!(world.inbox.of("relay-outbox"), ["2026-03-04T10:00:00Z"]);
    assert_eq!(world.inbox.of("expire-imports"), ["2026-03-04T10:00:00Z"]);
}

#[tokio::test]
async fn what_could_not_be_delivered_is_tried_again() {
    let world = World::new("retry", "2026-03-01T10:00:30Z");
    let _scheduler = world.start();
    world.settle().await;
    world.inbox.1.store(true, Ordering::Relaxed);
    world.advance(1).await;
    world.inbox.1.store(false, Ordering::Relaxed);
    world.clock.advance(RETRY);
    world.settle().await;
    assert_eq!(world.inbox.of("relay-outbox"), ["2026-03-01T10:01:00Z"]);
}
