//! A letter in two forms: text, and HTML that says the same. The HTML has no table, no picture and no outside
//! resource; its few colours suit a light and a dark screen alike.

use crate::identity::Email;

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The only recipient.
    pub to: Email,
    /// Of the mail.
    pub subject: String,
    /// The text part: lines of any length.
    pub text: String,
    /// The HTML part: a whole document.
    pub html: String,
}

/// Collects a letter, paragraph by paragraph, in both forms.
pub(crate) struct Letter {
    subject: String,
    text: String,
    html: String,
}

const PARAGRAPH: &str = "margin:0 0 16px";
const BUTTON: &str = "display:inline-block;padding:12px 20px;border-radius:6px;background:#1d4ed8;color:#ffffff;\
                      font-weight:600;text-decoration:none";
const BODY: &str = "margin:0 auto;max-width:560px;padding:24px 16px;font:16px/1.5 system-ui,-apple-system,\
                    'Segoe UI',sans-serif";

impl Letter {
    /// A letter with this subject, which its heading repeats.
    pub(crate) fn new(subject: impl Into<String>) -> Self {
        let subject = one_line(&subject.into());
        let heading = format!("<h1 style=\"margin:0 0 16px;font-size:20px\">{}</h1>", escape(&subject));
        Self { subject, text: String::new(), html: heading }
    }

    /// A paragraph.
    pub(crate) fn say(mut self, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        self.text.push_str(&format!("{text}\n\n"));
        self.html.push_str(&format!("<p style=\"{PARAGRAPH}\">{}</p>", escape(text)));
        self
    }

    /// What to do: a button, and the same link in full for those who want to see where it leads.
    pub(crate) fn action(mut self, label: &str, url: &str) -> Self {
        self.text.push_str(&format!("{label}:\n{url}\n\n"));
        let (label, url) = (escape(label), escape(url));
        self.html.push_str(&format!(
            "<p style=\"{PARAGRAPH}\"><a href=\"{url}\" style=\"{BUTTON}\">{label}</a></p>\
             <p style=\"{PARAGRAPH};font-size:13px;word-break:break-all\">Or open this address: \
             <a href=\"{url}\">{url}</a></p>"
        ));
        self
    }

    /// The finished mail.
    pub(crate) fn to(self, to: &Email) -> Mail {
        let Self { subject, text, html } = self;
        let (title, foot) =
            (escape(&subject), "Velox sent this mail because of an account or an invitation.");
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\">\
             <meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title></head>\
             <body style=\"{BODY}\">{html}<p style=\"margin:24px 0 0;font-size:13px\">{foot}</p></body></html>"
        );
        Mail { to: to.clone(), subject, text: format!("{text}--\n{foot}\n"), html }
    }
}

/// Names that people chose stand in subjects: no line break of theirs makes a header.
fn one_line(text: &str) -> String {
    text.split(char::is_control).collect::<Vec<_>>().join(" ")
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter() -> Mail {
        let to = Email::parse("ann@acme.example").unwrap();
        Letter::new("Hello\r\nBcc: everybody@evil.example")
            .say("From <b>Bob & \"Sons\"</b>")
            .action("Open it", "https://app.velox.example/x?a=1&b=2")
            .to(&to)
    }

    #[test]
    fn both_parts_say_the_same_and_hold_the_link_in_full() {
        let mail = letter();
        assert!(mail.text.contains("From <b>Bob & \"Sons\"</b>\n"), "{}", mail.text);
        assert!(mail.text.contains("Open it:\nhttps://app.velox.example/x?a=1&b=2\n"), "{}", mail.text);
        assert!(mail.html.contains("From &lt;b&gt;Bob &amp; &quot;Sons&quot;&lt;/b&gt;"), "{}", mail.html);
        assert_eq!(mail.html.matches("https://app.velox.example/x?a=1&amp;b=2").count(), 3);
    }

    #[test]
    fn a_name_with_a_line_break_adds_no_header() {
        assert_eq!(letter().subject, "Hello  Bcc: everybody@evil.example");
    }
}
