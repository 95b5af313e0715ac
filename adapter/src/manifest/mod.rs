//! What to run, as data: the manifest is the only thing that the adapter is told.
//!
//! It is JSON. Unknown fields are errors, because a misspelt `visibilty_timeout_s` that is silently ignored
//! is found in production. Every error names the path of the value that is wrong.

mod compression;
mod error;
mod validate;
mod variables;

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use compression::{Algorithm, CompressionSpec};
pub use error::{ManifestError, Problem};

/// Everything that one adapter hosts.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Name of what is hosted, for logs and metrics: one manifest is one service.
    #[serde(default)]
    pub service: Option<String>,
    /// Where HTTP is served. Port 0 takes a free one.
    #[serde(default = "defaults::listen")]
    pub listen: SocketAddr,
    /// Where `/healthz`, `/readyz` and `/metrics` are served; nowhere if absent.
    #[serde(default)]
    pub health_listen: Option<SocketAddr>,
    /// Threads that serve requests and poll queues (at most 256); 0 for one per processor. One answers tens of
    /// thousands of requests a second, each with the least CPU. A change needs a restart.
    #[serde(default = "defaults::threads")]
    #[schemars(range(max = 256))]
    pub threads: u32,
    /// How many proxies in front are trusted. 0: the caller's address is the peer's; n: the n-th entry from
    /// the right of `x-forwarded-for`.
    #[serde(default)]
    pub trusted_proxy_hops: u8,
    /// Largest request body in bytes; more is answered 413. API Gateway and Lambda allow 6 MiB.
    #[serde(default = "defaults::max_body_bytes")]
    pub max_body_bytes: usize,
    /// Largest request head in bytes (names, values and target together); more is answered 431.
    #[serde(default = "defaults::max_header_bytes")]
    #[schemars(range(min = 8192))]
    pub max_header_bytes: usize,
    /// A connection that has not sent a complete head for this long is closed. It is also how long an idle
    /// kept-alive connection lives, so it has to be longer than the load balancer's idle time-out.
    #[serde(default = "defaults::header_timeout_ms")]
    #[schemars(range(min = 1))]
    pub header_timeout_ms: u64,
    /// How long a request body may take to arrive; then 408.
    #[serde(default = "defaults::body_timeout_ms")]
    #[schemars(range(min = 1))]
    pub body_timeout_ms: u64,
    /// How long requests are still taken after a shutdown was asked for and `/readyz` has begun to say no, in
    /// milliseconds (at most 300,000): as long as the load balancer takes to notice.
    #[serde(default)]
    #[schemars(range(max = 300_000))]
    pub shutdown_delay_ms: u64,
    /// How long requests and batches in flight may go on after a shutdown was asked for.
    #[serde(default = "defaults::shutdown_grace_ms")]
    pub shutdown_grace_ms: u64,
    /// Compresses answers. Absent: left to the functions.
    #[serde(default)]
    pub compression: Option<CompressionSpec>,
    /// Where AWS is.
    #[serde(default)]
    pub aws: Aws,
    /// What can be invoked.
    #[serde(default)]
    pub functions: Vec<FunctionSpec>,
}

/// Where AWS is, for polling queues and for the functions' `AWS_REGION`. Credentials come from the default
/// provider chain.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Aws {
    /// Replaces AWS's own endpoints, for a local server.
    #[serde(default)]
    pub endpoint_url: Option<String>,
    /// For example `eu-central-1`. If absent, what the environment says, else `us-east-1`.
    #[serde(default)]
    pub region: Option<String>,
    /// The account named in events and function ARNs.
    #[serde(default = "defaults::account_id")]
    pub account_id: String,
}

/// One function: an executable that speaks the Lambda Runtime API, and what invokes it.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionSpec {
    /// Unique; 1 to 64 letters, digits, `-` and `_`, as Lambda's function names.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{1,64}$"))]
    pub name: String,
    /// Absolute path of the executable.
    pub command: PathBuf,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<String>,
    /// Variables of its environment, besides those that Lambda sets.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Names of the adapter's own variables that the function sees, besides those by which it finds programs and AWS.
    /// Absent: all of them.
    #[serde(default)]
    pub inherit_environment: Option<Vec<String>>,
    /// How long one invocation may take, in milliseconds (1 to 900,000, as Lambda).
    #[serde(default = "defaults::timeout_ms")]
    #[schemars(range(min = 1, max = 900_000))]
    pub timeout_ms: u64,
    /// How long a process may take from its start to its first poll, in milliseconds.
    #[serde(default = "defaults::start_timeout_ms")]
    #[schemars(range(min = 1, max = 900_000))]
    pub start_timeout_ms: u64,
    /// Memory in MiB that the function is told it has. A process that uses more is killed.
    #[serde(default = "defaults::memory_mib")]
    #[schemars(range(min = 1, max = 1_048_576))]
    pub memory_mib: u32,
    /// Whether it is killed for that.
    #[serde(default = "defaults::enforce_memory")]
    pub enforce_memory: bool,
    /// Invocations at a time in one process. More than 1 sets `AWS_LAMBDA_MAX_CONCURRENCY`.
    #[serde(default = "defaults::concurrency")]
    #[schemars(range(min = 1, max = 1_000))]
    pub concurrency: u32,
    /// How many processes.
    #[serde(default)]
    pub processes: Processes,
    /// A process above the minimum that had nothing to do for this long is stopped (milliseconds).
    #[serde(default = "defaults::idle_ms")]
    #[schemars(range(min = 1, max = 86_400_000))]
    pub idle_ms: u64,
    /// Invocations that may wait for a process; one more is refused at once (503).
    #[serde(default = "defaults::max_queued")]
    pub max_queued: usize,
    /// HTTP routes.
    #[serde(default)]
    pub routes: Vec<RouteSpec>,
    /// SQS queues, each an event source mapping.
    #[serde(default)]
    pub queues: Vec<QueueSpec>,
}

/// How many processes of one function may run.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Processes {
    /// Kept running also when there is nothing to do.
    #[serde(default)]
    pub min: u32,
    /// At most this many.
    #[serde(default = "defaults::max_processes")]
    #[schemars(range(min = 1, max = 1_000))]
    pub max: u32,
}

/// One HTTP route.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSpec {
    /// Host without port, in any case; `*` for every host.
    #[serde(default = "defaults::any_host")]
    pub host: String,
    /// `GET`, `POST`, …, or `ANY`. A `GET` route also answers `HEAD`.
    pub method: String,
    /// `/literal/{parameter}`, and `{name+}` as the last segment for the rest of the path.
    pub path: String,
    /// What the function gets.
    #[serde(default)]
    pub event: EventFormat,
    /// Whether its answers may be compressed. `false` for pages that show a secret beside what a stranger can make
    /// them repeat: the length of what is compressed tells the secret (the BREACH attack).
    #[serde(default = "defaults::compress")]
    pub compress: bool,
}

/// What a request becomes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EventFormat {
    /// An API Gateway HTTP API event, payload format 2.0: the leanest. Runtimes answer it with one value per
    /// header name, cookies aside.
    #[default]
    HttpApi,
    /// An API Gateway REST API event, payload format 1.0: headers and parameters with their last value and with
    /// all of them, answers with several values of one header, no shorthand.
    RestApi,
    /// An Application Load Balancer event with multi-value headers, for a function that answers with several
    /// values of one header. It has no path parameters.
    Alb,
    /// The event of a load balancer whose target group has multi-value headers turned off: the last value counts.
    AlbSingleValue,
}

/// One event source mapping.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct QueueSpec {
    /// The queue's URL.
    pub url: String,
    /// Messages per invocation: 1 to 10,000; above 10 a batching window is needed, and FIFO queues stop at 10. A batch
    /// above 6 MiB becomes several invocations.
    #[serde(default = "defaults::batch_size")]
    #[schemars(range(min = 1, max = 10_000))]
    pub batch_size: u32,
    /// How long to wait for a batch to fill, in milliseconds (at most 300,000).
    #[serde(default)]
    #[schemars(range(max = 300_000))]
    pub batching_window_ms: u64,
    /// Batches at a time.
    #[serde(default = "defaults::maximum_concurrency")]
    #[schemars(range(min = 1, max = 1_000))]
    pub maximum_concurrency: u32,
    /// Seconds for which a received message is hidden (1 to 43,200). Absent: the queue's own setting.
    #[serde(default)]
    #[schemars(range(min = 1, max = 43_200))]
    pub visibility_timeout_s: Option<u32>,
    /// Seconds after which a message that failed is shown again (1 to 43,200), doubled for each receive and
    /// never beyond the visibility timeout. Absent: when its visibility timeout has run out, as Lambda's own
    /// mapping does, which can keep a person waiting for minutes after a crash.
    #[serde(default)]
    #[schemars(range(min = 1, max = 43_200))]
    pub retry_delay_s: Option<u32>,
    /// Whether the function's answer names the messages that failed.
    #[serde(default)]
    pub report_batch_item_failures: bool,
    /// What the function gets.
    #[serde(default)]
    pub payload: QueuePayload,
    /// DynamoDB table of locks that keep a fire of a schedule from being done twice; only with the payload
    /// `scheduled-event`. Its partition key is `id`, a string, its Time to Live attribute `expires_at`. Absent: the
    /// function has to see to that.
    #[serde(default)]
    pub lock_table: Option<String>,
}

/// What a message becomes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueuePayload {
    /// The batch as an SQS event.
    #[default]
    SqsEvent,
    /// The message's body is the event itself, one invocation a message.
    MessageBody,
    /// The message is what EventBridge Scheduler made of a schedule's input, with `schedule-arn`, `scheduled-time`,
    /// `execution-id` and, if wanted, `detail`. It becomes an EventBridge event with the planned time, one invocation
    /// a message.
    ScheduledEvent,
}

impl Manifest {
    /// Reads and checks a manifest.
    ///
    /// # Errors
    /// All values that are wrong, each with its path; or the first place that is not JSON of the right shape.
    pub fn from_json(text: &str) -> Result<Self, ManifestError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let manifest: Self =
            serde_path_to_error::deserialize(&mut deserializer).map_err(|e| ManifestError::shape(&e))?;
        deserializer.end().map_err(|e| ManifestError::one("", e.to_string()))?;
        manifest.check()?;
        Ok(manifest)
    }

    /// As [`Manifest::from_json`], with `${NAME}` in its strings replaced by what it is `set` to. `$$` is a dollar
    /// sign.
    ///
    /// # Errors
    /// As there, and for each variable that is not set or empty.
    pub fn from_template(text: &str, set: impl Fn(&str) -> Option<String>) -> Result<Self, ManifestError> {
        let mut value: serde_json::Value =
            serde_json::from_str(text).map_err(|e| ManifestError::one("", e.to_string()))?;
        variables::fill(&mut value, &set)?;
        let manifest: Self = serde_path_to_error::deserialize(value).map_err(|e| ManifestError::shape(&e))?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The JSON Schema (draft 2020-12) of a manifest; `manifest.schema.json` is this. Rules that go beyond the
    /// shape, such as routes that collide, are only known to [`Manifest::check`].
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// Checks a manifest that was built in code.
    ///
    /// # Errors
    /// All values that are wrong, each with its path.
    pub fn check(&self) -> Result<(), ManifestError> {
        validate::check(self)
    }
}

impl FunctionSpec {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    pub(crate) fn start_timeout(&self) -> Duration {
        Duration::from_millis(self.start_timeout_ms)
    }

    pub(crate) fn idle(&self) -> Duration {
        Duration::from_millis(self.idle_ms)
    }

    /// Whether a process of `other` can serve as one of this: everything but what invokes it is the same.
    pub(crate) fn runs_the_same_as(&self, other: &Self) -> bool {
        let strip = |spec: &Self| Self { routes: Vec::new(), queues: Vec::new(), ..spec.clone() };
        strip(self) == strip(other)
    }
}

impl QueueSpec {
    pub(crate) fn is_fifo(&self) -> bool {
        self.url.ends_with(".fifo")
    }
}

impl Default for Processes {
    fn default() -> Self {
        Self { min: 0, max: defaults::max_processes() }
    }
}

mod defaults {
    use std::net::{Ipv4Addr, SocketAddr};

    pub(super) fn listen() -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, 3000))
    }
    pub(super) const fn threads() -> u32 {
        1
    }
    pub(super) const fn max_body_bytes() -> usize {
        6 * 1024 * 1024
    }
    pub(super) const fn max_header_bytes() -> usize {
        64 * 1024
    }
    pub(super) const fn header_timeout_ms() -> u64 {
        75_000
    }
    pub(super) const fn body_timeout_ms() -> u64 {
        30_000
    }
    pub(super) const fn shutdown_grace_ms() -> u64 {
        25_000
    }
    pub(super) fn account_id() -> String {
        "000000000000".to_owned()
    }
    pub(super) const fn timeout_ms() -> u64 {
        10_000
    }
    pub(super) const fn start_timeout_ms() -> u64 {
        10_000
    }
    pub(super) const fn memory_mib() -> u32 {
        128
    }
    pub(super) const fn enforce_memory() -> bool {
        true
    }
    pub(super) const fn concurrency() -> u32 {
        1
    }
    pub(super) const fn idle_ms() -> u64 {
        300_000
    }
    pub(super) const fn max_queued() -> usize {
        100
    }
    pub(super) const fn max_processes() -> u32 {
        2
    }
    pub(super) const fn compress() -> bool {
        true
    }
    pub(super) fn any_host() -> String {
        "*".to_owned()
    }
    pub(super) const fn batch_size() -> u32 {
        10
    }
    pub(super) const fn maximum_concurrency() -> u32 {
        2
    }
}

#[cfg(test)]
mod tests;
