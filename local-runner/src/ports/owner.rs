//! Who listens on a port: from Linux's tables of sockets, elsewhere from `lsof`.

use std::{
    fs,
    process::{Command, Stdio},
};

/// A process as a person looks for it.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) name: String,
    pub(super) pid: u32,
}

/// None when the process belongs to somebody whose files we may not read.
pub(super) fn of(port: u16) -> Option<Owner> {
    let pid = if cfg!(target_os = "linux") { holder(&inode(port)?)? } else { lsof(port)? };
    let name = crate::processes::name(pid)?;
    Some(Owner { name, pid })
}

/// The inode of the socket that listens on the port (`man 5 proc`, "/proc/net/tcp").
fn inode(port: u16) -> Option<String> {
    const LISTEN: &str = "0A";
    let suffix = format!(":{port:04X}");
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    tables.iter().flat_map(|table| table.lines().skip(1)).find_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let listens = fields.get(1)?.ends_with(&suffix) && *fields.get(3)? == LISTEN;
        listens.then(|| fields.get(9).map(|inode| (*inode).to_owned())).flatten()
    })
}

/// The process with an open file that is this socket.
fn holder(inode: &str) -> Option<u32> {
    let socket = format!("socket:[{inode}]");
    let processes = fs::read_dir("/proc").ok()?.flatten();
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).find(|pid: &u32| {
        let Ok(files) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        files
            .flatten()
            .any(|file| fs::read_link(file.path()).is_ok_and(|target| target.as_os_str() == &*socket))
    })
}

fn lsof(port: u16) -> Option<u32> {
    let mut command = Command::new("lsof");
    command.args(["-nP", "-t", "-sTCP:LISTEN", &format!("-iTCP:{port}")]).stderr(Stdio::null());
    let output = command.output().ok()?;
    String::from_utf8(output.stdout).ok()?.lines().next()?.trim().parse().ok()
}
