//! Travelling in time while somebody works on what fires: done once, in order, waited for, and not for ever.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_sqs::types::Message;
use chrono::{DateTime, TimeDelta, Utc};
use local_runner::clock::TravellingClock;
use local_runner::schedules::{Schedules, TravelError};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::aws_scheduler::{create, queue_arn, target};
use crate::aws_world::{Clients, World};

/// A bound against hanging.
const PATIENCE: Duration = Duration::from_secs(60);

async fn world() -> (World, String) {
    let world = World::with_clock(Arc::new(TravellingClock::default())).await;
    let queue = world.clients.sqs.create_queue().queue_name("q").send().await.unwrap();
    let to = target(&queue_arn("q")).input("<aws.scheduler.scheduled-time>").build().unwrap();
    create(&world.clients, "s", "cron(* * * * ? *)").target(to).send().await.unwrap();
    (world, queue.queue_url.unwrap())
}

async fn receive(clients: &Clients, url: &str) -> Vec<Message> {
    let receive = clients.sqs.receive_message().queue_url(url).max_number_of_messages(10);
    // The services are gone when the test ends.
    receive.wait_time_seconds(20).send().await.ok().and_then(|got| got.messages).unwrap_or_default()
}

/// Works messages off, one after the other; notes each planned time and the cloud's time meanwhile.
async fn work(
    clients: Clients,
    url: String,
    schedules: Schedules,
    done: Arc<Mutex<Vec<[DateTime<Utc>; 2]>>>,
) {
    loop {
        for message in receive(&clients, &url).await {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let planned = message.body().unwrap().parse().unwrap();
            done.lock().unwrap().push([planned, schedules.now()]);
            let delete = clients.sqs.delete_message().queue_url(&url);
            delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_fires_on_the_way_is_worked_off_once_and_in_order_before_the_clock_gets_there() {
    let (world, url) = world().await;
    let (schedules, done) = (world.services.schedules(), Arc::<Mutex<Vec<_>>>::default());
    let mut consumer = JoinSet::new();
    let clients = Clients::of(&world.services.endpoint_url());
    consumer.spawn(work(clients, url, schedules.clone(), Arc::clone(&done)));
    schedules.run_now("default", "s").await.unwrap();
    let is_there = async {
        while done.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, is_there).await.expect("it works");
    let from = schedules.now();
    let to = from + TimeDelta::hours(4);
    let fires = schedules.travel_to(to).await.unwrap();
    let done = done.lock().unwrap().clone();
    assert!((239..=241).contains(&fires), "{fires}");
    let planned: Vec<_> =
        done.iter().map(|[planned, _]| *planned).filter(|planned| (from..=to).contains(planned)).collect();
    assert_eq!(planned.len(), fires, "all was done when the clock arrived, and nothing twice");
    assert!(planned.windows(2).all(|two| two[1] - two[0] == TimeDelta::minutes(1)), "{planned:?}");
    let late = done.iter().find(|[planned, now]| *now - planned > TimeDelta::minutes(1));
    assert_eq!(late, None, "the clock was ahead of the work");
    let journey = schedules.journey().unwrap();
    assert_eq!((journey.fires, journey.to, journey.end), (fires, to, Some(Ok(()))));
    consumer.shutdown().await;
    world.services.shutdown().await;
}

#[tokio::test]
async fn what_failed_and_is_put_off_does_not_hold_the_clock() {
    let (world, url) = world().await;
    let schedules = world.services.schedules();
    let clients = Clients::of(&world.services.endpoint_url());
    let mut consumer = JoinSet::new();
    consumer.spawn(async move {
        let mut failed = HashSet::new();
        loop {
            for message in receive(&clients, &url).await {
                let receipt = message.receipt_handle().unwrap();
                if failed.insert(message.body().unwrap().to_owned()) {
                    let hide = clients.sqs.change_message_visibility().queue_url(&url).visibility_timeout(29);
                    hide.receipt_handle(receipt).send().await.unwrap();
                } else {
                    let delete = clients.sqs.delete_message().queue_url(&url);
                    delete.receipt_handle(receipt).send().await.unwrap();
                }
            }
        }
    });
    // Were each stretch waited for, this would take longer.
    let fires =
        timeout(PATIENCE, schedules.travel_by(TimeDelta::hours(8))).await.expect("it arrives").unwrap();
    assert!((479..=481).contains(&fires), "{fires}");
    consumer.shutdown().await;
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_journey_is_cancelled_and_there_is_one_at_a_time() {
    let (world, url) = world().await;
    let schedules = world.services.schedules();
    let clients = Clients::of(&world.services.endpoint_url());
    let to = schedules.now() + TimeDelta::days(300);
    let travelling = schedules.set_out(to).unwrap();
    // In flight and never done: the clock waits for it.
    assert!(!timeout(PATIENCE, receive(&clients, &url)).await.unwrap().is_empty());
    assert_eq!(schedules.travel_by(TimeDelta::days(1)).await, Err(TravelError::UnderWay(to)));
    assert_eq!(schedules.journey().unwrap().end, None);
    schedules.cancel_journey();
    let end = timeout(PATIENCE, travelling.arrival()).await.expect("it ends");
    assert_eq!(end, Err(TravelError::Cancelled));
    assert_eq!(schedules.journey().unwrap().end, Some(Err(TravelError::Cancelled)));
    assert!(to - schedules.now() > TimeDelta::days(1), "it has not arrived");
    world.services.shutdown().await;
}
