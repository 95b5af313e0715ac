//! `POST /invocations/{id}/replay`: the same function once more, with the event as it was edited; and
//! `POST /functions/{name}/invoke`, with any event.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
    routing::post,
};
use bytes::Bytes;
use look::{Button, Card, Errors, Field, Form};
use maud::{Markup, html};
use serde_json::Value;

use super::{Reply, function, invocation};
use crate::dashboard::{
    context::Context,
    forms::Fields,
    page::{PageError, Place},
    recorder::Invocation,
    redact,
};

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .route("/invocations/{id}/replay", post(again))
        .route("/functions/{name}/invoke", post(invoke))
}

/// What was typed and cannot be sent.
pub(super) struct Refused<'a> {
    pub(super) event: &'a str,
    pub(super) errors: &'a Errors<'a>,
}

/// The form below an invocation.
pub(super) fn card(invocation: &Invocation, refused: Option<&Refused<'_>>) -> Markup {
    let (Some(_), Some(event)) = (&invocation.function, &invocation.event) else { return html! {} };
    let text = invocation::shown(event, false).text;
    Card::new()
        .title("Replay")
        .lead("The same function once more, with this event. It really happens again.")
        .body(form(
            &format!("/invocations/{}/replay", invocation.request_id),
            "Replay",
            refused.map_or(&text, |refused| refused.event),
            refused.map(|refused| refused.errors),
        ))
}

/// A form with an event; used for a function's as well.
pub(super) fn form(action: &str, label: &str, event: &str, errors: Option<&Errors<'_>>) -> Markup {
    let none = Errors::new();
    let rows = u8::try_from(event.lines().count().clamp(6, 24)).unwrap_or(12);
    Form::post(action).body(html! {
        (Field::textarea("event", "Event").hint("JSON. What is [hidden] is put back as it was; Ctrl+Enter sends.").rows(rows).code().value(event)
            .errors(errors.unwrap_or(&none)))
        (Form::buttons(html! { (Button::submit(label)) }))
    })
}

async fn again(State(context): State<Arc<Context>>, Path(id): Path<String>, fields: Fields) -> Reply {
    let original = invocation::find(&context, &id)?;
    let Some(function) = original.function.clone() else {
        return Err(PageError::Missing(
            Place::Invocations,
            "No function was invoked: no route matched.".to_owned(),
        ));
    };
    let text = fields.raw("event");
    let edited = match serde_json::from_str::<Value>(text) {
        Ok(edited) => edited,
        Err(error) => {
            let errors = Errors::new().on("event", format!("This is not JSON: {error}."));
            let refused = Refused { event: text, errors: &errors };
            let page = invocation::frame(&original, &context, &Default::default()).errors(&errors);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page.body(card(&original, Some(&refused))))
                .into_response());
        }
    };
    let before =
        original.event.as_ref().and_then(|event| serde_json::from_slice(event).ok()).unwrap_or_default();
    run(
        &context,
        &function,
        redact::restore(edited, &before).to_string().into(),
        &format!("/invocations/{id}"),
    )
    .await
}

async fn invoke(State(context): State<Arc<Context>>, Path(name): Path<String>, fields: Fields) -> Reply {
    let text = fields.raw("event");
    if let Err(error) = serde_json::from_str::<Value>(text) {
        let errors = Errors::new().on("event", format!("This is not JSON: {error}."));
        let page = function::page_of(&context, &name, None, Some(&Refused { event: text, errors: &errors }))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    run(&context, &name, text.to_owned().into(), &format!("/functions/{name}")).await
}

/// Invokes the function and leads to what became of it.
async fn run(context: &Context, function: &str, event: Bytes, back: &str) -> Reply {
    Ok(match context.sources.adapter.invoke(function, event).await {
        Ok(result) => {
            let path = format!("/invocations/{}", result.request_id);
            match result.function_error {
                None => context.flashes.done(&path, format!("{function} ran with this event.")),
                Some(_) => {
                    context.flashes.failed(&path, format!("{function} ran with this event and failed."))
                }
            }
        }
        Err(error) => context.flashes.failed(back, format!("{function} was not invoked: {error}")),
    }
    .into_response())
}
