//! What others wrote, served so that it cannot do anything: mail as HTML, its pictures and files, and its source.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderName, header},
    response::IntoResponse,
    routing::get,
};

use super::missing;
use crate::{
    dashboard::{
        context::Context,
        page::{PageError, Place},
        pages::Reply,
    },
    mail::Message,
};

/// No scripts, no forms, no origin; styles and pictures as mail programs show them.
const POLICY: &str = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; \
    style-src 'unsafe-inline'; img-src 'self' data: http: https:; font-src data: http: https:; form-action 'none'; \
    base-uri 'none'; frame-ancestors 'self'";

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .route("/mail/{id}/html", get(html))
        .route("/mail/{id}/raw", get(raw))
        .route("/mail/{id}/parts/{index}", get(part))
}

fn find(context: &Context, id: &str) -> Result<Message, PageError> {
    context.sources.mailbox.message(id).map_err(PageError::failed(Place::Mail))?.ok_or_else(missing)
}

async fn html(State(context): State<Arc<Context>>, Path(id): Path<String>) -> Reply {
    let mail = find(&context, &id)?;
    let body = with_pictures(&mail, &in_new_tabs(mail.html.as_deref().unwrap_or_default()));
    Ok((headers("text/html; charset=utf-8".to_owned()), body).into_response())
}

async fn raw(State(context): State<Arc<Context>>, Path(id): Path<String>) -> Reply {
    let mail = find(&context, &id)?;
    let name = (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.eml\""));
    Ok((headers("message/rfc822".to_owned()), [name], mail.raw).into_response())
}

async fn part(State(context): State<Arc<Context>>, Path((id, index)): Path<(String, usize)>) -> Reply {
    let mail = find(&context, &id)?;
    let attachment = mail.attachments.into_iter().nth(index).ok_or_else(missing)?;
    let is_picture =
        ["image/png", "image/jpeg", "image/gif", "image/webp"].contains(&attachment.media_type.as_str());
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' };
    let file: String = attachment.name.chars().map(safe).collect();
    let kind = if is_picture { "inline" } else { "attachment" };
    let name = (header::CONTENT_DISPOSITION, format!("{kind}; filename=\"{file}\""));
    let media_type = if is_picture { attachment.media_type } else { "application/octet-stream".to_owned() };
    Ok((headers(media_type), [name], attachment.bytes).into_response())
}

fn headers(media_type: String) -> [(HeaderName, String); 2] {
    [(header::CONTENT_TYPE, media_type), (header::CONTENT_SECURITY_POLICY, POLICY.to_owned())]
}

/// Links of a mail open beside the dashboard and not within the frame.
fn in_new_tabs(html: &str) -> String {
    const BASE: &str = "<base target=\"_blank\">";
    let lower = html.to_ascii_lowercase();
    let after = |tag: &str| lower.find(tag).and_then(|at| Some(at + lower[at..].find('>')? + 1));
    let place = after("<head").or_else(|| after("<html")).or_else(|| after("<!doctype")).unwrap_or(0);
    format!("{}{BASE}{}", &html[..place], &html[place..])
}

/// Pictures that came with the mail (RFC 2392).
fn with_pictures(mail: &Message, html: &str) -> String {
    let mut html = html.to_owned();
    for (index, attachment) in mail.attachments.iter().enumerate() {
        if let Some(id) = attachment.content_id.as_deref().filter(|id| !id.is_empty()) {
            html = html.replace(&format!("cid:{id}"), &format!("/mail/{}/parts/{index}", mail.summary.id));
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::in_new_tabs;

    #[test]
    fn links_open_in_new_tabs_wherever_the_document_begins() {
        for (html, expected) in [
            (
                "<!DOCTYPE html><html><HEAD lang=x><title>",
                "<!DOCTYPE html><html><HEAD lang=x><base target=\"_blank\"><title>",
            ),
            ("<html><body>", "<html><base target=\"_blank\"><body>"),
            ("<p>", "<base target=\"_blank\"><p>"),
        ] {
            assert_eq!(in_new_tabs(html), expected);
        }
    }
}
