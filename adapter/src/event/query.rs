//! The parameters of a query string, with those of one name together.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::json::Json;

/// A name and one of its values.
pub(super) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Decoded as a form is. Handlers that care about the bytes read the raw query.
pub(super) fn decoded(query: &str) -> Vec<Pair<'_>> {
    by_name(query, form_decoded)
}

/// As they were sent.
pub(super) fn encoded(query: &str) -> Vec<Pair<'_>> {
    by_name(query, Cow::Borrowed)
}

/// Sorted by name, equal names in the order of the query, so that no number of parameters costs a search each.
fn by_name<'a>(query: &'a str, read: impl Fn(&'a str) -> Cow<'a, str>) -> Vec<Pair<'a>> {
    let mut pairs: Vec<Pair<'a>> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (read(name), read(value)))
        .collect();
    if pairs.len() > 1 {
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    pairs
}

/// `{"name":"2"}`: the last value of each.
pub(super) fn write_last(json: &mut Json, pairs: &[Pair<'_>]) {
    json.object(
        pairs
            .chunk_by(|(a, _), (b, _)| a == b)
            .filter_map(|equal| equal.last())
            .map(|(name, value)| (&**name, &**value)),
    );
}

/// `{"name":["1","2"]}`.
pub(super) fn write_lists(json: &mut Json, pairs: &[Pair<'_>]) {
    json.raw("{");
    for (number, equal) in pairs.chunk_by(|(a, _), (b, _)| a == b).enumerate() {
        for (place, (name, value)) in equal.iter().enumerate() {
            if place == 0 {
                json.raw(if number == 0 { "" } else { "]," });
                json.string(name);
                json.raw(":[");
            } else {
                json.raw(",");
            }
            json.string(value);
        }
    }
    json.raw(if pairs.is_empty() { "}" } else { "]}" });
}

fn form_decoded(text: &str) -> Cow<'_, str> {
    match (text.contains('+'), text.contains('%')) {
        (false, false) => Cow::Borrowed(text),
        (true, false) => Cow::Owned(text.replace('+', " ")),
        (false, true) => percent_decode_str(text).decode_utf8_lossy(),
        (true, true) => {
            Cow::Owned(percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_one_name_stand_together_in_their_order() {
        let plain = |pairs: Vec<Pair<'_>>| -> Vec<(String, String)> {
            pairs.into_iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
        };
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let query = "b=2&a=x+y%20z&b=1&&=&flag&%62=%FF&a=1=2";
        let read =
            [("", ""), ("a", "x y z"), ("a", "1=2"), ("b", "2"), ("b", "1"), ("b", "\u{fffd}"), ("flag", "")];
        assert_eq!(plain(decoded(query)), own(&read));
        let kept =
            [("", ""), ("%62", "%FF"), ("a", "x+y%20z"), ("a", "1=2"), ("b", "2"), ("b", "1"), ("flag", "")];
        assert_eq!(plain(encoded(query)), own(&kept));
    }
}
