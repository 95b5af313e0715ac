//! Pages over one kept-alive connection.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::Failure;

/// Asks for a page so many times and gives the median time.
pub(crate) fn load(port: u16, path: &str, times: usize) -> Result<Duration, Failure> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(300)))?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: app.localhost:{port}\r\nuser-agent: bench\r\naccept: */*\r\n\r\n"
    );
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        stream.write_all(request.as_bytes())?;
        whole(&mut stream)?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Ok(took[times / 2])
}

fn whole(stream: &mut TcpStream) -> Result<(), Failure> {
    let (mut read, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
            if !head.starts_with("http/1.1 200") {
                return Err(head.into());
            }
            let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.ok_or("an answer without a length")?.trim().parse()?;
            if read.len() >= end + 4 + length {
                return Ok(());
            }
        }
        match stream.read(&mut buffer)? {
            0 => return Err("the connection was closed".into()),
            length => read.extend_from_slice(&buffer[..length]),
        }
    }
}
