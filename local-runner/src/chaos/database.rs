//! Closes the connections of a function from the server's side, as a failover or an operator would.

use std::{sync::Arc, time::Duration};

use sqlx::{Connection, PgConnection};

use super::{Chaos, Hit, Whose, fault::Shown};

/// Unless a rule says when, it is within so many ms of the invocation.
const WITHIN_MS: u64 = 100;

/// After the time that the rule or the dice say, and noted only when there was a connection.
pub(super) fn terminate_later(
    chaos: Arc<Chaos>,
    hit: Hit,
    after: Option<Duration>,
    function: &str,
    id: &str,
) {
    let after = after.unwrap_or_else(|| Duration::from_millis(hit.below(WITHIN_MS)));
    let (function, id) = (function.to_owned(), id.to_owned());
    tokio::spawn(async move {
        let Some(url) = chaos.database_url.get() else { return };
        tokio::time::sleep(after).await;
        match terminate(url, &function).await {
            Ok(0) => {}
            Ok(closed) => {
                let connections = if closed == 1 { "connection" } else { "connections" };
                let what = format!("{closed} {connections} to the database closed after {}", Shown(after));
                chaos.note(&hit, Whose::Invocation(&id), what);
            }
            Err(error) => tracing::warn!(%error, "chaos: connections could not be closed"),
        }
    });
}

/// Functions connect under their own name.
async fn terminate(url: &str, function: &str) -> Result<i64, sqlx::Error> {
    let mut connection = PgConnection::connect(url).await?;
    // Materialized, lest the condition that closes is asked about every connection there is.
    let closed = sqlx::query_scalar(
        "WITH its AS MATERIALIZED (SELECT pid FROM pg_stat_activity WHERE application_name = $1)
         SELECT count(*) FROM its WHERE pg_terminate_backend(pid)",
    );
    let closed = closed.bind(function).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(closed)
}
