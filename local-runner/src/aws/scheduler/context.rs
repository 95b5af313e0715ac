//! What a target gets: its input with the context attributes filled in (user guide, "Adding context attributes in
//! EventBridge Scheduler"), or an event when it has none.

use chrono::SecondsFormat;
use serde_json::json;

use super::engine::Shot;
use crate::aws::{ACCOUNT, REGION};

impl Shot {
    /// The scheduled time as events have it.
    pub(super) fn time(&self) -> String {
        self.planned.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// The payload.
    pub(super) fn payload(&self) -> String {
        match &self.target.input {
            Some(input) => input
                .replace("<aws.scheduler.schedule-arn>", &self.schedule_arn)
                .replace("<aws.scheduler.scheduled-time>", &self.time())
                .replace("<aws.scheduler.execution-id>", &self.execution_id)
                .replace("<aws.scheduler.attempt-number>", &self.attempt.to_string()),
            None => json!({
                "version": "0",
                "id": self.execution_id,
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": ACCOUNT,
                "time": self.time(),
                "region": REGION,
                "resources": [self.schedule_arn],
                "detail": "{}",
            })
            .to_string(),
        }
    }
}
