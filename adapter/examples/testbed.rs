//! A function that does what its path says: echoes, panics, exits, hangs. The adapter's tests run it.
//!
//! `TESTBED_START` says how it starts (`fail`, `hang`), `TESTBED_KIND=json` makes it a function of plain JSON
//! instead of HTTP. `TESTBED_SIGTERM` says what it does when asked to end (`ignore`, `finish`).

#![allow(clippy::print_stderr, reason = "what a function prints is part of what is tested")]

use std::{process, time::Duration};

use lambda_http::{Body, Error, Request, RequestExt, Response, http::header, service_fn};
use lambda_runtime::LambdaEvent;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    match std::env::var("TESTBED_START").as_deref() {
        Ok("fail") => {
            eprintln!("the configuration is missing");
            process::exit(3);
        }
        Ok("hang") => tokio::time::sleep(Duration::from_secs(3600)).await,
        _ => {}
    }
    match std::env::var("TESTBED_SIGTERM").as_deref() {
        Ok("ignore") => {
            let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
            tokio::spawn(async move { while terminate.recv().await.is_some() {} });
        }
        Ok("finish") => {
            lambda_runtime::spawn_graceful_shutdown_handler(|| async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                eprintln!("tidied up");
            })
            .await;
        }
        _ => {}
    }
    match std::env::var("TESTBED_KIND").as_deref() {
        Ok("json") => lambda_runtime::run_concurrent(service_fn(plain)).await,
        _ => lambda_http::run_concurrent(service_fn(handle)).await,
    }
}

/// Does what the event, or one of its SQS records, says.
async fn plain(event: LambdaEvent<Value>) -> Result<Value, Error> {
    eprintln!("trace {}", event.context.xray_trace_id.as_deref().unwrap_or("-"));
    // Printing a payload of megabytes would measure the printing.
    eprintln!("saw {:.20000}", event.payload.to_string());
    let Some(records) = event.payload["Records"].as_array() else {
        let deed = event.payload["do"].as_str().or(event.payload["detail"]["do"].as_str());
        act(deed).await?;
        return Ok(json!({ "event": event.payload, "request_id": event.context.request_id }));
    };
    let mut failures = Vec::new();
    let mut failed_groups = Vec::new();
    for record in records {
        let body: Value = serde_json::from_str(record["body"].as_str().unwrap_or_default())?;
        if body["do"] == "garbage" {
            return Ok(json!({ "batchItemFailures": [{ "itemIdentifier": "" }] }));
        }
        act(body["do"].as_str()).await?;
        let group = record["attributes"]["MessageGroupId"].as_str();
        let is_first = record["attributes"]["ApproximateReceiveCount"] == "1";
        let fails = body["do"] == "fail item"
            || is_first && (body == "fail once" || body["do"] == "fail once")
            || group.is_some_and(|group| failed_groups.contains(&group));
        if fails {
            failed_groups.extend(group);
            failures.push(json!({ "itemIdentifier": record["messageId"] }));
        } else if let Some(group) = group {
            eprintln!("did {group} {body}");
        }
    }
    Ok(json!({ "batchItemFailures": failures }))
}

async fn act(deed: Option<&str>) -> Result<(), Error> {
    match deed {
        Some("fail") => Err("as was asked".into()),
        Some("exit") => process::exit(7),
        Some("hang") => std::future::pending().await,
        Some("slow") => {
            tokio::time::sleep(Duration::from_millis(2_200)).await;
            Ok(())
        }
        Some("very slow") => {
            tokio::time::sleep(Duration::from_secs(9)).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn handle(request: Request) -> Result<Response<Body>, Error> {
    match request.raw_http_path() {
        "/panic" => panic!("as was asked"),
        "/error" => Err("as was asked".into()),
        "/exit" => {
            eprintln!("about to exit");
            process::exit(7)
        }
        "/exit-0" => process::exit(0),
        "/exit-1" => process::exit(1),
        "/kill" => {
            process::Command::new("kill").args(["-9", &process::id().to_string()]).status()?;
            std::future::pending().await
        }
        "/leak" => leak().await,
        "/leaking-child" => {
            let hoard = "x=$(head -c 100000000 /dev/zero | tr '\\0' x); sleep 3600";
            let _child = process::Command::new("sh").args(["-c", hoard]).spawn()?;
            std::future::pending().await
        }
        "/orphan" => {
            // The shell ends at once; what it leaves behind has a session, a parent and an end of its own.
            process::Command::new("sh").args(["-c", "setsid sleep 0.2 &"]).status()?;
            Ok(text("left one behind"))
        }
        "/hang" => std::future::pending().await,
        "/slow" => {
            tokio::time::sleep(Duration::from_millis(300)).await;
            Ok(text("slow"))
        }
        "/pid" => Ok(text(&process::id().to_string())),
        "/big" => Ok(text(&"x".repeat(9_000_000))),
        "/no-response" => Ok(Response::builder().status(101).body(Body::Empty)?),
        "/cookies" => Ok(Response::builder()
            .header(header::SET_COOKIE, "a=1; Path=/")
            .header(header::SET_COOKIE, "b=2")
            .body(Body::Empty)?),
        "/links" => Ok(Response::builder()
            .header(header::LINK, "<a>")
            .header(header::LINK, "<b>")
            .body(Body::Empty)?),
        "/binary" => Ok(Response::builder()
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .body(Body::Binary(vec![0, 255, 128]))?),
        "/environment" => Ok(Response::new(Body::from(environment().to_string()))),
        _ => echo(&request),
    }
}

/// Takes 8 MiB at a time until somebody ends it.
async fn leak() -> Result<Response<Body>, Error> {
    let mut leaked: Vec<Vec<u8>> = Vec::new();
    loop {
        leaked.push(vec![1; 8 * 1024 * 1024]);
        std::hint::black_box(&leaked);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn text(text: &str) -> Response<Body> {
    Response::builder()
        .header(header::CONTENT_TYPE, "text/plain")
        .body(Body::from(text))
        .expect("a valid response")
}

fn environment() -> Value {
    std::env::vars().filter(|(name, _)| !name.contains("SECRET")).map(|(k, v)| (k, Value::from(v))).collect()
}

/// What the handler saw, as JSON.
fn echo(request: &Request) -> Result<Response<Body>, Error> {
    let headers: serde_json::Map<String, Value> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()))
        .collect();
    let parameters: serde_json::Map<String, Value> = request
        .path_parameters_ref()
        .into_iter()
        .flat_map(|p| p.iter())
        .map(|(k, v)| (k.to_owned(), v.into()))
        .collect();
    let saw = json!({
        "method": request.method().as_str(),
        "uri": request.uri().to_string(),
        "raw_path": request.raw_http_path(),
        "query": request.uri().query(),
        "headers": headers,
        "parameters": parameters,
        "body": request.body().as_ref(),
        "is_binary": matches!(request.body(), Body::Binary(_)),
        "pid": process::id(),
    });
    let json = [(header::CONTENT_TYPE, "application/json")];
    let builder =
        json.into_iter().fold(Response::builder(), |builder, (name, value)| builder.header(name, value));
    Ok(builder.body(Body::from(saw.to_string()))?)
}
