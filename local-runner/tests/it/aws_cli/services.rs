//! The walks through Parameter Store, EventBridge Scheduler, S3 and DynamoDB.

use serde_json::{Value, json};

use super::Cli;
use crate::aws_world::World;

async fn world() -> Option<(World, Cli)> {
    let world = World::start().await;
    match Cli::of(&world) {
        Some(cli) => Some((world, cli)),
        None => {
            println!("skipped: VELOX_AWS_CLI names no program");
            None
        }
    }
}

#[tokio::test]
async fn the_aws_cli_walks_through_parameter_store() {
    let Some((world, cli)) = world().await else { return };
    let ssm = async |arguments: &[&str]| cli.ok(&[&["ssm"], arguments].concat()).await;
    ssm(&["put-parameter", "--name", "/app/db/host", "--value", "localhost", "--type", "String"]).await;
    let secret =
        ["put-parameter", "--name", "/app/db/password", "--value", "hunter2", "--type", "SecureString"];
    assert_eq!(ssm(&secret).await["Version"], 1);
    let again = cli.complaint(&[&["ssm"], &secret[..]].concat()).await;
    assert!(again.contains("ParameterAlreadyExists"), "{again}");
    ssm(&[&secret[..], &["--overwrite"]].concat()).await;
    let get = ["get-parameter", "--name", "/app/db/password"];
    assert_ne!(ssm(&get).await["Parameter"]["Value"], "hunter2");
    let open = ssm(&[&get[..], &["--with-decryption"]].concat()).await;
    assert_eq!((&open["Parameter"]["Value"], &open["Parameter"]["Version"]), (&json!("hunter2"), &json!(2)));
    let below = ["get-parameters-by-path", "--path", "/app", "--recursive", "--with-decryption"];
    assert_eq!(ssm(&below).await["Parameters"].as_array().unwrap().len(), 2);
    let label = ["label-parameter-version", "--name", "/app/db/password", "--labels", "live"];
    ssm(&label).await;
    let history = ssm(&["get-parameter-history", "--name", "/app/db/password"]).await;
    assert_eq!(history["Parameters"][1]["Labels"][0], "live");
    let tag = ["--resource-type", "Parameter", "--resource-id", "/app/db/host"];
    ssm(&[&["add-tags-to-resource"], &tag[..], &["--tags", "Key=team,Value=a"]].concat()).await;
    assert_eq!(ssm(&[&["list-tags-for-resource"], &tag[..]].concat()).await["TagList"][0]["Value"], "a");
    let described =
        ssm(&["describe-parameters", "--parameter-filters", "Key=Path,Option=Recursive,Values=/app"]);
    assert_eq!(described.await["Parameters"].as_array().unwrap().len(), 2);
    let deleted = ssm(&["delete-parameters", "--names", "/app/db/host", "/app/db/password", "/none"]).await;
    assert_eq!(deleted["InvalidParameters"], json!(["/none"]));
    let gone = cli.complaint(&["ssm", "get-parameter", "--name", "/app/db/host"]).await;
    assert!(gone.contains("ParameterNotFound"), "{gone}");
    world.services.shutdown().await;
}

#[tokio::test]
async fn the_aws_cli_walks_through_scheduler() {
    let Some((world, cli)) = world().await else { return };
    let scheduler = async |arguments: &[&str]| cli.ok(&[&["scheduler"], arguments].concat()).await;
    cli.ok(&["sqs", "create-queue", "--queue-name", "work"]).await;
    scheduler(&["create-schedule-group", "--name", "jobs", "--tags", "Key=team,Value=a"]).await;
    let target = json!({
        "Arn": "arn:aws:sqs:eu-central-1:000000000000:work",
        "RoleArn": "arn:aws:iam::000000000000:role/scheduler",
        "Input": "<aws.scheduler.scheduled-time>",
    });
    let target = target.to_string();
    let define = |verb: &'static str, expression: &'static str| {
        [verb, "--group-name", "jobs", "--name", "s", "--flexible-time-window", "Mode=OFF"]
            .map(str::to_owned)
            .into_iter()
            .chain(["--schedule-expression".into(), expression.to_owned(), "--target".into(), target.clone()])
            .collect::<Vec<String>>()
    };
    let run = async |arguments: Vec<String>| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        cli.run(&[&["scheduler"], &arguments[..]].concat()).await
    };
    assert!(run(define("create-schedule", "rate(1 day)")).await.0);
    let (_, _, bad) = run(define("create-schedule", "rate(0 days)")).await;
    assert!(bad.contains("ValidationException"), "{bad}");
    assert!(run(define("update-schedule", "rate(2 days)")).await.0);
    let told = scheduler(&["get-schedule", "--group-name", "jobs", "--name", "s"]).await;
    assert_eq!(told["ScheduleExpression"], "rate(2 days)");
    let receive = ["sqs", "receive-message", "--queue-url", "work", "--wait-time-seconds", "20"];
    let received = cli.ok(&receive).await;
    assert!(received["Messages"][0]["Body"].as_str().unwrap().ends_with('Z'), "fired at once: {received}");
    let listed = scheduler(&["list-schedules", "--group-name", "jobs"]).await;
    assert_eq!(listed["Schedules"][0]["Name"], "s");
    let arn = scheduler(&["get-schedule-group", "--name", "jobs"]).await["Arn"].as_str().unwrap().to_owned();
    let tags = scheduler(&["list-tags-for-resource", "--resource-arn", &arn]).await;
    assert_eq!(tags["Tags"][0]["Value"], "a");
    scheduler(&["delete-schedule", "--group-name", "jobs", "--name", "s"]).await;
    scheduler(&["delete-schedule-group", "--name", "jobs"]).await;
    let gone = cli.complaint(&["scheduler", "get-schedule", "--group-name", "jobs", "--name", "s"]).await;
    assert!(gone.contains("ResourceNotFoundException"), "{gone}");
    world.services.shutdown().await;
}

#[tokio::test]
async fn the_aws_cli_walks_through_s3() {
    let Some((world, cli)) = world().await else { return };
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    // Large enough for an upload in parts.
    let content: Vec<u8> = (0..20_000_000_u32).map(|n| (n % 251) as u8).collect();
    std::fs::write(path("big"), &content).unwrap();
    std::fs::write(path("small"), "x").unwrap();
    let s3 = async |arguments: &[&str]| {
        let (success, printed, complaint) = cli.run(&[&["s3"], arguments].concat()).await;
        assert!(success, "{arguments:?}: {complaint}");
        printed
    };
    s3(&["mb", "s3://files"]).await;
    s3(&["cp", &path("big"), "s3://files/in/big", "--no-progress"]).await;
    s3(&["cp", "s3://files/in/big", "s3://files/copy", "--no-progress"]).await;
    s3(&["cp", "s3://files/copy", &path("back"), "--no-progress"]).await;
    assert!(std::fs::read(path("back")).unwrap() == content);
    s3(&["cp", &path("small"), "s3://files/in/small"]).await;
    let listed = s3(&["ls", "s3://files", "--recursive"]).await;
    assert_eq!(listed.lines().count(), 3, "{listed}");
    let head = cli.ok(&["s3api", "head-object", "--bucket", "files", "--key", "in/big"]).await;
    assert_eq!(head["ContentLength"], content.len());
    assert!(head["ETag"].as_str().unwrap().contains("-3"), "in three parts: {head}");
    let url = s3(&["presign", "s3://files/in/small", "--expires-in", "60"]).await;
    assert!(url.contains("X-Amz-Signature="), "{url}");
    let cors = r#"{"CORSRules":[{"AllowedOrigins":["*"],"AllowedMethods":["GET"]}]}"#;
    cli.ok(&["s3api", "put-bucket-cors", "--bucket", "files", "--cors-configuration", cors]).await;
    let told = cli.ok(&["s3api", "get-bucket-cors", "--bucket", "files"]).await;
    assert_eq!(told["CORSRules"][0]["AllowedMethods"][0], "GET");
    s3(&["mv", "s3://files/in/small", "s3://files/moved"]).await;
    s3(&["sync", "s3://files", &path("all"), "--no-progress"]).await;
    assert_eq!(std::fs::read(path("all/moved")).unwrap(), b"x");
    s3(&["rb", "s3://files", "--force"]).await;
    let gone = cli.complaint(&["s3", "ls", "s3://files"]).await;
    assert!(gone.contains("NoSuchBucket"), "{gone}");
    world.services.shutdown().await;
}

#[tokio::test]
async fn the_aws_cli_walks_through_dynamodb() {
    let Some((world, cli)) = world().await else { return };
    let db = async |arguments: &[&str]| -> Value {
        let (verb, rest) = arguments.split_first().unwrap();
        cli.ok(&[&["dynamodb", verb, "--table-name", "items"], rest].concat()).await
    };
    let keys = ["--attribute-definitions", "AttributeName=id,AttributeType=S"];
    let schema = ["--key-schema", "AttributeName=id,KeyType=HASH", "--billing-mode", "PAY_PER_REQUEST"];
    db(&[&["create-table"], &keys[..], &schema].concat()).await;
    cli.run(&["dynamodb", "wait", "table-exists", "--table-name", "items"]).await;
    db(&["update-time-to-live", "--time-to-live-specification", "Enabled=true,AttributeName=expires"]).await;
    assert_eq!(db(&["describe-time-to-live"]).await["TimeToLiveDescription"]["TimeToLiveStatus"], "ENABLED");
    db(&["put-item", "--item", r#"{"id":{"S":"1"},"n":{"N":"1"}}"#]).await;
    let update =
        ["--update-expression", "ADD n :two", "--expression-attribute-values", r#"{":two":{"N":"2"}}"#];
    let key = ["--key", r#"{"id":{"S":"1"}}"#];
    let now = db(&[&["update-item", "--return-values", "ALL_NEW"], &key[..], &update].concat()).await;
    assert_eq!(now["Attributes"]["n"]["N"], "3");
    let taken = ["--condition-expression", "attribute_not_exists(id)", "--item", r#"{"id":{"S":"1"}}"#];
    let taken =
        cli.complaint(&[&["dynamodb", "put-item", "--table-name", "items"], &taken[..]].concat()).await;
    assert!(taken.contains("ConditionalCheckFailedException"), "{taken}");
    let query =
        ["--key-condition-expression", "id = :id", "--expression-attribute-values", r#"{":id":{"S":"1"}}"#];
    assert_eq!(db(&[&["query"], &query[..]].concat()).await["Count"], 1);
    assert_eq!(db(&["scan"]).await["Items"][0]["n"]["N"], "3");
    db(&[&["delete-item"], &key[..]].concat()).await;
    assert_eq!(db(&[&["get-item"], &key[..]].concat()).await, Value::Null);
    db(&["delete-table"]).await;
    world.services.shutdown().await;
}
