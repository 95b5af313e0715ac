//! The Lambda runtime loop around a job.

use std::process::ExitCode;

use aws_lambda_events::{
    eventbridge::EventBridgeEvent,
    sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage},
};
use catalog::Function;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing::Instrument;

use super::{DirectJob, Endpoint, JobError, MessageJob, OwnerJob, ScheduledJob};
use crate::{Configuration, OperatorResources, Resources, http, telemetry, trace};

pub(super) fn run(function: &'static Function, endpoint: &'static Endpoint) -> ExitCode {
    let configuration = match Configuration::from_environment(function) {
        Ok(configuration) => configuration,
        Err(error) => return http::fail(&error.to_string()),
    };
    telemetry::start(&configuration);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a process that may open files gets an event loop");
    match runtime.block_on(serve(endpoint, configuration)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => http::fail(&error.to_string()),
    }
}

/// The same loop for every kind of job: an event in, an answer out.
async fn serve(endpoint: &'static Endpoint, configuration: Configuration) -> Result<(), Error> {
    let name = configuration.function.name;
    let worker = Worker::new(endpoint, configuration).await?;
    let worker = &worker;
    let service = service_fn(|event: LambdaEvent<Value>| {
        let (request, trace_id) = (event.context.request_id, event.context.xray_trace_id);
        let span = tracing::info_span!("invocation", function = name, request_id = request, trace_id);
        trace::within(trace_id, worker.work(event.payload).instrument(span))
    });
    lambda_runtime::run(service).await
}

/// An endpoint with what it works with.
enum Worker {
    Message(Resources, MessageJob),
    Direct(Resources, DirectJob),
    Schedule(OperatorResources, ScheduledJob),
    Owner(Configuration, OwnerJob),
}

impl Worker {
    async fn new(endpoint: &'static Endpoint, configuration: Configuration) -> Result<Self, Error> {
        Ok(match endpoint {
            Endpoint::Message(run) => Self::Message(Resources::new(configuration).await?, *run),
            Endpoint::Direct(run) => Self::Direct(Resources::new(configuration).await?, *run),
            Endpoint::Schedule(run) => Self::Schedule(OperatorResources::new(configuration).await?, *run),
            Endpoint::Owner(run) => Self::Owner(configuration, *run),
        })
    }

    async fn work(&self, event: Value) -> Result<Value, Error> {
        match self {
            Self::Message(resources, run) => work_on_batch(resources, *run, event).await,
            Self::Schedule(resources, run) => {
                let event: EventBridgeEvent = serde_json::from_value(event)?;
                let fire_time =
                    event.time.ok_or("the event has no time: a schedule's fire time is needed")?;
                Ok(logged(run(resources, fire_time).await)?)
            }
            Self::Direct(resources, run) => Ok(logged(run(resources, event).await)?),
            Self::Owner(configuration, run) => Ok(logged(run(configuration, event).await)?),
        }
    }
}

/// Answers which messages failed, so that the others are not delivered again for them.
async fn work_on_batch(resources: &Resources, run: MessageJob, event: Value) -> Result<Value, Error> {
    let batch: SqsEvent = serde_json::from_value(event)?;
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        response.batch_item_failures.extend(deliver(resources, run, message).await);
    }
    Ok(serde_json::to_value(response)?)
}

async fn deliver(resources: &Resources, run: MessageJob, message: SqsMessage) -> Option<BatchItemFailure> {
    let id = message.message_id.unwrap_or_default();
    let receive_count = message.attributes.get("ApproximateReceiveCount").map(String::as_str);
    let span = tracing::info_span!("message", message_id = id, receive_count);
    let work = async {
        let body = serde_json::from_str(message.body.as_deref().unwrap_or_default());
        let result = match body {
            Ok(body) => run(resources, body).await,
            Err(error) => Err(JobError::Retry(format!("the message body is not JSON: {error}"))),
        };
        logged(result).is_err()
    };
    let failed = work.instrument(span).await;
    failed.then(|| {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        failure
    })
}

/// Logs a failure once, here at the boundary; what no retry can help counts as done.
fn logged(result: Result<Value, JobError>) -> Result<Value, JobError> {
    match result {
        Err(JobError::Retry(reason)) => {
            tracing::warn!(reason, "job failed and will be tried again");
            Err(JobError::Retry(reason))
        }
        Err(JobError::Discard(reason)) => {
            tracing::error!(reason, "job given up: no retry can help");
            Ok(Value::Null)
        }
        Ok(value) => Ok(value),
    }
}
