//! What the system says about processes of other people: names for messages, and whether a process is ours.

use std::{
    fs,
    process::{Command, Stdio},
};

/// The command line of a process, its arguments parted by spaces; none when it is gone or hidden.
#[must_use]
pub fn command_line(pid: u32) -> Option<String> {
    let line = match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).replace('\0', " "),
        Err(_) if cfg!(target_os = "linux") => return None,
        Err(_) => ps(pid, "command=")?,
    };
    let line = line.trim().to_owned();
    (!line.is_empty()).then_some(line)
}

/// The short name of a process.
#[must_use]
pub fn name(pid: u32) -> Option<String> {
    let name = match fs::read_to_string(format!("/proc/{pid}/comm")) {
        Ok(name) => name,
        Err(_) => ps(pid, "comm=")?,
    };
    Some(name.trim().to_owned())
}

/// The memory of a process that is not swapped out, in bytes.
#[must_use]
pub fn resident_bytes(pid: u32) -> Option<u64> {
    let kib = match fs::read_to_string(format!("/proc/{pid}/status")) {
        Ok(status) => {
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?
        }
        Err(_) if cfg!(target_os = "linux") => return None,
        Err(_) => ps(pid, "rss=")?.trim().parse().ok()?,
    };
    Some(kib * 1024)
}

fn ps(pid: u32, column: &str) -> Option<String> {
    let mut command = Command::new("ps");
    command.args(["-p", &pid.to_string(), "-o", column]).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()
}
