//! Answers made smaller on their way out, where the manifest asks for it and the client can read it.
//!
//! Negotiation follows RFC 9110: 12.5.3 (`Accept-Encoding`), 8.4 (`Content-Encoding`), 8.8.3.3 (entity tags vary
//! between representations). gzip by `flate2` on `miniz_oxide` and `brotli` are pure Rust; Zstandard is the
//! reference implementation in C (five seconds to compile), because the encoders in Rust reach neither its ratio nor
//! its speed. Answers are whole here, so no streaming encoder is needed.

mod accept;

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::manifest::{Algorithm, CompressionSpec};

/// Larger bodies are compressed on a thread where they keep nobody waiting.
const LONGEST_INLINE: usize = 32 * 1024;

/// Levels that cost about as much as it costs to send what they save; for pages that are made once and read once.
const ZSTD_LEVEL: i32 = 3;
const BROTLI_LEVEL: i32 = 4;
const GZIP_LEVEL: u32 = 5;

/// Digests of the very bytes that are sent: only whoever made them could make them anew.
const DIGESTS: [HeaderName; 4] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-md5"),
];

/// The answer as this client gets it: compressed if that is wanted, possible and worth it.
pub(super) async fn apply(
    spec: Option<&CompressionSpec>,
    asked: &HeaderMap,
    mut response: Response<Bytes>,
) -> Response<Bytes> {
    let Some(spec) = spec.filter(|spec| response.body().len() >= spec.min_bytes) else { return response };
    if !may_change(response.status(), response.headers()) {
        return response;
    }
    add_vary(response.headers_mut());
    let Some(algorithm) = accept::choose(asked, &spec.algorithms) else { return response };
    let body = response.body().clone();
    let compressed = if body.len() <= LONGEST_INLINE {
        compress(algorithm, &body)
    } else {
        let elsewhere = tokio::task::spawn_blocking(move || compress(algorithm, &body));
        elsewhere.await.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))
    };
    match compressed {
        Ok(smaller) if smaller.len() < response.body().len() => exchange(&mut response, algorithm, smaller),
        // A body that does not get smaller is fine as it is.
        _ => {}
    }
    response
}

/// Whether another representation may be sent in place of this one.
fn may_change(status: StatusCode, headers: &HeaderMap) -> bool {
    let whole = !matches!(
        status,
        StatusCode::NO_CONTENT
            | StatusCode::RESET_CONTENT
            | StatusCode::PARTIAL_CONTENT
            | StatusCode::NOT_MODIFIED
    );
    let fixed = headers.contains_key(header::CONTENT_ENCODING)
        || headers.contains_key(header::CONTENT_RANGE)
        || DIGESTS.iter().any(|name| headers.contains_key(name))
        || tokens(headers, &header::CACHE_CONTROL).any(|token| token.eq_ignore_ascii_case("no-transform"));
    whole && !fixed && headers.get(header::CONTENT_TYPE).is_some_and(is_text)
}

/// Types that shrink. Images, films, archives and most fonts are compressed already.
fn is_text(content_type: &HeaderValue) -> bool {
    let Ok(text) = content_type.to_str() else { return false };
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some((kind, subtype)) = essence.split_once('/') else { return false };
    match kind {
        "text" => true,
        "application" => {
            subtype.ends_with("+json")
                || subtype.ends_with("+xml")
                || subtype.ends_with("yaml")
                || matches!(
                    subtype,
                    "json"
                        | "javascript"
                        | "ecmascript"
                        | "xml"
                        | "x-ndjson"
                        | "jsonl"
                        | "wasm"
                        | "graphql"
                        | "x-www-form-urlencoded"
                        | "rtf"
                        | "sql"
                        | "toml"
                )
        }
        "image" => matches!(subtype, "svg+xml" | "bmp" | "x-icon" | "vnd.microsoft.icon"),
        "font" => matches!(subtype, "ttf" | "otf"),
        _ => false,
    }
}

/// The members of a list header.
fn tokens<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(','))
        .map(str::trim)
}

/// Caches keep the representations apart, also the one that was not compressed.
fn add_vary(headers: &mut HeaderMap) {
    let named = |token: &str| token == "*" || token.eq_ignore_ascii_case("accept-encoding");
    if !tokens(headers, &header::VARY).any(named) {
        headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
}

fn exchange(response: &mut Response<Bytes>, algorithm: Algorithm, body: Bytes) {
    *response.body_mut() = body;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(accept::name(algorithm)));
    // Ranges of the other representation mean nothing in this one.
    headers.remove(header::ACCEPT_RANGES);
    let strong = headers.get(header::ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
    if let Some(Ok(weak)) = strong.map(|tag| HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())) {
        headers.insert(header::ETAG, weak);
    }
}

fn compress(algorithm: Algorithm, body: &[u8]) -> io::Result<Bytes> {
    let room = Vec::with_capacity(body.len() / 4);
    let smaller = match algorithm {
        Algorithm::Zstd => zstd::bulk::compress(body, ZSTD_LEVEL)?,
        Algorithm::Brotli => {
            let mut out = room;
            let parameters = brotli::enc::BrotliEncoderParams {
                quality: BROTLI_LEVEL,
                size_hint: body.len(),
                ..brotli::enc::BrotliEncoderParams::default()
            };
            brotli::BrotliCompress(&mut &*body, &mut out, &parameters)?;
            out
        }
        Algorithm::Gzip => {
            let mut encoder = GzEncoder::new(room, flate2::Compression::new(GZIP_LEVEL));
            encoder.write_all(body)?;
            encoder.finish()?
        }
    };
    Ok(Bytes::from(smaller))
}

#[cfg(test)]
mod tests;
