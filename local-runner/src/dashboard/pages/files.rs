//! `GET /files`: the buckets of S3 and the objects in them.

use std::sync::Arc;

use aws_sdk_s3::{error::DisplayErrorContext, types::Object};
use axum::{
    Router,
    extract::{Path, Query, State},
    http::header,
    response::IntoResponse,
    routing::{get, post},
};
use chrono::DateTime;
use look::{Button, Card, Column, Confirm, Facts, Icon, Pagination, Search, Table};
use maud::{Markup, html};

use super::Reply;
use crate::dashboard::{
    code,
    context::Context,
    forms::{Asked, Fields},
    page::{PageError, Place, nothing, page},
    words,
};

/// Objects on a page.
const ROWS: i32 = 100;
/// Text up to this size is shown.
const SHOWN_BYTES: usize = 64 * 1024;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .route("/files", get(buckets))
        .route("/files/{bucket}", get(objects))
        .route("/files/{bucket}/object", get(object))
        .route("/files/{bucket}/download", get(download))
        .route("/files/{bucket}/delete", post(delete))
}

fn refused<E: std::error::Error>(error: E) -> PageError {
    let text = DisplayErrorContext(error).to_string();
    // The whole chain is for logs; its end says what the service did.
    PageError::Failed(Place::Files, text.split(" (").next().unwrap_or_default().to_owned())
}

async fn buckets(State(context): State<Arc<Context>>) -> Reply {
    let answer = context.sources.s3.list_buckets().send().await.map_err(refused)?;
    let now = context.sources.clock.now();
    let columns = [Column::text("Bucket"), Column::brief("Created")];
    let rows = answer.buckets().iter().map(|bucket| {
        let name = bucket.name().unwrap_or_default();
        let created = bucket.creation_date().and_then(|at| DateTime::from_timestamp(at.secs(), 0));
        [
            html! { a href={ "/files/" (words::escaped(name)) } { (name) } },
            html! { @if let Some(at) = created { (words::ago(at, now)) } },
        ]
    });
    let empty = look::EmptyState::new(Icon::Folder, "No buckets");
    let table = Table::new("Buckets", columns).rows(rows).empty(empty);
    Ok(page(Place::Files, "Files")
        .lead("Buckets of S3")
        .body(Card::new().flush().body(html! { (table) }))
        .into_response())
}

async fn objects(
    State(context): State<Arc<Context>>,
    Path(bucket): Path<String>,
    Query(asked): Asked,
) -> Reply {
    let prefix = asked.get("q").map(String::as_str).unwrap_or_default();
    let list = context.sources.s3.list_objects_v2().bucket(&bucket).prefix(prefix).max_keys(ROWS);
    let list = list.set_start_after(asked.get("after").cloned());
    let answer = list.send().await.map_err(refused)?;
    let path = format!("/files/{}", words::escaped(&bucket));
    let last = answer.contents().last().and_then(Object::key);
    let next = last
        .filter(|_| answer.is_truncated() == Some(true))
        .map(|key| format!("{path}?q={}&after={}", words::escaped(prefix), words::escaped(key)));
    let body = Card::new().flush().body(html! {
        (Search::new(&path, "Keys that begin with").value(prefix))
        (table(&context, &path, answer.contents()))
        (Pagination::new(if answer.contents().len() == 1 { "object" } else { "objects" }).total(answer.contents().len() as u64).next(next))
    });
    let said = context.flashes.said(asked.get("said"));
    Ok(page(Place::Files, bucket.clone()).back("Files", "/files").notice(said).body(body).into_response())
}

fn table(context: &Context, path: &str, objects: &[Object]) -> Markup {
    let now = context.sources.clock.now();
    let columns = [Column::text("Key"), Column::number("Size"), Column::brief("Changed")];
    let rows = objects.iter().map(|object| {
        let key = object.key().unwrap_or_default();
        let changed = object.last_modified().and_then(|at| DateTime::from_timestamp(at.secs(), 0));
        [
            html! { a.foreign href={ (path) "/object?key=" (words::escaped(key)) } { (key) } },
            html! { (words::bytes(u64::try_from(object.size().unwrap_or(0)).unwrap_or(0))) },
            html! { @if let Some(at) = changed { (words::ago(at, now)) } },
        ]
    });
    html! {
        @if objects.is_empty() { (nothing(Icon::Folder, "No objects", "What functions put into this bucket appears here.")) }
        @else { (Table::new("Objects", columns).rows(rows)) }
    }
}

async fn object(
    State(context): State<Arc<Context>>,
    Path(bucket): Path<String>,
    Query(asked): Asked,
) -> Reply {
    let key = asked.get("key").map(String::as_str).unwrap_or_default();
    let found = context.sources.s3.get_object().bucket(&bucket).key(key).send().await;
    let found = found.map_err(|error| match error.as_service_error() {
        Some(service) if service.is_no_such_key() => {
            PageError::Missing(Place::Files, format!("There is no object {key}."))
        }
        _ => refused(error),
    })?;
    let size = u64::try_from(found.content_length().unwrap_or(0)).unwrap_or(0);
    let media_type = found.content_type().unwrap_or_default().to_owned();
    let mut facts = Facts::new()
        .fact("Size", html! { (words::bytes(size)) })
        .fact("Media type", html! { (media_type) })
        .fact("ETag", html! { code { (found.e_tag().unwrap_or_default()) } });
    for (name, value) in found.metadata().into_iter().flatten() {
        facts = facts.fact(name.clone(), html! { (value) });
    }
    let text = if size <= SHOWN_BYTES as u64 {
        let bytes = found.body.collect().await.map_err(PageError::failed(Place::Files))?.into_bytes();
        String::from_utf8(bytes.into()).ok().filter(|text| !text.contains('\0'))
    } else {
        None
    };
    let path = format!("/files/{}", words::escaped(&bucket));
    let actions = html! {
        (Button::link("Download", format!("{path}/download?key={}", words::escaped(key))).secondary().small())
        (Confirm::new("delete", Button::submit("Delete").danger().small(), format!("Delete {key}?"))
            .form(format!("{path}/delete?key={}", words::escaped(key)), "Delete"))
    };
    let body = html! {
        (Card::new().body(html! { (facts) }))
        @if let Some(text) = text { (Card::new().title("Content").body(code::block("Content", &code::pretty(&text)))) }
        @else { p.aside { "The content is not shown: it is large, or no text." } }
    };
    Ok(page(Place::Files, key.to_owned())
        .back(bucket.clone(), path)
        .actions(actions)
        .body(body)
        .into_response())
}

/// As a file to keep: a browser never shows it as a page of the dashboard.
async fn download(
    State(context): State<Arc<Context>>,
    Path(bucket): Path<String>,
    Query(asked): Asked,
) -> Reply {
    let key = asked.get("key").map(String::as_str).unwrap_or_default();
    let found = context.sources.s3.get_object().bucket(&bucket).key(key).send().await.map_err(refused)?;
    let bytes = found.body.collect().await.map_err(PageError::failed(Place::Files))?.into_bytes();
    let name = key.rsplit('/').next().unwrap_or_default();
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, bytes).into_response())
}

async fn delete(
    State(context): State<Arc<Context>>,
    Path(bucket): Path<String>,
    Query(asked): Asked,
    _fields: Fields,
) -> Reply {
    let key = asked.get("key").map(String::as_str).unwrap_or_default();
    context.sources.s3.delete_object().bucket(&bucket).key(key).send().await.map_err(refused)?;
    let path = format!("/files/{}", words::escaped(&bucket));
    Ok(context.flashes.done(&path, format!("{key} is deleted.")).into_response())
}
