//! The catalogue's schedules: each puts one message per fire time on the queue of its function. They live in the local
//! EventBridge Scheduler, in a group of their own, so that one engine fires everything.
//!
//! Rates are counted from 1970. A restart fires nothing twice, and however many fire times passed while nobody ran, the
//! latest of them fires once.

use catalog::{FUNCTIONS, Function, Trigger, deployment, names};

use crate::aws::{ACCOUNT, RetryPolicy, ScheduleTarget};
pub use crate::aws::{JourneyView, ScheduleView, Schedules, TravelError, Travelling, UnknownSchedule};

/// The group that the catalogue's schedules are in.
pub const GROUP: &str = names::PREFIX;

/// Brings the group to what the catalogue says and lets it fire.
///
/// # Errors
/// When the state cannot be written.
pub async fn ensure(schedules: &Schedules) -> Result<(), UnknownSchedule> {
    schedules.make_group(GROUP, catalogued()).await
}

/// Name, expression and target of each schedule of the catalogue.
pub(crate) fn catalogued() -> Vec<(String, String, ScheduleTarget)> {
    let scheduled = FUNCTIONS.iter().filter_map(|function| match function.trigger {
        Trigger::Schedule(schedule) => Some((function, schedule)),
        _ => None,
    });
    scheduled
        .map(|(function, schedule)| (names::schedule(function), schedule.expression(), target(function)))
        .collect()
}

fn target(function: &Function) -> ScheduleTarget {
    let (region, queue) = (names::REGION, names::queue(function.name));
    ScheduleTarget {
        arn: format!("arn:aws:sqs:{region}:{ACCOUNT}:{queue}"),
        role_arn: format!("arn:aws:iam::{ACCOUNT}:role/{}-scheduler", names::PREFIX),
        input: Some(deployment::schedule_event(ACCOUNT).to_string()),
        dead_letter_config: None,
        retry_policy: RetryPolicy::default(),
        sqs_parameters: None,
        others: Default::default(),
    }
}
