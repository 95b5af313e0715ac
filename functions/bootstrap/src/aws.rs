//! The AWS clients' common configuration: region, credentials and endpoint from the default chain, TLS by
//! rustls on ring, and time-outs within which a page can still say that a service does not answer.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

const CONNECT: Duration = Duration::from_secs(1);
/// Until the answer's head; the largest file that is stored takes a fraction of it.
const ATTEMPT: Duration = Duration::from_secs(3);
/// With what the SDK tries again by itself. Shorter than a page's own time-out, 10 s.
const ALL_ATTEMPTS: Duration = Duration::from_secs(7);

pub(crate) async fn configuration() -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(ALL_ATTEMPTS)
        .build();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(timeouts).load().await
}
