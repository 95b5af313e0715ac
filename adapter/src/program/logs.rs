//! JSON lines on standard error, each with the service's name if the manifest has one.

use std::io::{self, Write};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

/// `ADAPTER_LOG` says what is written, as tracing-subscriber's `EnvFilter` reads it; `info` if absent.
pub(crate) fn begin(service: Option<&str>) {
    let filter = EnvFilter::try_from_env("ADAPTER_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let service = service.map(|name| format!("{{\"service\":{},", serde_json::Value::from(name)));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(Lines { service })
        .init();
}

/// Every event arrives as one write of one object.
struct Lines {
    /// What a line begins with in place of its brace.
    service: Option<String>,
}

struct Line<'a>(Option<&'a str>);

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self.service.as_deref())
    }
}

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match (self.0, line.strip_prefix(b"{")) {
            (Some(service), Some(rest)) => {
                let whole = [service.as_bytes(), rest].concat();
                io::stderr().write_all(&whole)?;
            }
            _ => io::stderr().write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
