//! The copy of the program that becomes a child. How a child dies with its parent: `life.rs`.

use std::process::{Command, Output};

/// Started as `launcher::command` starts it.
fn become_child(parent: u32, ids: [&str; 2], command: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_adapter"));
    program
        .args(["--become-the-child-of", &parent.to_string(), "9"])
        .args(ids)
        .args(command)
        .output()
        .unwrap()
}

#[test]
fn the_command_gets_its_name_arguments_and_environment() {
    let script = r#"echo "$0 $1"; cat /proc/$$/cmdline | tr '\0' ' '"#;
    let output = become_child(std::process::id(), ["-", "-"], &["/bin/sh", "-c", script, "name", "a b"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("name a b\n/bin/sh -c "), "{text}");
}

#[test]
fn the_command_runs_as_the_user_and_group_that_were_asked_for() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let output = become_child(std::process::id(), ["65534", "65534"], &["/usr/bin/id"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("uid=65534") && text.contains("gid=65534") && !text.contains("0(root)"), "{text}");
}

#[test]
fn nothing_is_started_for_a_parent_that_is_gone_or_a_command_that_does_not_exist() {
    let orphan = become_child(1, ["-", "-"], &["/bin/echo", "started"]);
    assert_eq!((orphan.status.code(), orphan.stdout.as_slice()), (Some(127), &b""[..]));
    let missing = become_child(std::process::id(), ["-", "-"], &["/does/not/exist"]);
    let text = String::from_utf8(missing.stderr).unwrap();
    assert!(missing.status.code() == Some(127) && text.contains("/does/not/exist"), "{text}");
}
