//! A server for the Simple Mail Transfer Protocol (RFC 5321) with 8BITMIME (RFC 6152), SIZE (RFC 1870), SMTPUTF8
//! (RFC 6531) and PIPELINING (RFC 2920). It accepts every sender and recipient, and keeps mail before it says that
//! it has it.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
    time::timeout,
};

use super::Mailbox;
use crate::chaos::{Called, Chaos, Fault, Kind, Service, Whose};

/// The largest mail in bytes, as Amazon SES takes it.
const MAX_BYTES: usize = 40 * 1024 * 1024;
/// The longest command line with its end; RFC 5321 asks for 512, extensions and long addresses for more.
const MAX_LINE: u64 = 4_096;
/// How long a silent client is waited for.
const PATIENCE: Duration = Duration::from_secs(300);
/// Recipients of one mail: the least that RFC 5321, section 4.5.3.1.8, asks for.
const MAX_RECIPIENTS: usize = 1_000;

/// The listening server; ends when it is dropped.
#[derive(Debug)]
pub struct SmtpServer {
    address: SocketAddr,
    _task: JoinSet<()>,
}

impl SmtpServer {
    /// Takes mail at `address`, which has to be of loopback, for `mailbox`.
    ///
    /// # Errors
    /// When the address cannot be had.
    pub async fn start(address: SocketAddr, mailbox: Arc<Mailbox>, chaos: Arc<Chaos>) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "mail is taken from this machine alone"));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let mut task = JoinSet::new();
        task.spawn(accept(listener, mailbox, chaos));
        Ok(Self { address, _task: task })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }
}

async fn accept(listener: TcpListener, mailbox: Arc<Mailbox>, chaos: Arc<Chaos>) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let session = Session::new(stream, Arc::clone(&mailbox), Arc::clone(&chaos));
                connections.spawn(async move {
                    if let Err(error) = session.run().await {
                        tracing::debug!(%error, "a mail connection ended early");
                    }
                });
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

struct Session {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    mailbox: Arc<Mailbox>,
    chaos: Arc<Chaos>,
    from: Option<String>,
    to: Vec<String>,
}

/// How a command ended.
enum Step {
    Say(String),
    Data,
    Quit,
}

/// What becomes of a mail by chaos.
enum Disturbed {
    Not,
    Refused,
    /// It is kept, and the sender does not hear of it.
    Lost,
}

fn say(text: &str) -> Step {
    Step::Say(text.to_owned())
}

impl Session {
    fn new(stream: TcpStream, mailbox: Arc<Mailbox>, chaos: Arc<Chaos>) -> Self {
        let _ = stream.set_nodelay(true);
        let (reader, writer) = stream.into_split();
        Self { reader: BufReader::new(reader), writer, mailbox, chaos, from: None, to: Vec::new() }
    }

    async fn run(mut self) -> io::Result<()> {
        self.reply("220 localhost Velox takes every mail and sends none").await?;
        while let Some(line) = self.line().await? {
            match self.command(&line) {
                Step::Say(text) => self.reply(&text).await?,
                Step::Data => {
                    self.reply("354 go ahead; end with a line of one dot").await?;
                    let answer = self.data().await?;
                    self.reply(&answer).await?;
                }
                Step::Quit => return self.reply("221 goodbye").await,
            }
        }
        Ok(())
    }

    /// None at the end of the connection. What is longer than a line may be comes back as no command.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.reader).take(MAX_LINE);
        let read = limited.read_until(b'\n', &mut line);
        let read = timeout(PATIENCE, read).await.map_err(|_| io::ErrorKind::TimedOut)??;
        if read == 0 {
            return Ok(None);
        }
        while !line.ends_with(b"\n") {
            let mut rest = Vec::new();
            let mut limited = (&mut self.reader).take(MAX_LINE);
            let read = limited.read_until(b'\n', &mut rest);
            if timeout(PATIENCE, read).await.map_err(|_| io::ErrorKind::TimedOut)?? == 0 {
                return Ok(None);
            }
            line = if rest.ends_with(b"\n") { b"TOOLONG\n".to_vec() } else { Vec::new() };
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    fn command(&mut self, line: &str) -> Step {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => Step::Say(format!(
                "250-localhost\r\n250-PIPELINING\r\n250-SIZE {MAX_BYTES}\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n\
                 250 ENHANCEDSTATUSCODES"
            )),
            "HELO" => say("250 localhost"),
            "MAIL" => self.sender(rest),
            "RCPT" => self.recipient(rest),
            "DATA" if self.from.is_none() => say("503 5.5.1 MAIL comes first"),
            "DATA" if self.to.is_empty() => say("503 5.5.1 RCPT comes first"),
            "DATA" => Step::Data,
            "RSET" => {
                self.forget();
                say("250 2.0.0 forgotten")
            }
            "NOOP" => say("250 2.0.0 fine"),
            "VRFY" => say("252 2.1.5 everybody is known here"),
            "HELP" => say("214 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY QUIT"),
            "AUTH" | "STARTTLS" => say("502 5.5.1 not needed on this machine: send without"),
            "QUIT" => Step::Quit,
            "TOOLONG" => say("500 5.5.2 the line is too long"),
            _ => say("500 5.5.2 unknown command"),
        }
    }

    fn sender(&mut self, rest: &str) -> Step {
        let Some((address, parameters)) = path(rest, "FROM:") else {
            return say("501 5.5.4 use MAIL FROM:<address>");
        };
        if self.from.is_some() {
            return say("503 5.5.1 there is a mail already: RSET forgets it");
        }
        let size = parameters.split(' ').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.eq_ignore_ascii_case("SIZE").then(|| value.parse::<usize>().ok())?
        });
        if size.is_some_and(|size| size > MAX_BYTES) {
            return say("552 5.3.4 the mail is too large");
        }
        self.from = Some(address);
        say("250 2.1.0 noted")
    }

    fn recipient(&mut self, rest: &str) -> Step {
        match path(rest, "TO:") {
            _ if self.from.is_none() => say("503 5.5.1 MAIL comes first"),
            None => say("501 5.5.4 use RCPT TO:<address>"),
            Some((address, _)) if address.is_empty() => say("501 5.1.3 a recipient has an address"),
            Some(_) if self.to.len() == MAX_RECIPIENTS => say("452 4.5.3 too many recipients"),
            Some((address, _)) => {
                self.to.push(address);
                say("250 2.1.5 noted")
            }
        }
    }

    /// Reads a mail up to its dot, and keeps it.
    async fn data(&mut self) -> io::Result<String> {
        let (mut raw, mut too_large) = (Vec::new(), false);
        loop {
            let mut line = Vec::new();
            let mut limited = (&mut self.reader).take(MAX_BYTES as u64);
            let read = limited.read_until(b'\n', &mut line);
            if timeout(PATIENCE, read).await.map_err(|_| io::ErrorKind::TimedOut)?? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if matches!(line.as_slice(), b".\r\n" | b".\n") {
                break;
            }
            // RFC 5321, section 4.5.2: a dot was added to a line that begins with one.
            let text = line.strip_prefix(b".").unwrap_or(&line);
            too_large |= raw.len() + text.len() > MAX_BYTES;
            if !too_large {
                raw.extend_from_slice(text);
            }
        }
        let (from, to) = (self.from.take().unwrap_or_default(), std::mem::take(&mut self.to));
        if too_large {
            return Ok("552 5.3.4 the mail is too large".to_owned());
        }
        let lost = match self.disturbed().await {
            Disturbed::Refused => {
                return Ok("451 4.3.0 chaos of the local runner: try again later".to_owned());
            }
            Disturbed::Lost => true,
            Disturbed::Not => false,
        };
        let mailbox = Arc::clone(&self.mailbox);
        let kept = tokio::task::spawn_blocking(move || mailbox.keep(from, to, &raw)).await;
        if lost {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(match kept {
            Ok(Ok(id)) => format!("250 2.0.0 kept as {id}"),
            Ok(Err(error)) => format!("451 4.3.0 not kept: {error}"),
            Err(error) => format!("451 4.3.0 not kept: {error}"),
        })
    }

    /// What chaos does to a mail that has come.
    async fn disturbed(&self) -> Disturbed {
        let mut disturbed = Disturbed::Not;
        let kinds = [Kind::Latency, Kind::Error, Kind::Lost];
        for hit in self.chaos.throw(Called::Service(Service::Smtp, "", ""), &kinds) {
            let what = match hit.fault {
                Fault::Latency(time) => {
                    tokio::time::sleep(time).await;
                    format!("answered {} ms later", time.as_millis())
                }
                Fault::Lost => {
                    disturbed = Disturbed::Lost;
                    "kept, but the connection closed without a word".to_owned()
                }
                _ => {
                    disturbed = Disturbed::Refused;
                    "refused with 451".to_owned()
                }
            };
            self.chaos.note(&hit, Whose::Nobody, what);
        }
        disturbed
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    async fn reply(&mut self, text: &str) -> io::Result<()> {
        self.writer.write_all(format!("{text}\r\n").as_bytes()).await
    }
}

/// The address of `FROM:<address> parameters`, and the parameters.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(String, &'a str)> {
    let head = rest.get(..keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let inside = rest[keyword.len()..].trim_start().strip_prefix('<')?;
    let (address, parameters) = inside.split_once('>')?;
    // A route before the address has had no meaning since 1989 (RFC 5321, appendix C).
    let address = address
        .rsplit_once(':')
        .map_or(address, |(route, rest)| if route.starts_with('@') { rest } else { address });
    Some((address.to_owned(), parameters.trim()))
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn addresses_stand_in_brackets_after_their_keyword() {
        let found = |text| path(text, "FROM:").map(|(address, rest)| (address, rest.to_owned()));
        assert_eq!(found("FROM:<a@b.example> SIZE=3"), Some(("a@b.example".into(), "SIZE=3".into())));
        assert_eq!(found("from: <>"), Some((String::new(), String::new())));
        assert_eq!(found("FROM:<@x.example:a@b.example>"), Some(("a@b.example".into(), String::new())));
        for wrong in ["", "FROM", "FROM:a@b.example", "TO:<a@b.example>", "FROM:<a", "ü:<a>"] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }
}
