//! Starts child processes that die with their parent, also when the parent is killed with SIGKILL.
//!
//! The kernel's parent death signal has to be asked for by the child itself, between `fork` and `exec`, which
//! safe Rust cannot reach. So the hosting program starts *itself* with a marker as its first argument; that
//! copy asks for the signal and becomes the real command by `exec`. A program that wants this calls
//! [`run_if_requested`] first thing in `main`; without, children are started directly and die only with a
//! parent that ends in order.

use std::{
    ffi::{OsStr, OsString},
    io,
    process::{ExitCode, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

use tokio::{
    process::{Child, Command},
    sync::oneshot,
};

use crate::orphans;

const MARKER: &str = "--become-the-child-of";
static HOSTED: AtomicBool = AtomicBool::new(false);

/// How children are started.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Launcher {
    /// [`Launcher::ReExec`] if this program called [`run_if_requested`], else [`Launcher::Direct`].
    #[default]
    Auto,
    /// Through a copy of this program, which must call [`run_if_requested`].
    ReExec,
    /// As they are. They outlive a parent that is killed.
    Direct,
}

/// Becomes the wanted command if this process was started to do so; otherwise returns at once.
///
/// To be called before anything else in `main`, while there is one thread.
pub fn run_if_requested() -> Option<ExitCode> {
    HOSTED.store(true, Ordering::Relaxed);
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next()? != MARKER {
        return None;
    }
    let error = become_child(arguments).err()?;
    // Stands in for the command, so it says what happened where the command would.
    let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("cannot be started: {error}\n"));
    Some(ExitCode::from(127))
}

/// A command that will be started as a child which dies with this process.
#[must_use]
pub fn command(program: impl AsRef<OsStr>) -> LaunchBuilder {
    LaunchBuilder {
        program: program.as_ref().to_owned(),
        signal: 9,
        uid: None,
        gid: None,
        launcher: Launcher::Auto,
    }
}

/// What to start and how; [`LaunchBuilder::build`] gives a command that can be told the rest.
#[derive(Clone, Debug)]
pub struct LaunchBuilder {
    program: OsString,
    signal: i32,
    uid: Option<u32>,
    gid: Option<u32>,
    launcher: Launcher,
}

impl LaunchBuilder {
    /// Signal that the child gets when this process dies (default 9, SIGKILL).
    #[must_use]
    pub fn death_signal(mut self, signal: i32) -> Self {
        self.signal = signal;
        self
    }

    /// User to run as; this process must be allowed to become it.
    #[must_use]
    pub fn uid(mut self, uid: u32) -> Self {
        self.uid = Some(uid);
        self
    }

    /// Group to run as; the supplementary groups are given up.
    #[must_use]
    pub fn gid(mut self, gid: u32) -> Self {
        self.gid = Some(gid);
        self
    }

    /// How to start it.
    #[must_use]
    pub fn launcher(mut self, launcher: Launcher) -> Self {
        self.launcher = launcher;
        self
    }

    /// The command, to which arguments, environment, folder and streams can be added. It is in a process
    /// group of its own, so that Ctrl-C in a terminal reaches only this process. Start it with [`spawn`].
    #[must_use]
    pub fn build(self) -> Command {
        let re_exec = match self.launcher {
            Launcher::Auto => HOSTED.load(Ordering::Relaxed),
            Launcher::ReExec => true,
            Launcher::Direct => false,
        };
        let mut command = if re_exec && cfg!(target_os = "linux") { self.re_exec() } else { self.direct() };
        command.stdin(Stdio::null()).process_group(0).kill_on_drop(true);
        command
    }

    fn direct(self) -> Command {
        let mut command = Command::new(self.program);
        if let Some(gid) = self.gid {
            command.gid(gid);
        }
        if let Some(uid) = self.uid {
            command.uid(uid);
        }
        command
    }

    /// `/proc/self/exe` is this program even after its file was replaced by a newer build.
    fn re_exec(self) -> Command {
        let id = |id: Option<u32>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let mut command = Command::new("/proc/self/exe");
        command.arg(MARKER).arg(std::process::id().to_string()).arg(self.signal.to_string());
        command.arg(id(self.uid)).arg(id(self.gid)).arg(self.program);
        command
    }
}

/// Starts a command from a thread that lives as long as this process.
///
/// The kernel sends the death signal when the *thread* that started the child ends, and threads of a pool do.
///
/// # Errors
/// As [`Command::spawn`]. Must be called within a tokio runtime.
pub async fn spawn(command: Command) -> io::Result<Child> {
    type Job = (tokio::runtime::Handle, Command, oneshot::Sender<io::Result<Child>>);
    static THREAD: OnceLock<Option<mpsc::Sender<Job>>> = OnceLock::new();
    let sender = THREAD.get_or_init(|| {
        let (sender, jobs) = mpsc::channel::<Job>();
        let run = move || {
            for (runtime, mut command, reply) in jobs {
                let _entered = runtime.enter();
                let _ = reply.send(orphans::spawn_awaited(|| command.spawn()));
            }
        };
        std::thread::Builder::new().name("launcher".to_owned()).spawn(run).ok().map(|_| sender)
    });
    let gone = || io::Error::other("the launcher thread is gone");
    let (reply, child) = oneshot::channel();
    let job = (tokio::runtime::Handle::current(), command, reply);
    sender.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
    child.await.map_err(|_| gone())?
}

/// As process 1 of a container, or as a subreaper, reaps what functions leave behind, for ever; elsewhere does
/// nothing. Children of [`spawn`] are not touched; others must not be started beside it.
///
/// # Errors
/// If no signals can be received. Must run within a tokio runtime.
pub async fn reap_orphans() -> io::Result<()> {
    orphans::reap().await
}

#[cfg(target_os = "linux")]
fn become_child(mut arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    use rustix::{process, thread};
    use std::os::unix::process::CommandExt;

    let malformed = || io::Error::other("malformed launcher arguments");
    let mut number = || -> io::Result<Option<i32>> {
        let text = arguments.next().ok_or_else(malformed)?.into_string().map_err(|_| malformed())?;
        if text == "-" { Ok(None) } else { text.parse().map(Some).map_err(|_| malformed()) }
    };
    let parent = number()?.and_then(process::Pid::from_raw).ok_or_else(malformed)?;
    let signal = number()?.and_then(process::Signal::from_named_raw).ok_or_else(malformed)?;
    let (uid, gid) = (number()?, number()?);
    // Identity first: changing it clears the death signal.
    if let Some(gid) = gid {
        thread::set_thread_groups(&[])?;
        thread::set_thread_gid(process::Gid::from_raw(gid.cast_unsigned()))?;
    }
    if let Some(uid) = uid {
        thread::set_thread_uid(process::Uid::from_raw(uid.cast_unsigned()))?;
    }
    process::set_parent_process_death_signal(Some(signal))?;
    // If the parent died before the line above, no signal will come any more.
    if process::getppid() != Some(parent) {
        return Err(io::Error::other("the parent is gone"));
    }
    let program = arguments.next().ok_or_else(malformed)?;
    let error = std::process::Command::new(&program).args(arguments).exec();
    Err(io::Error::new(error.kind(), format!("{}: {error}", program.display())))
}

#[cfg(not(target_os = "linux"))]
fn become_child(_arguments: impl Iterator<Item = OsString>) -> io::Result<()> {
    Err(io::Error::other("only Linux has a parent death signal"))
}
