//! HTTP in: connections, their limits and time-outs, and their end in order.

mod body;
mod caller;
mod compression;
mod error_page;
mod request;
mod streamed;
mod trace;

pub(crate) use trace::new as new_trace;

use std::{convert::Infallible, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use http::{Request, Response};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::timeout,
};

use crate::host::{Host, Limits};

/// An answer on its way to the client.
pub(crate) type Answer = Response<body::AnswerBody>;

const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// One accepted connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// Of the listener.
    pub(crate) port: u16,
}

/// Serves until `stop` resolves; then takes no new connection and lets those there finish what they have, for
/// at most `grace`.
pub(crate) async fn serve(listener: TcpListener, host: Arc<Host>, stop: impl Future<Output = Duration>) {
    let port = listener.local_addr().map_or(0, |address| address.port());
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    let grace = loop {
        tokio::select! {
            grace = &mut stop => break grace,
            accepted = listener.accept() => match accepted {
                Ok((stream, address)) => {
                    let peer = Peer { address, port };
                    connections.spawn(connection(stream, peer, Arc::clone(&host), graceful.watcher()));
                }
                // Out of file descriptors: some will be free again.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    };
    drop(listener);
    let _ = timeout(grace, graceful.shutdown()).await;
    connections.shutdown().await;
}

async fn connection(stream: TcpStream, peer: Peer, host: Arc<Host>, watcher: Watcher) {
    let _ = stream.set_nodelay(true);
    let limits = host.table().limits;
    let Ok(Some(is_http2)) = timeout(limits.header_timeout, speaks_http2(&stream)).await else { return };
    let serving = Arc::clone(&host);
    let service = service_fn(move |request: Request<Incoming>| {
        let host = Arc::clone(&serving);
        async move { Ok::<_, Infallible>(request::answer(&host, peer, request).await) }
    });
    let io = TokioIo::new(stream);
    // A client that breaks its connection is no event.
    if is_http2 {
        let _ = watcher.watch(http2_builder(limits).serve_connection(io, service)).await;
    } else {
        let connection = http1_builder(limits).serve_connection(io, service);
        if host.is_ready() {
            let _ = watcher.watch(connection).await;
        } else {
            // Told to end before it has read anything, it would close on the request that has come already. Its
            // answer says that it is the last one, and the watcher is waited for.
            let _ = connection.await;
            drop(watcher);
        }
    }
}

fn http1_builder(limits: Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.header_timeout);
    // Above what is allowed, so that it is answered with a page; what is above this gets a bare 431.
    builder.max_buf_size(limits.max_header_bytes * 2);
    builder
}

fn http2_builder(limits: Limits) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    let header_list = u32::try_from(limits.max_header_bytes * 2).unwrap_or(u32::MAX);
    builder.timer(TokioTimer::new()).max_header_list_size(header_list).max_concurrent_streams(250);
    // A peer that is gone without a word is noticed and its connection closed.
    builder.keep_alive_interval(limits.header_timeout).keep_alive_timeout(Duration::from_secs(20));
    builder
}

/// Looks at the first bytes without taking them; none if the client went away.
async fn speaks_http2(stream: &TcpStream) -> Option<bool> {
    let mut start = [0; HTTP2_PREFACE.len()];
    loop {
        match stream.peek(&mut start).await {
            Ok(0) | Err(_) => return None,
            Ok(length) if start[..length] != HTTP2_PREFACE[..length] => return Some(false),
            Ok(length) if length == HTTP2_PREFACE.len() => return Some(true),
            // The rest of the preface is on its way.
            Ok(_) => tokio::time::sleep(Duration::from_millis(2)).await,
        }
    }
}
