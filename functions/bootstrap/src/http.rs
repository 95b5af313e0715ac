//! Serving a head's routes: one function, one route, one Lambda runtime loop.

mod address;
mod serve;

use std::process::ExitCode;

use axum::{
    Router,
    routing::{MethodFilter, MethodRouter},
};
use catalog::{Function, Method, Trigger};

pub use address::ClientAddress;
pub(crate) use serve::fail;

use crate::{Configuration, OperatorResources, Resources, name};

/// The id under which logs know a request; error pages show it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// A route's handler.
pub enum Endpoint {
    /// Works on one tenant.
    Tenant(fn(MethodFilter) -> MethodRouter<Resources>),
    /// Works across tenants: staff.
    Operator(fn(MethodFilter) -> MethodRouter<OperatorResources>),
    /// Needs nothing but the request.
    Stateless(fn(MethodFilter) -> MethodRouter),
    /// Answers every method and path that no other function of the host does.
    Fallback(fn() -> MethodRouter),
}

/// A head: its handlers by name, and what is wrapped around each of them.
pub struct Head {
    /// By the names of the catalogue.
    pub endpoints: &'static [(&'static str, Endpoint)],
    /// Applied to the router of every function: the head's checks and headers, which no handler can forget.
    pub layers: fn(Router) -> Router,
}

impl Head {
    /// Serves the function `name` until the process is stopped.
    #[must_use]
    pub fn serve(&'static self, name: &str) -> ExitCode {
        let Some((function, endpoint)) = self.find(name) else {
            return fail(&format!("{name} is not both in the catalogue and in its head's table"));
        };
        serve::run(function, async move |configuration| {
            let router =
                router(function, endpoint, configuration).await.map_err(|error| error.to_string())?;
            Ok((self.layers)(router))
        })
    }

    /// Serves the function under whose name this process was started.
    #[must_use]
    pub fn serve_bundle(&'static self) -> ExitCode {
        match name::of_this_process(|name| self.find(name).is_some()) {
            Ok(name) => self.serve(&name),
            Err(message) => fail(&message),
        }
    }

    /// The names of all handlers.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.endpoints.iter().map(|(name, _)| *name)
    }

    fn find(&'static self, name: &str) -> Option<(&'static Function, &'static Endpoint)> {
        let (_, endpoint) = self.endpoints.iter().find(|(known, _)| *known == name)?;
        Some((catalog::find(name)?, endpoint))
    }
}

async fn router(
    function: &'static Function,
    endpoint: &'static Endpoint,
    configuration: Configuration,
) -> Result<Router, domain::StorageError> {
    let Trigger::Http { method, path } = function.trigger else { return Ok(Router::new()) };
    let filter = match method {
        Method::Get => MethodFilter::GET,
        Method::Post | Method::Any => MethodFilter::POST,
    };
    Ok(match endpoint {
        Endpoint::Tenant(handler) => {
            Router::new().route(path, handler(filter)).with_state(Resources::new(configuration).await?)
        }
        Endpoint::Operator(handler) => Router::new()
            .route(path, handler(filter))
            .with_state(OperatorResources::new(configuration).await?),
        Endpoint::Stateless(handler) => Router::new().route(path, handler(filter)),
        Endpoint::Fallback(handler) => Router::new().fallback_service(handler()),
    })
}
