//! The targets that are here: queues and functions, of this machine.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::engine::{GivenUp, Refused, Shot, Targets};
use crate::aws::lambda::{InvokeRefused, function_named_by};
use crate::aws::server::Backends;
use crate::chaos::{Called, Kind, Service, Whose};

/// How long a function is waited for before its invocation counts as accepted: EventBridge Scheduler invokes functions
/// asynchronously, but one that is not there should be noticed.
const ACCEPTED_AFTER: Duration = Duration::from_millis(250);

/// How long, in the machine's time, the clock does not go on because somebody works on a message: on the same ones, and
/// in all, for jobs may bring forth jobs for ever.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// How often it looks whether they do.
const LOOK: Duration = Duration::from_millis(2);

impl Targets for Backends {
    fn deliver<'a>(&'a self, shot: &'a Shot) -> BoxFuture<'a, Result<(), Refused>> {
        Box::pin(async move {
            self.hand_over(shot).await?;
            let schedule = shot.schedule_arn.rsplit('/').next().unwrap_or_default();
            // EventBridge Scheduler promises a fire at least once.
            for hit in self.chaos.throw(Called::Service(Service::Scheduler, "", schedule), &[Kind::Duplicate])
            {
                self.chaos.note(&hit, Whose::Nobody, "fired twice".to_owned());
                self.hand_over(shot).await?;
            }
            Ok(())
        })
    }

    fn bury<'a>(
        &'a self,
        arn: &'a str,
        shot: &'a Shot,
        why: &'a GivenUp,
    ) -> BoxFuture<'a, Result<(), Refused>> {
        Box::pin(async move {
            let text = |value: &str| json!({ "DataType": "String", "StringValue": value });
            let mut attributes = json!({
                "ERROR_CODE": text(&why.refused.code),
                "ERROR_MESSAGE": text(&why.refused.message),
                "EXECUTION_ID": text(&shot.execution_id),
                "IS_PAYLOAD_TRUNCATED": text("false"),
                "RETRY_ATTEMPTS": text(&why.retries.to_string()),
                "SCHEDULED_TIME": text(&shot.time()),
                "SCHEDULE_ARN": text(&shot.schedule_arn),
                "TARGET_ARN": text(&shot.target.arn),
            });
            if let Some(condition) = why.exhausted {
                attributes["EXHAUSTED_RETRY_CONDITION"] = text(condition);
            }
            let queue = queue_in(arn).unwrap_or(arn);
            let body = shot.payload();
            self.send(&json!({ "QueueUrl": queue, "MessageBody": body, "MessageAttributes": attributes }))
                .await
        })
    }

    fn settled(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let (began, mut progressed, mut before) = (Instant::now(), Instant::now(), Vec::new());
            loop {
                let left = self.queues.worked_on();
                // Past its patience time goes on: a visibility timeout is there to run out.
                if left.is_empty() || progressed.elapsed() > PATIENCE || began.elapsed() > LONGEST_WAIT {
                    return;
                }
                if left != before {
                    (progressed, before) = (Instant::now(), left);
                }
                tokio::time::sleep(LOOK).await;
            }
        })
    }
}

impl Backends {
    async fn hand_over(&self, shot: &Shot) -> Result<(), Refused> {
        let arn = &shot.target.arn;
        if let Some(queue) = queue_in(arn) {
            let parameters = shot.target.sqs_parameters.as_ref();
            let group = parameters.and_then(|parameters| parameters.message_group_id.clone());
            let mut message = json!({ "QueueUrl": queue, "MessageBody": shot.payload() });
            if let Some(group) = group {
                message["MessageGroupId"] = group.into();
                message["MessageDeduplicationId"] = shot.execution_id.clone().into();
            }
            return self.send(&message).await;
        }
        match function_named_by(arn) {
            Some(function) => self.invoke(function, shot.payload()).await,
            None => Err(Refused::for_good("UnsupportedTarget", format!("{arn} is not on this machine"))),
        }
    }

    async fn send(&self, message: &Value) -> Result<(), Refused> {
        let sent = self.queues.handle("SendMessage", message.to_string().as_bytes(), "localhost").await;
        sent.map(drop).map_err(|error| {
            let (status, code, message) = error.told();
            Refused { code: code.to_owned(), message: message.to_owned(), is_passing: status >= 500 }
        })
    }

    async fn invoke(&self, function: String, payload: String) -> Result<(), Refused> {
        let Some(invoker) = self.invoker.clone() else {
            return Err(Refused::for_good("ResourceNotFoundException", "There are no functions.".into()));
        };
        let running = tokio::spawn(async move { invoker.invoke(&function, payload.into()).await });
        match tokio::time::timeout(ACCEPTED_AFTER, running).await {
            // What the function makes of it is its own business.
            Err(_) | Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err(refused))) => Err(refused.into()),
            Ok(Err(error)) => {
                Err(Refused { code: "ServiceException".into(), message: error.to_string(), is_passing: true })
            }
        }
    }
}

impl Refused {
    fn for_good(code: &str, message: String) -> Self {
        Self { code: code.into(), message, is_passing: false }
    }
}

impl From<InvokeRefused> for Refused {
    fn from(refused: InvokeRefused) -> Self {
        let (code, is_passing) = match refused {
            InvokeRefused::NotFound => ("ResourceNotFoundException", false),
            InvokeRefused::Denied(_) => ("AccessDeniedException", false),
            InvokeRefused::TooManyRequests => ("TooManyRequestsException", true),
            InvokeRefused::Unavailable(_) => ("ServiceException", true),
        };
        Self { code: code.into(), message: refused.to_string(), is_passing }
    }
}

/// The queue that an ARN names. The service takes any URL that ends with it.
fn queue_in(arn: &str) -> Option<&str> {
    let rest = arn.strip_prefix("arn:aws:sqs:")?;
    rest.rsplit(':').next()
}
