//! `GET /mail/{id}`: one mail, as HTML, text, headers or raw.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    response::IntoResponse,
    routing::get,
};
use look::{Button, Card, Facts, Form, foreign};
use maud::{Markup, html};

use super::missing;
use crate::{
    dashboard::{
        code,
        context::Context,
        forms::Asked,
        page::{PageError, Place, page},
        pages::Reply,
        words,
    },
    mail::Message,
};

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new().route("/mail/{id}", get(show))
}

async fn show(State(context): State<Arc<Context>>, Path(id): Path<String>, Query(asked): Asked) -> Reply {
    let mail =
        context.sources.mailbox.message(&id).map_err(PageError::failed(Place::Mail))?.ok_or_else(missing)?;
    let views: Vec<_> = [
        ("html", "HTML", mail.html.is_some()),
        ("text", "Text", mail.text.is_some()),
        ("headers", "Headers", true),
        ("raw", "Raw", true),
    ]
    .into_iter()
    .filter(|(_, _, there)| *there)
    .collect();
    let asked_view = asked.get("view").map_or("", String::as_str);
    let view = views.iter().find(|(name, ..)| *name == asked_view).unwrap_or(&views[0]).0;
    let subject = if mail.summary.subject.is_empty() { "(no subject)" } else { &mail.summary.subject };
    let delete = Form::post(format!("/mail/{id}/delete")).inline(Button::submit("Delete").danger().small());
    let body = html! {
        (Card::new().body(html! { (facts(&mail)) }))
        nav.tabs aria-label="Views" {
            @for (name, label, _) in &views {
                a href={ "/mail/" (id) "?view=" (name) } aria-current=[(*name == view).then_some("true")] { (label) }
            }
        }
        (shown(&mail, view))
        (attachments(&mail))
    };
    Ok(page(Place::Mail, subject.to_owned())
        .back("Mailbox", "/mail")
        .actions(delete)
        .body(body)
        .into_response())
}

fn facts(mail: &Message) -> Facts<'static> {
    Facts::new()
        .fact("From", foreign(&mail.summary.from))
        .fact("To", foreign(&mail.summary.to.join(", ")))
        .fact("When", words::date(mail.summary.received))
        .fact("Size", html! { (words::bytes(mail.summary.size as u64)) })
}

fn shown(mail: &Message, view: &str) -> Markup {
    let id = &mail.summary.id;
    match view {
        // No script runs in it and it has no origin; links open in a tab of their own.
        "html" => html! {
            iframe.mail-frame src={ "/mail/" (id) "/html" } title="The mail as HTML"
                sandbox="allow-popups allow-popups-to-escape-sandbox" {}
        },
        "text" => {
            html! { pre.source tabindex="0" role="group" aria-label="The mail as text" { (linked(mail.text.as_deref().unwrap_or_default())) } }
        }
        "headers" => html! {
            (Card::new().body(html! {
                dl.headers { @for (name, value) in &mail.headers { div { dt { (name) } dd { (value) } } } }
            }))
        },
        _ => html! {
            p { (Button::link("Download", format!("/mail/{id}/raw")).secondary().small()) }
            (code::block("The mail as it came", &String::from_utf8_lossy(&mail.raw)))
        },
    }
}

fn attachments(mail: &Message) -> Markup {
    html! {
        @if !mail.attachments.is_empty() {
            (Card::new().title("Attachments").body(html! {
                ul.attachments {
                    @for (index, attachment) in mail.attachments.iter().enumerate() {
                        li {
                            a href={ "/mail/" (mail.summary.id) "/parts/" (index) } { (attachment.name) }
                            span.aside { (attachment.media_type) ", " (words::bytes(attachment.bytes.len() as u64)) }
                        }
                    }
                }
            }))
        }
    }
}

/// Text whose addresses can be clicked.
fn linked(text: &str) -> Markup {
    let mut rest = text;
    let mut parts = Vec::new();
    while let Some(start) = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (before, address) = rest.split_at(start);
        let end = address.find(|c: char| c.is_whitespace() || "<>\"".contains(c)).unwrap_or(address.len());
        let end = address[..end].trim_end_matches(['.', ',', ')', ';', ':', '!', '?']).len();
        parts.push((before, &address[..end]));
        rest = &address[end..];
    }
    html! {
        @for (before, address) in parts { (before) a href=(address) target="_blank" rel="noreferrer" { (address) } }
        (rest)
    }
}

#[cfg(test)]
mod tests {
    use super::linked;

    #[test]
    fn addresses_in_text_can_be_clicked_without_the_sentence_around_them() {
        let html =
            linked("Go to http://app.localhost:4000/x?a=1&b=2. Or <https://b.example/>!").into_string();
        assert!(html.contains("href=\"http://app.localhost:4000/x?a=1&amp;b=2\""), "{html}");
        assert!(html.contains("href=\"https://b.example/\"") && html.contains("&lt;<a"), "{html}");
        assert!(html.ends_with("&gt;!"), "{html}");
        assert!(!linked("javascript:alert(1) http").into_string().contains("<a"));
    }
}
