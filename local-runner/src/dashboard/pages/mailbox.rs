//! `GET /mail`: the mail that functions sent, caught on this machine.

mod content;
mod shown;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use look::{Button, Card, Column, Confirm, Icon, Table, foreign};
use maud::{Markup, html};

use super::Reply;
use crate::dashboard::{
    context::Context,
    forms::Asked,
    page::{PageError, Place, live, nothing, page},
    words,
};

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .route("/mail", get(show))
        .route("/mail/clear", post(clear))
        .route("/mail/{id}/delete", post(delete))
        .merge(shown::routes())
        .merge(content::routes())
}

async fn show(State(context): State<Arc<Context>>, Query(asked): Asked) -> Markup {
    let mail = context.sources.mailbox.list();
    let now = context.sources.clock.now();
    let columns = [
        Column::text("Subject"),
        Column::text("To"),
        Column::text("From"),
        Column::brief("When"),
        Column::number("Size"),
    ];
    let rows = mail.iter().map(|mail| {
        let subject = if mail.subject.is_empty() { "(no subject)" } else { &mail.subject };
        [
            html! { a href={ "/mail/" (mail.id) } { (foreign(subject)) } },
            foreign(&mail.to.join(", ")),
            foreign(&mail.from),
            words::ago(mail.received, now),
            html! { (words::bytes(mail.size as u64)) },
        ]
    });
    let list = html! {
        @if mail.is_empty() {
            (nothing(Icon::Mail, "No mail yet", "What functions send is caught here and goes nowhere else."))
        } @else {
            (Card::new().flush().body(html! { (Table::new("Mail", columns).rows(rows)) }))
        }
    };
    let actions = html! {
        @if !mail.is_empty() {
            (Confirm::new("clear", Button::submit("Delete all").danger().small(), "Delete all mail?").form("/mail/clear", "Delete all"))
        }
    };
    page(Place::Mail, "Mailbox")
        .lead(format!("SMTP at {}. Nothing leaves this machine.", context.sources.smtp))
        .notice(context.flashes.said(asked.get("said")))
        .actions(actions)
        .body(live("mail", &list))
}

async fn delete(State(context): State<Arc<Context>>, Path(id): Path<String>) -> Reply {
    match context.sources.mailbox.delete(&id).map_err(PageError::failed(Place::Mail))? {
        true => Ok(context.flashes.done("/mail", "The mail is deleted.").into_response()),
        false => Err(missing()),
    }
}

async fn clear(State(context): State<Arc<Context>>) -> Result<Redirect, PageError> {
    let number = context.sources.mailbox.clear().map_err(PageError::failed(Place::Mail))?;
    Ok(context.flashes.done("/mail", format!("{} deleted.", look::plural(number as u64, "mail", "mails"))))
}

fn missing() -> PageError {
    PageError::Missing(Place::Mail, "This mail was deleted.".to_owned())
}
