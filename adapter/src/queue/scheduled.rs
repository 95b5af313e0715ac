//! Fires of a schedule: messages of EventBridge Scheduler that become EventBridge events with the planned time.
//!
//! Scheduler fills in the "context attributes" of a target's input ("Adding context attributes" in its guide), so
//! the input that a schedule on this queue has is
//!
//! ```json
//! {"schedule-arn":"<aws.scheduler.schedule-arn>","scheduled-time":"<aws.scheduler.scheduled-time>",
//!  "execution-id":"<aws.scheduler.execution-id>","detail":{}}
//! ```
//!
//! Scheduler delivers at least once. With a table of locks a fire that was done is not done again; without one the
//! function has to see to that.

use std::{convert::Infallible, sync::Arc};

use aws_sdk_sqs::types::Message;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::{
    hold::Hold,
    lock::{FireLock, Taken},
    mapping::Source,
    work::{self, Ended, Failed},
};

/// What a schedule's target input becomes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Input {
    schedule_arn: String,
    scheduled_time: DateTime<Utc>,
    execution_id: String,
    #[serde(default)]
    detail: serde_json::Map<String, serde_json::Value>,
}

/// "EventBridge event structure".
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Event<'a> {
    version: &'static str,
    id: &'a str,
    detail_type: &'static str,
    source: &'static str,
    account: &'a str,
    time: &'a str,
    region: &'a str,
    resources: [&'a str; 1],
    detail: &'a serde_json::Map<String, serde_json::Value>,
}

/// A fire, ready to be invoked.
#[derive(Debug, PartialEq)]
struct Fire {
    /// The same for every delivery of this fire.
    key: String,
    payload: Bytes,
}

/// What became of a message.
pub(super) enum Fate {
    /// There was an invocation.
    Ended(Ended),
    /// This fire was done before.
    Repeated,
    /// It cannot be invoked before so many seconds.
    Later(u32),
}

/// A message of Scheduler, to its end.
pub(super) async fn fire(source: &Source, message: &Arc<Message>) -> Fate {
    let fire = match Fire::read(message.body().unwrap_or_default()) {
        Ok(fire) => fire,
        Err(reason) => {
            return Fate::Ended(work::refuse(source, format!("no message of a schedule: {reason}")));
        }
    };
    let one = std::slice::from_ref(message);
    let Some(lock) = &source.lock else { return Fate::Ended(work::invoke(source, one, &fire.payload).await) };
    match lock.take(&fire.key).await {
        Ok(Taken::Ours(owner)) => {
            let invocation = work::invoke(source, one, &fire.payload);
            Fate::Ended(under(source, lock, &fire.key, &owner, invocation).await)
        }
        Ok(Taken::Done) => Fate::Repeated,
        Ok(Taken::ByAnother { for_s }) => Fate::Later(for_s),
        Err(reason) => {
            source.trouble(&format!("the lock of {} could not be taken: {reason}", fire.key));
            Fate::Later(source.spec.retry_delay_s.unwrap_or(source.visibility_s()))
        }
    }
}

/// Invokes under a lock that was taken, and says in it how that ended.
async fn under(
    source: &Source,
    lock: &FireLock,
    key: &str,
    owner: &str,
    invocation: impl Future<Output = Ended>,
) -> Ended {
    let ended = tokio::select! {
        ended = invocation => ended,
        never = renew(source, lock, key, owner) => match never {},
    };
    source.told(match ended.failed {
        Failed::None => lock.done(key, owner).await,
        _ => lock.release(key, owner).await,
    });
    ended
}

async fn renew(source: &Source, lock: &FireLock, key: &str, owner: &str) -> Infallible {
    loop {
        tokio::time::sleep(FireLock::RENEW_AFTER).await;
        source.told(lock.renew(key, owner).await);
    }
}

/// Deletes or puts off a message for which nothing was invoked.
pub(super) async fn settle_uninvoked(
    source: &Source,
    hold: &Hold<'_>,
    messages: &[Arc<Message>],
    fate: &Fate,
) {
    hold.release(messages);
    let all: Vec<_> = messages.iter().collect();
    match fate {
        Fate::Repeated => {
            tracing::info!(function = source.function, "a repeated fire of a schedule was dropped");
            source.delete(&all).await;
        }
        Fate::Later(seconds) => source.hide(&all, *seconds).await,
        Fate::Ended(_) => {}
    }
}

impl Fire {
    fn read(body: &str) -> Result<Self, String> {
        let input: Input = serde_json::from_str(body).map_err(|error| error.to_string())?;
        let arn: Vec<&str> = input.schedule_arn.split(':').collect();
        let ["arn", _, "scheduler", region, account, _] = arn[..] else {
            return Err(format!("`{}` is not the ARN of a schedule", input.schedule_arn));
        };
        let time = input.scheduled_time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let event = Event {
            version: "0",
            id: &input.execution_id,
            detail_type: "Scheduled Event",
            source: "aws.scheduler",
            account,
            time: &time,
            region,
            resources: [&input.schedule_arn],
            detail: &input.detail,
        };
        let payload = serde_json::to_vec(&event).map_err(|error| error.to_string())?;
        Ok(Self { key: format!("{}#{time}", input.schedule_arn), payload: Bytes::from(payload) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lambda_events::eventbridge::EventBridgeEvent;
    use serde_json::{Value, json};

    const ARN: &str = "arn:aws:scheduler:eu-central-1:123456789012:schedule/default/nightly";

    #[allow(clippy::needless_pass_by_value, reason = "callers write it in place")]
    fn input(with: Value) -> String {
        let mut input = json!({ "schedule-arn": ARN, "scheduled-time": "2026-03-22T18:59:43Z",
                                "execution-id": "d32c5kddcf5bb8c3" });
        input.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        input.to_string()
    }

    #[test]
    fn a_filled_in_input_becomes_an_event_with_the_planned_time() {
        let fire = Fire::read(&input(json!({ "detail": { "keep": 30 } }))).unwrap();
        let event: Value = serde_json::from_slice(&fire.payload).unwrap();
        let expected = json!({
            "version": "0", "id": "d32c5kddcf5bb8c3", "detail-type": "Scheduled Event", "source": "aws.scheduler",
            "account": "123456789012", "time": "2026-03-22T18:59:43Z", "region": "eu-central-1",
            "resources": [ARN], "detail": { "keep": 30 },
        });
        assert_eq!(event, expected);
        let read: EventBridgeEvent<Value> = serde_json::from_slice(&fire.payload).unwrap();
        assert_eq!(read.time.unwrap().to_rfc3339(), "2026-03-22T18:59:43+00:00");
    }

    #[test]
    fn a_fire_is_known_by_schedule_and_planned_time_whatever_the_attempt() {
        let key = |with| Fire::read(&input(with)).unwrap().key;
        assert_eq!(key(json!({})), key(json!({ "execution-id": "another" })));
        assert_eq!(key(json!({})), key(json!({ "scheduled-time": "2026-03-22T19:59:43+01:00" })));
        assert_ne!(key(json!({})), key(json!({ "scheduled-time": "2026-03-22T19:00:43Z" })));
    }

    #[test]
    fn what_scheduler_did_not_fill_in_is_no_fire() {
        for body in [
            "",
            "{}",
            "\"2026-03-22T18:59:43Z\"",
            &input(json!({ "scheduled-time": "<aws.scheduler.scheduled-time>" })),
            &input(json!({ "schedule-arn": "<aws.scheduler.schedule-arn>" })),
            &input(json!({ "schedule-arn": "arn:aws:sqs:eu-central-1:123456789012:q" })),
            &input(json!({ "detail": 7 })),
            &input(json!({ "details": {} })),
        ] {
            assert!(Fire::read(body).is_err(), "{body}");
        }
    }
}
