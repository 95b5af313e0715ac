//! `/healthz`, `/readyz` and `/metrics` on a port of their own, which load balancers, orchestrators and
//! Prometheus ask.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{host::Host, metrics};

/// Serves until the task is aborted.
pub(crate) async fn serve(listener: TcpListener, host: Arc<Host>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                let host = Arc::clone(&host);
                connections.spawn(async move {
                    let service = service_fn(|request: Request<Incoming>| {
                        let answer = answer(request.uri().path(), &host);
                        async move { Ok::<_, Infallible>(answer) }
                    });
                    let mut builder = http1::Builder::new();
                    builder.timer(TokioTimer::new()).header_read_timeout(Duration::from_secs(75));
                    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                });
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

fn answer(path: &str, host: &Host) -> Response<Full<Bytes>> {
    let plain = "text/plain; charset=utf-8";
    let (status, kind, text) = match (path, host.is_ready()) {
        ("/healthz", _) => (StatusCode::OK, plain, "alive\n".to_owned()),
        ("/readyz", true) => (StatusCode::OK, plain, "ready\n".to_owned()),
        ("/readyz", false) => (StatusCode::SERVICE_UNAVAILABLE, plain, "not ready\n".to_owned()),
        ("/metrics", _) => (StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", metrics::page(host)),
        _ => (StatusCode::NOT_FOUND, plain, "not found\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
