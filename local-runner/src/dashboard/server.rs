//! The dashboard's HTTP server.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    middleware::{self, Next},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, task::JoinSet};

use super::{Sources, assets, context::Context, elsewhere::Elsewhere, guard, live, pages, storm};

/// The largest form: an event of 6 MB, escaped.
const MAX_FORM_BYTES: usize = 20 << 20;

/// The running dashboard; ends when it is dropped.
#[derive(Debug)]
pub struct Dashboard {
    _task: JoinSet<()>,
}

impl Dashboard {
    /// Serves at `address`, which has to be of loopback.
    ///
    /// # Errors
    /// When it cannot be had.
    pub async fn start(address: SocketAddr, sources: Sources) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the dashboard is for this machine alone",
            ));
        }
        let listener = TcpListener::bind(address).await?;
        let port = listener.local_addr()?.port();
        let mut task = JoinSet::new();
        task.spawn(serve(listener, router(Arc::new(Context::new(sources)), port)));
        Ok(Self { _task: task })
    }
}

fn router(context: Arc<Context>, port: u16) -> Router {
    let chaos = Arc::clone(&context.sources.chaos);
    let elsewhere = context.sources.remote.clone().map(|remote| Arc::new(Elsewhere::new(remote)));
    let control = context.sources.control.clone();
    let pages = Router::new()
        .merge(pages::routes())
        .merge(live::routes())
        .fallback(pages::not_found)
        .with_state(context)
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            storm::seen(Arc::clone(&chaos), next.run(request))
        }))
        .merge(assets::routes())
        .merge(control)
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES));
    let pages = match elsewhere {
        Some(elsewhere) => pages.layer(middleware::from_fn(move |request: Request, next: Next| {
            Arc::clone(&elsewhere).check(request, next)
        })),
        None => pages,
    };
    pages.layer(middleware::from_fn(move |request: Request, next: Next| guard::check(port, request, next)))
}

async fn serve(listener: TcpListener, router: Router) {
    let mut connections: JoinSet<Result<(), Infallible>> = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let service = TowerToHyperService::new(router.clone());
                connections.spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
                        tracing::debug!(%error, "a connection to the dashboard ended early");
                    }
                    Ok(())
                });
            }
            // Out of file descriptors, most likely: leave time for some to be closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}
