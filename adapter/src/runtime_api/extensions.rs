//! As much of "Lambda Extensions API" as a runtime needs to be allowed a graceful end: one that registers is
//! promised SIGTERM before it is killed, and gets it when it has nothing in flight.

use std::io;

use super::{Caller, answer, reply::Reply, wire::Head, wire::Wire};

impl Caller {
    /// None once the connection is of no more use.
    pub(super) async fn extension(
        &self,
        wire: &mut Wire,
        head: &Head,
        path: &str,
    ) -> io::Result<Option<Reply>> {
        answer::discard(wire, head).await?;
        match (head.is_post, path) {
            (true, "register") => Ok(Some(self.registered())),
            // An internal extension is told of no event; it waits for its signal.
            (false, "event/next") => {
                wire.closed().await;
                Ok(None)
            }
            _ => Ok(Some(Reply::not_found())),
        }
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
