//! Text inside a URL.

/// Percent-encodes everything but unreserved characters and `/` (RFC 3986, 2.3).
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_survives_the_query_string() {
        assert_eq!(encode("/customers?search=a b&x=ä"), "/customers%3Fsearch%3Da%20b%26x%3D%C3%A4");
    }
}
