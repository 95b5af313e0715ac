//! As much of "Lambda Extensions API" as a runtime needs to be allowed a graceful end: one that registers is
//! promised SIGTERM before it is killed, and gets it when it has nothing in flight.

use std::io;

use super::{Caller, answer, reply::Reply, wire::Head, wire::Wire};

impl Caller {
    pub(super) async fn register(&self, wire: &mut Wire, head: &Head) -> io::Result<Reply> {
        answer::discard(wire, head).await?;
        Ok(self.registered())
    }

    /// An internal extension is told of no event; it waits for its signal.
    pub(super) async fn extension_event(&self, wire: &mut Wire, head: &Head) -> io::Result<()> {
        answer::discard(wire, head).await?;
        wire.closed().await;
        Err(io::ErrorKind::ConnectionAborted.into())
    }

    fn registered(&self) -> Reply {
        let about = serde_json::json!({
            "functionName": self.function.name,
            "functionVersion": "$LATEST",
            "handler": self.function.name,
            "accountId": self.function.hosting.account_id,
        });
        Reply::json("200 OK", about.to_string())
            .with("lambda-extension-identifier", uuid::Uuid::new_v4().to_string())
    }
}
