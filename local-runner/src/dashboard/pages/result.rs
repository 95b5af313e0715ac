//! How an invocation went, in one word and one line.

use look::{Status, Tone};
use maud::{Markup, html};

use crate::dashboard::{
    recorder::{Cause, Invocation},
    words,
};

/// `200`, `2 of 10 failed`, `failed`.
pub(super) fn badge(invocation: &Invocation) -> Markup {
    let ok = || {
        (
            if invocation.failed { Tone::Bad } else { Tone::Good },
            if invocation.failed { "failed" } else { "ok" }.to_owned(),
        )
    };
    let (tone, text) = match &invocation.cause {
        Some(Cause::Http { status, .. }) => (tone_of(*status), status.to_string()),
        Some(Cause::Queue { messages, failures, .. }) if *failures > 0 && *messages > 1 => {
            (Tone::Bad, format!("{failures} of {messages} failed"))
        }
        Some(_) => ok(),
        None => (Tone::Active, "running".to_owned()),
    };
    html! { (Status::new(tone, text)) }
}

fn tone_of(status: u16) -> Tone {
    match status {
        500.. => Tone::Bad,
        400..500 => Tone::Warning,
        300..400 => Tone::Neutral,
        _ => Tone::Good,
    }
}

/// What it was about: `GET /customers`, `2 messages`, `schedule`, `direct`.
pub(super) fn subject(invocation: &Invocation) -> Markup {
    match &invocation.cause {
        Some(Cause::Http { method, path, host, .. }) => html! {
            span.method { (method) } " " (words::path(path)) span.aside { (host) }
        },
        Some(Cause::Queue { messages, .. }) => {
            html! { (look::plural(*messages as u64, "message", "messages")) }
        }
        Some(Cause::Message { .. }) => html! { "fire of its schedule" },
        Some(Cause::Direct) => html! { "direct" },
        Some(Cause::Repeated { .. }) => html! { "once more, by chaos" },
        None => html! { "running" },
    }
}

/// Why it failed, in a line: the message of the error that the function reported, else the first line.
pub(super) fn why(invocation: &Invocation) -> String {
    let text = invocation.error.as_deref().unwrap_or_default();
    let reported = text.find('{').and_then(|at| serde_json::from_str::<serde_json::Value>(&text[at..]).ok());
    let message = reported.as_ref().and_then(|error| error["errorMessage"].as_str());
    message.unwrap_or_else(|| text.lines().next().unwrap_or_default()).to_owned()
}

/// What it was about for a title, without markup.
pub(super) fn title(invocation: &Invocation) -> String {
    let function = invocation.function.as_deref().unwrap_or("no route");
    match &invocation.cause {
        Some(Cause::Http { method, path, .. }) => format!("{method} {path}"),
        _ => function.to_owned(),
    }
}
