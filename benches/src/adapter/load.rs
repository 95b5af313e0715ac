//! A load of requests over kept-alive connections, from one thread that does as little as it can.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinSet,
};

use crate::Failure;

const REQUEST: &[u8] = b"GET /f0 HTTP/1.1\r\nhost: localhost\r\nuser-agent: bench\r\naccept: */*\r\n\r\n";

/// What a load has shown.
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) took: Duration,
    /// Sorted, in µs.
    latencies: Vec<u32>,
}

impl Load {
    /// For so long.
    pub(crate) fn of(port: u16, connections: usize, long: Duration) -> Result<Self, Failure> {
        Self::run(port, connections, long, u64::MAX)
    }

    /// So many.
    pub(crate) fn requests(port: u16, connections: usize, most: u64) -> Result<Self, Failure> {
        Self::run(port, connections, Duration::from_secs(3600), most)
    }

    fn run(port: u16, connections: usize, long: Duration, most: u64) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let each = most.div_ceil(connections as u64);
        let started = Instant::now();
        let mut latencies = runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for _ in 0..connections {
                tasks.spawn(connection(port, started + long, each));
            }
            let mut all = Vec::new();
            while let Some(done) = tasks.join_next().await {
                all.extend(done.map_err(|e| e.to_string())??);
            }
            Ok::<_, String>(all)
        })?;
        let took = started.elapsed();
        latencies.sort_unstable();
        Ok(Self { requests: latencies.len() as u64, took, latencies })
    }

    /// In µs.
    pub(crate) fn percentile(&self, part: f64) -> f64 {
        let place = (self.latencies.len() as f64 * part) as usize;
        self.latencies
            .get(place.min(self.latencies.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
            .into()
    }

    /// One request on a connection of its own.
    pub(crate) fn once(port: u16, path: &str) -> Result<Duration, Failure> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        let started = Instant::now();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let took = started.elapsed();
        if answer.starts_with("HTTP/1.1 200") { Ok(took) } else { Err(answer.into()) }
    }
}

async fn connection(port: u16, end: Instant, most: u64) -> Result<Vec<u32>, String> {
    let text = |error: std::io::Error| error.to_string();
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.map_err(text)?;
    stream.set_nodelay(true).map_err(text)?;
    let mut latencies = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    while Instant::now() < end && (latencies.len() as u64) < most {
        let started = Instant::now();
        stream.write_all(REQUEST).await.map_err(text)?;
        let mut length = 0;
        while !is_whole(&buffer[..length])? {
            let read = stream.read(&mut buffer[length..]).await.map_err(text)?;
            if read == 0 {
                return Err("the connection was closed".to_owned());
            }
            length += read;
        }
        latencies.push(u32::try_from(started.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok(latencies)
}

/// An answer with a length; anything but 200 ends the benchmark.
fn is_whole(read: &[u8]) -> Result<bool, String> {
    let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") else { return Ok(false) };
    let head = String::from_utf8_lossy(&read[..end]);
    if !head.starts_with("HTTP/1.1 200") {
        return Err(head.into_owned());
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    Ok(read.len() >= end + 4 + length.ok_or("an answer without a length")?)
}
