//! The cloud as functions see it: AWS's JSON protocols, spoken to the runner's own address.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use serde_json::{Value, json};

use crate::aws::OBSERVER;

/// A client.
#[derive(Debug)]
pub(super) struct Cloud {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
}

/// What a service said to a call that it refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", if message.is_empty() { code } else { message })]
pub(super) struct CloudError {
    /// The error's name in the API reference.
    pub(super) code: String,
    /// What it says.
    pub(super) message: String,
}

impl CloudError {
    /// Whether what was asked for is not there.
    pub(super) fn is_missing(&self) -> bool {
        ["DoesNotExist", "NonExistentQueue", "NotFound"].iter().any(|part| self.code.contains(part))
    }

    fn unreachable(error: impl std::fmt::Display) -> Self {
        Self { code: "Unreachable".into(), message: format!("The local cloud does not answer: {error}") }
    }
}

impl Cloud {
    pub(super) fn new(url: &str) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(5))
            .build_http();
        Self { client, url: url.to_owned() }
    }

    /// An operation of a service with the AWS JSON protocol: `("AmazonSQS.SendMessage", {…})`.
    pub(super) async fn call(&self, target: &str, input: &Value) -> Result<Value, CloudError> {
        let request = Request::post(format!("{}/", self.url))
            .header("x-amz-target", target)
            .header(header::CONTENT_TYPE, "application/x-amz-json-1.0")
            .header(header::USER_AGENT, OBSERVER)
            .header(header::AUTHORIZATION, authorization(service_of(target)));
        let request = request.body(Full::from(input.to_string()));
        self.answer(request.map_err(CloudError::unreachable)?).await
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<Value, CloudError> {
        let response = self.client.request(request).await.map_err(CloudError::unreachable)?;
        let status = response.status();
        let named = response.headers().get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
        let named = named.map(str::to_owned);
        let body = response.into_body().collect().await.map_err(CloudError::unreachable)?.to_bytes();
        let answer = if body.is_empty() { Ok(json!({})) } else { serde_json::from_slice::<Value>(&body) };
        match (status, answer) {
            (status, Ok(value)) if status.is_success() => Ok(value),
            (_, answer) => Err(refused(status, named, answer.ok().as_ref(), &body)),
        }
    }
}

fn refused(status: StatusCode, named: Option<String>, answer: Option<&Value>, body: &Bytes) -> CloudError {
    let text = |names: [&str; 2]| {
        let value = answer?;
        names.iter().find_map(|name| value.get(name)?.as_str()).map(str::to_owned)
    };
    let code = named.or_else(|| text(["__type", "Code"])).unwrap_or_else(|| status.to_string());
    let code = code.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default().to_owned();
    let plain = || String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
    let message = text(["message", "Message"]).unwrap_or_else(plain);
    CloudError { code, message }
}

/// Signatures are not looked at; the scope tells REST services apart.
fn authorization(service: &str) -> String {
    let scope = format!("local/20260101/{}/{service}/aws4_request", catalog::names::REGION);
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

fn service_of(target: &str) -> &'static str {
    match target.split('.').next().unwrap_or_default() {
        "AmazonSQS" => "sqs",
        "AmazonSSM" => "ssm",
        _ => "dynamodb",
    }
}
