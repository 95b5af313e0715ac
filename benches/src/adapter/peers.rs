//! The programs whose answers are measured: all say hello.

use std::net::Ipv4Addr;

use axum::{Router, routing::get};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use lambda_http::{Request, run_concurrent, service_fn};
use tokio::{net::TcpListener, runtime::Builder};

use crate::Failure;

/// A function, on the runtime that Velox's handlers use.
pub(crate) fn hello() -> Result<(), Failure> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let hello = service_fn(async |_: Request| Ok::<_, lambda_http::Error>("hello"));
    runtime.block_on(run_concurrent(hello)).map_err(|error| error.to_string().into())
}

/// The same without the adapter: what a web server of its own would cost.
pub(crate) fn axum(port: u16, threads: usize) -> Result<(), Failure> {
    let mut builder = match threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.enable_all().build()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let router = TowerToHyperService::new(Router::new().fallback(get(async || "hello")));
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let served = http1::Builder::new().serve_connection(TokioIo::new(stream), router.clone());
            tokio::spawn(served);
        }
    })
}
