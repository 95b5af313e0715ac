//! One process of a function, from its start to its end.

use std::{io, process::ExitStatus, process::Stdio, sync::Arc, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{process::Child, sync::Notify, time::timeout};

use super::{
    Function, environment,
    output::Output,
    review::{End, Order},
};
use crate::{
    launcher, manifest::FunctionSpec, memory::Limit, observer::ProcessChange, orphans,
    runtime_api::RuntimeApi,
};

/// How long an idle process may take to end once it was asked to.
const TERMINATION: Duration = Duration::from_secs(1);

/// Starts a process, watches it, and cleans up after it.
pub(super) async fn run(function: Arc<Function>, number: u64, spec: Arc<FunctionSpec>, wake: Arc<Notify>) {
    let end = match start(&function, number, &spec).await {
        Ok((mut child, api)) => {
            let pid = child.id();
            function.set_pid(number, pid);
            function.tell(pid, ProcessChange::Started);
            let output = Output::of(&mut child, &function);
            let limit = limit(&function, pid, &spec);
            let ended = watch(&function, number, &mut child, &wake, limit).await;
            // Pollers spin once the socket refuses them, so it stays open until the process has ended.
            drop(api);
            kill_group(pid);
            orphans::forget(pid);
            End { status: ended.status, last_lines: output.finish().await, asked: ended.asked }
        }
        Err(error) => End { status: error.to_string(), last_lines: Vec::new(), asked: false },
    };
    function.process_ended(number, &end);
}

async fn start(
    function: &Arc<Function>,
    number: u64,
    spec: &FunctionSpec,
) -> io::Result<(Child, RuntimeApi)> {
    let api = RuntimeApi::listen(Arc::clone(function), number).await?;
    let mut command = launcher::command(&spec.command).launcher(function.hosting.launcher).build();
    command.args(&spec.args).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(folder) = spec.command.parent() {
        command.current_dir(folder);
    }
    environment::apply(&mut command, spec, &function.hosting, api.address());
    match launcher::spawn(command).await {
        Ok(child) => Ok((child, api)),
        Err(error) => Err(io::Error::new(error.kind(), format!("{}: {error}", spec.command.display()))),
    }
}

fn limit(function: &Function, pid: Option<u32>, spec: &FunctionSpec) -> Limit {
    match pid {
        Some(pid) if spec.enforce_memory => {
            function.hosting.memory.limit(pid, &function.name, spec.memory_mib)
        }
        _ => Limit::None,
    }
}

/// How a process ended, and whether the adapter had it end.
struct Ended {
    status: String,
    asked: bool,
}

/// Until the process has ended.
async fn watch(
    function: &Arc<Function>,
    number: u64,
    child: &mut Child,
    wake: &Notify,
    mut limit: Limit,
) -> Ended {
    let pid = child.id();
    loop {
        match function.review(number) {
            Order::WaitUntil(time) => {
                tokio::select! {
                    status = child.wait() => return by_itself(function, pid, status, &limit),
                    () = wake.notified() => {}
                    reason = limit.exceeded() => function.doom(number, reason),
                    () = tokio::time::sleep_until(time) => {}
                }
            }
            Order::Terminate => {
                function.tell(pid, ProcessChange::Retiring("it has nothing left to do"));
                signal(child, Signal::TERM);
                if let Ok(status) = timeout(TERMINATION, child.wait()).await {
                    return Ended { status: status_text(status), asked: true };
                }
                return kill(function, child, "it did not end when asked to").await;
            }
            Order::Kill(reason) => return kill(function, child, &reason).await,
        }
    }
}

/// The kernel may have killed it for the memory it used.
fn by_itself(function: &Function, pid: Option<u32>, status: io::Result<ExitStatus>, limit: &Limit) -> Ended {
    match limit.killed_by_kernel() {
        Some(reason) => {
            function.tell(pid, ProcessChange::Killed(&reason));
            Ended { status: format!("killed: {reason}"), asked: true }
        }
        None => Ended { status: status_text(status), asked: false },
    }
}

async fn kill(function: &Function, child: &mut Child, reason: &str) -> Ended {
    function.tell(child.id(), ProcessChange::Killed(reason));
    signal(child, Signal::KILL);
    let _ = child.wait().await;
    Ended { status: format!("killed: {reason}"), asked: true }
}

impl Function {
    /// Has a process killed for this reason.
    fn doom(&self, number: u64, reason: String) {
        if let Some(process) = self.lock().processes.get_mut(&number) {
            process.doom(reason);
        }
    }
}

fn signal(child: &Child, signal: Signal) {
    // While `id` is there the child has not been reaped, so the number is still its own.
    if let Some(pid) = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed())) {
        let _ = kill_process_group(pid, signal);
    }
}

/// What the process itself had started and left behind.
fn kill_group(pid: Option<u32>) {
    if let Some(pid) = pid.and_then(|pid| Pid::from_raw(pid.cast_signed())) {
        let _ = kill_process_group(pid, Signal::KILL);
    }
}

fn status_text(status: io::Result<ExitStatus>) -> String {
    match status {
        Ok(status) => status.to_string(),
        Err(error) => format!("its end could not be observed: {error}"),
    }
}
