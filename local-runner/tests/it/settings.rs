//! The `.env` files of a checkout: what they set reaches the functions, and the dashboard says from where.

use std::{fs, path::Path};

use crate::{
    http::Client,
    runner::{Folder, Runner},
};

/// A checkout as far as the runner looks at one that it does not build.
fn checkout(within: &Path, settings: &str) -> String {
    let folder = within.join("checkout");
    fs::create_dir_all(folder.join("functions/catalog")).unwrap();
    fs::write(folder.join("functions/catalog/Cargo.toml"), "").unwrap();
    fs::write(folder.join(".env.local"), settings).unwrap();
    folder.to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_reaches_the_functions_and_one_in_vain_is_told_without_its_value() {
    let folder = Folder::new();
    let settings = "VELOX_LOG=info,marked=debug\nAWS_SECRET_ACCESS_KEY=s3cret\n";
    let project = checkout(folder.path(), settings);
    let runner = Runner::start_in(folder, &["--project", &project]);
    let output = runner.output();
    assert!(output.contains(".env.local sets AWS_SECRET_ACCESS_KEY"), "{output}");
    assert!(!output.contains("s3cret"), "{output}");
    let mut dashboard = Client::new(&runner.running.urls.dashboard);
    let page = dashboard.get("/configuration").await.text();
    assert!(page.contains("info,marked=debug") && page.contains(".env.local"), "{page}");
    assert!(!page.contains("s3cret"), "the account is the local one");
}

#[test]
fn a_line_that_is_not_understood_keeps_the_runner_from_starting() {
    let folder = Folder::new();
    let project = checkout(folder.path(), "# mine\nPASSWORD s3cret\n");
    let (status, said) = folder.refused(&["--project", &project]);
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.starts_with(".env.local, line 2:") && !said.contains("s3cret"), "{said}");
}
