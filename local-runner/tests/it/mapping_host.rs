//! An adapter with one function and one queue, and what the function wrote.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use adapter::{
    Adapter, Launcher, Manifest, Observer, Options,
    observer::{InvocationRecord, OutputStream},
};
use serde_json::{Value, json};

pub(crate) struct Host {
    adapter: Adapter,
    pub(crate) seen: Arc<Seen>,
}

#[derive(Default)]
pub(crate) struct Seen {
    output: Mutex<Vec<String>>,
    pub(crate) invocations: Mutex<Vec<InvocationRecord>>,
}

impl Observer for Seen {
    fn invocation(&self, record: &InvocationRecord) {
        self.invocations.lock().unwrap().push(record.clone());
    }
    fn output(&self, _function: &str, _stream: OutputStream, line: &str) {
        self.output.lock().unwrap().push(line.to_owned());
    }
}

impl Host {
    /// The adapter's test function behind this queue, whose URL also names the endpoint.
    pub(crate) async fn start(url: &str, mapping: Value) -> Self {
        let mut queue = json!({ "url": url, "visibility_timeout_s": 30 });
        queue.as_object_mut().unwrap().extend(mapping.as_object().unwrap().clone());
        let deps = std::env::current_exe().unwrap();
        let testbed = deps.parent().unwrap().parent().unwrap().join("examples/testbed");
        assert!(testbed.exists(), "`cargo build -p adapter --examples` makes {}", testbed.display());
        let endpoint: http::Uri = url.parse().unwrap();
        let manifest = json!({
            "listen": "127.0.0.1:0",
            "aws": { "endpoint_url": format!("http://{}", endpoint.authority().unwrap()), "region": "eu-central-1" },
            "functions": [{
                "name": "jobs", "command": testbed, "timeout_ms": 20_000, "concurrency": 4,
                "environment": { "TESTBED_KIND": "json" }, "queues": [queue],
            }],
        });
        let manifest = Manifest::from_json(&manifest.to_string()).unwrap();
        let seen = Arc::new(Seen::default());
        let options = Options { launcher: Launcher::Direct, ..Options::default() };
        let observer = Arc::clone(&seen) as Arc<dyn Observer>;
        let adapter = Adapter::start_with(manifest, observer, options).await.unwrap();
        Self { adapter, seen }
    }

    /// The events that the function saw.
    pub(crate) fn events(&self) -> Vec<Value> {
        let output = self.seen.output.lock().unwrap();
        let events = output.iter().filter_map(|line| line.strip_prefix("saw "));
        events.map(|event| serde_json::from_str(event).unwrap()).collect()
    }

    /// The bodies of the messages in them.
    pub(crate) fn bodies(&self) -> Vec<Value> {
        let records =
            self.events().into_iter().flat_map(|event| event["Records"].as_array().unwrap().clone());
        records.map(|record| serde_json::from_str(record["body"].as_str().unwrap()).unwrap()).collect()
    }

    /// The numbers of the messages of a group that succeeded, in order.
    pub(crate) fn done(&self, group: &str) -> Vec<u64> {
        let output = self.seen.output.lock().unwrap();
        let prefix = format!("did {group} ");
        let done = output.iter().filter_map(|line| line.strip_prefix(&prefix));
        done.map(|body| serde_json::from_str::<Value>(body).unwrap()["n"].as_u64().unwrap()).collect()
    }

    pub(crate) async fn stop(self) {
        self.adapter.shutdown(Duration::from_secs(5)).await;
    }
}

/// Waits until something holds that is asked for with `await`. (A closure for it could not be sent to a task.)
macro_rules! eventually {
    ($what:literal, $holds:expr) => {
        let all = async {
            while !$holds {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let longest = std::time::Duration::from_secs(40);
        tokio::time::timeout(longest, all).await.unwrap_or_else(|_| panic!("never: {}", $what));
    };
}
pub(crate) use eventually;
