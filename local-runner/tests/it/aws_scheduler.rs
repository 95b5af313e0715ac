//! EventBridge Scheduler: schedules, groups and their tags.

use aws_sdk_scheduler::operation::create_schedule::builders::CreateScheduleFluentBuilder;
use aws_sdk_scheduler::types::{
    ActionAfterCompletion, DeadLetterConfig, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy,
    ScheduleState, SqsParameters, Tag, Target,
};

use crate::aws_conformance::{conformance, error_code};
use crate::aws_world::{Clients, unique};

conformance! {
    a_schedule_is_created_read_changed_and_deleted,
    a_schedule_is_found_in_its_group_and_goes_with_it,
    schedules_are_listed_in_pages,
    a_group_has_tags,
    a_repeated_request_under_its_client_token_is_answered_alike,
    a_bad_schedule_is_refused,
    a_schedule_that_is_not_there_is_told,
}

const ROLE: &str = "arn:aws:iam::000000000000:role/scheduler";

pub(crate) fn off() -> FlexibleTimeWindow {
    FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().unwrap()
}

pub(crate) fn target(arn: &str) -> aws_sdk_scheduler::types::builders::TargetBuilder {
    Target::builder().arn(arn).role_arn(ROLE)
}

pub(crate) fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:eu-central-1:000000000000:{name}")
}

/// A request for a schedule of this name, to a queue.
pub(crate) fn create(clients: &Clients, name: &str, expression: &str) -> CreateScheduleFluentBuilder {
    let create = clients.scheduler.create_schedule().name(name).schedule_expression(expression);
    create.flexible_time_window(off()).target(target(&queue_arn("q")).input("{}").build().unwrap())
}

async fn a_schedule_is_created_read_changed_and_deleted(clients: Clients) {
    let name = unique("schedule");
    let retries = RetryPolicy::builder().maximum_retry_attempts(3).maximum_event_age_in_seconds(60).build();
    let buried = DeadLetterConfig::builder().arn(queue_arn("dead")).build();
    let to = target(&queue_arn("q")).input("{\"a\":1}").retry_policy(retries).dead_letter_config(buried);
    let made = create(&clients, &name, "cron(30 8 ? * MON-FRI *)")
        .schedule_expression_timezone("Europe/Berlin")
        .description("reminders")
        .action_after_completion(ActionAfterCompletion::Delete)
        .target(to.build().unwrap());
    let arn = made.send().await.unwrap().schedule_arn;
    assert!(arn.ends_with(&format!(":schedule/default/{name}")), "{arn}");

    let told = clients.scheduler.get_schedule().name(&name).send().await.unwrap();
    assert_eq!(told.arn(), Some(arn.as_str()));
    assert_eq!(told.schedule_expression(), Some("cron(30 8 ? * MON-FRI *)"));
    assert_eq!(told.schedule_expression_timezone(), Some("Europe/Berlin"));
    assert_eq!((told.group_name(), told.state()), (Some("default"), Some(&ScheduleState::Enabled)));
    let it = told.target().unwrap();
    assert_eq!(it.input(), Some("{\"a\":1}"));
    assert_eq!(it.retry_policy().unwrap().maximum_retry_attempts(), Some(3));
    assert_eq!(it.dead_letter_config().unwrap().arn(), Some(queue_arn("dead").as_str()));
    assert!(told.creation_date().is_some());

    let update = clients.scheduler.update_schedule().name(&name).schedule_expression("rate(2 hours)");
    let update = update.flexible_time_window(off()).state(ScheduleState::Disabled);
    update.target(target(&queue_arn("q")).build().unwrap()).send().await.unwrap();
    let told = clients.scheduler.get_schedule().name(&name).send().await.unwrap();
    assert_eq!(told.schedule_expression(), Some("rate(2 hours)"));
    assert_eq!(told.state(), Some(&ScheduleState::Disabled));
    assert_eq!(told.description(), None, "an update replaces everything");

    clients.scheduler.delete_schedule().name(&name).send().await.unwrap();
    let gone = clients.scheduler.get_schedule().name(&name).send().await;
    assert_eq!(error_code!(gone), "ResourceNotFoundException");
}

async fn a_schedule_is_found_in_its_group_and_goes_with_it(clients: Clients) {
    let (group, name) = (unique("group"), unique("schedule"));
    let made = clients.scheduler.create_schedule_group().name(&group).send().await.unwrap();
    assert!(made.schedule_group_arn().ends_with(&format!(":schedule-group/{group}")));
    create(&clients, &name, "rate(1 day)").group_name(&group).send().await.unwrap();
    let get = || clients.scheduler.get_schedule().name(&name);
    assert_eq!(error_code!(get().send().await), "ResourceNotFoundException");
    assert!(get().group_name(&group).send().await.unwrap().arn().unwrap().contains(&group));
    assert_eq!(
        error_code!(clients.scheduler.create_schedule_group().name(&group).send().await),
        "ConflictException"
    );
    clients.scheduler.delete_schedule_group().name(&group).send().await.unwrap();
    assert_eq!(error_code!(get().group_name(&group).send().await), "ResourceNotFoundException");
    let gone = clients.scheduler.get_schedule_group().name(&group).send().await;
    assert_eq!(error_code!(gone), "ResourceNotFoundException");
}

async fn schedules_are_listed_in_pages(clients: Clients) {
    let group = unique("group");
    clients.scheduler.create_schedule_group().name(&group).send().await.unwrap();
    for name in ["a-1", "a-2", "a-3", "b-1"] {
        create(&clients, name, "rate(1 day)").group_name(&group).send().await.unwrap();
    }
    let list = || clients.scheduler.list_schedules().group_name(&group).name_prefix("a-").max_results(2);
    let first = list().send().await.unwrap();
    let second = list().set_next_token(first.next_token.clone()).send().await.unwrap();
    let names = |page: &[aws_sdk_scheduler::types::ScheduleSummary]| {
        page.iter().map(|schedule| schedule.name().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(first.schedules()), ["a-1", "a-2"]);
    assert_eq!(names(second.schedules()), ["a-3"]);
    assert_eq!(second.next_token, None);
    let groups = clients.scheduler.list_schedule_groups().name_prefix(&group).send().await.unwrap();
    assert_eq!(groups.schedule_groups().len(), 1);
}

async fn a_group_has_tags(clients: Clients) {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let create = clients.scheduler.create_schedule_group().name(unique("group")).tags(tag("stage", "dev"));
    let arn = create.send().await.unwrap().schedule_group_arn;
    clients.scheduler.tag_resource().resource_arn(&arn).tags(tag("team", "billing")).send().await.unwrap();
    clients.scheduler.untag_resource().resource_arn(&arn).tag_keys("stage").send().await.unwrap();
    let told = clients.scheduler.list_tags_for_resource().resource_arn(&arn).send().await.unwrap();
    assert_eq!(told.tags(), [tag("team", "billing")]);
}

async fn a_repeated_request_under_its_client_token_is_answered_alike(clients: Clients) {
    let name = unique("schedule");
    let make = |token: &str, rate: &str| create(&clients, &name, rate).client_token(token).send();
    let first = make("t-1", "rate(1 day)").await.unwrap();
    assert_eq!(make("t-1", "rate(1 day)").await.unwrap().schedule_arn, first.schedule_arn);
    assert_eq!(error_code!(make("t-1", "rate(2 days)").await), "ConflictException");
    assert_eq!(error_code!(make("t-2", "rate(1 day)").await), "ConflictException");
}

async fn a_bad_schedule_is_refused(clients: Clients) {
    let name = &unique("schedule");
    for expression in
        ["rate(0 minutes)", "rate(5 fortnights)", "cron(* * * * * *)", "cron(0 25 * * ? *)", "daily"]
    {
        let refused = create(&clients, name, expression).send().await;
        assert_eq!(error_code!(refused), "ValidationException", "{expression}");
    }
    let with = || create(&clients, name, "rate(1 day)");
    let zone = with().schedule_expression_timezone("Europe/Atlantis").send().await;
    assert_eq!(error_code!(zone), "ValidationException");
    let wide = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Flexible);
    let wide = wide.maximum_window_in_minutes(1441).build().unwrap();
    assert_eq!(error_code!(with().flexible_time_window(wide).send().await), "ValidationException");
    let fifo = target(&queue_arn("q.fifo")).build().unwrap();
    assert_eq!(error_code!(with().target(fifo).send().await), "ValidationException");
    let group = SqsParameters::builder().message_group_id("g").build();
    let standard = target(&queue_arn("q")).sqs_parameters(group).build().unwrap();
    assert_eq!(error_code!(with().target(standard).send().await), "ValidationException");
    let bad = create(&clients, "no blanks", "rate(1 day)").send().await;
    assert_eq!(error_code!(bad), "ValidationException");
}

async fn a_schedule_that_is_not_there_is_told(clients: Clients) {
    let name = unique("none");
    let lost = create(&clients, &name, "rate(1 day)").group_name(unique("none")).send().await;
    assert_eq!(error_code!(lost), "ResourceNotFoundException");
    let lost = clients.scheduler.delete_schedule().name(&name).send().await;
    assert_eq!(error_code!(lost), "ResourceNotFoundException");
    let lost = clients.scheduler.update_schedule().name(&name).schedule_expression("rate(1 day)");
    let lost = lost.flexible_time_window(off()).target(target(&queue_arn("q")).build().unwrap()).send().await;
    assert_eq!(error_code!(lost), "ResourceNotFoundException");
}
