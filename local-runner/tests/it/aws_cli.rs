//! The AWS CLI against the services, when `VELOX_AWS_CLI` names its program (PyPI's `awscli`; the full check brings it
//! along): a walk through each service as somebody would do it in a terminal.

mod services;

use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::aws_world::World;

/// The program and the endpoint that it is told.
struct Cli {
    program: String,
    endpoint: String,
}

impl Cli {
    /// None without the program.
    fn of(world: &World) -> Option<Self> {
        let program = std::env::var("VELOX_AWS_CLI").ok()?;
        Some(Self { program, endpoint: world.services.endpoint_url() })
    }

    /// Success or not, and what it printed.
    async fn run(&self, arguments: &[&str]) -> (bool, String, String) {
        let mut command = Command::new(&self.program);
        // Told both ways: not every version knows the variable.
        command.args(["--endpoint-url", &self.endpoint]).args(arguments).stdin(Stdio::null());
        for (name, value) in [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
            // The older of two names, for version 1 knows that one only.
            ("AWS_DEFAULT_REGION", "eu-central-1"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_PAGER", ""),
        ] {
            command.env(name, value);
        }
        let output = command.output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    }

    /// What a successful command of a service printed, as JSON; null if it printed nothing.
    async fn ok(&self, arguments: &[&str]) -> Value {
        let (success, printed, complaint) = self.run(arguments).await;
        assert!(success, "{arguments:?}: {complaint}");
        if printed.trim().is_empty() { Value::Null } else { serde_json::from_str(&printed).unwrap() }
    }

    async fn complaint(&self, arguments: &[&str]) -> String {
        let (success, printed, complaint) = self.run(arguments).await;
        assert!(!success, "{arguments:?}: {printed}");
        complaint
    }
}

#[tokio::test]
async fn the_aws_cli_walks_through_sqs() {
    let world = World::start().await;
    let Some(cli) = Cli::of(&world) else {
        return println!("skipped: VELOX_AWS_CLI names no program");
    };
    let sqs = async |arguments: &[&str]| cli.ok(&[&["sqs"], arguments].concat()).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();

    let dead = text(&sqs(&["create-queue", "--queue-name", "dead"]).await["QueueUrl"]);
    let arn = sqs(&["get-queue-attributes", "--queue-url", &dead, "--attribute-names", "QueueArn"]).await;
    let arn = text(&arn["Attributes"]["QueueArn"]);
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"1"}}"#);
    let attributes = serde_json::json!({ "RedrivePolicy": policy, "VisibilityTimeout": "0" }).to_string();
    let create = ["create-queue", "--queue-name", "work", "--attributes", &attributes, "--tags", "team=a"];
    let url = text(&sqs(&create).await["QueueUrl"]);
    assert_eq!(sqs(&["list-queues"]).await["QueueUrls"].as_array().unwrap().len(), 2);
    assert_eq!(sqs(&["list-queue-tags", "--queue-url", &url]).await["Tags"]["team"], "a");
    let sources = sqs(&["list-dead-letter-source-queues", "--queue-url", &dead]).await;
    assert_eq!(sources["queueUrls"][0], url);

    // One message fails and is buried.
    sqs(&["send-message", "--queue-url", &url, "--message-body", "poison"]).await;
    let received = sqs(&["receive-message", "--queue-url", &url, "--attribute-names", "All"]).await;
    assert_eq!(received["Messages"][0]["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(sqs(&["receive-message", "--queue-url", &url]).await, Value::Null);

    // It goes back by a move task, and is deleted.
    let task = sqs(&["start-message-move-task", "--source-arn", &arn]).await;
    let back =
        ["receive-message", "--queue-url", &url, "--wait-time-seconds", "20", "--visibility-timeout", "60"];
    let back = sqs(&back).await;
    assert_eq!(back["Messages"][0]["Body"], "poison");
    let tasks = sqs(&["list-message-move-tasks", "--source-arn", &arn]).await;
    assert_eq!(tasks["Results"][0]["ApproximateNumberOfMessagesMoved"], 1);
    let cancel = ["sqs", "cancel-message-move-task", "--task-handle", task["TaskHandle"].as_str().unwrap()];
    assert!(cli.complaint(&cancel).await.contains("UnsupportedOperation"));
    let handle = text(&back["Messages"][0]["ReceiptHandle"]);
    sqs(&["delete-message", "--queue-url", &url, "--receipt-handle", &handle]).await;

    // Batches.
    let entries = ["Id=a,MessageBody=1", "Id=b,MessageBody=2"];
    let sent = sqs(&["send-message-batch", "--queue-url", &dead, "--entries", entries[0], entries[1]]).await;
    assert_eq!(sent["Successful"].as_array().unwrap().len(), 2);
    let received = sqs(&["receive-message", "--queue-url", &dead, "--max-number-of-messages", "10"]).await;
    let entry = |n: usize| {
        format!("Id={n},ReceiptHandle={}", received["Messages"][n]["ReceiptHandle"].as_str().unwrap())
    };
    let change = format!("{},VisibilityTimeout=90", entry(0));
    sqs(&["change-message-visibility-batch", "--queue-url", &dead, "--entries", &change]).await;
    let deleted =
        sqs(&["delete-message-batch", "--queue-url", &dead, "--entries", &entry(0), &entry(1)]).await;
    assert_eq!(deleted["Successful"].as_array().unwrap().len(), 2);

    sqs(&["purge-queue", "--queue-url", &url]).await;
    let again = cli.complaint(&["sqs", "purge-queue", "--queue-url", &url]).await;
    assert!(again.contains("PurgeQueueInProgress"), "{again}");
    sqs(&["delete-queue", "--queue-url", &url]).await;
    let gone = cli.complaint(&["sqs", "get-queue-url", "--queue-name", "work"]).await;
    assert!(gone.contains("NonExistentQueue"), "{gone}");
    world.services.shutdown().await;
}
