//! Ports are looked at before anything starts, so that a busy one is a sentence and not a backtrace.

mod owner;

use std::{
    collections::HashSet,
    fmt,
    io::{self, ErrorKind},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener},
};

use owner::Owner;

/// A port that the runner is about to take.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// What it is for, as a person says it.
    pub purpose: &'static str,
    /// The flag that chooses another.
    pub flag: &'static str,
    /// Its number; 0 for any that is free.
    pub port: u16,
}

/// A port that another process holds.
#[derive(Debug)]
pub struct Busy {
    wanted: Wanted,
    owner: Option<Owner>,
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Wanted { purpose, flag, port } = self.wanted;
        write!(f, "port {port} for {purpose} is taken by ")?;
        match &self.owner {
            Some(Owner { name, pid }) => write!(f, "{name} (process {pid})")?,
            None => write!(f, "an unknown process")?,
        }
        write!(f, ": stop it, or choose another port with `{flag} <port>` (0 takes any free one)")
    }
}

/// Settles the ports: zeros become free ports, the others are tried.
///
/// # Errors
/// All that are busy, in the order asked for.
pub fn settle<const N: usize>(wanted: [Wanted; N]) -> Result<[u16; N], Vec<Busy>> {
    let mut taken: HashSet<u16> = wanted.iter().map(|wanted| wanted.port).collect();
    let mut ports = [0; N];
    let mut busy = Vec::new();
    for (port, wanted) in ports.iter_mut().zip(wanted) {
        *port = if wanted.port == 0 { free(&taken) } else { wanted.port };
        taken.insert(*port);
        if wanted.port != 0 && is_busy(wanted.port) {
            busy.push(Busy { wanted, owner: owner::of(wanted.port) });
        }
    }
    if busy.is_empty() { Ok(ports) } else { Err(busy) }
}

/// A free port below those that the system hands out for outgoing connections, which come and go.
fn free(except: &HashSet<u16>) -> u16 {
    loop {
        let port = rand::random_range(15_000..32_000);
        if !except.contains(&port) && !is_busy(port) {
            return port;
        }
    }
}

/// Also busy when somebody listens on the IPv6 loopback alone: browsers try that one first.
fn is_busy(port: u16) -> bool {
    let loopbacks = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    loopbacks.into_iter().any(|address| match TcpListener::bind((address, port)) {
        Err(error) => in_the_way(address, &error),
        Ok(_) => false,
    })
}

fn in_the_way(address: IpAddr, error: &io::Error) -> bool {
    error.kind() == ErrorKind::AddrInUse || (address.is_ipv4() && error.kind() == ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(port: u16) -> Wanted {
        Wanted { purpose: "pages and API", flag: "--http-port", port }
    }

    #[test]
    fn a_busy_port_is_named_with_its_purpose_and_its_owner() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let busy = settle([wanted(port), wanted(0)]).unwrap_err();
        let message = busy[0].to_string();
        assert_eq!(busy.len(), 1);
        assert!(message.starts_with(&format!("port {port} for pages and API is taken by ")), "{message}");
        if cfg!(target_os = "linux") {
            assert!(message.contains(&format!("(process {})", std::process::id())), "{message}");
        }
        assert!(message.contains("--http-port"), "{message}");
    }

    #[test]
    fn zero_becomes_a_free_port_of_its_own() {
        let [a, b, c] = settle([wanted(0), wanted(0), wanted(0)]).unwrap();
        assert!(a != 0 && a != b && b != c && a != c);
        assert!(TcpListener::bind(("127.0.0.1", a)).is_ok());
    }
}
