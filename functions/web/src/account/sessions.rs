//! `GET /account/sessions` and what ends them: one, or all but this.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use bootstrap::{
    Resources, Session,
    browser::{self, Refusal},
};
use domain::identity::end_sessions;
use http::header::SET_COOKIE;
use look::{Button, Card, Column, Form, Notice, Status, Table, Tone, aside};
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::{self, Place};
use crate::{identity::logout::note_end, page::date_time, person::Person};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    ended: Option<String>,
}

pub(crate) async fn show(
    State(resources): State<Resources>,
    person: Person,
    browser::Parameters(parameters): browser::Parameters<Parameters>,
) -> Result<Markup, Refusal> {
    let mut sessions = resources.sessions.of(person.who.user).await?;
    sessions.retain(|session| session.epoch == person.who.session_epoch);
    let notice = parameters.ended.map(|_| Notice::success("Signed out there."));
    let others = Form::post("/account/sessions/end-others")
        .inline(Button::submit("Sign out everywhere else").secondary().small());
    let card = Card::new().title("Signed in at").flush();
    let card = if sessions.len() > 1 { card.actions(others) } else { card };
    let table = table(&sessions, &person.session.id);
    Ok(frame::page(&person.who, "Sessions", Place::Sessions)
        .lead("Where you are signed in. End what you do not know, and change your password then.")
        .notice(notice)
        .full_width()
        .body(card.body(html! { (table) })))
}

pub(crate) async fn end(
    State(resources): State<Resources>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    // Never two transactions at once.
    let person = person.without_transaction();
    if let Some(ended) = resources.sessions.end_one(person.who.user, &id).await? {
        note_end(&resources, &ended, &person.origin()).await?;
    }
    Ok(Redirect::to("/account/sessions?ended=1").into_response())
}

pub(crate) async fn end_others(
    State(resources): State<Resources>,
    person: Person,
) -> Result<Response, Refusal> {
    let (person, mut tx) = person.split();
    let epoch = end_sessions(&mut tx).await?;
    resources.commit_for_person(tx).await?;
    let cookie = person.go_on_alone(&resources, epoch).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/account/sessions?ended=1")).into_response())
}

fn table(sessions: &[Session], own: &str) -> Table<'static> {
    let columns = [
        Column::text("Device"),
        Column::brief("Address"),
        Column::brief("Signed in"),
        Column::brief("Last used"),
        Column::actions("Actions"),
    ];
    let rows = sessions.iter().map(|session| {
        let device = match &session.impersonator {
            Some(by) => format!("Velox support, {}, until {}", by.email, by.until.format("%H:%M UTC")),
            None => device(&session.device.user_agent),
        };
        let end = Button::submit("Sign out").danger().small().subject(format!("the session on {device}"));
        [
            html! { (device) },
            html! { (session.device.address) },
            html! { (date_time(session.created_at)) },
            html! { (date_time(session.last_used_at)) " " (aside("to the hour")) },
            if session.id == own {
                html! { (Status::new(Tone::Good, "This one")) }
            } else {
                Form::post(format!("/account/sessions/{}/end", session.id)).inline(end)
            },
        ]
    });
    Table::new("Sessions", columns).rows(rows.collect::<Vec<_>>())
}

/// "Firefox on Linux" as far as the browser says. The order matters: most claim to be several others as well.
fn device(user_agent: &str) -> String {
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_by_what_it_is_and_not_by_what_it_claims() {
        let edge = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0";
        assert_eq!(device(edge), "Edge on Windows");
        assert_eq!(device("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"), "Firefox on Linux");
        assert_eq!(device("curl/8"), "Unknown device");
    }
}
