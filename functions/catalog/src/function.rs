//! What an entry of the catalogue says about a function.

use serde::Serialize;

use crate::Access;

/// The library that holds the function's handler. Each head is one container image and one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Head {
    /// Pages for customers, on the `app` host.
    Web,
    /// JSON for API clients, on the `api` host.
    Api,
    /// Pages for staff, on the `admin` host.
    Admin,
    /// Queues and schedules: no host at all.
    Jobs,
}

impl Head {
    /// All heads, in the order in which they are listed to people.
    pub const ALL: [Self; 4] = [Self::Web, Self::Api, Self::Admin, Self::Jobs];

    /// Package name, bundle name and service name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Api => "api",
            Self::Admin => "admin",
            Self::Jobs => "jobs",
        }
    }

    /// The host whose requests reach this head; none for jobs.
    #[must_use]
    pub const fn host(self) -> Option<Host> {
        match self {
            Self::Web => Some(Host::App),
            Self::Api => Some(Host::Api),
            Self::Admin => Some(Host::Admin),
            Self::Jobs => None,
        }
    }
}

/// A public host; its full name is `<label>.<base domain>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Host {
    /// Customers' pages.
    App,
    /// API clients.
    Api,
    /// Staff.
    Admin,
}

impl Host {
    /// The first label of the host name.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Api => "api",
            Self::Admin => "admin",
        }
    }

    /// The full host name below a base domain such as `localhost` or `velox.example`.
    #[must_use]
    pub fn name(self, base_domain: &str) -> String {
        format!("{}.{base_domain}", self.label())
    }
}

/// HTTP methods that routes may ask for. `GET` routes answer `HEAD` as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Safe and cacheable.
    Get,
    /// Everything that changes something.
    Post,
    /// Any method: only for a head's catch-all route.
    Any,
}

impl Method {
    /// The method token of RFC 9110, or `ANY`.
    #[must_use]
    pub const fn token(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Any => "ANY",
        }
    }
}

/// What invokes a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// A request to the head's host.
    Http {
        /// Method of the route.
        method: Method,
        /// Path pattern: literals, `{name}` for one segment, `{*name}` for the rest.
        path: &'static str,
    },
    /// Messages of the queue that carries the function's name.
    Queue(Queue),
    /// A message per fire time, by EventBridge Scheduler through the queue that carries the function's name.
    Schedule(Schedule),
    /// Nothing but a direct Lambda invocation: one-off tasks of an operator or the local runner.
    Direct,
}

/// An SQS queue as the event source of a function (AWS: "Using Lambda with Amazon SQS").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Queue {
    /// Messages per invocation, 1..=10,000.
    pub batch_size: u16,
    /// Batches worked on at once by one service task.
    pub maximum_concurrency: u16,
}

/// When EventBridge Scheduler fires (AWS: "Schedule types in EventBridge Scheduler").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// `rate(n minutes)`, n >= 1.
    EveryMinutes(u32),
}

impl Schedule {
    /// As EventBridge Scheduler writes it.
    #[must_use]
    pub fn expression(self) -> String {
        match self {
            Self::EveryMinutes(1) => "rate(1 minute)".to_owned(),
            Self::EveryMinutes(minutes) => format!("rate({} minutes)", minutes.max(1)),
        }
    }
}

/// What a message of a function's queue becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// A batch as an SQS event.
    SqsEvent,
    /// The body itself is the event: schedules.
    MessageBody,
}

/// The database role under which a function connects; decides which connection string it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseRole {
    /// No database at all.
    None,
    /// Sees one tenant at a time: pages, API, jobs of one organization.
    App,
    /// Works across tenants: staff and schedules.
    Operator,
    /// Owns the schema: migrations alone.
    Owner,
}

/// Function processes per service task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Processes {
    /// Kept running, >= 0.
    pub min: u16,
    /// At most, >= 1.
    pub max: u16,
}

/// One entry of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Function {
    /// Unique name: of the binary, the Lambda function, the queue and the folder below `events/`.
    pub name: &'static str,
    /// Where its handler lives.
    pub head: Head,
    /// What invokes it.
    pub trigger: Trigger,
    /// Deadline of one invocation in ms.
    pub timeout_ms: u32,
    /// Memory of one process in MiB.
    pub memory_mib: u32,
    /// Invocations that one process works on at once.
    pub concurrency: u16,
    /// Processes per task.
    pub processes: Processes,
    /// Connections in one process's pool.
    pub database_connections: u16,
    /// The role of these connections.
    pub database_role: DatabaseRole,
    /// Only the local runner has it; no environment on AWS does.
    pub local_only: bool,
    /// Whether staff who act in a customer's place reach it; unless said, they do not.
    pub open_to_support: bool,
    /// Whether it is told where mail goes, and with which password.
    pub sends_mail: bool,
    /// What it does in AWS; its own queue goes without saying.
    pub access: &'static [Access],
}

impl Function {
    const fn new(name: &'static str, head: Head, trigger: Trigger) -> Self {
        Self {
            name,
            head,
            trigger,
            timeout_ms: 10_000,
            memory_mib: 256,
            concurrency: 16,
            processes: Processes { min: 0, max: 1 },
            database_connections: 2,
            database_role: DatabaseRole::App,
            local_only: false,
            open_to_support: false,
            sends_mail: false,
            access: &[],
        }
    }

    /// A route of a head with a host.
    pub(crate) const fn route(head: Head, name: &'static str, method: Method, path: &'static str) -> Self {
        Self::new(name, head, Trigger::Http { method, path })
    }

    /// A job fed by its queue, one message at a time.
    pub(crate) const fn job(name: &'static str, timeout_ms: u32) -> Self {
        let queue = Queue { batch_size: 1, maximum_concurrency: 2 };
        Self { timeout_ms, concurrency: 1, ..Self::new(name, Head::Jobs, Trigger::Queue(queue)) }
            .processes(0, 2)
            .connections(1)
    }

    /// A job fired by a schedule, across tenants.
    pub(crate) const fn schedule(name: &'static str, schedule: Schedule, timeout_ms: u32) -> Self {
        Self { timeout_ms, concurrency: 1, ..Self::new(name, Head::Jobs, Trigger::Schedule(schedule)) }
            .connections(1)
            .role(DatabaseRole::Operator)
    }

    /// A one-off task.
    pub(crate) const fn direct(name: &'static str, timeout_ms: u32) -> Self {
        Self { timeout_ms, concurrency: 1, ..Self::new(name, Head::Jobs, Trigger::Direct) }.connections(1)
    }

    pub(crate) const fn role(mut self, role: DatabaseRole) -> Self {
        self.database_role = role;
        self
    }

    pub(crate) const fn connections(mut self, connections: u16) -> Self {
        self.database_connections = connections;
        self
    }

    pub(crate) const fn processes(mut self, min: u16, max: u16) -> Self {
        self.processes = Processes { min, max };
        self
    }

    /// Needs no database: gets no connection string.
    pub(crate) const fn stateless(self) -> Self {
        self.role(DatabaseRole::None).connections(0).may(&[])
    }

    /// Is given the mail server's URL, which holds a password.
    pub(crate) const fn sends_mail(mut self) -> Self {
        self.sends_mail = true;
        self
    }

    /// Does this in AWS, and nothing else.
    pub(crate) const fn may(mut self, access: &'static [Access]) -> Self {
        self.access = access;
        self
    }

    /// Lets staff in who act in a customer's place. Nothing of it changes who somebody is, or who may do what.
    pub(crate) const fn open_to_support(mut self) -> Self {
        self.open_to_support = true;
        self
    }

    /// Left out of every environment but the local one.
    pub(crate) const fn local_only(mut self) -> Self {
        self.local_only = true;
        self
    }

    /// What its queue's messages become, for functions that have a queue.
    #[must_use]
    pub const fn payload(&self) -> Option<Payload> {
        match self.trigger {
            Trigger::Queue(_) => Some(Payload::SqsEvent),
            Trigger::Schedule(_) => Some(Payload::MessageBody),
            Trigger::Http { .. } | Trigger::Direct => None,
        }
    }

    /// The queue's visibility timeout in seconds: six times the function's time-out, as AWS advises
    /// ("Creating and configuring an Amazon SQS event source mapping"); at least 30 s.
    #[must_use]
    pub const fn visibility_timeout_s(&self) -> u32 {
        let seconds = self.timeout_ms.div_ceil(1000) * 6;
        if seconds < 30 { 30 } else { seconds }
    }
}
