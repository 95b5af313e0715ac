//! The images of the services, started without a container engine as one would start them: their own root, nobody's
//! user, nothing that can be written, Postgres and the AWS services beside them.
//!
//! Runs where `VELOX_IMAGES` names the folder that `cargo velox image` writes; `cargo velox test` sets it.

use std::{
    collections::BTreeSet,
    env, fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use catalog::{Head, deployment, environment as key};
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{aws_world::Clients, http::Client, runner::Runner, unsent_import::Import};

/// Nobody, as the images say.
const USER: &str = "65534:65534";
/// Queues of the image, so that the runner beside it does not work on them.
const PREFIX: &str = "image";

/// The files of an image, unpacked.
struct Image {
    root: TempDir,
    configuration: Value,
    /// Bytes of its layers, as they are stored.
    compressed: u64,
}

impl Image {
    /// None, with a line that says so, where there are no images.
    fn unpack(head: Head) -> Option<Self> {
        let Some(images) = env::var_os("VELOX_IMAGES").map(PathBuf::from) else {
            println!("not done: VELOX_IMAGES does not name the folder of the images");
            return None;
        };
        let layout = images.join(head.name());
        let blob = |descriptor: &Value| {
            let digest = descriptor["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
            layout.join("blobs/sha256").join(digest)
        };
        let read = |path: PathBuf| serde_json::from_slice::<Value>(&fs::read(path).unwrap()).unwrap();
        let index = read(layout.join("index.json"));
        let manifest = read(blob(&index["manifests"][0]));
        let root = TempDir::new().unwrap();
        let layers = manifest["layers"].as_array().unwrap();
        for layer in layers {
            let mut tar = Command::new("tar");
            tar.args(["-xzf"]).arg(blob(layer)).arg("-C").arg(root.path());
            assert!(tar.status().unwrap().success());
        }
        // Container engines make them, for devices and for what the kernel tells about processes.
        for folder in ["dev", "proc"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        let open = fs::Permissions::from_mode(0o755);
        fs::set_permissions(root.path(), open).unwrap();
        let compressed = layers.iter().filter_map(|layer| layer["size"].as_u64()).sum();
        Some(Self { root, configuration: read(blob(&manifest["config"])), compressed })
    }

    /// Listens on free ports: other tests run on this machine.
    fn on_free_ports(&self) {
        let path = self.root.path().join("manifest.json");
        let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(manifest["listen"], format!("0.0.0.0:{}", deployment::HTTP_PORT));
        assert_eq!(manifest["health_listen"], format!("0.0.0.0:{}", deployment::HEALTH_PORT));
        manifest["listen"] = json!("127.0.0.1:0");
        manifest["health_listen"] = json!("127.0.0.1:0");
        fs::write(path, manifest.to_string()).unwrap();
    }

    /// A command in it, as the image's user, with this environment alone.
    fn command(&self, arguments: &[&str], environment: &[(&str, String)]) -> Command {
        // Mounts of a name space of its own, which nobody else sees and which end with it.
        const ENTER: &str = "set -e
            mount -t proc proc \"$0/proc\"
            mount -t tmpfs dev \"$0/dev\"
            for device in null zero full random urandom; do
                touch \"$0/dev/$device\"
                mount --bind \"/dev/$device\" \"$0/dev/$device\"
            done
            exec chroot --userspec=\"$1\" \"$0\" \"${@:2}\"";
        let mut command = Command::new("unshare");
        command.args(["--mount", "--pid", "--fork", "bash", "-c", ENTER]).process_group(0);
        command.arg(self.root.path()).arg(USER).args(arguments);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.envs(environment.iter().map(|(key, value)| (*key, value.as_str())));
        command
    }

    /// As its configuration says.
    fn start(&self, environment: &[(&str, String)]) -> Container {
        self.on_free_ports();
        let entrypoint = self.configuration["config"]["Entrypoint"].as_array().unwrap();
        let entrypoint: Vec<_> = entrypoint.iter().map(|word| word.as_str().unwrap()).collect();
        let folder = TempDir::new().unwrap();
        let mut command = self.command(&entrypoint, environment);
        let log = fs::File::create(folder.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        Container { child: command.spawn().unwrap(), folder }
    }
}

struct Container {
    child: Child,
    folder: TempDir,
}

impl Container {
    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// The address that it says with this message.
    fn address(&mut self, message: &str) -> String {
        let started = Instant::now();
        loop {
            let log = self.log();
            let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            if let Some(line) = lines.find(|line| line["message"] == message) {
                return line["address"].as_str().unwrap().to_owned();
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && started.elapsed() < Duration::from_secs(60), "{ended:?}: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // `unshare` and the first process of the name space, with which all others end.
        let group = Pid::from_raw(self.child.id().cast_signed()).unwrap();
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.child.wait();
    }
}

/// What Terraform gives a task of this head.
fn environment(head: Head, runner: &Runner) -> Vec<(&'static str, String)> {
    let mut all = runner.function_environment(PREFIX);
    let databases = &runner.running.database;
    for secret in deployment::served(head).flat_map(deployment::secrets) {
        let value = match secret {
            key::DATABASE_URL => databases.app.clone(),
            key::OPERATOR_DATABASE_URL => databases.operator.clone(),
            key::SMTP_URL => "smtp://127.0.0.1:1".to_owned(),
            key::SEALING_KEYS => "test:dGhlIGxvY2FsIHJ1bm5lciBrZWVwcyBubyBzZWNyZXQ=".to_owned(),
            other => panic!("{other} is in no task"),
        };
        all.push((secret, value));
    }
    all
}

/// Started, and found ready by its own command, as ECS asks it.
fn healthy(image: &Image, environment: &[(&str, String)]) -> Container {
    let mut container = image.start(environment);
    let url = format!("http://{}{}", container.address("health is told"), deployment::READY_PATH);
    let started = Instant::now();
    loop {
        let output = image.command(&["/adapter", "healthcheck", "--url", &url], &[]).output().unwrap();
        if output.status.success() {
            return container;
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(started.elapsed() < Duration::from_secs(30), "{said}\n{}", container.log());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A client of the container, as the load balancer is.
fn client(container: &mut Container) -> Client {
    Client::new(&format!("http://{}", container.address("listening")))
}

#[test]
fn an_image_holds_what_it_needs_and_nothing_else() {
    for head in Head::ALL {
        let Some(image) = Image::unpack(head) else { return };
        let names = fs::read_dir(image.root.path()).unwrap();
        let names: BTreeSet<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let wanted = ["adapter", "dev", "etc", "functions", "manifest.json", "proc", "sbom.cdx.json"];
        assert_eq!(names, wanted.map(str::to_owned).into());
        assert!(image.compressed < 40 << 20, "{}: {} bytes", head.name(), image.compressed);
        assert_eq!(image.configuration["config"]["User"], USER);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_served_from_the_images_of_customers_and_staff() {
    for head in [Head::Web, Head::Admin] {
        let Some(image) = Image::unpack(head) else { return };
        let runner = Runner::start();
        let mut container = healthy(&image, &environment(head, &runner));
        let mut client = client(&mut container);
        assert_eq!(client.get("/login").await.status, 200);
        let form = [("email", "nobody@example.com"), ("password", "not the password")];
        let refused = client.post_form("/login", &form).await;
        assert_eq!(refused.status, 422, "{}\n{}", refused.text(), container.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_image_of_the_api_lists_customers() {
    let Some(image) = Image::unpack(Head::Api) else { return };
    let runner = Runner::start();
    let mut container = healthy(&image, &environment(Head::Api, &runner));
    let key = runner.running.demo.clone().unwrap().api_key.unwrap();
    let mut client = client(&mut container);
    assert_eq!(client.get("/v1/customers").await.status, 401);
    let mut client = client.with_header("authorization", &format!("Bearer {key}"));
    assert_eq!(client.get("/v1/customers").await.json()["total"], 5, "{}", container.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_image_of_the_jobs_works_on_its_queues() {
    let Some(image) = Image::unpack(Head::Jobs) else { return };
    let runner = Runner::start();
    let sqs = Clients::of(&runner.running.urls.aws).sqs;
    for function in deployment::served(Head::Jobs) {
        sqs.create_queue().queue_name(format!("{PREFIX}-{}", function.name)).send().await.unwrap();
    }
    let import = Import::without_message(&runner, "customers-messy.csv").await;
    let mut container = image.start(&environment(Head::Jobs, &runner));
    container.address("listening");
    let url = format!("{}{}", runner.queue_url_prefix(PREFIX), "import-customers");
    sqs.send_message().queue_url(url).message_body(import.message().to_string()).send().await.unwrap();
    let started = Instant::now();
    while import.state().await != ("completed".to_owned(), 40, 32) {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "{:?}\n{}",
            import.state().await,
            container.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_runs_from_the_image_of_the_jobs_as_a_task_of_its_own() {
    let Some(image) = Image::unpack(Head::Jobs) else { return };
    let runner = Runner::start();
    let mut variables = runner.function_environment(PREFIX);
    variables.push((key::OWNER_DATABASE_URL, runner.running.database.owner.clone()));
    let task = ["/adapter", "invoke", "migrate", "--manifest", "/manifest.json"];
    let Output { status, stdout, stderr } = image.command(&task, &variables).output().unwrap();
    assert!(status.success(), "{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
}
