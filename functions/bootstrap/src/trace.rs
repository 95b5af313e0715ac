//! The trace that an invocation belongs to, told to the AWS services that it calls and to the jobs that it makes
//! necessary, so that request, calls and jobs are found together (X-Ray developer guide, "Tracing header" and
//! "Amazon SQS and AWS X-Ray").

use aws_sdk_sqs::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextMut},
    types::MessageSystemAttributeValue,
};

const HEADER: &str = "x-amzn-trace-id";
/// The longest header that SQS passes on.
const LONGEST: usize = 256;

tokio::task_local! {
    static TRACE: Option<String>;
}

/// Works within a trace, as the host named it (`Root=1-…`).
pub(crate) async fn within<T>(trace_id: Option<String>, work: impl Future<Output = T>) -> T {
    TRACE.scope(trace_id.filter(|trace| trace.len() <= LONGEST), work).await
}

/// The trace of the work in progress.
fn current() -> Option<String> {
    TRACE.try_with(Clone::clone).ok().flatten()
}

/// The attribute `AWSTraceHeader` of a message that is sent within a trace.
pub(crate) fn message_attribute() -> Option<MessageSystemAttributeValue> {
    let value = MessageSystemAttributeValue::builder().data_type("String").string_value(current()?);
    value.build().ok()
}

/// Names the trace in each call of an AWS client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TraceHeader;

impl Intercept for TraceHeader {
    fn name(&self) -> &'static str {
        "TraceHeader"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _configuration: &mut ConfigBag,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if let Some(trace) = current() {
            // What is no header value is no trace of anybody's.
            let _ = context.request_mut().headers_mut().try_insert(HEADER, trace);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_trace_is_known_within_its_invocation_alone() {
        let value = || message_attribute().and_then(|value| value.string_value);
        assert_eq!(value(), None);
        let seen = within(Some("Root=1-a".into()), async { value() }).await;
        assert_eq!(seen.as_deref(), Some("Root=1-a"));
        assert_eq!(within(None, async { value() }).await, None);
        assert_eq!(within(Some("x".repeat(LONGEST + 1)), async { value() }).await, None);
    }
}
