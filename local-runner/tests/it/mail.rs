//! Mail, sent as a program sends it and read as a developer reads it.

use std::net::Ipv4Addr;

use http::StatusCode;
use rustix::process::Signal;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use crate::{chaos::set, runner::Runner};

/// A connection to the mail server.
struct Smtp(BufReader<TcpStream>);

impl Smtp {
    async fn connect(port: u16) -> Self {
        let mut smtp = Self(BufReader::new(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap()));
        assert!(smtp.answer().await.starts_with("220 "));
        smtp
    }

    /// All lines of one reply (RFC 5321, section 4.2.1).
    async fn answer(&mut self) -> String {
        let mut all = String::new();
        loop {
            let start = all.len();
            assert!(self.0.read_line(&mut all).await.unwrap() > 0, "closed after {all:?}");
            if all.as_bytes()[start..].get(3) == Some(&b' ') {
                return all;
            }
        }
    }

    async fn say(&mut self, line: &str) -> String {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.answer().await
    }

    async fn send(&mut self, content: &str) -> String {
        assert!(self.say("MAIL FROM:<billing@velox.example> BODY=8BITMIME").await.starts_with("250 "));
        assert!(self.say("RCPT TO:<zoë@kunde.example>").await.starts_with("250 "));
        assert!(self.say("DATA").await.starts_with("354 "));
        let stuffed = content.replace('\n', "\r\n").replace("\r\n.", "\r\n..");
        self.say(&format!("{stuffed}\r\n.")).await
    }
}

const INVITATION: &str = "From: Velox <billing@velox.example>
To: =?utf-8?q?Zo=C3=AB?= <zoe@kunde.example>
Subject: =?utf-8?B?RWlubGFkdW5nIPCfjok=?=
Date: Sun, 01 Mar 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=outer

--outer
Content-Type: multipart/related; boundary=related

--related
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Grüße!
.a line that begins with a dot
Open http://app.localhost:4000/invite?a=1&b=2.

--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<html><head></head><body><script>alert(1)</script><p>Gr=C3=BC=C3=9Fe</p><img src=3D\"cid:logo@velox\"><a href=3D\"http://app.localhost:4000/invite\">Open</a></body></html>

--inner--
--related
Content-Type: image/png
Content-ID: <logo@velox>
Content-Disposition: inline
Content-Transfer-Encoding: base64

iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==

--related--
--outer
Content-Type: application/pdf; name=\"invoice.pdf\"
Content-Disposition: attachment; filename=\"invoice.pdf\"
Content-Transfer-Encoding: base64

JVBERi0xLjQK

--outer--
";

pub(crate) async fn send_invitation(port: u16) {
    let mut smtp = Smtp::connect(port).await;
    smtp.say("EHLO localhost").await;
    let said = smtp.send(INVITATION).await;
    assert!(said.starts_with("250 "), "{said}");
    assert!(smtp.say("QUIT").await.starts_with("221 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_is_caught_shown_kept_across_a_crash_and_deleted() {
    let runner = Runner::start();
    assert_eq!(runner.running.urls.smtp, format!("smtp://127.0.0.1:{}", runner.running.ports.smtp));
    send_invitation(runner.running.ports.smtp).await;
    let (_, folder) = runner.end(Signal::KILL);
    let runner = Runner::start_in(folder, &[]);
    let mut dashboard = runner.dashboard();
    let list = dashboard.get("/mail").await.text();
    assert!(list.contains("Einladung 🎉") && list.contains("zoë@kunde.example"), "{list}");
    let start = list.find("href=\"/mail/").unwrap();
    let path = list[start + 6..].split('"').next().unwrap().to_owned();

    let page = dashboard.get(&path).await.text();
    assert!(page.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""), "{page}");
    assert!(page.contains("invoice.pdf"), "{page}");
    let text = dashboard.get(&format!("{path}?view=text")).await.text();
    assert!(text.contains("Grüße!\n.a line that begins with a dot"), "{text}");
    assert!(text.contains("<a href=\"http://app.localhost:4000/invite?a=1&amp;b=2\""), "{text}");
    let headers = dashboard.get(&format!("{path}?view=headers")).await.text();
    assert!(headers.contains("MIME-Version"), "{headers}");

    let html = dashboard.get(&format!("{path}/html")).await;
    let policy = html.header("content-security-policy").unwrap();
    assert!(policy.starts_with("sandbox allow-popups ") && !policy.contains("script-src"), "{policy}");
    let picture = format!("{path}/parts/");
    assert!(
        html.text().contains(&picture) && html.text().contains("<base target=\"_blank\">"),
        "{}",
        html.text()
    );
    let start = html.text().find(&picture).unwrap();
    let picture = html.text()[start..].split('"').next().unwrap().to_owned();
    let picture = dashboard.get(&picture).await;
    assert_eq!(picture.header("content-type"), Some("image/png"));
    assert!(picture.body.starts_with(b"\x89PNG"));
    let raw = dashboard.get(&format!("{path}/raw")).await;
    assert!(
        raw.text().contains("\r\n.a line that begins") && raw.text().ends_with("--outer--\r\n\r\n"),
        "{}",
        raw.text()
    );

    let deleted = dashboard.post_form(&format!("{path}/delete"), &[]).await;
    assert_eq!(deleted.status, StatusCode::SEE_OTHER);
    assert_eq!(dashboard.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(dashboard.get("/mail").await.text().contains("No mail yet"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mail_server_speaks_the_protocol_also_when_its_client_does_not() {
    let runner = Runner::start();
    let mut smtp = Smtp::connect(runner.running.ports.smtp).await;
    let extensions = smtp.say("EHLO me.example").await;
    for extension in ["8BITMIME", "SIZE ", "SMTPUTF8", "PIPELINING"] {
        assert!(extensions.contains(extension), "{extensions}");
    }
    let long = "x".repeat(10_000);
    for (line, code) in [
        ("DATA", "503"),
        ("RCPT TO:<a@b.example>", "503"),
        ("MAIL FROM:nobody", "501"),
        ("MAIL FROM:<a@b.example> SIZE=99999999999", "552"),
        ("MAIL FROM:<>", "250"),
        ("MAIL FROM:<b@b.example>", "503"),
        ("DATA", "503"),
        ("RCPT TO:<>", "501"),
        ("RSET", "250"),
        ("NONSENSE", "500"),
        ("", "500"),
        (&long, "500"),
        ("noop", "250"),
        ("STARTTLS", "502"),
    ] {
        let said = smtp.say(line).await;
        assert!(said.starts_with(code), "{} gets {said}", &line[..line.len().min(40)]);
    }
    // Several commands at once, answered in their order.
    let all = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA";
    assert!(smtp.say(all).await.starts_with("250 "));
    assert!(smtp.answer().await.starts_with("250 "));
    assert!(smtp.answer().await.starts_with("354 "));
    assert!(smtp.say("no header at all\r\n.").await.starts_with("250 "));
    let list = runner.dashboard().get("/mail").await.text();
    assert!(list.contains("(no subject)") && list.contains("a@b.example"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn under_chaos_mail_is_refused_for_now_or_kept_without_a_word() {
    let runner = Runner::start();
    let port = runner.running.ports.smtp;
    set(&runner, "smtp:error", 1).await;
    assert!(Smtp::connect(port).await.send(INVITATION).await.starts_with("451 4.3.0 chaos"));
    let mailbox = runner.dashboard().get("/mail").await.text();
    assert!(mailbox.contains("No mail yet"), "{mailbox}");
    set(&runner, "smtp:lost", 1).await;
    let sending = tokio::spawn(async move { Smtp::connect(port).await.send(INVITATION).await });
    assert!(sending.await.is_err(), "the connection was closed before a reply");
    let mailbox = runner.dashboard().get("/mail").await.text();
    assert!(mailbox.contains("Einladung"), "{mailbox}");
}
