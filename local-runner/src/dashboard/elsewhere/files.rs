//! The keys in a shared environment's bucket. What the files hold is people's own, and not read from here.

use aws_sdk_s3::{Client, operation::list_objects_v2::ListObjectsV2Output, types::Object};
use chrono::{DateTime, Utc};
use look::{Card, Column, Icon, Notice, Pagination, Search, Table};
use maud::{Markup, html};

use super::{
    account::{Account, said},
    pages::whose,
};
use crate::dashboard::{
    page::{Place, nothing, page},
    words,
};

/// Objects on a page.
const ROWS: i32 = 100;

/// `GET /files`: keys that begin with `prefix`, those after `after`.
pub(super) async fn show(account: &Account, prefix: &str, after: Option<&str>, now: DateTime<Utc>) -> Markup {
    let body = match read(account, prefix, after).await {
        Err(refused) => html! { (Notice::error(refused)) },
        Ok(found) => {
            let last = found.contents().last().and_then(Object::key);
            let next = last.filter(|_| found.is_truncated() == Some(true));
            let next =
                next.map(|key| format!("/files?q={}&after={}", words::escaped(prefix), words::escaped(key)));
            let count = found.contents().len();
            Card::new().title(account.remote().files_bucket()).flush().body(html! {
                (Search::new("/files", "Keys that begin with").value(prefix))
                @if count == 0 { (nothing(Icon::Folder, "No objects", "What functions put into this bucket appears here.")) }
                @else { (table(found.contents(), now)) }
                (Pagination::new(if count == 1 { "object" } else { "objects" }).total(count as u64).next(next))
            })
        }
    };
    page(Place::Files, "Files").lead(whose(account.remote().name())).body(body)
}

async fn read(account: &Account, prefix: &str, after: Option<&str>) -> Result<ListObjectsV2Output, String> {
    let config = aws_sdk_s3::config::Builder::from(account.config().await)
        // Another endpoint than AWS's own knows no hosts of buckets.
        .force_path_style(account.remote().endpoint().is_some())
        .build();
    let list = Client::from_conf(config).list_objects_v2().bucket(account.remote().files_bucket());
    let list = list.prefix(prefix).max_keys(ROWS).set_start_after(after.map(str::to_owned));
    list.send().await.map_err(|error| said(&error))
}

fn table(objects: &[Object], now: DateTime<Utc>) -> Markup {
    let columns = [Column::text("Key"), Column::number("Size"), Column::brief("Changed")];
    let rows = objects.iter().map(|object| {
        let changed = object.last_modified().and_then(|at| DateTime::from_timestamp(at.secs(), 0));
        [
            html! { code.foreign { (object.key().unwrap_or_default()) } },
            html! { (words::bytes(u64::try_from(object.size().unwrap_or(0)).unwrap_or(0))) },
            html! { @if let Some(at) = changed { (words::ago(at, now)) } },
        ]
    });
    html! { (Table::new("Objects", columns).rows(rows)) }
}
