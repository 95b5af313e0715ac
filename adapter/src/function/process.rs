//! One process of a function, from its start to its end.

use std::{io, process::ExitStatus, process::Stdio, sync::Arc, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{process::Child, sync::Notify, time::timeout};

use super::{
    Function, environment,
    output::Output,
    review::{End, Order},
};
use crate::{launcher, manifest::FunctionSpec, observer::ProcessChange, runtime_api::RuntimeApi};

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
            let (status, asked) = watch(&function, number, &mut child, &wake).await;
            // Pollers spin once the socket refuses them, so it stays open until the process has ended.
            drop(api);
            kill_group(pid);
            End { status: status_text(status), last_lines: output.finish().await, asked }
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

/// Until the process has ended; also whether the adapter had it end.
async fn watch(
    function: &Arc<Function>,
    number: u64,
    child: &mut Child,
    wake: &Notify,
) -> (io::Result<ExitStatus>, bool) {
    let pid = child.id();
    loop {
        match function.review(number) {
            Order::WaitUntil(time) => {
                tokio::select! {
                    status = child.wait() => return (status, false),
                    () = wake.notified() => {}
                    () = tokio::time::sleep_until(time) => {}
                }
            }
            Order::Terminate => {
                function.tell(pid, ProcessChange::Retiring("it has nothing left to do"));
                signal(child, Signal::TERM);
                if let Ok(status) = timeout(TERMINATION, child.wait()).await {
                    return (status, true);
                }
                return (kill(child).await, true);
            }
            Order::Kill(reason) => {
                function.tell(pid, ProcessChange::Killed(&reason));
                return (kill(child).await, true);
            }
        }
    }
}

async fn kill(child: &mut Child) -> io::Result<ExitStatus> {
    signal(child, Signal::KILL);
    child.wait().await
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
