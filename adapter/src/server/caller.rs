//! Who calls, and by what name: seen through the proxies that are trusted and no others.

use std::{
    io::Write,
    net::{IpAddr, SocketAddr},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::Peer;

pub(crate) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");

/// The caller's address: the peer's, or with `hops` trusted proxies the `hops`-th entry from the right of
/// `x-forwarded-for`. With fewer or unreadable entries somebody came around the proxies: the peer's.
pub(crate) fn address(headers: &HeaderMap, peer: Peer, hops: u8) -> IpAddr {
    let peer_ip = peer.address.ip().to_canonical();
    let Some(from_right) = usize::from(hops).checked_sub(1) else { return peer_ip };
    let all: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .collect();
    all.iter().rev().nth(from_right).and_then(|entry| parse(entry.trim())).unwrap_or(peer_ip)
}

fn parse(entry: &str) -> Option<IpAddr> {
    let with_port = || entry.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    entry.parse().ok().or_else(with_port).or_else(bracketed).map(|ip: IpAddr| ip.to_canonical())
}

/// Adds what API Gateway adds: the peer to `x-forwarded-for`; protocol and port, unless a trusted proxy said.
pub(crate) fn forward(headers: &mut HeaderMap, peer: Peer, hops: u8) {
    let mut all = Vec::with_capacity(64);
    for before in headers.get_all(FORWARDED_FOR) {
        all.extend_from_slice(before.as_bytes());
        all.extend_from_slice(b", ");
    }
    // Writing into memory does not fail.
    let _ = write!(all, "{}", peer.address.ip().to_canonical());
    if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(all)) {
        headers.insert(FORWARDED_FOR, value);
    }
    let is_protocol = |value: &HeaderValue| matches!(value.as_bytes(), b"http" | b"https");
    if hops == 0 || !headers.get(FORWARDED_PROTO).is_some_and(is_protocol) {
        headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    }
    if hops == 0 || !headers.contains_key(FORWARDED_PORT) {
        headers.insert(FORWARDED_PORT, HeaderValue::from(peer.port));
    }
}

/// Host and port as asked for: an absolute target or `:authority` wins over `Host` (RFC 9112, 3.2.2). None if there
/// is none, more than one, or one that cannot stand in a URL: handlers build URLs from it and may fail on it.
pub(crate) fn authority(uri: &Uri, headers: &HeaderMap) -> Option<HeaderValue> {
    let host = || {
        let mut all = headers.get_all(header::HOST).iter();
        all.next().filter(|_| all.next().is_none()).cloned()
    };
    let of_target = uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok());
    of_target.or_else(host).filter(|value| value.to_str().is_ok_and(is_authority))
}

/// A name, or an address, and perhaps a port.
fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (text, ""),
    };
    let port_is_fine =
        port.bytes().all(|b| b.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok());
    port_is_fine && is_host(host)
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[') {
        return address.strip_suffix(']').is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    // What ends in a number is an address (WHATWG URL, 3.5), and then a whole one.
    let is_number = last.bytes().all(|b| b.is_ascii_digit()) || last.to_ascii_lowercase().starts_with("0x");
    !last.is_empty() && host.bytes().all(fine) && (!is_number || host.parse::<std::net::Ipv4Addr>().is_ok())
}

/// Without user and port; an IPv6 address without its brackets.
pub(crate) fn host_of(authority: &str) -> &str {
    let after_user = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match after_user.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => after_user.split_once(':').map_or(after_user, |(host, _)| host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: Peer =
        Peer { address: SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::new(9, 9, 9, 9)), 5), port: 80 };

    fn seen(forwarded: &[&'static str], hops: u8) -> String {
        let entries = forwarded.iter().map(|v| (FORWARDED_FOR, HeaderValue::from_static(v)));
        address(&HeaderMap::from_iter(entries), PEER, hops).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen(&["1.1.1.1, 2.2.2.2"], 0), "9.9.9.9");
        assert_eq!(seen(&["1.1.1.1, 2.2.2.2"], 1), "2.2.2.2");
        assert_eq!(seen(&["1.1.1.1, 2.2.2.2"], 2), "1.1.1.1");
        assert_eq!(seen(&["1.1.1.1"], 2), "9.9.9.9");
        assert_eq!(seen(&["nonsense"], 1), "9.9.9.9");
        assert_eq!(seen(&["2.2.2.2:4711"], 1), "2.2.2.2");
        assert_eq!(seen(&["[2001:db8::1]:4711"], 1), "2001:db8::1");
        assert_eq!(seen(&["::ffff:2.2.2.2"], 1), "2.2.2.2");
    }

    #[test]
    fn what_the_client_claims_about_the_protocol_counts_only_behind_a_trusted_proxy() {
        let claimed = || HeaderMap::from_iter([(FORWARDED_PROTO, HeaderValue::from_static("https"))]);
        let mut direct = claimed();
        forward(&mut direct, PEER, 0);
        assert!(direct[FORWARDED_PROTO] == "http" && direct[FORWARDED_FOR] == "9.9.9.9", "{direct:?}");
        let mut proxied = claimed();
        forward(&mut proxied, PEER, 1);
        assert!(proxied[FORWARDED_PROTO] == "https" && proxied[FORWARDED_PORT] == "80", "{proxied:?}");
    }

    #[test]
    fn a_host_that_cannot_stand_in_a_url_is_none() {
        let of = |hosts: &[&'static str]| {
            let headers = hosts.iter().map(|host| (header::HOST, HeaderValue::from_static(host)));
            authority(&Uri::from_static("/"), &headers.collect())
        };
        for fine in
            ["a", "App.Example.COM:3000", "a.b.", "a:", "127.0.0.1:80", "[::1]:80", "[::1]", "a_b-c~d"]
        {
            assert!(of(&[fine]).is_some_and(|value| value == fine), "{fine}");
        }
        for wrong in [
            "",
            ":80",
            "a b",
            "a:b",
            "a:65536",
            "a:1:2",
            "u@a",
            "a/b",
            "a?b",
            "a#b",
            "a%zz",
            "[::1",
            "::1",
            "[a]",
            "1.2.3.4.5",
            "1.2.3",
            "999",
            "a.0x1",
            ".",
            "..",
            "a,b",
        ] {
            assert_eq!(of(&[wrong]), None, "{wrong}");
        }
        assert_eq!(of(&["a", "a"]), None);
    }

    #[test]
    fn a_host_is_found_without_user_and_port() {
        for (authority, host) in [("a.b:80", "a.b"), ("a.b", "a.b"), ("u@a:1", "a"), ("[::1]:80", "::1")] {
            assert_eq!(host_of(authority), host);
        }
    }
}
