//! The pipeline's calls by the real AWS CLI against moto: that it takes our arguments and we read its answers. The
//! rollout itself is fake, because moto runs no containers.

use std::{fs, fs::File, process::Command};

use serde_json::Value;

use crate::checkout::Checkout;

/// None where the check did not bring both.
fn cloud() -> Option<Checkout> {
    let (Ok(program), Ok(url)) = (std::env::var("VELOX_AWS_CLI"), std::env::var("VELOX_MOTO_URL")) else {
        eprintln!("skipped: VELOX_AWS_CLI and VELOX_MOTO_URL are not both set (`cargo velox test` does)");
        return None;
    };
    let mut checkout = Checkout::with(&["aws", "cargo", "curl", "skopeo", "terraform"]);
    checkout.replace("aws", "aws-on-moto");
    checkout.link("aws-fake", "aws");
    for (key, value) in [
        ("VELOX_AWS_CLI", program.as_str()),
        ("AWS_ENDPOINT_URL", &url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test-secret-key"),
        ("AWS_DEFAULT_REGION", "eu-central-1"),
    ] {
        checkout.set(key, value);
    }
    // moto's own account.
    checkout.write(
        "terraform/settings.json",
        r#"{"nonprod": {"account_id": "123456789012"}, "prod": {"account_id": "222222222222"}}"#,
    );
    checkout.commit();
    Some(checkout)
}

fn aws(checkout: &Checkout, line: &str) -> Value {
    let mut command = Command::new(checkout.variable("VELOX_AWS_CLI"));
    for key in ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"] {
        command.env(key, checkout.variable(key));
    }
    let output = command.args(line.split(' ')).args(["--output", "json"]).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

/// One test, because there is one moto and one environment in it.
#[test]
fn the_aws_cli_takes_every_call_of_a_deployment_a_rollback_and_a_secret() {
    let Some(mut checkout) = cloud() else { return };
    let told = aws(&checkout, "ec2 describe-subnets");
    checkout.set("FAKE_SUBNET", told["Subnets"][0]["SubnetId"].as_str().unwrap());
    let told = aws(&checkout, "ec2 describe-security-groups");
    checkout.set("FAKE_SECURITY_GROUP", told["SecurityGroups"][0]["GroupId"].as_str().unwrap());
    aws(&checkout, "ecs create-cluster --cluster-name velox-dev");
    aws(
        &checkout,
        "ecs register-task-definition --family velox-dev-migrate --requires-compatibilities FARGATE --network-mode \
         awsvpc --cpu 256 --memory 512 --container-definitions \
         [{\"name\":\"adapter\",\"image\":\"old\",\"cpu\":10,\"memory\":128}]",
    );
    // The fake knows a task by its name; moto gives it another.
    checkout.set("FAKE_ANY_TASK", "ends");

    checkout.deploy();
    let first = checkout.remembered("variables");
    let told = aws(&checkout, "ecs describe-task-definition --task-definition velox-dev-migrate");
    let image = told["taskDefinition"]["containerDefinitions"][0]["image"].as_str().unwrap().to_owned();
    assert!(image.contains("123456789012.dkr.ecr.eu-central-1.amazonaws.com/velox/jobs@sha256:"), "{image}");
    assert_eq!(told["taskDefinition"]["revision"], 2);

    checkout.write("functions/web/source", "two");
    checkout.write("domain/migrations/0002.sql", "ALTER TABLE a ADD COLUMN c text;");
    checkout.commit();
    checkout.deploy();
    assert_ne!(checkout.remembered("variables"), first);
    let ended = checkout.velox("rollback dev --poll 0.01");
    assert_eq!(ended.code, 0, "{}", ended.said);
    assert_eq!(checkout.remembered("variables"), first);

    aws(&checkout, "ssm put-parameter --name /velox/dev/web/KEY --type SecureString --value placeholder");
    assert!(checkout.velox("secret list dev").said.contains("not set yet"));
    let typed = checkout.state("typed");
    fs::write(&typed, "the-real-value\n").unwrap();
    let ended = checkout.velox_with("secret set dev web KEY", File::open(typed).unwrap());
    assert_eq!(ended.code, 0, "{}", ended.said);
    let told = aws(&checkout, "ssm get-parameter --name /velox/dev/web/KEY --with-decryption");
    assert_eq!(told["Parameter"]["Value"], "the-real-value");
    let listed = checkout.velox("secret list dev").said;
    assert!(listed.contains("version 2") && !listed.contains("the-real-value"), "{listed}");

    // What a service that failed has logged.
    aws(&checkout, "logs create-log-group --log-group-name /velox/dev/admin");
    let stream = "--log-group-name /velox/dev/admin --log-stream-name task/adapter/broken1";
    aws(&checkout, &format!("logs create-log-stream {stream}"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    aws(&checkout, &format!("logs put-log-events {stream} --log-events timestamp={now},message=out-of-luck"));
    checkout.set("FAKE_ROLLOUT", "fails");
    let ended = checkout.velox("pipeline dev --poll 0.01");
    assert_eq!(ended.code, 20, "{}", ended.said);
    assert!(ended.said.contains("| out-of-luck"), "{}", ended.said);
}
