//! EventBridge Scheduler: what fires, when, to whom, and what happens when nobody takes it. moto fires nothing, so these
//! run against the services here only.

use std::sync::{Arc, Mutex};

use aws_sdk_scheduler::primitives::DateTime as AwsTime;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, SqsParameters,
};
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use local_runner::aws::{Config, InvokeFuture, InvokeOutcome, InvokeRefused, Invoker, Services};
use local_runner::clock::{ManualClock, SystemClock, TravellingClock};

use crate::aws_scheduler::{create, off, queue_arn, target};
use crate::aws_world::{Clients, World, config};

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn world(now: &str) -> (World, String) {
    let world = World::with_clock(Arc::new(ManualClock::new(time(now)))).await;
    let url = world.clients.sqs.create_queue().queue_name("q").send().await.unwrap().queue_url.unwrap();
    (world, url)
}

/// Takes what is on the queue.
async fn take(clients: &Clients, url: &str) -> Vec<Message> {
    let mut taken = Vec::new();
    loop {
        let receive = clients.sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let received = receive.message_attribute_names("All").message_system_attribute_names("All".into());
        let received = received.send().await.unwrap().messages.unwrap_or_default();
        if received.is_empty() {
            return taken;
        }
        for message in received {
            let delete = clients.sqs.delete_message().queue_url(url);
            delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
            taken.push(message);
        }
    }
}

async fn bodies(clients: &Clients, url: &str) -> Vec<String> {
    take(clients, url).await.into_iter().map(|message| message.body.unwrap()).collect()
}

const TIMED: &str = "{\"time\":\"<aws.scheduler.scheduled-time>\"}";

#[tokio::test]
async fn a_cron_schedule_fires_by_the_clocks_of_its_zone_over_the_change_to_summer_time() {
    let (world, url) = world("2026-03-27T12:00:00Z").await;
    let to = target(&queue_arn("q")).input(TIMED).build().unwrap();
    let schedule = create(&world.clients, "morning", "cron(0 8 * * ? *)").target(to);
    schedule.schedule_expression_timezone("Europe/Berlin").send().await.unwrap();
    let fires = world.services.schedules().travel_to(time("2026-03-30T12:00:00Z")).await.unwrap();
    assert_eq!(fires, 3);
    let expected = ["2026-03-28T07:00:00Z", "2026-03-29T06:00:00Z", "2026-03-30T06:00:00Z"];
    assert_eq!(bodies(&world.clients, &url).await, expected.map(|at| format!("{{\"time\":\"{at}\"}}")));
    world.services.shutdown().await;
}

#[tokio::test]
async fn the_context_attributes_are_filled_in() {
    let (world, url) = world("2026-01-01T00:00:30Z").await;
    let input = "<aws.scheduler.schedule-arn> <aws.scheduler.execution-id> <aws.scheduler.attempt-number>";
    let to = target(&queue_arn("q")).input(input).build().unwrap();
    let arn =
        create(&world.clients, "s", "at(2026-01-01T00:01:00)").target(to).send().await.unwrap().schedule_arn;
    world.services.schedules().travel_by(TimeDelta::minutes(1)).await.unwrap();
    let body = bodies(&world.clients, &url).await.concat();
    let [told, execution, attempt] = body.split(' ').collect::<Vec<_>>()[..] else { panic!("{body}") };
    assert_eq!((told, execution.len(), attempt), (arn.as_str(), 16, "1"));
    world.services.shutdown().await;
}

#[tokio::test]
async fn start_end_and_completion_bound_a_schedule() {
    let (world, url) = world("2026-01-01T00:00:30Z").await;
    let to = || target(&queue_arn("q")).input(TIMED).build().unwrap();
    let at = |text| AwsTime::from_secs(time(text).timestamp());
    let bounded = create(&world.clients, "bounded", "rate(1 hour)").target(to());
    let bounded = bounded.start_date(at("2026-01-01T02:00:00Z")).end_date(at("2026-01-01T04:30:00Z"));
    bounded.action_after_completion(ActionAfterCompletion::Delete).send().await.unwrap();
    let once = create(&world.clients, "once", "at(2026-01-01T03:30:00)").target(to());
    once.action_after_completion(ActionAfterCompletion::None).send().await.unwrap();
    world.services.schedules().travel_by(TimeDelta::days(2)).await.unwrap();
    let expected =
        ["02:00", "03:00", "03:30", "04:00"].map(|at| format!("{{\"time\":\"2026-01-01T{at}:00Z\"}}"));
    assert_eq!(bodies(&world.clients, &url).await, expected);
    let names: Vec<_> = world.services.schedules().list(1).into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["once"], "the completed one that says so is deleted");
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_fifo_queue_gets_the_message_group() {
    let (world, _) = world("2026-01-01T00:00:30Z").await;
    let make = world.clients.sqs.create_queue().queue_name("q.fifo");
    let url = make.attributes(QueueAttributeName::FifoQueue, "true").send().await.unwrap().queue_url.unwrap();
    let group = SqsParameters::builder().message_group_id("tenant-1").build();
    let to = target(&queue_arn("q.fifo")).input("x").sqs_parameters(group).build().unwrap();
    create(&world.clients, "s", "rate(1 minute)").target(to).send().await.unwrap();
    world.services.schedules().travel_by(TimeDelta::minutes(2)).await.unwrap();
    let messages = take(&world.clients, &url).await;
    assert_eq!(messages.len(), 3, "at once, and each minute");
    let group = messages[0].attributes().unwrap().iter().find(|(name, _)| name.as_str() == "MessageGroupId");
    assert_eq!(group.map(|(_, value)| value.as_str()), Some("tenant-1"));
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_flexible_schedule_fires_somewhere_within_its_window() {
    let (world, url) = world("2026-01-01T00:00:30Z").await;
    let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Flexible);
    let window = window.maximum_window_in_minutes(30).build().unwrap();
    let to = target(&queue_arn("q")).input(TIMED).build().unwrap();
    let made = create(&world.clients, "s", "cron(0 * * * ? *)").target(to).flexible_time_window(window);
    made.send().await.unwrap();
    let schedules = world.services.schedules();
    assert_eq!(schedules.travel_to(time("2026-01-01T00:59:00Z")).await.unwrap(), 0);
    assert_eq!(schedules.travel_to(time("2026-01-01T01:30:00Z")).await.unwrap(), 1);
    assert_eq!(bodies(&world.clients, &url).await, ["{\"time\":\"2026-01-01T01:00:00Z\"}"]);
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_fire_without_its_queue_goes_to_the_dead_letter_queue_with_the_reason() {
    let (world, url) = world("2026-01-01T00:00:30Z").await;
    let buried = DeadLetterConfig::builder().arn(queue_arn("q")).build();
    let to = target(&queue_arn("missing")).input("the input").dead_letter_config(buried).build().unwrap();
    create(&world.clients, "s", "at(2026-01-01T00:01:00)").target(to).send().await.unwrap();
    world.services.schedules().travel_by(TimeDelta::minutes(1)).await.unwrap();
    let messages = take(&world.clients, &url).await;
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message.body(), Some("the input"));
    let attribute =
        |name: &str| message.message_attributes().unwrap()[name].string_value().unwrap().to_owned();
    assert_eq!(attribute("SCHEDULED_TIME"), "2026-01-01T00:01:00Z");
    assert_eq!(attribute("TARGET_ARN"), queue_arn("missing"));
    assert!(attribute("ERROR_CODE").contains("QueueDoesNotExist"), "{}", attribute("ERROR_CODE"));
    assert_eq!(attribute("RETRY_ATTEMPTS"), "0");
    world.services.shutdown().await;
}

#[derive(Default)]
struct Functions {
    called: Mutex<Vec<(String, Bytes)>>,
    refusals: Mutex<usize>,
}

impl Invoker for Functions {
    fn invoke<'a>(&'a self, function: &'a str, payload: Bytes) -> InvokeFuture<'a> {
        Box::pin(async move {
            let mut refusals = self.refusals.lock().unwrap();
            if *refusals > 0 {
                *refusals -= 1;
                return Err(InvokeRefused::TooManyRequests);
            }
            self.called.lock().unwrap().push((function.to_owned(), payload));
            Ok(InvokeOutcome { payload: Bytes::from_static(b"null"), function_error: None })
        })
    }
}

#[tokio::test]
async fn a_function_that_is_busy_is_called_again() {
    let functions = Arc::new(Functions { refusals: Mutex::new(2), ..Functions::default() });
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(time("2026-01-01T00:00:30Z")));
    let config = Config { invoker: Some(functions.clone()), ..config(directory.path(), clock) };
    let services = Services::start(config).await.unwrap();
    let clients = Clients::of(&services.endpoint_url());
    let arn = "arn:aws:lambda:eu-central-1:000000000000:function:report:live";
    let to = target(arn).input("{\"attempt\":<aws.scheduler.attempt-number>}").build().unwrap();
    let made = clients.scheduler.create_schedule().name("s").schedule_expression("at(2026-01-01T00:01:00)");
    made.flexible_time_window(off()).target(to).send().await.unwrap();
    assert_eq!(services.schedules().travel_by(TimeDelta::minutes(1)).await.unwrap(), 3);
    let called = functions.called.lock().unwrap().clone();
    assert_eq!(called, [("report".to_owned(), Bytes::from_static(b"{\"attempt\":3}"))]);
    services.shutdown().await;
}

#[tokio::test]
async fn schedules_and_what_they_have_fired_survive_a_restart() {
    let world = World::start().await;
    let url = world.clients.sqs.create_queue().queue_name("q").send().await.unwrap().queue_url.unwrap();
    world.clients.scheduler.create_schedule_group().name("g").send().await.unwrap();
    create(&world.clients, "daily", "rate(1 day)").group_name("g").send().await.unwrap();
    while world.services.queues().depth("q").unwrap().ready == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let world = world.restarted().await;
    let known = world.services.schedules().list(2);
    assert_eq!((known.len(), known[0].group.as_str(), known[0].words.as_str()), (1, "g", "every day"));
    assert_eq!(known[0].next_fires[1] - known[0].next_fires[0], TimeDelta::days(1));
    assert_eq!(bodies(&world.clients, &url).await.len(), 1, "it fired when it was made, and not again");
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_schedule_is_paused_resumed_and_run_by_hand() {
    let (world, url) = world("2026-01-01T00:00:30Z").await;
    create(&world.clients, "s", "cron(* * * * ? *)").send().await.unwrap();
    let schedules = world.services.schedules();
    schedules.pause("default", "s").await.unwrap();
    schedules.travel_by(TimeDelta::minutes(5)).await.unwrap();
    assert!(bodies(&world.clients, &url).await.is_empty());
    schedules.run_now("default", "s").await.unwrap();
    assert_eq!(bodies(&world.clients, &url).await.len(), 1);
    schedules.resume("default", "s").await.unwrap();
    schedules.travel_by(TimeDelta::minutes(2)).await.unwrap();
    assert_eq!(bodies(&world.clients, &url).await.len(), 2);
    assert!(schedules.run_now("default", "none").await.is_err());
    world.services.shutdown().await;
}

#[tokio::test]
async fn visibility_and_delay_follow_the_travelling_clock() {
    let world = World::with_clock(Arc::new(TravellingClock::default())).await;
    let url = world.clients.queue(&[("VisibilityTimeout", "3600"), ("DelaySeconds", "600")]).await;
    world.clients.sqs.send_message().queue_url(&url).message_body("x").send().await.unwrap();
    let receive = || async {
        let received = world.clients.sqs.receive_message().queue_url(&url).send().await.unwrap();
        received.messages.unwrap_or_default().len()
    };
    assert_eq!(receive().await, 0, "delayed");
    let schedules = world.services.schedules();
    schedules.travel_by(TimeDelta::minutes(11)).await.unwrap();
    assert_eq!(receive().await, 1);
    assert_eq!(receive().await, 0, "in flight");
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_clock_that_cannot_be_moved_refuses_to_travel() {
    let world = World::with_clock(Arc::new(SystemClock)).await;
    assert!(world.services.schedules().travel_by(TimeDelta::days(1)).await.is_err());
    world.services.shutdown().await;
}

#[tokio::test]
async fn a_virtual_day_of_a_schedule_a_minute_is_on_its_queue_in_order() {
    let world = World::with_clock(Arc::new(TravellingClock::default())).await;
    let url = world.clients.sqs.create_queue().queue_name("q").send().await.unwrap().queue_url.unwrap();
    let to = target(&queue_arn("q")).input("<aws.scheduler.scheduled-time>").build().unwrap();
    create(&world.clients, "s", "cron(* * * * ? *)").target(to).send().await.unwrap();
    let schedules = world.services.schedules();
    let (before, began) = (schedules.now(), std::time::Instant::now());
    let fires = schedules.travel_by(TimeDelta::days(1)).await.unwrap();
    println!("a virtual day: {fires} fires in {:?}", began.elapsed());
    assert!((1439..=1441).contains(&fires), "{fires}");
    assert!(schedules.now() - before >= TimeDelta::days(1));
    assert_eq!(world.services.queues().depth("q").unwrap().ready, fires);
    let first =
        bodies(&world.clients, &url).await.into_iter().take(3).map(|at| time(&at)).collect::<Vec<_>>();
    assert_eq!((first[1] - first[0], first[2] - first[1]), (TimeDelta::minutes(1), TimeDelta::minutes(1)));
    world.services.shutdown().await;
}
