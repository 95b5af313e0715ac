//! A small checkout in git, and the programs that are on its PATH.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

const FAKES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fakes");
const SETTINGS: &str =
    r#"{"nonprod": {"account_id": "111111111111"}, "prod": {"account_id": "222222222222"}}"#;

/// Removed when dropped.
pub(crate) struct Checkout {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a command left.
pub(crate) struct Ended {
    pub(crate) code: i32,
    /// Of both streams.
    pub(crate) said: String,
}

impl Checkout {
    /// With these fakes on the PATH, before the programs of the system.
    pub(crate) fn with(fakes: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let checkout = Self { folder, variables: Vec::new() };
        for of in ["bin", "state", "checkout"] {
            fs::create_dir(checkout.folder.path().join(of)).unwrap();
        }
        for fake in fakes {
            checkout.link(fake, fake);
        }
        checkout.git(&["init", "--quiet", "--initial-branch", "main"]);
        checkout.write("functions/catalog/Cargo.toml", "");
        checkout.write(".gitignore", "target/\n");
        checkout.write("terraform/settings.json", SETTINGS);
        checkout.write("domain/migrations/0001.sql", "CREATE TABLE a (b text);\n");
        for service in ["web", "api", "admin", "jobs"] {
            checkout.write(&format!("functions/{service}/source"), "one");
        }
        checkout.commit();
        checkout
    }

    /// Puts another fake in a program's place.
    pub(crate) fn replace(&self, program: &str, fake: &str) {
        fs::remove_file(self.folder.path().join("bin").join(program)).unwrap();
        self.link(program, fake);
    }

    /// Puts a fake on the PATH under this name.
    pub(crate) fn link(&self, program: &str, fake: &str) {
        symlink(Path::new(FAKES).join(fake), self.folder.path().join("bin").join(program)).unwrap();
    }

    /// What the fakes were told.
    pub(crate) fn variable(&self, key: &str) -> &str {
        self.variables.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str()).unwrap()
    }

    pub(crate) fn new() -> Self {
        Self::with(&["aws", "cargo", "curl", "skopeo", "terraform"])
    }

    /// Tells the fakes how to behave.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.variables.push((key.to_owned(), value.to_owned()));
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("checkout")
    }

    /// What the fakes remember.
    pub(crate) fn state(&self, file: &str) -> PathBuf {
        self.folder.path().join("state").join(file)
    }

    pub(crate) fn remembered(&self, file: &str) -> String {
        fs::read_to_string(self.state(file)).unwrap_or_default()
    }

    /// The calls since this was asked the last time.
    pub(crate) fn calls(&self) -> Vec<String> {
        let calls = self.remembered("calls");
        let _ = fs::remove_file(self.state("calls"));
        calls.lines().map(str::to_owned).collect()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let file = self.root().join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Everything; the SHA.
    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "a change"]);
        self.commit_of_head()
    }

    pub(crate) fn commit_of_head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let identity =
            ["-c", "user.name=test", "-c", "user.email=test@velox.example", "-c", "commit.gpgsign=false"];
        let mut git = Command::new("git");
        git.args(identity).args(arguments).current_dir(self.root());
        let output = git.output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// `cargo velox <line>`.
    pub(crate) fn velox(&self, line: &str) -> Ended {
        self.velox_with(line, Stdio::null())
    }

    pub(crate) fn velox_with(&self, line: &str, stdin: impl Into<Stdio>) -> Ended {
        self.run(env!("CARGO_BIN_EXE_scripts"), &line.split(' ').collect::<Vec<_>>(), stdin)
    }

    /// A program in the checkout, with the fakes around it.
    pub(crate) fn run(&self, program: &str, arguments: &[&str], stdin: impl Into<Stdio>) -> Ended {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.root()).stdin(stdin);
        for (key, _) in std::env::vars() {
            if key.starts_with("CARGO") || key.starts_with("SENTRY") || key.starts_with("GIT_") {
                command.env_remove(key);
            }
        }
        let bin = self.folder.path().join("bin");
        command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
        command.env("FAKE_STATE", self.folder.path().join("state"));
        command.envs(self.variables.iter().map(|(key, value)| (key, value)));
        Ended::from(command.output().unwrap())
    }

    /// A whole run to dev that has to succeed.
    pub(crate) fn deploy(&self) -> String {
        let ended = self.velox("pipeline dev --poll 0.01");
        assert_eq!(ended.code, 0, "{}", ended.said);
        ended.said
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let said = [output.stdout, output.stderr].concat();
        Self { code: output.status.code().unwrap_or(-1), said: String::from_utf8(said).unwrap() }
    }
}
