//! `--env dev`: what the dashboard shows of the account that others use as well, and how it looks.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_ssm::types::ParameterType;
use axum::{
    Router,
    http::{StatusCode, Uri, header},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    aws_scheduler::{create, queue_arn, target},
    dashboard::ok,
    dashboard_browser::check,
    http::Client,
    shared_environment::{Shared, start_with},
};

const SECRET: &str = "under-the-stone";

/// Schedules, files and parameters, some more than a page holds.
async fn furnish(shared: &Shared) {
    let clients = &shared.cloud.clients;
    clients.scheduler.create_schedule_group().name("velox").send().await.unwrap();
    for number in 0..25 {
        let to = target(&queue_arn("velox-relay-outbox")).build().unwrap();
        let name = format!("velox-nightly-{number:02}");
        let schedule = create(clients, &name, "cron(30 3 * * ? *)").group_name("velox").target(to);
        schedule.schedule_expression_timezone("Europe/Berlin").send().await.unwrap();
    }
    for number in 0..120 {
        let put = clients.s3.put_object().bucket("velox-files").key(format!("uploads/file-{number:03}.csv"));
        put.body(ByteStream::from_static(b"name\n")).send().await.unwrap();
    }
    for number in 0..12 {
        let put = clients.ssm.put_parameter().name(format!("/velox/plan-{number:02}"));
        put.value(format!("value-{number:02}")).r#type(ParameterType::String).send().await.unwrap();
    }
    let put = clients.ssm.put_parameter().name("/velox/a-key").value(SECRET);
    put.r#type(ParameterType::SecureString).send().await.unwrap();
    let elsewhere = clients.ssm.put_parameter().name("/other/plan").value("of-somebody-else");
    elsewhere.r#type(ParameterType::String).send().await.unwrap();
}

/// All pages of a list, from the first on.
async fn pages(dashboard: &mut Client, path: &str) -> Vec<String> {
    let (mut pages, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next.filter(|_| pages.len() < 9) {
        let page = ok(dashboard.get(&path).await);
        assert!(page.contains("read-only") && !page.contains("method=\"post\""), "{path}: {page}");
        let following = page
            .split("href=\"")
            .filter(|href| href.starts_with('/'))
            .find(|href| href.split('"').next().is_some_and(|href| href.contains("after=")));
        next = following.map(|href| href.split('"').next().unwrap().replace("&amp;", "&"));
        pages.push(page);
    }
    pages
}

fn on_one_page(pages: &[String], text: &str) -> bool {
    pages.iter().filter(|page| page.contains(text)).count() == 1
}

#[tokio::test(flavor = "multi_thread")]
async fn its_schedules_files_and_parameters_are_listed_page_by_page_and_no_secret_is_shown() {
    let shared = Shared::start().await;
    furnish(&shared).await;
    let runner = start_with(&shared.settings());
    let mut dashboard = runner.dashboard();

    let schedules = pages(&mut dashboard, "/schedules").await;
    assert_eq!(schedules.len(), 2);
    assert!((0..25).all(|number| on_one_page(&schedules, &format!("velox-nightly-{number:02}<"))));
    for says in ["03:30", "cron(30 3 * * ? *)", "Europe/Berlin", "to velox-relay-outbox", "in "] {
        assert!(schedules[0].contains(says), "no {says}: {}", schedules[0]);
    }
    let files = pages(&mut dashboard, "/files").await;
    assert_eq!(files.len(), 2);
    assert!((0..120).all(|number| on_one_page(&files, &format!("uploads/file-{number:03}.csv"))));
    let found = ok(dashboard.get("/files?q=uploads/file-11").await);
    assert!(found.contains("file-117.csv") && !found.contains("file-107.csv"), "{found}");

    let parameters = pages(&mut dashboard, "/parameters").await;
    assert_eq!(parameters.len(), 2);
    assert!((0..12).all(|number| on_one_page(&parameters, &format!("value-{number:02}"))));
    assert!(on_one_page(&parameters, "/velox/a-key") && on_one_page(&parameters, ">hidden<"));
    assert!(!parameters.concat().contains(SECRET) && !parameters.concat().contains("of-somebody-else"));
    let revealed = dashboard.post_form("/parameters/reveal", &[("name", "/velox/a-key")]).await;
    assert_eq!(revealed.status, StatusCode::FORBIDDEN);
    assert!(!revealed.text().contains(SECRET));
}

/// An account that allows nothing.
async fn denying(serving: &mut JoinSet<()>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = async |uri: Uri| {
        let says = "User: anna is not authorized to perform this";
        let (kind, body) = match uri.path().starts_with("/velox-files") {
            true => (
                "application/xml",
                format!("<Error><Code>AccessDenied</Code><Message>{says}</Message></Error>"),
            ),
            false => (
                "application/json",
                format!("{{\"__type\":\"AccessDeniedException\",\"message\":\"{says}\"}}"),
            ),
        };
        let headers = [(header::CONTENT_TYPE.as_str(), kind), ("x-amzn-errortype", "AccessDeniedException")];
        (StatusCode::FORBIDDEN, headers, body)
    };
    let answers = Router::new().fallback(answer);
    serving.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(answers.clone());
            connections.spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                drop(server.serve_connection(TokioIo::new(stream), service).await);
            });
        }
    });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_account_refuses_is_said_in_a_sentence_on_the_page() {
    let shared = Shared::start().await;
    let mut serving = JoinSet::new();
    let denying = denying(&mut serving).await;
    let settings = shared.settings();
    let (before, _) = settings.split_once("AWS_ENDPOINT_URL=").unwrap();
    let keys = "AWS_ACCESS_KEY_ID=any\nAWS_SECRET_ACCESS_KEY=any\n";
    let runner = start_with(&format!("{before}AWS_ENDPOINT_URL={denying}\n{keys}"));
    let mut dashboard = runner.dashboard();
    for path in ["/schedules", "/files", "/parameters"] {
        let page = ok(dashboard.get(path).await);
        assert!(page.contains("not authorized to perform this"), "{path}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_shared_environment_fit_every_width_in_both_schemes_and_pass_axe() {
    let shared = Shared::start().await;
    let runner = start_with(&shared.settings());
    let url = &runner.running.urls.dashboard;
    let all = ["/", "/queues", "/tables", "/tables/velox-sessions", "/schedules", "/files", "/parameters"];
    // The group of schedules is not there yet, and nothing in the others.
    check(url, "remote-empty", &["/schedules", "/files", "/parameters"].map(str::to_owned)).await;
    furnish(&shared).await;
    check(url, "remote", &all.map(str::to_owned)).await;
}
