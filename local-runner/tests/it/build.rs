//! Building and watching, on a small workspace with executables named like the heads.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use catalog::Head;
use local_runner::{
    cargo::{Built, Cargo},
    changes::Changes,
    watch::Watch,
};
use tempfile::TempDir;
use tokio::time::timeout;

/// A workspace whose package has a binary per head.
struct Workspace(TempDir);

impl Workspace {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let package = "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
        fs::write(folder.path().join("Cargo.toml"), package).unwrap();
        let workspace = Self(folder);
        for head in Head::ALL {
            workspace.write(head, "fn main() {}");
        }
        workspace
    }

    fn write(&self, head: Head, source: &str) {
        let folder = self.0.path().join("src/bin");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{}.rs", head.name())), source).unwrap();
    }

    fn cargo(&self) -> Cargo {
        Cargo::new(self.0.path(), &self.executables(), false)
    }

    fn executables(&self) -> PathBuf {
        self.0.path().join("target/debug")
    }
}

#[tokio::test]
async fn a_build_makes_the_executables_that_were_asked_for() {
    let workspace = Workspace::new();
    assert_eq!(workspace.cargo().build(&["web", "jobs"]).await.unwrap(), Built::Yes);
    let exists = |head: Head| workspace.executables().join(head.name()).exists();
    assert_eq!(Head::ALL.map(exists), [true, false, false, true]);
}

#[tokio::test]
async fn a_build_that_fails_says_where_and_leaves_the_last_executable() {
    let workspace = Workspace::new();
    assert_eq!(workspace.cargo().build(&["web"]).await.unwrap(), Built::Yes);
    let before = fs::metadata(workspace.executables().join("web")).unwrap().modified().unwrap();
    workspace.write(Head::Web, "fn main() { let n: u8 = \"text\"; }");
    let failure = workspace.cargo().build(&["web"]).await.unwrap();
    let Built::No(failure) = failure else { panic!("it compiles") };
    let errors = failure.errors.join("\n");
    assert!(errors.contains("mismatched types") && errors.contains("src/bin/web.rs:1"), "{errors}");
    assert!(!errors.contains("aborting"), "{errors}");
    let after = fs::metadata(workspace.executables().join("web")).unwrap().modified().unwrap();
    assert_eq!(before, after);
}

#[tokio::test]
async fn what_compiles_is_built_beside_what_does_not() {
    let workspace = Workspace::new();
    workspace.write(Head::Web, "fn main() { no_such_function() }");
    let Built::No(failure) = workspace.cargo().build(&["web", "api"]).await.unwrap() else {
        panic!("it builds")
    };
    assert_eq!((failure.errors.len(), failure.built), (1, vec!["api".to_owned()]));
}

#[tokio::test]
async fn what_cargo_itself_complains_about_is_shown_too() {
    let workspace = Workspace::new();
    fs::write(workspace.0.path().join("Cargo.toml"), "[package\n").unwrap();
    let failure = workspace.cargo().build(&["web"]).await.unwrap();
    let Built::No(failure) = failure else { panic!("it builds") };
    assert!(failure.errors[0].contains("Cargo.toml"), "{failure:?}");
}

#[tokio::test]
async fn a_build_that_is_given_up_can_be_made_again() {
    let workspace = Workspace::new();
    let cargo = workspace.cargo();
    assert!(timeout(Duration::from_millis(30), cargo.build(&["web"])).await.is_err());
    assert_eq!(cargo.build(&["web"]).await.unwrap(), Built::Yes);
}

fn sources(folder: &Path) {
    for name in ["domain/src", "functions/api/src"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    fs::write(folder.join("functions/api/src/lib.rs"), "").unwrap();
}

#[tokio::test]
async fn a_burst_of_changes_arrives_as_one() {
    let folder = tempfile::tempdir().unwrap();
    sources(folder.path());
    let mut watch = Watch::start(folder.path()).unwrap();
    for n in 0..5 {
        fs::write(folder.path().join("functions/api/src/lib.rs"), format!("// {n}")).unwrap();
    }
    // As some editors save: a new file renamed over the old one.
    fs::write(folder.path().join("functions/api/src/.lib.rs.swp"), "").unwrap();
    fs::rename(
        folder.path().join("functions/api/src/.lib.rs.swp"),
        folder.path().join("functions/api/src/lib.rs"),
    )
    .unwrap();
    let mut changes = Changes::default();
    timeout(Duration::from_secs(20), watch.next(&mut changes, |_| ())).await.expect("the change is seen");
    assert_eq!(changes.heads(), [Head::Api]);
    let mut more = Changes::default();
    assert!(
        timeout(Duration::from_millis(300), watch.next(&mut more, |_| ())).await.is_err(),
        "seen once: {more:?}"
    );
}

#[tokio::test]
async fn a_folder_made_while_watching_is_watched_as_well() {
    let folder = tempfile::tempdir().unwrap();
    sources(folder.path());
    let mut watch = Watch::start(folder.path()).unwrap();
    fs::create_dir(folder.path().join("domain/src/reports")).unwrap();
    // The watch on a new folder takes a moment; what is written into it before counts for the folder.
    tokio::time::sleep(Duration::from_millis(100)).await;
    fs::write(folder.path().join("domain/src/reports/list.rs"), "").unwrap();
    let mut changes = Changes::default();
    timeout(Duration::from_secs(20), watch.next(&mut changes, |_| ())).await.expect("the change is seen");
    assert_eq!(changes.heads(), Head::ALL);
}

#[tokio::test]
async fn what_changed_before_the_watch_began_is_told_as_well_and_nothing_older() {
    let folder = tempfile::tempdir().unwrap();
    sources(folder.path());
    fs::write(folder.path().join("domain/src/lib.rs"), "").unwrap();
    tokio::time::sleep(Duration::from_millis(60)).await;
    let since = SystemTime::now();
    // As between a runner's last build and the watch of the one that follows it.
    fs::write(folder.path().join("functions/api/src/lib.rs"), "// new").unwrap();
    let mut watch = Watch::start(folder.path()).unwrap();
    assert_eq!(watch.recall(since).heads(), [Head::Api]);
    let mut changes = Changes::default();
    timeout(Duration::from_secs(20), watch.next(&mut changes, |_| ())).await.expect("the change is told");
    assert_eq!(changes.heads(), [Head::Api]);
    assert!(watch.recall(SystemTime::now() + Duration::from_secs(1)).is_empty());
}
