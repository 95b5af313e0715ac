//! What the tests of the AWS endpoint stand on: the services in this process or elsewhere, and the SDK's clients.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use local_runner::aws::{Config, Invoker, Services};
use local_runner::clock::{Clock, SystemClock};
use tempfile::TempDir;

/// The SDK's clients for one endpoint, as an application would make them.
#[derive(Clone)]
pub(crate) struct Clients {
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) scheduler: aws_sdk_scheduler::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
}

impl Clients {
    pub(crate) fn of(endpoint: &str) -> Self {
        let config = aws_config::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "any", "any", None, None, "test",
            )))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .endpoint_url(endpoint)
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        Self {
            sqs: aws_sdk_sqs::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            scheduler: aws_sdk_scheduler::Client::new(&config),
            ssm: aws_sdk_ssm::Client::new(&config),
        }
    }

    /// A new queue with these attributes; its URL.
    pub(crate) async fn queue(&self, attributes: &[(&str, &str)]) -> String {
        let mut request = self.sqs.create_queue().queue_name(unique("queue"));
        for (name, value) in attributes {
            request = request.attributes((*name).into(), (*value).to_owned());
        }
        request.send().await.unwrap().queue_url.unwrap()
    }
}

/// A name that no other test uses.
pub(crate) fn unique(prefix: &str) -> String {
    format!("{prefix}-{}", uuid::Uuid::new_v4().simple())
}

/// Services in this process, on a state directory that goes with them unless it is kept.
pub(crate) struct World {
    pub(crate) services: Services,
    pub(crate) clients: Clients,
    pub(crate) directory: TempDir,
}

/// A configuration for any free port.
pub(crate) fn config(state_dir: &Path, clock: Arc<dyn Clock>) -> Config {
    Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        state_dir: state_dir.into(),
        invoker: None,
        clock,
        chaos: Arc::default(),
        elsewhere: None,
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with_clock(Arc::new(SystemClock)).await
    }

    pub(crate) async fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let services = Services::start(config(directory.path(), clock)).await.unwrap();
        Self::over(services, directory)
    }

    pub(crate) async fn with_invoker(invoker: Arc<dyn Invoker>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { invoker: Some(invoker), ..config(directory.path(), Arc::new(SystemClock)) };
        let services = Services::start(config).await.unwrap();
        Self::over(services, directory)
    }

    fn over(services: Services, directory: TempDir) -> Self {
        let clients = Clients::of(&services.endpoint_url());
        Self { services, clients, directory }
    }

    /// The same state, served anew on another port.
    pub(crate) async fn restarted(self) -> Self {
        self.restarted_by(Arc::new(SystemClock)).await
    }

    /// The same by another clock.
    pub(crate) async fn restarted_by(self, clock: Arc<dyn Clock>) -> Self {
        self.services.shutdown().await;
        let config = config(self.directory.path(), clock);
        Self::over(Services::start(config).await.unwrap(), self.directory)
    }
}
