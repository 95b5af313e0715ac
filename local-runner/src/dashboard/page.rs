//! The frame of every page, and what is said when there is nothing to show.

use std::borrow::Cow;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use look::{Brand, EmptyState, Icon, NavItem, Notice, Page};
use maud::{Markup, html};

use super::{assets, cloud::CloudError, storm};

/// Where a page stands in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Functions,
    Invocations,
    Queues,
    Schedules,
    Mail,
    Files,
    Tables,
    Parameters,
    Database,
    Chaos,
    Configuration,
}

impl Place {
    const ALL: [(Self, &'static str, &'static str, Icon); 12] = [
        (Self::Overview, "Overview", "/", Icon::Overview),
        (Self::Functions, "Functions", "/functions", Icon::Function),
        (Self::Invocations, "Invocations", "/invocations", Icon::Activity),
        (Self::Queues, "Queues", "/queues", Icon::Queue),
        (Self::Schedules, "Schedules", "/schedules", Icon::Clock),
        (Self::Mail, "Mailbox", "/mail", Icon::Mail),
        (Self::Files, "Files", "/files", Icon::Folder),
        (Self::Tables, "Tables", "/tables", Icon::Table),
        (Self::Parameters, "Parameters", "/parameters", Icon::Key),
        (Self::Database, "Database", "/database", Icon::Database),
        (Self::Chaos, "Chaos", "/chaos", Icon::Warning),
        (Self::Configuration, "Configuration", "/configuration", Icon::Settings),
    ];
}

impl Place {
    /// What it is called, and where it is.
    pub(super) fn link(self) -> (&'static str, &'static str) {
        let found = Self::ALL.into_iter().find(|(item, ..)| *item == self);
        found.map_or(("Overview", "/"), |(_, label, href, _)| (label, href))
    }
}

/// A page at its place.
pub(super) fn page<'a>(place: Place, title: impl Into<Cow<'a, str>>) -> Page<'a> {
    let items = Place::ALL
        .map(|(item, label, href, icon)| NavItem::new(label, href).icon(icon).current(item == place));
    Page::app(title)
        .brand(Brand::Local)
        .nav(items)
        .full_width()
        .banner(storm::banner(place))
        .stylesheet(assets::stylesheet())
        .script(assets::script())
}

/// A part of a page that follows what happens.
pub(super) fn live(id: &str, content: &Markup) -> Markup {
    html! { div.part id=(id) data-live { (content) } }
}

/// A list without anything in it.
pub(super) fn nothing(icon: Icon, title: &str, text: &str) -> Markup {
    html! { (EmptyState::new(icon, title).text(text)) }
}

/// Why a page cannot be shown.
#[derive(Debug)]
pub(super) enum PageError {
    /// There is no such thing.
    Missing(Place, String),
    /// A service refused.
    Cloud(Place, CloudError),
    /// Something else did.
    Failed(Place, String),
}

impl PageError {
    pub(super) fn cloud(place: Place) -> impl FnOnce(CloudError) -> Self {
        move |error| Self::Cloud(place, error)
    }

    pub(super) fn failed<E: std::fmt::Display>(place: Place) -> impl FnOnce(E) -> Self {
        move |error| Self::Failed(place, error.to_string())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, place, title, message) = match self {
            Self::Missing(place, what) => (StatusCode::NOT_FOUND, place, "Not there", what),
            Self::Cloud(place, error) if error.is_missing() => {
                (StatusCode::NOT_FOUND, place, "Not there", error.to_string())
            }
            Self::Cloud(place, error) => (StatusCode::BAD_GATEWAY, place, "Refused", error.to_string()),
            Self::Failed(place, message) => (StatusCode::BAD_GATEWAY, place, "That did not work", message),
        };
        let (label, href) = place.link();
        let body = html! { (Notice::error(message)) p { a href=(href) { (label) } } };
        (status, page(place, title).body(body)).into_response()
    }
}
