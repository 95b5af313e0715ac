//! What a shared environment's account says of what it holds, through the AWS SDK and with the credentials
//! that functions use as well. Only operations that change nothing: no message is received, so none is counted or
//! hidden.

use std::error::Error;

use aws_config::{BehaviorVersion, Region, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::types::{AttributeValue, TableDescription};
use aws_sdk_sqs::{error::ProvideErrorMetadata, types::QueueAttributeName};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use catalog::FUNCTIONS;
use futures::future::join_all;
use serde_json::{Map, Value, json};
use tokio::{sync::OnceCell, time::Duration};

use crate::environment::remote::Remote;

/// Longer than a page that shows what there is may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// See the module.
pub(super) struct Account {
    remote: Remote,
    config: OnceCell<SdkConfig>,
}

/// What a queue says of itself, "approximate" as AWS has it.
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) is_dead_letters: bool,
    /// Ready, in flight, delayed; or why nobody knows.
    pub(super) depth: Result<[u64; 3], String>,
}

/// Items of a table, and where the next ones begin.
pub(super) struct Items {
    pub(super) items: Vec<Value>,
    pub(super) next: Option<Value>,
}

const DEPTH: [QueueAttributeName; 3] = [
    QueueAttributeName::ApproximateNumberOfMessages,
    QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    QueueAttributeName::ApproximateNumberOfMessagesDelayed,
];

impl Account {
    pub(super) fn of(remote: Remote) -> Self {
        Self { remote, config: OnceCell::new() }
    }

    /// Whose account it is.
    pub(super) fn remote(&self) -> &Remote {
        &self.remote
    }

    /// The queues of all functions, then those of their dead letters.
    pub(super) async fn queues(&self) -> Vec<Queue> {
        let sqs = aws_sdk_sqs::Client::new(self.config().await);
        let prefix = self.remote.queue_url_prefix();
        let consumers = || FUNCTIONS.iter().filter(|function| function.payload().is_some());
        let urls = consumers().map(|function| (format!("{prefix}{}", function.name), false));
        let dead = consumers().map(|function| (format!("{prefix}{}-dead-letters", function.name), true));
        let asked = urls.chain(dead).map(|(url, is_dead_letters)| depth(&sqs, url, is_dead_letters));
        join_all(asked).await
    }

    /// The tables that functions use.
    pub(super) async fn tables(&self) -> Vec<(String, Result<TableDescription, String>)> {
        join_all(self.remote.tables().map(async |name| (name.to_owned(), self.table(name).await))).await
    }

    /// One of them; another one is none of ours.
    pub(super) async fn table(&self, name: &str) -> Result<TableDescription, String> {
        if !self.remote.tables().any(|known| known == name) {
            return Err(format!("{} has no table {name} for functions.", self.remote.name()));
        }
        let described = self.dynamodb().await.describe_table().table_name(name).send().await;
        let described = described.map_err(|error| said(&error))?;
        described.table.ok_or_else(|| "DynamoDB says nothing of it.".to_owned())
    }

    /// The attribute after whose time an item is removed.
    pub(super) async fn expiry(&self, name: &str) -> Option<String> {
        let asked = self.dynamodb().await.describe_time_to_live().table_name(name).send().await;
        asked.ok()?.time_to_live_description?.attribute_name
    }

    /// At most so many items after a position.
    pub(super) async fn items(&self, name: &str, limit: i32, after: Option<&Value>) -> Result<Items, String> {
        let scan = self.dynamodb().await.scan().table_name(name).limit(limit);
        let position = after.and_then(Value::as_object).map(|key| {
            key.iter().filter_map(|(name, value)| Some((name.clone(), key_part(value)?))).collect()
        });
        let found = scan.set_exclusive_start_key(position).send().await.map_err(|error| said(&error))?;
        let next = found.last_evaluated_key().map(|key| item(key.iter()));
        Ok(Items { items: found.items().iter().map(|found| item(found.iter())).collect(), next })
    }

    async fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(self.config().await)
    }

    pub(super) async fn config(&self) -> &SdkConfig {
        self.config.get_or_init(|| load(&self.remote)).await
    }
}

async fn load(remote: &Remote) -> SdkConfig {
    let plain = remote.endpoint().is_some_and(|url| url.starts_with("http:"));
    let http = match plain {
        true => Builder::new().build_http(),
        false => Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https(),
    };
    let timeouts = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
    // Credentials and endpoint are in this process's environment: `environment::adopt` saw to it.
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(Region::new(remote.region().to_owned()))
        .timeout_config(timeouts)
        .load()
        .await
}

async fn depth(sqs: &aws_sdk_sqs::Client, url: String, is_dead_letters: bool) -> Queue {
    let name = url.rsplit('/').next().unwrap_or_default().to_owned();
    let asked = sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(DEPTH.to_vec()));
    let depth = match asked.send().await {
        Ok(answer) => {
            let number = |name| answer.attributes().and_then(|all| all.get(name)?.parse().ok()).unwrap_or(0);
            Ok(DEPTH.each_ref().map(number))
        }
        Err(error) => Err(said(&error)),
    };
    Queue { name, is_dead_letters, depth }
}

/// The service's own words, else the innermost cause: no answer, no credentials.
pub(super) fn said<E>(error: &E) -> String
where
    E: ProvideErrorMetadata + Error,
{
    if let Some(message) = error.message().or_else(|| error.code()) {
        return message.to_owned();
    }
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// An item as the protocol has it: `{"id":{"S":"a"}}`.
fn item<'a>(attributes: impl Iterator<Item = (&'a String, &'a AttributeValue)>) -> Value {
    attributes.map(|(name, value)| (name.clone(), wire(value))).collect::<Map<_, _>>().into()
}

fn wire(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(truth) => json!({ "BOOL": truth }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::B(bytes) => json!({ "B": STANDARD.encode(bytes) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(wire).collect::<Vec<_>>() }),
        AttributeValue::M(map) => json!({ "M": item(map.iter()) }),
        _ => json!({ "S": "(binary)" }),
    }
}

/// A part of a key; keys are texts and numbers here.
fn key_part(value: &Value) -> Option<AttributeValue> {
    let text = |kind: &str| value.get(kind)?.as_str().map(str::to_owned);
    text("S").map(AttributeValue::S).or_else(|| text("N").map(AttributeValue::N))
}
