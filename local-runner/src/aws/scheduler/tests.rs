use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use futures::future::BoxFuture;
use serde_json::Value;

use super::engine::{GivenUp, Refused, Shot, Targets};
use super::*;
use crate::clock::ManualClock;
use crate::schedules::{GROUP, catalogued};
use crate::scratch::Scratch;

/// What was sent: the queue's ARN and the planned time.
#[derive(Clone, Default)]
struct Inbox {
    sent: Arc<Mutex<Vec<(String, String)>>>,
    is_broken: Arc<AtomicBool>,
}

impl Targets for Inbox {
    fn deliver<'a>(&'a self, shot: &'a Shot) -> BoxFuture<'a, Result<(), Refused>> {
        let outcome = if self.is_broken.load(Ordering::Relaxed) {
            Err(Refused { code: "Broken".into(), message: "broken".into(), is_passing: true })
        } else {
            let event: Value = serde_json::from_str(&shot.payload()).unwrap();
            let time = event["time"].as_str().unwrap().to_owned();
            self.sent.lock().unwrap().push((shot.target.arn.clone(), time));
            Ok(())
        };
        Box::pin(async move { outcome })
    }

    fn bury<'a>(&'a self, _: &'a str, _: &'a Shot, _: &'a GivenUp) -> BoxFuture<'a, Result<(), Refused>> {
        Box::pin(async { Ok(()) })
    }

    fn settled(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

impl Inbox {
    fn of(&self, function: &str) -> Vec<String> {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter(|(arn, _)| arn.ends_with(function)).map(|(_, time)| time.clone()).collect()
    }
}

struct World {
    scratch: Scratch,
    clock: ManualClock,
    inbox: Inbox,
}

struct Running {
    scheduler: Arc<Scheduler>,
    task: tokio::task::JoinHandle<()>,
}

impl World {
    fn new(name: &str, start: &str) -> Self {
        let clock = ManualClock::new(start.parse().unwrap());
        Self { scratch: Scratch::new(name), clock, inbox: Inbox::default() }
    }

    async fn start(&self) -> Running {
        let clock = Arc::new(self.clock.clone());
        let scheduler = Arc::new(Scheduler::open(self.scratch.path(), clock, Some(GROUP)).unwrap());
        let task = tokio::spawn({
            let (scheduler, inbox) = (Arc::clone(&scheduler), self.inbox.clone());
            async move { scheduler.run(Arc::new(inbox)).await }
        });
        scheduler.make_group(GROUP, catalogued()).await.unwrap();
        self.settle().await;
        Running { scheduler, task }
    }

    async fn settle(&self) {
        // Lets the engine run until it waits for the clock again.
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn advance(&self, minutes: i64) {
        self.clock.advance(TimeDelta::minutes(minutes));
        self.settle().await;
    }
}

impl Running {
    async fn travel_to(&self, to: DateTime<Utc>, targets: &dyn Targets) -> Result<usize, TravelError> {
        self.scheduler.travel(&*self.scheduler.set_out(to)?, targets).await
    }

    async fn stop(self) {
        self.task.abort();
        drop(self.task.await);
        self.scheduler.close();
    }
}

#[tokio::test]
async fn a_schedule_fires_at_each_of_its_aligned_times_with_that_time_in_the_event() {
    let world = World::new("aligned", "2026-03-01T10:00:30Z");
    let _running = world.start().await;
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
    let first = world.start().await;
    world.advance(1).await;
    first.stop().await;
    let _second = world.start().await;
    assert_eq!(world.inbox.of("relay-outbox"), ["2026-03-01T10:01:00Z"]);
}

#[tokio::test]
async fn a_missed_span_fires_once_with_its_latest_time() {
    let world = World::new("missed", "2026-03-01T10:00:30Z");
    let first = world.start().await;
    first.stop().await;
    world.clock.advance(TimeDelta::days(3));
    let _second = world.start().await;
    assert_eq!(world.inbox.of("relay-outbox"), ["2026-03-04T10:00:00Z"]);
    assert_eq!(world.inbox.of("expire-imports"), ["2026-03-04T10:00:00Z"]);
}

#[tokio::test]
async fn what_could_not_be_delivered_is_tried_again() {
    let world = World::new("retry", "2026-03-01T10:00:30Z");
    let _running = world.start().await;
    world.inbox.is_broken.store(true, Ordering::Relaxed);
    world.advance(1).await;
    world.inbox.is_broken.store(false, Ordering::Relaxed);
    world.clock.advance(TimeDelta::seconds(1));
    world.settle().await;
    assert_eq!(world.inbox.of("relay-outbox"), ["2026-03-01T10:01:00Z"]);
}

#[tokio::test]
async fn a_retry_is_not_lost_in_a_restart_and_keeps_its_time() {
    let world = World::new("retry-restart", "2026-03-01T10:00:30Z");
    let first = world.start().await;
    world.inbox.is_broken.store(true, Ordering::Relaxed);
    world.advance(1).await;
    first.stop().await;
    world.inbox.is_broken.store(false, Ordering::Relaxed);
    world.clock.advance(TimeDelta::seconds(5));
    let _second = world.start().await;
    assert_eq!(world.inbox.of("relay-outbox"), ["2026-03-01T10:01:00Z"]);
}

fn fires_a_day(function: &catalog::Function) -> u32 {
    match function.trigger {
        catalog::Trigger::Schedule(catalog::Schedule::EveryMinutes(minutes)) => 24 * 60 / minutes,
        _ => 0,
    }
}

#[tokio::test]
async fn a_virtual_day_fires_everything_in_order_and_once() {
    let world = World::new("day", "2026-03-01T10:00:30Z");
    let running = world.start().await;
    let tomorrow = "2026-03-02T10:00:30Z".parse().unwrap();
    let began = std::time::Instant::now();
    let fires = running.travel_to(tomorrow, &world.inbox).await.unwrap();
    println!("a virtual day: {fires} fires in {:?}", began.elapsed());
    world.settle().await;
    let sent = world.inbox.sent.lock().unwrap().clone();
    let expected: u32 = catalog::FUNCTIONS.iter().map(fires_a_day).sum();
    assert_eq!((fires, sent.len()), (expected as usize, expected as usize));
    assert!(sent.is_sorted_by_key(|(_, time)| time.clone()), "in the order of their times");
    assert_eq!(running.scheduler.now(), tomorrow);
    let back = running.travel_to("2026-03-01T00:00:00Z".parse().unwrap(), &world.inbox).await;
    assert!(matches!(back, Err(TravelError::Past(_))));
}

#[tokio::test]
async fn a_paused_schedule_stays_paused_over_a_restart_and_fires_nothing_it_missed_when_resumed() {
    let world = World::new("paused", "2026-03-01T10:00:30Z");
    let first = world.start().await;
    let name = "velox-relay-outbox";
    let pause = |paused| move |it: &mut model::Definition| it.state = paused;
    first.scheduler.redefine(GROUP, name, pause(model::Switch::Disabled)).await.unwrap();
    first.stop().await;
    let second = world.start().await;
    world.advance(5).await;
    assert!(world.inbox.of("relay-outbox").is_empty());
    second.scheduler.redefine(GROUP, name, pause(model::Switch::Enabled)).await.unwrap();
    world.advance(1).await;
    assert_eq!(world.inbox.of("relay-outbox"), ["2026-03-01T10:06:00Z"]);
}
