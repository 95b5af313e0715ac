//! A function that speaks the Runtime API by hand, and wrongly when its path says so. No runtime would do
//! what it does; the adapter has to live with it.
//!
//! While the file `WILD_START_UNLESS` names is not there, it starts and never asks for work.

#![allow(clippy::print_stderr, reason = "what a function prints is part of what is tested")]

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    time::Duration,
};

fn main() -> io::Result<()> {
    if std::env::var_os("WILD_START_UNLESS").is_some_and(|file| !Path::new(&file).exists()) {
        std::thread::sleep(Duration::from_secs(3600));
    }
    let mut api = Api::connect()?;
    loop {
        let (id, event) = api.next()?;
        let path = event.split("\"rawPath\":\"").nth(1).and_then(|rest| rest.split('"').next());
        match path.unwrap_or_default() {
            "/close" => api = Api::connect()?,
            "/garbage" => {
                api.stream.get_mut().write_all(b"\x16\x03\x01 this is no HTTP \r\n\r\n")?;
                let mut answer = String::new();
                let _ = api.stream.read_to_string(&mut answer);
                eprintln!("garbage was answered with {:?}", answer.lines().next());
                api = Api::connect()?;
            }
            "/nonsense" => drop(api.answer(&id, "{ nonsense")?),
            "/twice" => {
                api.answer(&id, &fine())?;
                let second = api.answer(&id, &fine())?;
                eprintln!("the second answer was answered with {second}");
            }
            "/stop" => {
                api.answer(&id, &fine())?;
                std::thread::sleep(Duration::from_secs(3600));
            }
            _ => drop(api.answer(&id, &fine())?),
        }
    }
}

fn fine() -> String {
    format!("{{\"statusCode\":200,\"body\":\"{}\"}}", std::process::id())
}

/// One connection.
struct Api {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Api {
    fn connect() -> io::Result<Self> {
        let host = std::env::var("AWS_LAMBDA_RUNTIME_API").map_err(io::Error::other)?;
        Ok(Self { stream: BufReader::new(TcpStream::connect(&host)?), host })
    }

    /// Id and event.
    fn next(&mut self) -> io::Result<(String, String)> {
        let (head, body) = self.exchange("GET", "invocation/next", "")?;
        let id = head.lines().find_map(|line| line.strip_prefix("lambda-runtime-aws-request-id: "));
        Ok((id.unwrap_or_default().to_owned(), body))
    }

    /// Returns the status line.
    fn answer(&mut self, id: &str, payload: &str) -> io::Result<String> {
        let (head, _) = self.exchange("POST", &format!("invocation/{id}/response"), payload)?;
        Ok(head.lines().next().unwrap_or_default().to_owned())
    }

    fn exchange(&mut self, method: &str, path: &str, body: &str) -> io::Result<(String, String)> {
        let (host, length) = (&self.host, body.len());
        let head = format!(
            "{method} /2018-06-01/runtime/{path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n\r\n"
        );
        self.stream.get_mut().write_all((head + body).as_bytes())?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
        self.stream.read_exact(&mut body)?;
        Ok((head, String::from_utf8_lossy(&body).into_owned()))
    }
}
