//! The pages, one module each.

mod chaos;
mod configuration;
mod database;
mod files;
mod function;
mod functions;
mod invocation;
mod invocations;
mod mailbox;
mod overview;
mod parameters;
mod queue;
mod queues;
mod replay;
mod result;
mod schedules;
pub(super) mod tables;
mod trace;
mod waterfall;

use std::sync::Arc;

use axum::{Router, response::Response};

use super::{
    context::Context,
    page::{PageError, Place},
};

/// What a page's handler gives.
type Reply = Result<Response, PageError>;

pub(super) fn routes() -> Router<Arc<Context>> {
    Router::new()
        .merge(overview::routes())
        .merge(functions::routes())
        .merge(function::routes())
        .merge(invocations::routes())
        .merge(invocation::routes())
        .merge(replay::routes())
        .merge(queues::routes())
        .merge(queue::routes())
        .merge(schedules::routes())
        .merge(mailbox::routes())
        .merge(files::routes())
        .merge(tables::routes())
        .merge(parameters::routes())
        .merge(database::routes())
        .merge(chaos::routes())
        .merge(configuration::routes())
}

pub(super) async fn not_found() -> PageError {
    PageError::Missing(Place::Overview, "There is no such page.".to_owned())
}
