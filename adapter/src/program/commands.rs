//! What is asked of the program besides to serve; it answers on the terminal.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a person or a script reads it")]

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use adapter::Manifest;

/// Exits with 1 and the reason.
pub(crate) fn failed(reason: &str) -> ExitCode {
    eprintln!("{reason}");
    ExitCode::FAILURE
}

pub(crate) fn check(path: &PathBuf) -> Result<(), String> {
    let manifest = crate::read(path)?;
    let functions = manifest.functions.len();
    println!("{}: fine, {functions} function{}", path.display(), if functions == 1 { "" } else { "s" });
    Ok(())
}

pub(crate) fn schema() -> Result<(), String> {
    let text = serde_json::to_string_pretty(&Manifest::json_schema()).map_err(|error| error.to_string())?;
    println!("{text}");
    Ok(())
}

pub(crate) fn healthcheck(url: &http::Uri) -> Result<(), String> {
    let answer = ask(url).map_err(|error| format!("{url}: {error}"))?;
    let status = answer.split(' ').nth(1).unwrap_or_default();
    if status.starts_with('2') { Ok(()) } else { Err(format!("{url} answered {status}")) }
}

/// The beginning of the answer.
fn ask(url: &http::Uri) -> io::Result<String> {
    let longest = Duration::from_secs(2);
    let host = url.host().unwrap_or("127.0.0.1");
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let address = (name, url.port_u16().unwrap_or(80)).to_socket_addrs()?.next();
    let address = address.ok_or_else(|| io::Error::other("no such host"))?;
    let mut stream = TcpStream::connect_timeout(&address, longest)?;
    stream.set_read_timeout(Some(longest))?;
    let path = url.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut start = [0; 64];
    let length = stream.read(&mut start)?;
    Ok(String::from_utf8_lossy(&start[..length]).into_owned())
}
