//! Who may call: programs of this machine, and not the pages of any site that a browser on it shows. Signatures are not
//! verified here, so a page's script could otherwise post a form to this port (a "simple request" needs no
//! permission, Fetch standard, "CORS protocol"), or read answers after its host name was pointed at 127.0.0.1
//! (DNS rebinding).
//!
//! Browsers say who asks: `Origin` and `Sec-Fetch-Site` cannot be set by a script. SDKs send neither.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method, Request};

use super::answer::AwsError;

/// What is asked for, as far as it matters who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// Queues, tables, functions: nothing that a page has to reach by itself.
    Services,
    /// Objects: a browser follows presigned links to them, and uploads by presigned forms from pages of this machine.
    Objects,
}

/// Refuses requests to a host that is not this machine, and requests of pages that have no business at this door.
pub(super) fn check<B>(request: &Request<B>, door: Door) -> Result<(), AwsError> {
    let headers = request.headers();
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    let host = text(headers, HOST.as_str()).or(authority);
    if !host.is_none_or(|host| is_local(without_port(host))) {
        return Err(refused(&format!("{} is not a name of this machine", host.unwrap_or_default())));
    }
    let origin = headers.get(ORIGIN).map(|value| value.to_str().unwrap_or_default());
    let site = text(headers, "sec-fetch-site");
    let is_fine = match door {
        Door::Services => origin.is_none() && site.is_none(),
        Door::Objects => match origin {
            Some(origin) => is_local_origin(origin),
            None => site.is_none_or(|site| site != "cross-site") || is_reading(request.method()),
        },
    };
    if is_fine {
        Ok(())
    } else {
        Err(refused(&format!("a page of {} asks", origin.unwrap_or("another site"))))
    }
}

fn refused(why: &str) -> AwsError {
    AwsError::new(
        403,
        "AccessDeniedException",
        format!("Refused: {why}. This endpoint is for programs of this machine."),
    )
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or_default())
}

fn is_reading(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

fn is_local_origin(origin: &str) -> bool {
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    host.is_some_and(|host| is_local(without_port(host)))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The colons of an address in brackets are its own.
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Names that no name server can point elsewhere (RFC 6761, section 6.3), and loopback addresses.
fn is_local(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&host);
    host == "localhost"
        || host.ends_with(".localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(door: Door, method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri("/");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap(), door).is_ok()
    }

    #[test]
    fn only_names_and_addresses_of_this_machine_are_hosts() {
        for host in
            ["localhost", "LOCALHOST:4566", "bucket.localhost.:1", "127.0.0.1:9", "127.8.8.8", "[::1]:9"]
        {
            assert!(is_allowed(Door::Services, "POST", &[("host", host)]), "{host}");
        }
        for host in
            ["evil.example", "evil.example:4566", "127.0.0.1.evil.example", "10.0.0.1", "localhost.evil", ""]
        {
            assert!(!is_allowed(Door::Services, "POST", &[("host", host)]), "{host}");
            assert!(!is_allowed(Door::Objects, "GET", &[("host", host)]), "{host}");
        }
    }

    #[test]
    fn no_page_gets_at_the_services() {
        for header in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("origin", "http://app.localhost:3000"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "none"),
        ] {
            assert!(!is_allowed(Door::Services, "POST", &[header]), "{header:?}");
        }
        assert!(is_allowed(Door::Services, "POST", &[]));
    }

    #[test]
    fn pages_of_this_machine_upload_objects_and_others_only_link_to_them() {
        assert!(is_allowed(Door::Objects, "POST", &[("origin", "http://app.localhost:3000")]));
        assert!(is_allowed(Door::Objects, "GET", &[("sec-fetch-site", "cross-site")]));
        assert!(!is_allowed(Door::Objects, "POST", &[("sec-fetch-site", "cross-site")]));
        for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
            assert!(!is_allowed(Door::Objects, "GET", &[("origin", origin)]), "{origin}");
        }
    }
}
