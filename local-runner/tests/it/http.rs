//! A small HTTP client that speaks to `app.localhost` and its like without a name server, keeps cookies and
//! follows nothing by itself.

use std::{collections::BTreeMap, net::Ipv4Addr};

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// A client of one host.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    authority: String,
    port: u16,
    cookies: BTreeMap<String, String>,
    headers: Vec<(String, String)>,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Client {
    /// `base_url` as in `runner.json`.
    pub(crate) fn new(base_url: &str) -> Self {
        let authority = base_url.strip_prefix("http://").unwrap().to_owned();
        let port = authority.rsplit(':').next().unwrap().parse().unwrap();
        Self { authority, port, cookies: BTreeMap::new(), headers: Vec::new() }
    }

    /// A header for every request.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same cookies at another host, as no browser would send them.
    pub(crate) fn at(&self, base_url: &str) -> Self {
        Self { cookies: self.cookies.clone(), ..Self::new(base_url) }
    }

    /// The same cookies at the host of another client.
    pub(crate) fn with_host_of(&self, other: &Self) -> Self {
        Self { cookies: self.cookies.clone(), ..other.clone() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, Bytes::new()).await
    }

    pub(crate) async fn post_json(&mut self, path: &str, value: &Value) -> Answer {
        self.send(Method::POST, path, Some("application/json"), value.to_string().into()).await
    }

    /// As a program does, which has no origin.
    pub(crate) async fn post_plain_json(&mut self, path: &str, value: &Value) -> Answer {
        let mut client =
            Self { headers: vec![("content-type".into(), "application/json".into())], ..self.clone() };
        client.send(Method::POST, path, None, value.to_string().into()).await
    }

    /// As a browser submits a form.
    pub(crate) async fn post_form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = |text: &str| {
            let bytes = text.bytes().map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            });
            bytes.collect::<String>()
        };
        let pairs: Vec<_> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let body = pairs.join("&").into();
        self.send(Method::POST, path, Some("application/x-www-form-urlencoded"), body).await
    }

    /// A form with one file and its other fields (RFC 7578).
    pub(crate) async fn post_file(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        (name, file_name, content): (&str, &str, &[u8]),
    ) -> Answer {
        const BOUNDARY: &str = "velox-boundary-7d1f";
        let mut body = Vec::new();
        for (name, value) in fields {
            let part =
                format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let part = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
             content-type: text/csv\r\n\r\n"
        );
        body.extend_from_slice(part.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send(Method::POST, path, Some(&content_type), body.into()).await
    }

    /// Any request.
    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Bytes,
    ) -> Answer {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.authority);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(content_type) = content_type {
            // Browsers say where a form comes from, and handlers may insist on it.
            let origin = format!("http://{}", self.authority);
            request = request.header(header::CONTENT_TYPE, content_type).header(header::ORIGIN, origin);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let response = sender.send_request(request.body(Full::new(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        connection.abort();
        self.keep_cookies(&parts.headers);
        Answer { status: parts.status, headers: parts.headers, body }
    }

    fn keep_cookies(&mut self, headers: &http::HeaderMap) {
        for cookie in headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Where a redirect leads.
    pub(crate) fn location(&self) -> &str {
        self.header("location").unwrap_or_else(|| panic!("{} has no location: {}", self.status, self.text()))
    }
}
