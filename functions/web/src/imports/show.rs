//! `GET /imports/{id}`: progress while it runs, the outcome and each rejected row afterwards.

use bootstrap::browser::Refusal;
use domain::{
    ImportId,
    imports::{Import, ImportErrors, ImportStatus, find_import, import_errors},
};
use look::{Button, Card, Column, Facts, Icon, Live, Notice, Progress, Table, foreign, plural};
use maud::{Markup, html};

use super::list::{number, status};
use crate::{
    member::Reader,
    page::{self, Place, date_time},
    path_id::PathId,
};

/// Rejected rows on the page; more is for a file, not for eyes.
const SHOWN: i64 = 500;
/// How often a browser with JavaScript asks, in ms; without, the page loads again every 2 s.
const INTERVAL_MS: u32 = 400;

pub(crate) async fn show(
    Reader(mut member): Reader,
    PathId(id): PathId<ImportId>,
) -> Result<Markup, Refusal> {
    let import = find_import(&mut member.tx, id).await?.ok_or_else(Refusal::not_found)?;
    let frame = page::signed_in(&member.who, &import.file_name, Place::Imports).back("Imports", "/imports");
    if import.is_finished() {
        let errors = import_errors(&mut member.tx, id, SHOWN).await?;
        return Ok(frame.body(finished(&import, &errors)));
    }
    Ok(frame.refresh(2).body(running(&import)))
}

fn running(import: &Import) -> Markup {
    let progress = match import.total {
        None => Progress::new("Importing customers")
            .text("Waiting to start. This takes a second or two; you can leave this page."),
        Some(total) => {
            Progress::new("Importing customers").done(rows(import.processed), rows(total)).text(format!(
                "{} of {} rows, {} rejected so far. You can leave this page.",
                number(import.processed),
                number(total),
                number(import.rejected())
            ))
        }
    };
    let announce = match import.total {
        Some(total) if total > 0 => {
            format!("{} percent imported", i64::from(import.processed) * 100 / i64::from(total))
        }
        _ => "Waiting to start".to_owned(),
    };
    Live::running("import", format!("/imports/{}", import.id), INTERVAL_MS)
        .announce(announce)
        .body(Card::new().body(html! { (status(import)) (progress) }))
}

fn finished(import: &Import, errors: &ImportErrors) -> Markup {
    let failed = matches!(import.status, ImportStatus::Failed(_));
    Live::finished("import").announce("The import is finished").body(html! {
        (outcome(import))
        @if let Some(encoding) = &import.read_as {
            (Notice::info("The file is not UTF-8.").details(html! {
                "It was read as " (encoding) ". Check that names with accents look right."
            }))
        }
        @if !failed || import.imported > 0 { (Card::new().body(html! { (facts(import)) })) }
        @if errors.total > 0 {
            (Card::new().title("Rejected rows").lead(explanation(errors)).flush().body(html! { (table(errors)) }))
        }
        (look::Form::buttons(html! {
            @if import.imported > 0 {
                (Button::link("See these customers", format!("/customers?import={}", import.id)).icon(Icon::Customers))
            }
            @let another = Button::link("Import another file", "/imports/new");
            @if import.imported > 0 { (another.secondary()) } @else { (another) }
        }))
    })
}

fn outcome(import: &Import) -> Notice<'static> {
    let (imported, rejected) = (rows(import.imported), rows(import.rejected()));
    match &import.status {
        ImportStatus::Failed(reason) => {
            // A list of columns may break after its commas.
            let parts = reason.split_inclusive(',');
            Notice::error("This file was not imported.").details(html! { @for part in parts { (part) wbr; } })
        }
        _ if rejected == 0 => {
            Notice::success(format!("{} imported.", plural(imported, "customer was", "customers were")))
        }
        _ => {
            let message = format!(
                "{} imported, {} not.",
                plural(imported, "customer was", "customers were"),
                plural(rejected, "row was", "rows were")
            );
            Notice::warning(message).details(html! {
                "Correct these rows in your file and import it again: what is there already is not imported twice."
            })
        }
    }
}

fn facts(import: &Import) -> Facts<'static> {
    let took = import.finished_at.map(|at| at - import.created_at);
    let took = took.map(|took| match took.num_milliseconds() {
        ms @ ..1_000 => format!("{ms} ms"),
        ms => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
    });
    Facts::new()
        .fact("Rows", html! { (number(import.total.unwrap_or(0))) })
        .fact("Imported", html! { (number(import.imported)) })
        .fact("Rejected", html! { (number(import.rejected())) })
        .fact("Took", html! { (took.unwrap_or_default()) })
        .fact("Started", html! { (date_time(import.created_at)) })
        .fact("By", foreign(&import.created_by))
}

fn explanation(errors: &ImportErrors) -> String {
    let shown = errors.errors.len();
    let rows = "Rows are counted below the header, lines from the top of the file.";
    if i64::try_from(shown).is_ok_and(|shown| shown < errors.total) {
        format!("{rows} The first {shown} of {} reasons are shown.", errors.total)
    } else {
        rows.to_owned()
    }
}

fn table(errors: &ImportErrors) -> Table<'_> {
    let columns =
        [Column::number("Row"), Column::number("Line"), Column::code("Column"), Column::text("Reason")];
    Table::new("Rejected rows", columns).rows(errors.errors.iter().map(|error| {
        [
            html! { (number(error.row)) },
            html! { (number(error.line)) },
            html! { @if error.field != "row" { (error.field) } },
            html! { (error.message) },
        ]
    }))
}

fn rows(count: i32) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
