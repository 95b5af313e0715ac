//! Answers of processes, whole or piece by piece, and which of them count.

use std::{mem, sync::Arc};

use bytes::Bytes;
use tokio::time::Instant;

use super::{
    Answer, AnswerWriter, Delivery, Failure, Function, InvocationId, Receipt, StreamHead,
    invocation::{InFlight, Pending, Waiting},
    state::{Phase, Process},
    stream,
};

impl Function {
    /// A process has ended an invocation, all at once.
    pub(crate) fn complete(
        self: &Arc<Self>,
        number: u64,
        id: InvocationId,
        end: Result<Bytes, Failure>,
    ) -> Receipt {
        let mut state = self.lock();
        let Some(process) = state.processes.get_mut(&number) else { return Receipt::Late };
        if let Err(refused) = unanswered(process, id) {
            return refused;
        }
        if doomed_by(process, id) {
            return Receipt::Accepted;
        }
        let waiting = finish(process, id);
        drop(state);
        if let Some(Waiting::ForAnswer(reply)) = waiting {
            // Nobody waiting any more is no error of the function's.
            let _ = reply.send(end.map(Answer::Whole));
        }
        Receipt::Accepted
    }

    /// A process begins an answer that it will write piece by piece. It stays busy until
    /// [`Function::end_stream`], its own end, or the deadline.
    pub(crate) fn begin_stream(
        &self,
        number: u64,
        id: InvocationId,
        head: StreamHead,
    ) -> Result<AnswerWriter, Receipt> {
        let mut state = self.lock();
        let Some(process) = state.processes.get_mut(&number) else { return Err(Receipt::Late) };
        unanswered(process, id)?;
        if doomed_by(process, id) {
            return Err(Receipt::Late);
        }
        let in_flight = unanswered(process, id)?;
        let (writer, end, stream) = stream::channel(head);
        let waiting = mem::replace(&mut in_flight.waiting, Waiting::ForEnd(end));
        drop(state);
        if let Waiting::ForAnswer(reply) = waiting {
            let _ = reply.send(Ok(Answer::Streamed(stream)));
        }
        Ok(writer)
    }

    /// A process has written the end of its answer, or broken off.
    pub(crate) fn end_stream(&self, number: u64, id: InvocationId, failure: Option<Failure>) -> Receipt {
        let mut state = self.lock();
        let Some(process) = state.processes.get_mut(&number) else { return Receipt::Late };
        let Some(waiting) = finish(process, id) else { return Receipt::Late };
        drop(state);
        if let Some(failure) = failure {
            self.hosting.metrics.failed(&self.name, &failure);
            waiting.fail(failure);
        }
        Receipt::Accepted
    }

    /// A process has closed the connection on which it was answering.
    pub(crate) fn stream_broke(&self, number: u64, id: InvocationId, reason: String) {
        self.end_stream(number, id, Some(Failure::BrokeOff { reason }));
    }

    /// What a process was given never reached it: it waits again, in front.
    pub(crate) fn undelivered(self: &Arc<Self>, number: u64, delivery: Delivery) {
        let mut state = self.lock();
        let Some(process) = state.processes.get_mut(&number) else { return };
        let Some(Waiting::ForAnswer(reply)) = finish(process, delivery.invocation.id) else { return };
        let give_up = Instant::now() + state.longest_wait();
        state.queue.push_front(Pending { invocation: delivery.invocation, reply, give_up });
        self.pump(&mut state);
    }
}

/// An invocation whose answer has not begun.
fn unanswered(process: &mut Process, id: InvocationId) -> Result<&mut InFlight, Receipt> {
    let refused = if process.remembers(id) { Receipt::Late } else { Receipt::Unknown };
    match process.in_flight(id) {
        Some(in_flight) if matches!(in_flight.waiting, Waiting::ForEnd(_)) => Err(Receipt::Late),
        Some(in_flight) => Ok(in_flight),
        None => Err(refused),
    }
}

/// Whether the answer to this invocation comes to nothing because its process is killed for it on purpose. The
/// invocation ends with the process.
fn doomed_by(process: &mut Process, id: InvocationId) -> bool {
    let reason = process.in_flight(id).and_then(|in_flight| in_flight.killed_for(Instant::now(), true));
    if let Some(reason) = &reason {
        process.doom(reason.to_string());
    }
    reason.is_some()
}

/// Takes out what has ended; a process that was only finishing it is looked at.
fn finish(process: &mut Process, id: InvocationId) -> Option<Waiting> {
    let ended = process.finish(id)?;
    if process.phase == Phase::Retiring && process.in_flight.is_empty() {
        process.wake.notify_one();
    }
    Some(ended.waiting)
}
