//! The queues, tables and bucket that Terraform makes on AWS, made here through the same SDK. Each call may be
//! repeated: a start finds most of them there.

mod tables;

use std::{collections::HashMap, error::Error, fmt};

use aws_sdk_s3::{
    operation::create_bucket::CreateBucketError,
    types::{BucketLocationConstraint, CreateBucketConfiguration},
};
use aws_sdk_sqs::{config::Credentials, error::DisplayErrorContext, types::QueueAttributeName};
use aws_smithy_http_client::Builder;
use catalog::{FUNCTIONS, Function, deployment, names};

use crate::aws::OBSERVER;

/// Clients of the local cloud.
#[derive(Debug, Clone)]
pub struct Cloud {
    sqs: aws_sdk_sqs::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    s3: aws_sdk_s3::Client,
}

/// What could not be made.
#[derive(Debug)]
pub struct ResourceError {
    what: String,
    why: String,
}

impl fmt::Display for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot create {}: {}", self.what, self.why)
    }
}

impl Error for ResourceError {}

fn failed<E: Error>(what: impl Into<String>) -> impl FnOnce(E) -> ResourceError {
    let what = what.into();
    move |error| ResourceError { what, why: DisplayErrorContext(&error).to_string() }
}

impl Cloud {
    /// Clients of the services at `endpoint`.
    pub async fn connect(endpoint: &str) -> Self {
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
            // Plain HTTP on loopback: no TLS to set up.
            .http_client(Builder::new().build_http())
            .region(aws_config::Region::new(names::REGION))
            // Never the developer's own: they have no business here.
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .endpoint_url(endpoint)
            // Of the runner's own calls, for the dashboard above all.
            .app_name(aws_config::AppName::new(OBSERVER).expect("letters and a hyphen"))
            .load()
            .await;
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        Self {
            sqs: aws_sdk_sqs::Client::new(&config),
            dynamodb: aws_sdk_dynamodb::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3),
        }
    }

    /// The client of S3.
    pub fn s3(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }

    /// Makes what is missing.
    ///
    /// # Errors
    /// When a service refuses.
    pub async fn ensure(&self) -> Result<(), ResourceError> {
        futures::try_join!(self.queues(), tables::ensure(&self.dynamodb), self.files_bucket())?;
        Ok(())
    }

    async fn queues(&self) -> Result<(), ResourceError> {
        let consumers = FUNCTIONS.iter().filter(|function| function.payload().is_some());
        futures::future::try_join_all(consumers.map(|function| self.queue(function))).await?;
        Ok(())
    }

    async fn queue(&self, function: &Function) -> Result<(), ResourceError> {
        let dead_letters = names::dead_letter_queue(function.name);
        let name = names::queue(function.name);
        let url = self.create_queue(&dead_letters).await?;
        let retention = HashMap::from([(
            QueueAttributeName::MessageRetentionPeriod,
            deployment::DEAD_LETTER_RETENTION_S.to_string(),
        )]);
        self.set(&url, retention, &dead_letters).await?;
        let arn = format!("arn:aws:sqs:{}:000000000000:{dead_letters}", names::REGION);
        let redrive = serde_json::json!({
            "deadLetterTargetArn": arn, "maxReceiveCount": names::MAX_RECEIVE_COUNT.to_string()
        });
        let url = self.create_queue(&name).await?;
        let attributes = HashMap::from([
            (QueueAttributeName::VisibilityTimeout, function.visibility_timeout_s().to_string()),
            (QueueAttributeName::RedrivePolicy, redrive.to_string()),
        ]);
        self.set(&url, attributes, &name).await
    }

    /// Without attributes, so that a queue with others is found and not refused.
    async fn create_queue(&self, name: &str) -> Result<String, ResourceError> {
        let created = self.sqs.create_queue().queue_name(name).send().await;
        let url = created.map_err(failed(format!("queue {name}")))?.queue_url;
        url.ok_or_else(|| ResourceError { what: format!("queue {name}"), why: "no URL in the answer".into() })
    }

    async fn set(
        &self,
        url: &str,
        attributes: HashMap<QueueAttributeName, String>,
        name: &str,
    ) -> Result<(), ResourceError> {
        let set = self.sqs.set_queue_attributes().queue_url(url).set_attributes(Some(attributes));
        set.send().await.map(drop).map_err(failed(format!("queue {name}")))
    }

    async fn files_bucket(&self) -> Result<(), ResourceError> {
        let bucket = names::FILES_BUCKET;
        let place = CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(names::REGION))
            .build();
        let create = self.s3.create_bucket().bucket(bucket).create_bucket_configuration(place);
        match create.send().await {
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(CreateBucketError::is_bucket_already_owned_by_you) =>
            {
                Ok(())
            }
            other => other.map(drop).map_err(failed(format!("bucket {bucket}"))),
        }
    }
}
