//! `GET /imports`: the latest imports.

use bootstrap::browser::Refusal;
use domain::imports::{Import, ImportStatus, list_imports};
use look::{Button, Card, Column, EmptyState, Icon, Status, Table, Tone, count, foreign};
use maud::{Markup, html};

use crate::{
    member::Reader,
    page::{self, Place, date_time},
};

pub(crate) async fn show(Reader(mut member): Reader) -> Result<Markup, Refusal> {
    let imports = list_imports(&mut member.tx, 100).await?;
    let mut frame = page::signed_in(&member.who, "Imports", Place::Imports);
    if !imports.is_empty() {
        // An empty list has the button in its middle.
        frame =
            frame.actions(html! { (Button::link("Import customers", "/imports/new").icon(Icon::Import)) });
    }
    Ok(frame.body(Card::new().flush().body(table(&imports))))
}

/// Imports as rows; the overview shows them too.
pub(crate) fn table(imports: &[Import]) -> Markup {
    let columns = [
        Column::text("File"),
        Column::brief("State"),
        Column::number("Imported"),
        Column::number("Rejected"),
        Column::brief("Started"),
    ];
    let rows = imports.iter().map(|import| {
        [
            html! { a href={ "/imports/" (import.id) } { (foreign(&import.file_name)) } },
            html! { (status(import)) },
            html! { (number(import.imported)) },
            html! { (number(import.rejected())) },
            html! { (date_time(import.created_at)) },
        ]
    });
    let empty = EmptyState::new(Icon::Import, "No imports yet")
        .text("Upload a CSV file with your customers' names and addresses.")
        .action(html! { (Button::link("Import customers", "/imports/new").icon(Icon::Import)) });
    html! { (Table::new("Imports", columns).rows(rows).empty(empty)) }
}

/// Where an import stands, in a word or two.
pub(super) fn status(import: &Import) -> Status<'static> {
    match &import.status {
        ImportStatus::Queued => Status::new(Tone::Neutral, "Waiting"),
        ImportStatus::Running => Status::new(Tone::Active, "Running"),
        ImportStatus::Completed if import.rejected() > 0 => {
            Status::new(Tone::Warning, "Done, with rejected rows")
        }
        ImportStatus::Completed => Status::new(Tone::Good, "Done"),
        ImportStatus::Failed(_) => Status::new(Tone::Bad, "Failed"),
    }
}

/// A count of rows.
pub(super) fn number(rows: i32) -> String {
    count(u64::try_from(rows).unwrap_or(0))
}
