//! The socket that pages and API are asked at. It outlives the program: a newer build of the runner takes it over as
//! its standard input, so that whoever connects in between waits in the socket's backlog and is refused by nobody.

use std::{
    env,
    io::{self, Stdin},
    net::{Ipv4Addr, TcpListener},
    os::fd::{AsFd, OwnedFd},
    process::{Command, Stdio},
    sync::Arc,
};

/// Says that standard input is a listening socket, and of which port.
const INHERITED: &str = "VELOX_INHERITED_PORT";

/// See the module.
#[derive(Debug, Clone)]
pub struct Door {
    listener: Arc<TcpListener>,
    port: u16,
}

impl Door {
    /// The one that an earlier build of this program left open, if it did.
    #[must_use]
    pub fn inherited() -> Option<Self> {
        let port: u16 = env::var(INHERITED).ok()?.parse().ok()?;
        Self::of(&io::stdin()).ok().filter(|door| door.port == port)
    }

    fn of(stdin: &Stdin) -> io::Result<Self> {
        let listener = TcpListener::from(stdin.as_fd().try_clone_to_owned()?);
        let port = listener.local_addr()?.port();
        Ok(Self { listener: Arc::new(listener), port })
    }

    /// Listens on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken.
    pub fn open(port: u16) -> io::Result<Self> {
        Ok(Self { listener: Arc::new(TcpListener::bind((Ipv4Addr::LOCALHOST, port))?), port })
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The socket, to be accepted from.
    #[must_use]
    pub fn listener(&self) -> Arc<TcpListener> {
        Arc::clone(&self.listener)
    }

    /// Leaves it to the program that this one becomes.
    ///
    /// # Errors
    /// Out of file descriptors.
    pub fn hand_over(&self, next: &mut Command) -> io::Result<()> {
        let socket = OwnedFd::from(self.listener.try_clone()?);
        next.stdin(Stdio::from(socket)).env(INHERITED, self.port.to_string());
        Ok(())
    }
}
