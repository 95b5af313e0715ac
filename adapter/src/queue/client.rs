//! The clients of AWS that mappings use.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, timeout::TimeoutConfig};
use aws_sdk_sqs::config::{Credentials, StalledStreamProtectionConfig, retry::RetryConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::manifest::Aws;

/// Longer than the longest poll.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// A lock has to be had soon or not at all.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// See the module.
pub(super) struct Clients {
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) region: String,
    /// Whether the endpoint is on this machine.
    pub(super) are_local: bool,
    endpoint_url: Option<String>,
}

impl Clients {
    pub(super) async fn new(aws: &Aws, region: &str) -> Self {
        let are_local = aws.endpoint_url.as_deref().is_some_and(is_loopback);
        let plain = aws.endpoint_url.as_deref().is_some_and(|url| url.starts_with("http:"));
        let http = if plain {
            Builder::new().build_http()
        } else {
            Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
        };
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .region(Region::new(region.to_owned()))
            .timeout_config(timeouts(ATTEMPT_TIMEOUT))
            // A long poll is meant to be silent.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        if let Some(url) = &aws.endpoint_url {
            loader = loader.endpoint_url(url);
            if are_local {
                // A server on this machine checks none, and real ones should not reach it.
                loader =
                    loader.credentials_provider(Credentials::new("local", "local", None, None, "adapter"));
            }
        }
        let config = loader.load().await;
        // What is tried again is decided here, entry by entry and with one pause for all pollers.
        let sqs = aws_sdk_sqs::config::Builder::from(&config).retry_config(RetryConfig::disabled()).build();
        let dynamodb =
            aws_sdk_dynamodb::config::Builder::from(&config).timeout_config(timeouts(LOCK_TIMEOUT)).build();
        Self {
            sqs: aws_sdk_sqs::Client::from_conf(sqs),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb),
            region: region.to_owned(),
            are_local,
            endpoint_url: aws.endpoint_url.clone(),
        }
    }

    /// Whether these would be built anew for nothing.
    pub(super) fn are_of(&self, aws: &Aws, region: &str) -> bool {
        self.endpoint_url == aws.endpoint_url && self.region == region
    }
}

fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(attempt)
        .build()
}

fn is_loopback(url: &str) -> bool {
    let host =
        url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
