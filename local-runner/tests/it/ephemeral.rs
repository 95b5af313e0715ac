//! `local-runner postgres --ephemeral`: a command with a throw-away database beside it.

use std::{
    fs,
    process::{Command, Output},
};

use crate::runner::PROGRAM;

fn under_postgres(options: &[&str], script: &str) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(["postgres", "--ephemeral"]).args(options).args(["--", "sh", "-c", script]);
    command.env_remove("DATABASE_URL").output().unwrap()
}

#[test]
fn the_command_gets_a_connection_string_per_role_and_its_exit_code_counts() {
    let script = "echo $VELOX_TEST_DATABASE_URL $VELOX_TEST_APP_DATABASE_URL $VELOX_TEST_OPERATOR_DATABASE_URL; exit 7";
    let output = under_postgres(&[], script);
    assert_eq!(output.status.code(), Some(7));
    let said = String::from_utf8(output.stdout).unwrap();
    let users: Vec<_> = said
        .split_whitespace()
        .map(|url| url.split("//").nth(1).unwrap().split(':').next().unwrap())
        .collect();
    assert_eq!(users, ["velox_owner", "velox_app", "velox_operator"]);
}

#[test]
fn the_server_is_gone_when_the_command_has_ended() {
    let output = under_postgres(&[], "echo $VELOX_TEST_DATABASE_URL");
    let url = String::from_utf8(output.stdout).unwrap();
    let port: u16 = url.rsplit(':').next().unwrap().split('/').next().unwrap().parse().unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn migrations_are_applied_first_and_one_that_fails_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("0001_things.sql"), "CREATE TABLE things (id int)").unwrap();
    let option = ["--migrate", folder.path().to_str().unwrap()];
    assert!(under_postgres(&option, "exit 0").status.success());
    fs::write(folder.path().join("0002_more.sql"), "CREATE TABLE things (id int)").unwrap();
    let output = under_postgres(&option, "exit 0");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("\"things\" already exists"), "{said}");
}

#[test]
fn a_command_that_is_not_there_is_named() {
    let output =
        Command::new(PROGRAM).args(["postgres", "--ephemeral", "--", "no-such-command"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.starts_with("no-such-command: "), "{said}");
}
