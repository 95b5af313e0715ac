//! The client: sends probes to the function and looks at what comes out.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    Check,
    event::{COOKIE, MANY, PROBE},
    http::{self, Response},
};

const RUNTIME_API: &str = "Using the Lambda runtime API for custom runtimes";
const ERRORS: &str = "Handle Lambda errors in API Gateway";
const RESPONSES: &str = "Lambda function response format, in the page of the event's format";
/// Longer than any function may take.
const PATIENCE: Duration = Duration::from_secs(120);

struct Driver {
    address: String,
    prefix: String,
    checks: Vec<Check>,
}

pub(crate) fn drive(base: &str) -> io::Result<Vec<Check>> {
    let rest =
        base.strip_prefix("http://").ok_or_else(|| io::Error::other("the base must begin with http://"))?;
    let (authority, prefix) = rest.split_once('/').map_or((rest, ""), |(authority, path)| (authority, path));
    let address = if authority.contains(':') { authority.to_owned() } else { format!("{authority}:80") };
    let prefix = format!("/{prefix}").trim_end_matches('/').to_owned();
    let mut driver = Driver { address, prefix, checks: Vec::new() };
    let first = driver.get("/invocation")?;
    let format = driver.take(&first);
    driver.events()?;
    driver.answers(&format)?;
    driver.failures()?;
    Ok(distinct(driver.checks))
}

/// A rule that was looked at several times counts once, and once more if it was not always kept.
fn distinct(checks: Vec<Check>) -> Vec<Check> {
    let mut kept: Vec<Check> = Vec::new();
    for check in checks {
        if !kept.iter().any(|other| other.rule == check.rule && other.ok == check.ok) {
            kept.push(check);
        }
    }
    kept
}

impl Driver {
    fn send(&self, head: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Response> {
        let (method, path) = head.split_once(' ').unwrap_or(("GET", head));
        http::send(&self.address, &format!("{method} {}{path}", self.prefix), headers, body, Some(PATIENCE))
    }

    fn get(&self, path: &str) -> io::Result<Response> {
        self.send(&format!("GET {path}"), &[], b"")
    }

    fn check(&mut self, rule: &str, page: &str, ok: bool, saw: &Response) {
        self.checks.push(Check::new(
            rule,
            page,
            ok,
            format!("{} {:?} {}", saw.status, saw.headers, saw.text()),
        ));
    }

    /// Takes over what the function found; returns the events' format.
    fn take(&mut self, response: &Response) -> String {
        let told: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let found = told["checks"].as_array();
        self.check(
            "the function is reached and its answer comes back",
            RUNTIME_API,
            found.is_some(),
            response,
        );
        self.checks.extend(found.into_iter().flatten().map(Check::from_json));
        told["format"].as_str().unwrap_or_default().to_owned()
    }

    fn findings(&mut self) -> io::Result<()> {
        let response = self.get("/findings")?;
        self.take(&response);
        Ok(())
    }

    fn events(&mut self) -> io::Result<()> {
        let headers =
            [("x-many", MANY[0]), ("x-many", MANY[1]), ("cookie", COOKIE), ("user-agent", "conformance")];
        for body in ["{\"a\":\"é\"}".as_bytes(), &[0, 255, 128]] {
            let response = self.send(&format!("POST {PROBE}"), &headers, body)?;
            self.take(&response);
        }
        Ok(())
    }

    fn answers(&mut self, format: &str) -> io::Result<()> {
        let binary = self.get("/binary")?;
        self.check("a body in base64 is decoded", RESPONSES, binary.body == [0, 255, 128], &binary);
        let status = self.get("/status")?;
        let kept = status.status == 418 && status.header("x-own") == Some("1");
        self.check("status and headers are the function's", RESPONSES, kept, &status);
        let cookies = self.get("/cookies")?;
        let seen: Vec<&str> = cookies.all("set-cookie").collect();
        let expected = if format == "AlbSingle" { &["b=2"][..] } else { &["a=1; Path=/", "b=2"] };
        let all_seen = seen == expected;
        self.check("every cookie that the format carries arrives", RESPONSES, all_seen, &cookies);
        let short = self.get("/shorthand")?;
        if format == "HttpApi" {
            let kind = short.header("content-type").unwrap_or_default().starts_with("application/json");
            let ok = short.status == 200 && kind && short.text().contains("\"hello\"");
            self.check("JSON without a status is the body itself", RESPONSES, ok, &short);
        } else {
            self.check("an answer without a status is 502", ERRORS, short.status == 502, &short);
        }
        let head = self.send("HEAD /status", &[], b"")?;
        self.check("HEAD is answered without a body", "RFC 9110, 9.3.2", head.body.is_empty(), &head);
        self.get("/answers")?;
        self.findings()
    }

    fn failures(&mut self) -> io::Result<()> {
        for (probe, rule) in [
            ("/error", "an error of the function is 5xx"),
            ("/garbage", "an answer that is no JSON is 5xx"),
            ("/no-status", "an answer with an impossible status is 5xx"),
        ] {
            let response = self.get(probe)?;
            self.check(rule, ERRORS, (500..600).contains(&response.status), &response);
            let silent = !response.text().contains("as was asked");
            self.check("the client is not told the function's error", ERRORS, silent, &response);
        }
        self.findings()?;
        let late = self.get("/late")?;
        self.check(
            "a function that passes its time-out is 5xx",
            ERRORS,
            (500..600).contains(&late.status),
            &late,
        );
        self.recovers("after a time-out")?;
        let gone = self.get("/exit")?;
        self.check("a function that exits is 5xx", ERRORS, (500..600).contains(&gone.status), &gone);
        self.recovers("after an exit")?;
        let refused = self.get("/refuse-to-start")?;
        self.check("a function that exits is 5xx", ERRORS, (500..600).contains(&refused.status), &refused);
        self.recovers("after an error at the start")
    }

    /// Tries until the function answers again; a host may back off meanwhile.
    fn recovers(&mut self, when: &str) -> io::Result<()> {
        let started = Instant::now();
        let mut response = self.get("/findings")?;
        while response.status != 200 && started.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(200));
            response = self.get("/findings")?;
        }
        self.check(
            &format!("the function answers again {when}"),
            RUNTIME_API,
            response.status == 200,
            &response,
        );
        self.take(&response);
        Ok(())
    }
}
