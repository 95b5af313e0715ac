//! What is compressed, what is left alone, and what the headers then say.

use std::io::Read as _;

use super::*;

fn spec() -> CompressionSpec {
    CompressionSpec { algorithms: vec![Algorithm::Zstd, Algorithm::Brotli, Algorithm::Gzip], min_bytes: 100 }
}

fn accepting(codings: &str) -> HeaderMap {
    [(header::ACCEPT_ENCODING, codings.parse().unwrap())].into_iter().collect()
}

fn page(headers: &[(&str, &str)]) -> Response<Bytes> {
    let mut response = Response::builder().header("content-type", "text/html; charset=utf-8");
    for (name, value) in headers {
        response.headers_mut().unwrap().append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
    }
    response.body(Bytes::from("<li>Example Ltd</li>\n".repeat(50))).unwrap()
}

async fn sent(codings: &str, response: Response<Bytes>) -> Response<Bytes> {
    apply(Some(&spec()), &accepting(codings), response).await
}

fn is_compressed(response: &Response<Bytes>) -> bool {
    response.headers().contains_key(header::CONTENT_ENCODING)
        && response.headers().get(header::CONTENT_ENCODING).unwrap() != "x-own"
}

fn restored(response: &Response<Bytes>) -> Vec<u8> {
    let body = response.body();
    let mut out = Vec::new();
    match response.headers()[header::CONTENT_ENCODING].to_str().unwrap() {
        "zstd" => out = zstd::bulk::decompress(body, 10_000_000).unwrap(),
        "br" => brotli::BrotliDecompress(&mut &body[..], &mut out).unwrap(),
        "gzip" => drop(flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut out).unwrap()),
        other => panic!("{other}"),
    }
    out
}

#[tokio::test]
async fn a_page_arrives_whole_in_every_coding() {
    let large = "<li>Example Ltd</li>\n".repeat(100_000);
    for coding in ["zstd", "br", "gzip"] {
        for body in [page(&[]).into_body(), Bytes::from(large.clone())] {
            let response = sent(coding, page(&[]).map(|_| body.clone())).await;
            assert_eq!(response.headers()[header::CONTENT_ENCODING], coding);
            assert!(response.body().len() < body.len() / 5);
            assert_eq!(restored(&response), body);
        }
    }
}

#[tokio::test]
async fn what_must_not_change_is_left_alone() {
    for headers in [
        &[("content-encoding", "x-own")][..],
        &[("cache-control", "private, No-Transform")],
        &[("content-range", "bytes 0-9/100")],
        &[("content-digest", "sha-256=:x:")],
    ] {
        assert!(!is_compressed(&sent("gzip", page(headers)).await), "{headers:?}");
    }
    for status in [204, 205, 206, 304] {
        let mut response = page(&[]);
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        assert!(!is_compressed(&sent("gzip", response).await), "{status}");
    }
    for kind in
        ["image/png", "application/zip", "application/octet-stream", "font/woff2", "video/mp4", "nonsense"]
    {
        let mut response = page(&[]);
        response.headers_mut().insert(header::CONTENT_TYPE, kind.parse().unwrap());
        let response = sent("gzip", response).await;
        assert!(!is_compressed(&response) && !response.headers().contains_key(header::VARY), "{kind}");
    }
    let mut untyped = page(&[]);
    untyped.headers_mut().remove(header::CONTENT_TYPE);
    assert!(!is_compressed(&sent("gzip", untyped).await));
    assert!(!is_compressed(&sent("gzip", page(&[]).map(|body| body.slice(..99))).await));
    assert!(!is_compressed(&apply(None, &accepting("gzip"), page(&[])).await));
}

#[tokio::test]
async fn types_that_shrink_are_compressed() {
    for kind in
        ["application/json", "application/problem+json", "image/svg+xml", "TEXT/CSS", "application/wasm"]
    {
        let mut response = page(&[]);
        response.headers_mut().insert(header::CONTENT_TYPE, kind.parse().unwrap());
        assert!(is_compressed(&sent("gzip", response).await), "{kind}");
    }
}

#[tokio::test]
async fn headers_tell_caches_about_the_other_representation() {
    let response =
        sent("br", page(&[("etag", "\"v1\""), ("accept-ranges", "bytes"), ("vary", "cookie")])).await;
    let headers = response.headers();
    assert_eq!(headers[header::ETAG], "W/\"v1\"");
    assert_eq!(headers.get_all(header::VARY).iter().collect::<Vec<_>>(), ["cookie", "accept-encoding"]);
    assert!(!headers.contains_key(header::ACCEPT_RANGES));
    let weak = sent("br", page(&[("etag", "W/\"v1\""), ("vary", "Accept-Encoding")])).await;
    assert_eq!(weak.headers()[header::ETAG], "W/\"v1\"");
    assert_eq!(weak.headers().get_all(header::VARY).iter().count(), 1);
    let refused = sent("identity", page(&[("etag", "\"v1\"")])).await;
    assert_eq!(
        (&refused.headers()[header::VARY], &refused.headers()[header::ETAG]),
        (&"accept-encoding".parse().unwrap(), &"\"v1\"".parse().unwrap())
    );
}

#[tokio::test]
async fn a_body_that_would_grow_is_sent_as_it_is() {
    use rand::{Rng, SeedableRng, rngs::StdRng};
    let noise: Vec<u8> = StdRng::seed_from_u64(1).random_iter().take(4000).collect();
    for coding in ["zstd", "br", "gzip"] {
        let response = sent(coding, page(&[]).map(|_| Bytes::from(noise.clone()))).await;
        assert!(!is_compressed(&response) && response.body() == &noise, "{coding}");
    }
}
