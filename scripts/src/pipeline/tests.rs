//! Which calls the steps make, told by a recording: order, arguments, what is masked, what is asked again.

use std::{fs, time::Duration};

use serde_json::json;
use tempfile::TempDir;

use super::{
    failure::Kind,
    programs::{Call, Output, Recording},
    screen::Screen,
    state::{Built, Deployment, Pushed, Service, State, Step},
    steps, terraform,
    world::{Environment, World},
};
use crate::project::Project;

struct Stage {
    _folder: TempDir,
    project: Project,
    screen: Screen,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::at(folder.path());
        Self { _folder: folder, project, screen: Screen::silent() }
    }

    fn world<'w>(&'w self, programs: &'w Recording) -> World<'w> {
        World {
            project: &self.project,
            programs,
            screen: &self.screen,
            environment: Environment::Dev,
            is_dry: false,
            sha: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            account: "111111111111".to_owned(),
            registry: None,
            quick_images: false,
            poll: Duration::from_secs(5),
            patience: Duration::from_secs(900),
        }
    }
}

fn text(text: &str) -> Output {
    Output { text: text.to_owned(), ..Output::default() }
}

fn failed(code: i32, complaint: &str) -> Output {
    Output { code, complaint: complaint.to_owned(), ..Output::default() }
}

fn built() -> State {
    let image = |digest: &str| Built {
        digest: format!("sha256:{digest}"),
        source: "source-1".into(),
        is_in_registry: true,
    };
    let build = ["web", "api", "admin", "jobs"].map(|service| (service.to_owned(), image(service)));
    State { build: Some(build.into()), ..State::default() }
}

#[test]
fn the_registrys_password_is_input_and_masked_and_its_file_is_gone_afterwards() {
    let stage = Stage::new();
    let programs = Recording::answering(|call| match call.line() {
        line if line.contains("get-login-password") => Some(text("the-password\n")),
        line if line.starts_with("skopeo inspect") => Some(text(&format!("sha256:{}", service_of(&line)))),
        _ => None,
    });
    let world = stage.world(&programs);
    let mut state = built();
    steps::carry_out(&world, Step::Push, &mut state).unwrap();
    let login = programs.calls().into_iter().find(|call| call.arguments[0] == "login").unwrap();
    assert_eq!(login.input.as_deref(), Some("the-password"));
    assert!(programs.lines().iter().all(|line| !line.contains("the-password")), "{:#?}", programs.lines());
    assert_eq!(stage.screen.masks.apply("is it the-password?"), "is it ***?");
    assert!(!world.file(".auth.json").exists());
    assert!(!programs.lines().iter().any(|line| line.starts_with("skopeo copy")), "all of it is there");
    let images = state.push.unwrap().images;
    assert_eq!(images["web"], "111111111111.dkr.ecr.eu-central-1.amazonaws.com/velox/web@sha256:web");
}

fn service_of(line: &str) -> String {
    line.rsplit_once("/velox/").unwrap().1.split(':').next().unwrap().to_owned()
}

#[test]
fn another_image_under_the_commits_tag_is_left_alone() {
    let stage = Stage::new();
    let programs = Recording::answering(|call| {
        call.line().starts_with("skopeo inspect").then(|| text("sha256:another"))
    });
    let failure = steps::carry_out(&stage.world(&programs), Step::Push, &mut built()).unwrap_err();
    assert_eq!(failure.kind, Kind::Push);
    assert!(!programs.lines().iter().any(|line| line.starts_with("skopeo copy")));
}

#[test]
fn what_is_applied_is_the_file_that_was_planned_and_only_when_there_is_something_to_do() {
    let stage = Stage::new();
    let plan = |code: i32| {
        move |call: &Call| match call.arguments.get(1).map(String::as_str) {
            Some("plan") => Some(Output { code, ..Output::default() }),
            _ => None,
        }
    };
    let programs = Recording::answering(plan(2));
    let world = stage.world(&programs);
    let planned = terraform::plan(&world, &Pushed::default(), &world.sha).unwrap();
    terraform::apply(&world, &planned).unwrap();
    let lines = programs.lines();
    let file = world.file(".tfplan").display().to_string();
    assert!(
        lines.iter().any(|line| line.contains(" plan ") && line.ends_with(&format!("-out={file}"))),
        "{lines:#?}"
    );
    let applies: Vec<_> = lines.iter().filter(|line| line.contains(" apply ")).collect();
    assert!(applies.len() == 1 && applies[0].ends_with(&file), "{applies:?}");
    let variables = fs::read_to_string(world.file(".tfvars.json")).unwrap();
    assert!(variables.contains(&world.sha), "{variables}");

    let programs = Recording::answering(plan(0));
    let world = stage.world(&programs);
    let planned = terraform::plan(&world, &Pushed::default(), &world.sha).unwrap();
    terraform::apply(&world, &planned).unwrap();
    assert!(!programs.lines().iter().any(|line| line.contains(" apply ")));
}

#[test]
fn a_rollout_is_looked_at_until_its_time_is_over() {
    let stage = Stage::new();
    let under_way = json!({ "services": [{ "serviceName": "web", "deployments": [{
        "status": "PRIMARY", "rolloutState": "IN_PROGRESS", "taskDefinition": "web:2" }] }] });
    let programs = Recording::answering(move |call| match call.arguments[1].as_str() {
        "describe-services" => Some(text(&under_way.to_string())),
        "list-tasks" => Some(text(r#"{"taskArns":[]}"#)),
        _ => None,
    });
    let world = stage.world(&programs);
    let service = Service { name: "web".into(), task_definition: "web:2".into(), log_group: "web".into() };
    let apply = Deployment { services: [("web".to_owned(), service)].into(), ..Deployment::default() };
    let mut state = State { apply: Some(apply), push: Some(Pushed::default()), ..State::default() };
    let failure = steps::carry_out(&world, Step::Rollout, &mut state).unwrap_err();
    assert_eq!(failure.kind, Kind::TimedOut, "{failure}");
    assert_eq!(programs.waited(), world.patience);
    assert!(!programs.lines().iter().any(|line| line.contains("put-parameter")), "it does not run for sure");
}

#[test]
fn every_step_says_what_it_lacks() {
    let stage = Stage::new();
    let programs = Recording::answering(|_| None);
    for step in [Step::Push, Step::Migrate, Step::Plan, Step::Apply, Step::Rollout, Step::Smoke] {
        let failure = steps::carry_out(&stage.world(&programs), step, &mut State::default()).unwrap_err();
        assert_eq!(failure.kind, Kind::Refused, "{step:?}");
        assert!(failure.message.contains("--only"), "{failure}");
    }
    assert!(programs.calls().is_empty());
}

#[test]
fn whoever_has_no_access_learns_what_aws_said() {
    let stage = Stage::new();
    let programs = Recording::answering(|_| Some(failed(255, "Unable to locate credentials")));
    let failure = stage.world(&programs).check_account().unwrap_err();
    assert_eq!(failure.kind, Kind::Program);
    assert!(failure.message.contains("Unable to locate credentials"), "{failure}");
}

#[test]
fn a_state_is_read_as_it_was_written() {
    let stage = Stage::new();
    let programs = Recording::answering(|_| None);
    let world = stage.world(&programs);
    assert!(!State::read(&world).has(Step::Build));
    built().write(&world).unwrap();
    let state = State::read(&world);
    assert!(state.has(Step::Build) && !state.has(Step::Push));
    assert_eq!(state.build, built().build);
}
