//! The function: does what the last part of its event's path says, and keeps what it found out meanwhile.

use std::{fs, io, path::PathBuf, process, thread, time::Duration};

use serde_json::{Value, json};

use crate::{
    Check, environment,
    event::{self, Format},
    http::{self, Response},
    sqs,
};

const RUNTIME_API: &str = "Using the Lambda runtime API for custom runtimes";

struct Api {
    address: String,
    /// Of earlier invocations; told at `/findings`.
    findings: Vec<Check>,
}

pub(crate) fn run() -> io::Result<()> {
    let address = std::env::var("AWS_LAMBDA_RUNTIME_API").map_err(io::Error::other)?;
    let mut api = Api { address, findings: Vec::new() };
    if fs::remove_file(refusal_marker()).is_ok() {
        let failure = error("Conformance.CannotStart");
        let posted = api.post(
            "init/error",
            &failure,
            &[("lambda-runtime-function-error-type", "Conformance.CannotStart")],
        )?;
        // A host may end the process at any moment now: the result is there as a whole or not at all.
        fs::write(marker("unfinished"), posted.status.to_string())?;
        fs::rename(marker("unfinished"), refusal_result())?;
        process::exit(1);
    }
    loop {
        let head = "GET /2018-06-01/runtime/invocation/next";
        let next = http::send(&api.address, head, &[], b"", None)?;
        let id = next.header("lambda-runtime-aws-request-id").unwrap_or_default().to_owned();
        let event = serde_json::from_slice(&next.body)?;
        api.handle(&next, &id, &event)?;
    }
}

impl Api {
    fn post(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> io::Result<Response> {
        let head = format!("POST /2018-06-01/runtime/{path}");
        let body = body.to_string();
        http::send(&self.address, &head, headers, body.as_bytes(), Some(Duration::from_secs(30)))
    }

    fn respond(&mut self, id: &str, answer: &Value) -> io::Result<()> {
        let posted = self.post(&format!("invocation/{id}/response"), answer, &[])?;
        self.found("a response is accepted with 202", posted.status == 202, posted.status);
        Ok(())
    }

    fn found(&mut self, rule: &str, ok: bool, status: u16) {
        self.findings.push(Check::new(rule, RUNTIME_API, ok, status.to_string()));
    }

    fn handle(&mut self, next: &Response, id: &str, event: &Value) -> io::Result<()> {
        if event["Records"].is_array() {
            let checks = sqs::check(event);
            self.findings.extend(checks);
            return self.respond(id, &json!({ "batchItemFailures": [] }));
        }
        let format = Format::of(event);
        let parts: Vec<&str> = event::path(event).split('/').collect();
        let probe = if parts.contains(&"event") { "event" } else { parts.last().unwrap_or(&"") };
        match probe {
            "invocation" => {
                let checks = [environment::variables(), environment::next(next)].concat();
                self.respond(id, &told(format, &checks))
            }
            "event" => {
                let binary = event["isBase64Encoded"] == true;
                let checks = event::check(event, if binary { "AP+A" } else { "{\"a\":\"é\"}" }, binary);
                self.respond(id, &told(format, &checks))
            }
            "findings" => {
                self.findings.extend(refused_start());
                let findings = std::mem::take(&mut self.findings);
                self.respond(id, &told(format, &findings))
            }
            "answers" => self.answer_often(id, format),
            "error" => self.fail(id),
            "late" => {
                thread::sleep(Duration::from_secs(3600));
                Ok(())
            }
            "garbage" => {
                let head = format!("POST /2018-06-01/runtime/invocation/{id}/response");
                let posted = http::send(
                    &self.address,
                    &head,
                    &[],
                    b"{\"statusCode\":",
                    Some(Duration::from_secs(30)),
                )?;
                self.found("also an answer that is no JSON is answered", posted.status < 500, posted.status);
                Ok(())
            }
            "exit" => process::exit(1),
            "refuse-to-start" => {
                fs::write(refusal_marker(), "")?;
                process::exit(1);
            }
            _ => self.respond(id, &answer(probe, format)),
        }
    }

    /// Unknown, real, double.
    fn answer_often(&mut self, id: &str, format: Format) -> io::Result<()> {
        for (end, what) in [("response", "a response"), ("error", "an error")] {
            let unknown = self.post(
                &format!("invocation/00000000-0000-0000-0000-000000000000/{end}"),
                &json!({}),
                &[],
            )?;
            let refused = (400..500).contains(&unknown.status);
            self.found(&format!("{what} to an unknown request is refused"), refused, unknown.status);
        }
        self.respond(id, &told(format, &[]))?;
        let again = self.post(&format!("invocation/{id}/response"), &json!({}), &[])?;
        self.found("a second response is refused", (400..500).contains(&again.status), again.status);
        let failed = self.post(&format!("invocation/{id}/error"), &error("Late"), &[])?;
        self.found(
            "an error after the response is refused",
            (400..500).contains(&failed.status),
            failed.status,
        );
        Ok(())
    }

    fn fail(&mut self, id: &str) -> io::Result<()> {
        let kind = [("lambda-runtime-function-error-type", "Conformance.Asked")];
        let posted = self.post(&format!("invocation/{id}/error"), &error("Conformance.Asked"), &kind)?;
        self.found("an error is accepted with 202", posted.status == 202, posted.status);
        Ok(())
    }
}

fn error(kind: &str) -> Value {
    json!({ "errorMessage": "as was asked", "errorType": kind, "stackTrace": [] })
}

/// Checks as the body of a response that every format understands.
fn told(format: Format, checks: &[Check]) -> Value {
    let checks: Vec<Value> = checks.iter().map(Check::to_json).collect();
    let body = json!({ "format": format!("{format:?}"), "checks": checks }).to_string();
    response(format, 200, &[("content-type", &["application/json"])], &body, false)
}

fn response(format: Format, status: u16, headers: &[(&str, &[&str])], body: &str, is_base64: bool) -> Value {
    let mut response = json!({ "statusCode": status, "body": body, "isBase64Encoded": is_base64 });
    for (name, values) in headers {
        match format {
            Format::HttpApi if *name == "set-cookie" => response["cookies"] = json!(values),
            Format::HttpApi | Format::AlbSingle => response["headers"][*name] = json!(values.last()),
            Format::RestApi | Format::AlbMulti => response["multiValueHeaders"][*name] = json!(values),
        }
    }
    response
}

fn answer(probe: &str, format: Format) -> Value {
    match probe {
        "binary" => response(format, 200, &[("content-type", &["application/octet-stream"])], "AP+A", true),
        "status" => response(format, 418, &[("x-own", &["1"])], "", false),
        "cookies" => response(format, 200, &[("set-cookie", &["a=1; Path=/", "b=2"])], "", false),
        "shorthand" => json!({ "message": "hello" }),
        "no-status" => json!({ "statusCode": 99, "body": "" }),
        _ => response(format, 404, &[], "no such probe", false),
    }
}

fn marker(name: &str) -> PathBuf {
    let function = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    std::env::temp_dir().join(format!("lambda-conformance-{function}-{name}"))
}

fn refusal_marker() -> PathBuf {
    marker("refuse")
}

fn refusal_result() -> PathBuf {
    marker("refused")
}

/// What the process before this one was told when it said that it could not start, if it lived to write it down.
fn refused_start() -> Option<Check> {
    let status = fs::read_to_string(refusal_result()).ok()?;
    let _ = fs::remove_file(refusal_result());
    Some(Check::new("an error at the start is accepted with 202", RUNTIME_API, status == "202", status))
}
