//! The SQS client.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, timeout::TimeoutConfig};
use aws_sdk_sqs::{
    Client,
    config::{Credentials, StalledStreamProtectionConfig},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use crate::manifest::Aws;

/// Longer than the longest poll.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn build(aws: &Aws, region: &str) -> Client {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(region.to_owned()))
        .timeout_config(timeouts)
        // A long poll is meant to be silent.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(url) = &aws.endpoint_url {
        loader = loader.endpoint_url(url);
        if is_loopback(url) {
            // A server on this machine checks none, and real ones should not reach it.
            loader = loader.credentials_provider(Credentials::new("local", "local", None, None, "adapter"));
        }
    }
    Client::new(&loader.load().await)
}

fn is_loopback(url: &str) -> bool {
    let host =
        url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
