//! The Lambda Runtime API (version 2018-06-01), one listener per process.
//!
//! The port says which process it is, so an invocation can only be answered by the process that was given it,
//! and what is left of a replaced process can answer for nobody.

mod answer;
mod extensions;
mod reply;
mod stream;
mod wire;

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::function::{Function, InvocationId, Receipt};
use reply::Reply;
use wire::{Asked, Head, Wire};

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
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve(stream, Arc::clone(&function), number));
                }
                // Out of file descriptors: some will be free again.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Who is on the other side of a connection.
struct Caller {
    function: Arc<Function>,
    number: u64,
}

async fn serve(stream: TcpStream, function: Arc<Function>, number: u64) {
    let caller = Caller { function, number };
    let mut wire = Wire::new(stream);
    // A process that breaks its connection opens another or ends; both are seen elsewhere.
    while let Ok(Some(head)) = wire.head().await {
        let is_last = head.is_last;
        if caller.answer(&mut wire, &head).await.is_err() || is_last {
            return;
        }
    }
}

impl Caller {
    /// Every request gets an answer, a `next` only ever 200: runtimes die of anything else, or wait for ever.
    async fn answer(&self, wire: &mut Wire, head: &Head) -> io::Result<()> {
        let reply = match head.asked {
            Asked::Next => return self.next(wire).await,
            Asked::Response(Some(id)) => self.response(wire, head, id).await?,
            Asked::Error(Some(id)) => self.error(wire, head, id).await?,
            Asked::Response(None) | Asked::Error(None) => {
                answer::discard(wire, head).await?;
                Receipt::Unknown.into()
            }
            Asked::InitError => self.init_error(wire, head).await?,
            Asked::Register => self.register(wire, head).await?,
            Asked::ExtensionEvent => return self.extension_event(wire, head).await,
            Asked::Nothing => {
                answer::discard(wire, head).await?;
                Reply::not_found()
            }
        };
        reply.write(wire).await
    }
}

fn is_stale(head: &Head, id: InvocationId) -> bool {
    head.invocation_id.is_some_and(|echoed| echoed != Some(id))
}
