//! Invocations that the hosting program disturbs on purpose: see [`crate::intercept`].

use std::sync::Arc;

use tokio::time::{Instant, sleep};

use super::{Answer, Failure, Function, Invocation, InvocationId};
use crate::{
    intercept::{Disturbance, Instead},
    observer::{InvocationRecord, InvocationSource},
};

impl Function {
    pub(super) async fn run_disturbed(
        self: &Arc<Self>,
        invocation: Invocation,
        disturbance: Disturbance,
    ) -> Result<Answer, Failure> {
        let Disturbance { hold, instead, kill, twice } = disturbance;
        if let Some(hold) = hold {
            hold.await;
        }
        match instead {
            Some(Instead::Fails(reason)) => return Err(Failure::Disturbed { reason }),
            Some(Instead::TimesOut(after)) => {
                sleep(after).await;
                return Err(Failure::TimedOut { after });
            }
            None => {}
        }
        let again = twice.then(|| invocation.clone());
        let first = self.run_undisturbed(Invocation { kill, ..invocation }).await;
        if let Some(again) = again {
            self.repeat(again).await;
        }
        first
    }

    /// Nobody waits for the answer, so the observer alone learns of it.
    async fn repeat(self: &Arc<Self>, invocation: Invocation) {
        let (started, first) = (Instant::now(), invocation.id);
        let again = Invocation { id: InvocationId::new(), ..invocation };
        let request_id = again.id.to_string();
        let ended = match Box::pin(self.invoke_with(again, None)).await {
            Ok(answer) => answer.whole(self.hosting.max_answer_bytes).await,
            Err(failure) => Err(failure),
        };
        self.hosting.observer.invocation(&InvocationRecord {
            function: self.name.clone(),
            source: InvocationSource::Repeated(first.to_string()),
            request_id,
            batch_size: 1,
            failures: usize::from(ended.is_err()),
            duration: started.elapsed(),
            error: ended.err().map(|failure| failure.to_string()),
        });
    }
}
