//! A mail taken apart (RFC 5322, MIME): what a reader's program would show of it.

use chrono::{DateTime, Utc};
use mail_parser::{Address, MessageParser, MimeHeaders, PartType};

use super::mailbox::Envelope;

/// What a list of mail shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Its name in the mailbox.
    pub id: String,
    /// When it was taken.
    pub received: DateTime<Utc>,
    /// The author, with a name where it has one.
    pub from: String,
    /// All who get it, as the sending program said it.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// Length in bytes.
    pub size: usize,
}

/// A mail.
#[derive(Debug, Clone)]
pub struct Message {
    /// What a list shows of it.
    pub summary: Summary,
    /// All header fields in their order.
    pub headers: Vec<(String, String)>,
    /// What programs show that do not know HTML; none when it has no such part.
    pub text: Option<String>,
    /// What others show.
    pub html: Option<String>,
    /// Files and pictures.
    pub attachments: Vec<Attachment>,
    /// As it came.
    pub raw: Vec<u8>,
}

/// A file or a picture of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its file name, or what stands for it.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// By which HTML refers to it (RFC 2392), without brackets.
    pub content_id: Option<String>,
    /// The decoded content.
    pub bytes: Vec<u8>,
}

impl Summary {
    pub(super) fn of(id: &str, envelope: &Envelope, raw: &[u8]) -> Self {
        let parsed = MessageParser::default().parse_headers(raw);
        let from = parsed.as_ref().and_then(|mail| mail.from()).map(shown);
        let subject = parsed.as_ref().and_then(|mail| mail.subject()).unwrap_or_default().to_owned();
        Self {
            id: id.to_owned(),
            received: envelope.received,
            from: from.filter(|from| !from.is_empty()).unwrap_or_else(|| envelope.from.clone()),
            to: envelope.to.clone(),
            subject,
            size: raw.len(),
        }
    }
}

impl Message {
    pub(super) fn parse(id: &str, envelope: &Envelope, raw: Vec<u8>) -> Self {
        let summary = Summary::of(id, envelope, &raw);
        let Some(mail) = MessageParser::default().parse(&raw) else {
            let text = Some(String::from_utf8_lossy(&raw).into_owned());
            return Self { summary, headers: Vec::new(), text, html: None, attachments: Vec::new(), raw };
        };
        let headers = mail.headers_raw().map(|(name, value)| (name.to_owned(), unfolded(value))).collect();
        // The parser would make one of the other; here it is shown what is there.
        let is_text =
            |index: &u32| mail.part(*index).is_some_and(|part| matches!(part.body, PartType::Text(_)));
        let is_html =
            |index: &u32| mail.part(*index).is_some_and(|part| matches!(part.body, PartType::Html(_)));
        let text = mail.text_body.iter().any(is_text).then(|| {
            let parts = (0..mail.text_body.len()).filter(|at| is_text(&mail.text_body[*at]));
            parts.filter_map(|at| mail.body_text(at)).collect::<Vec<_>>().join("\n").replace("\r\n", "\n")
        });
        let html = mail.html_body.iter().any(is_html).then(|| {
            let parts = (0..mail.html_body.len()).filter(|at| is_html(&mail.html_body[*at]));
            parts.filter_map(|at| mail.body_html(at)).collect::<Vec<_>>().join("\n")
        });
        let attachments = mail.attachments().enumerate().map(|(index, part)| Attachment {
            name: part.attachment_name().map_or_else(|| format!("part-{}", index + 1), str::to_owned),
            media_type: part.content_type().map_or_else(
                || "application/octet-stream".to_owned(),
                |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")),
            ),
            content_id: part.content_id().map(|id| id.trim_matches(['<', '>']).to_owned()),
            bytes: part.contents().to_vec(),
        });
        let attachments = attachments.collect();
        Self { summary, headers, text, html, attachments, raw }
    }
}

/// `Name <address>`, several parted by commas.
fn shown(address: &Address<'_>) -> String {
    let each = address.iter().map(|one| match (one.name(), one.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// A header's value on one line (RFC 5322, section 2.2.3).
fn unfolded(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
