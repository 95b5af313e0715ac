//! What a request's first lines say.

use std::io;

use crate::function::InvocationId;

const MOST_HEADERS: usize = 64;

/// What a request asks for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::runtime_api) enum Asked {
    Next,
    /// None: the id is none that was ever given out.
    Response(Option<InvocationId>),
    Error(Option<InvocationId>),
    InitError,
    Register,
    ExtensionEvent,
    Nothing,
}

impl Asked {
    fn of(method: &str, path: &str) -> io::Result<Self> {
        match (method, path) {
            ("GET", "/2018-06-01/runtime/invocation/next") => Ok(Self::Next),
            ("GET", "/2020-01-01/extension/event/next") => Ok(Self::ExtensionEvent),
            ("POST", "/2018-06-01/runtime/init/error") => Ok(Self::InitError),
            ("POST", "/2020-01-01/extension/register") => Ok(Self::Register),
            ("POST", _) => Ok(Self::posted(path).unwrap_or(Self::Nothing)),
            ("GET", _) => Ok(Self::Nothing),
            _ => Err(invalid("only GET and POST are spoken here")),
        }
    }

    fn posted(path: &str) -> Option<Self> {
        let (id, what) = path.strip_prefix("/2018-06-01/runtime/invocation/")?.split_once('/')?;
        match what {
            "response" => Some(Self::Response(InvocationId::named(id))),
            "error" => Some(Self::Error(InvocationId::named(id))),
            _ => None,
        }
    }
}

/// A request without its body.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::runtime_api) struct Head {
    pub(in crate::runtime_api) asked: Asked,
    pub(super) length: Length,
    /// Nothing follows on this connection.
    pub(in crate::runtime_api) is_last: bool,
    pub(super) expects_continue: bool,
    pub(in crate::runtime_api) content_type: Option<String>,
    /// `lambda-runtime-function-error-type`.
    pub(in crate::runtime_api) error_type: Option<String>,
    /// `lambda-runtime-invocation-id`, which runtimes that know it echo, so that an old answer cannot meet a new
    /// invocation; the inner one if it can be an id.
    pub(in crate::runtime_api) invocation_id: Option<Option<InvocationId>>,
    /// `lambda-runtime-function-response-mode: streaming`.
    pub(in crate::runtime_api) is_streaming: bool,
    /// Whether `trailer` announces an error's.
    pub(in crate::runtime_api) announces_error: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Length {
    Known(usize),
    Chunked,
}

/// The head at the beginning of what was read, and its length; none if it is not complete yet.
pub(super) fn parse(read: &[u8]) -> io::Result<Option<(Head, usize)>> {
    if read.is_empty() {
        return Ok(None);
    }
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(read).map_err(invalid)? {
        httparse::Status::Partial => return Ok(None),
        httparse::Status::Complete(length) => length,
    };
    let target = request.path.unwrap_or_default();
    let mut head = Head {
        asked: Asked::of(request.method.unwrap_or_default(), path_of(target))?,
        length: Length::Known(0),
        is_last: request.version == Some(0),
        expects_continue: false,
        content_type: None,
        error_type: None,
        invocation_id: None,
        is_streaming: false,
        announces_error: false,
    };
    for header in request.headers.iter() {
        head.read(header.name, header.value)?;
    }
    Ok(Some((head, length)))
}

impl Head {
    fn read(&mut self, name: &str, value: &[u8]) -> io::Result<()> {
        let text = || String::from_utf8_lossy(value).trim().to_owned();
        let is = |wanted: &str| value.trim_ascii().eq_ignore_ascii_case(wanted.as_bytes());
        let named = |wanted: &str| name.eq_ignore_ascii_case(wanted);
        // By length first: most headers are none of these.
        match name.len() {
            6 if named("expect") => self.expects_continue = is("100-continue"),
            7 if named("trailer") => {
                self.announces_error |= text().to_ascii_lowercase().contains("error-type");
            }
            10 if named("connection") && is("close") => self.is_last = true,
            10 if named("connection") && is("keep-alive") => self.is_last = false,
            // Only streamed answers have one that matters.
            12 if named("content-type") && !is("application/json") => self.content_type = Some(text()),
            14 if named("content-length") && self.length != Length::Chunked => {
                let length = text().parse().map_err(|_| invalid("the content length is no number"))?;
                self.length = Length::Known(length);
            }
            17 if named("transfer-encoding") && is("chunked") => self.length = Length::Chunked,
            17 if named("transfer-encoding") => return Err(invalid("an unknown transfer encoding")),
            28 if named("lambda-runtime-invocation-id") => {
                self.invocation_id = Some(InvocationId::named(&String::from_utf8_lossy(value)));
            }
            34 if named("lambda-runtime-function-error-type") => self.error_type = Some(text()),
            37 if named("lambda-runtime-function-response-mode") => self.is_streaming = is("streaming"),
            _ => {}
        }
        Ok(())
    }
}

/// Some clients send the whole URL, as to a proxy.
fn path_of(target: &str) -> &str {
    let path = match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => rest.find('/').map_or("/", |slash| &rest[slash..]),
        _ => target,
    };
    path.split('?').next().unwrap_or_default()
}

pub(super) fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "6c8d0e1e-3d3c-4b0f-9d0f-0123456789ab";

    fn of(text: &str) -> Head {
        parse(text.as_bytes()).unwrap().unwrap().0
    }

    #[test]
    fn a_head_is_read_once_it_is_complete() {
        let text = format!(
            "POST /2018-06-01/runtime/invocation/{ID}/response?a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\
             Lambda-Runtime-Invocation-Id: {ID}\r\nexpect: 100-Continue\r\n\r\nabc"
        );
        let text = text.as_bytes();
        for end in 1..text.len() - 3 {
            assert_eq!(parse(&text[..end]).unwrap(), None, "{end}");
        }
        let (head, length) = parse(text).unwrap().unwrap();
        assert_eq!((length, head.length), (text.len() - 3, Length::Known(3)));
        let id = InvocationId::named(ID);
        assert_eq!((head.asked, head.invocation_id), (Asked::Response(id), Some(id)));
        assert_eq!((head.is_last, head.expects_continue), (false, true));
    }

    #[test]
    fn the_wordings_of_runtimes_are_understood() {
        assert!(of("GET /a HTTP/1.0\r\n\r\n").is_last);
        assert!(of("GET /a HTTP/1.1\r\nConnection: Close\r\n\r\n").is_last);
        let absolute = of("GET http://127.0.0.1:9/2018-06-01/runtime/invocation/next?b HTTP/1.1\r\n\r\n");
        assert_eq!(absolute.asked, Asked::Next);
        let streamed = "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\ncontent-length: 7\r\n\
            lambda-runtime-function-response-mode: streaming\r\ntrailer: Lambda-Runtime-Function-Error-Type\r\n\r\n";
        let head = of(streamed);
        assert_eq!((head.length, head.is_streaming, head.announces_error), (Length::Chunked, true, true));
        assert_eq!(
            of("POST /2018-06-01/runtime/invocation/x/error HTTP/1.1\r\n\r\n").asked,
            Asked::Error(None)
        );
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in [
            "garbage\r\n\r\n",
            "DELETE / HTTP/1.1\r\n\r\n",
            "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
