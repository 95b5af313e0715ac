//! Headers as events carry them: the values of a name joined, listed, or only the last.

use http::{HeaderMap, HeaderName, header};

use super::json::Json;

/// `{"name":"1,2"}`, without cookies: they have a field of their own.
pub(super) fn write_joined(json: &mut Json, headers: &HeaderMap) {
    let mut before: Option<&HeaderName> = None;
    json.raw("{");
    // The values of a name follow each other, with the same name.
    for (name, value) in headers {
        if name == header::COOKIE {
            continue;
        }
        match before {
            Some(before) if std::ptr::eq(before, name) => json.raw(","),
            _ => {
                json.raw(if before.is_some() { "\",\"" } else { "\"" });
                json.raw(name.as_str());
                json.raw("\":\"");
                before = Some(name);
            }
        }
        json.header_part(value.as_bytes());
    }
    json.raw(if before.is_some() { "\"}" } else { "}" });
}

/// `,"cookies":["a=1","b=2"]`, or nothing. Joined with `; ` they are the bytes that were sent.
pub(super) fn write_cookies(json: &mut Json, headers: &HeaderMap) {
    let mut open = false;
    for value in headers.get_all(header::COOKIE) {
        json.raw(if open { "\",\"" } else { r#","cookies":[""# });
        open = true;
        let mut rest = value.as_bytes();
        while let Some(end) = rest.windows(2).position(|two| two == b"; ") {
            json.header_part(&rest[..end]);
            json.raw("\",\"");
            rest = &rest[end + 2..];
        }
        json.header_part(rest);
    }
    if open {
        json.raw("\"]");
    }
}

/// `{"name":["1","2"]}`.
pub(super) fn write_lists(json: &mut Json, headers: &HeaderMap) {
    let mut before: Option<&HeaderName> = None;
    json.raw("{");
    for (name, value) in headers {
        match before {
            Some(before) if std::ptr::eq(before, name) => json.raw("\",\""),
            _ => {
                json.raw(if before.is_some() { "\"],\"" } else { "\"" });
                json.raw(name.as_str());
                json.raw("\":[\"");
                before = Some(name);
            }
        }
        json.header_part(value.as_bytes());
    }
    json.raw(if before.is_some() { "\"]}" } else { "}" });
}

/// `{"name":"2"}`: the last value of each, but all cookies as one, for HTTP/2 lets clients cut them in pieces
/// (RFC 9113, 8.2.3).
pub(super) fn write_last(json: &mut Json, headers: &HeaderMap) {
    json.raw("{");
    for (number, name) in headers.keys().enumerate() {
        json.raw(if number == 0 { "\"" } else { ",\"" });
        json.raw(name.as_str());
        json.raw("\":\"");
        let values = headers.get_all(name);
        if name == header::COOKIE {
            for (place, value) in values.iter().enumerate() {
                json.raw(if place == 0 { "" } else { "; " });
                json.header_part(value.as_bytes());
            }
        } else if let Some(value) = values.iter().next_back() {
            json.header_part(value.as_bytes());
        }
        json.raw("\"");
    }
    json.raw("}");
}
