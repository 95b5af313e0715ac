//! `GET /queues/{name}`: one queue: its messages (looked at, not received), and what can be done with it.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::IntoResponse,
    routing::{get, post},
};
use catalog::names;
use look::{Button, Card, Confirm, Errors, Facts, Field, Form, Icon, Notice, Status, Tone, count};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{Reply, queues};
use crate::{
    aws::{PeekedMessage, PeekedPlace},
    dashboard::{
        cloud::CloudError,
        code,
        context::Context,
        forms::{Asked, Fields},
        page::{PageError, Place, live, nothing, page},
        words,
    },
};

/// Messages on the page.
const SHOWN: usize = 50;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .route("/queues/{name}", get(show))
        .route("/queues/{name}/send", post(send))
        .route("/queues/{name}/purge", post(purge))
        .route("/queues/{name}/redrive", post(redrive))
}

async fn show(State(context): State<Arc<Context>>, Path(name): Path<String>, Query(asked): Asked) -> Reply {
    let said = context.flashes.said(asked.get("said"));
    Ok(page_of(&context, &name, said, &Draft::default()).await?.into_response())
}

/// A message as it was typed, and what is wrong with it.
#[derive(Default)]
struct Draft<'a> {
    body: &'a str,
    delay: &'a str,
    group: &'a str,
    errors: Errors<'a>,
}

async fn page_of(
    context: &Context,
    name: &str,
    said: Option<Notice<'_>>,
    draft: &Draft<'_>,
) -> Result<Markup, PageError> {
    let attributes = attributes(context, name).await.map_err(PageError::cloud(Place::Queues))?;
    let is_dead_letters = queues::is_dead_letters(name);
    let (messages, total) = context.sources.aws.peek(name, SHOWN).unwrap_or_default();
    let actions = html! {
        @if is_dead_letters && total > 0 {
            (Form::post(format!("/queues/{name}/redrive")).inline(Button::submit("Redrive all").small()))
        }
        @if total > 0 {
            (Confirm::new("purge", Button::submit("Purge").danger().small(), format!("Throw away all messages of {name}?"))
                .text(format!("{} messages are gone for good.", count(total as u64)))
                .form(format!("/queues/{name}/purge"), "Purge"))
        }
    };
    let body = html! {
        (live("queue", &html! {
            (Card::new().body(facts(context, name, &attributes)))
            (Card::new().title("Messages").lead("Looked at, not received: nothing changes by it.").flush().body(list(context, &messages, total)))
        }))
        (Card::new().title("Send a message").body(form(name, draft)))
    };
    let page = page(Place::Queues, name.to_owned()).back("Queues", "/queues").notice(said).actions(actions);
    Ok(page.errors(&draft.errors).body(body))
}

fn facts(context: &Context, name: &str, attributes: &Value) -> Markup {
    let text = |key: &str| attributes.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let seconds = |key: &str| words::span(text(key).parse().unwrap_or(0));
    let depth = context.sources.aws.depth(name);
    let mut facts = Facts::new();
    if let Some(depth) = depth {
        facts = facts
            .fact("Ready", html! { (count(depth.ready as u64)) })
            .fact("In flight", html! { (count(depth.in_flight as u64)) })
            .fact("Delayed", html! { (count(depth.delayed as u64)) });
    }
    let redrive: Option<Value> = serde_json::from_str(&text("RedrivePolicy")).ok();
    let target =
        redrive.as_ref().and_then(|policy| policy["deadLetterTargetArn"].as_str()?.rsplit(':').next());
    facts = facts
        .fact("Visibility timeout", html! { (seconds("VisibilityTimeout")) })
        .fact("Kept for", html! { (seconds("MessageRetentionPeriod")) });
    if let (Some(target), Some(policy)) = (target, &redrive) {
        let receives = policy["maxReceiveCount"].to_string();
        facts = facts.fact("Dead letters", html! {
            a href={ "/queues/" (words::escaped(target)) } { (target) } span.aside { "after " (receives.trim_matches('"')) " receives" }
        });
    }
    if let Some(function) = catalog::FUNCTIONS.iter().find(|function| names::queue(function.name) == name) {
        facts =
            facts.fact("Consumer", html! { a href={ "/functions/" (function.name) } { (function.name) } });
    }
    html! { (facts) }
}

fn list(context: &Context, messages: &[PeekedMessage], total: usize) -> Markup {
    let now = context.sources.schedules.now();
    html! {
        @if messages.is_empty() {
            (nothing(Icon::Queue, "No messages", "A message that is being worked on is in flight and stands here until it is done."))
        } @else {
            ul.messages {
                @for message in messages {
                    li {
                        div.message-head {
                            (place(message))
                            code { (message.id) }
                            span.aside {
                                "sent " (words::ago(message.sent, now)) ", "
                                (look::plural(u64::from(message.receives), "receive", "receives"))
                                @if let Some(group) = &message.group { ", group " code { (group) } }
                                @if let Some(source) = &message.dead_letter_source { ", from " (source) }
                            }
                        }
                        (code::block("Message body", &code::pretty(&message.body)))
                        @if !message.attributes.is_empty() {
                            p.aside { @for (name, value) in &message.attributes { code { (name) "=" (value) } " " } }
                        }
                    }
                }
            }
            @if total > messages.len() { p.table-note { "The oldest " (messages.len()) " of " (count(total as u64)) " are shown." } }
        }
    }
}

fn place(message: &PeekedMessage) -> Markup {
    let (tone, word) = match message.place {
        PeekedPlace::Ready => (Tone::Good, "ready"),
        PeekedPlace::Delayed => (Tone::Neutral, "delayed"),
        PeekedPlace::InFlight => (Tone::Active, "in flight"),
    };
    html! { (Status::new(tone, word)) }
}

fn form(name: &str, draft: &Draft<'_>) -> Markup {
    let is_fifo = name.ends_with(".fifo");
    Form::post(format!("/queues/{name}/send")).body(html! {
        (Field::textarea("body", "Body").rows(5).code().value(draft.body).errors(&draft.errors))
        @if is_fifo { (Field::text("group", "Message group").narrow().code().value(draft.group).errors(&draft.errors)) }
        @else { (Field::text("delay", "Delay in seconds").narrow().optional().value(draft.delay).errors(&draft.errors)) }
        (Form::buttons(html! { (Button::submit("Send")) }))
    })
}

async fn send(State(context): State<Arc<Context>>, Path(name): Path<String>, fields: Fields) -> Reply {
    let (body, delay, group) = (fields.raw("body"), fields.text("delay"), fields.text("group"));
    let mut errors = Errors::new();
    let seconds = delay.parse::<u32>();
    if !delay.is_empty() && !seconds.as_ref().is_ok_and(|seconds| *seconds <= 900) {
        errors.push("delay", "Enter whole seconds, 900 at most, or nothing");
    }
    if errors.is_empty() {
        match deliver(&context, &name, body, seconds.ok(), group).await {
            Ok(id) => {
                return Ok(context
                    .flashes
                    .done(&format!("/queues/{name}"), format!("Sent as {id}."))
                    .into_response());
            }
            Err(error) if error.is_missing() => return Err(PageError::Cloud(Place::Queues, error)),
            Err(error) => errors.push("body", error.to_string()),
        }
    }
    let page = page_of(&context, &name, None, &Draft { body, delay, group, errors }).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn deliver(
    context: &Context,
    name: &str,
    body: &str,
    delay: Option<u32>,
    group: &str,
) -> Result<String, CloudError> {
    let mut input = json!({ "QueueUrl": url(context, name).await?, "MessageBody": body });
    if let Some(seconds) = delay {
        input["DelaySeconds"] = seconds.into();
    }
    if name.ends_with(".fifo") {
        input["MessageGroupId"] = group.into();
        input["MessageDeduplicationId"] = uuid::Uuid::new_v4().to_string().into();
    }
    let answer = context.cloud.call("AmazonSQS.SendMessage", &input).await?;
    Ok(answer["MessageId"].as_str().unwrap_or_default().to_owned())
}

async fn purge(State(context): State<Arc<Context>>, Path(name): Path<String>) -> Reply {
    act(&context, &name, "Everything in it is thrown away.", async {
        let input = json!({ "QueueUrl": url(&context, &name).await? });
        context.cloud.call("AmazonSQS.PurgeQueue", &input).await
    })
    .await
}

async fn redrive(State(context): State<Arc<Context>>, Path(name): Path<String>) -> Reply {
    act(&context, &name, "The messages move back to the queues they came from.", async {
        let attributes = attributes(&context, &name).await?;
        let input = json!({ "SourceArn": attributes["QueueArn"] });
        context.cloud.call("AmazonSQS.StartMessageMoveTask", &input).await
    })
    .await
}

async fn act(
    context: &Context,
    name: &str,
    done: &str,
    action: impl Future<Output = Result<Value, CloudError>>,
) -> Reply {
    let path = format!("/queues/{name}");
    match action.await {
        Ok(_) => Ok(context.flashes.done(&path, done).into_response()),
        Err(error) if error.is_missing() => Err(PageError::Cloud(Place::Queues, error)),
        Err(error) => Ok(context.flashes.failed(&path, error.to_string()).into_response()),
    }
}

async fn url(context: &Context, name: &str) -> Result<String, CloudError> {
    let answer = context.cloud.call("AmazonSQS.GetQueueUrl", &json!({ "QueueName": name })).await?;
    Ok(answer["QueueUrl"].as_str().unwrap_or_default().to_owned())
}

async fn attributes(context: &Context, name: &str) -> Result<Value, CloudError> {
    let input = json!({ "QueueUrl": url(context, name).await?, "AttributeNames": ["All"] });
    let answer = context.cloud.call("AmazonSQS.GetQueueAttributes", &input).await?;
    Ok(answer["Attributes"].clone())
}
