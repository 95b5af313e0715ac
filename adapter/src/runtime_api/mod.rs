//! The Lambda Runtime API (version 2018-06-01), one listener per process.
//!
//! The port says which process it is, so an invocation can only be answered by the process that was given it,
//! and what is left of a replaced process can answer for nobody.

mod handlers;

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::function::Function;

/// Serves one process until dropped.
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    // Aborts its task, and with it the connections, when dropped.
    _server: JoinSet<()>,
}

impl RuntimeApi {
    /// Listens on a free port of the loopback interface for the process with this number.
    pub(crate) async fn listen(function: Arc<Function>, number: u64) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let mut server = JoinSet::new();
        server.spawn(accept(listener, function, number));
        Ok(Self { address, _server: server })
    }

    /// What `AWS_LAMBDA_RUNTIME_API` says.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: TcpListener, function: Arc<Function>, number: u64) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&function), number));
                }
                // Out of file descriptors: some will be free again.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, function: Arc<Function>, number: u64) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let function = Arc::clone(&function);
        async move { Ok::<_, Infallible>(handlers::answer(&function, number, request).await) }
    });
    // A process that breaks its connection opens another or ends; both are seen elsewhere.
    let _ =
        http1::Builder::new().max_buf_size(1024 * 1024).serve_connection(TokioIo::new(stream), service).await;
}
