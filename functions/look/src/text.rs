//! How text from people and numbers from the database are written, so that every page writes them the same way.

use maud::{Markup, html};

/// A whole number with its thousands grouped: `10000` becomes `10,000`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with the right form of its noun: `1 customer`, `2,000 customers`.
#[must_use]
pub fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Text that somebody else wrote, in whatever script: keeps a right-to-left name from reordering what stands
/// beside it (`<bdi>`), and lets a very long word break.
#[must_use]
pub fn foreign(text: &str) -> Markup {
    html! { bdi.foreign { (text) } }
}

/// The longest domain, in bytes, that never breaks: it fits on the smallest phone.
const UNBROKEN: usize = 22;

/// An e-mail address, which breaks before its `@` if it has to break, and not at the hyphens of its domain.
#[must_use]
pub fn email(address: &str) -> Markup {
    let (local, domain) = address.rfind('@').map_or((address, ""), |at| address.split_at(at));
    html! { bdi.foreign.address { (local) @if !domain.is_empty() { wbr; span.unbroken[domain.len() <= UNBROKEN] { (domain) } } } }
}

/// What a cell or a fact says besides its value, on a line of its own: "by Dana Demo".
#[must_use]
pub fn aside(text: &str) -> Markup {
    html! { span.aside { (text) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_from_the_right() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (10_000, "10,000"), (1_234_567, "1,234,567")]
        {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn one_thing_is_singular_and_none_is_plural() {
        assert_eq!(plural(1, "row", "rows"), "1 row");
        assert_eq!(plural(0, "row", "rows"), "0 rows");
    }

    #[test]
    fn an_address_breaks_before_its_last_at_sign() {
        assert_eq!(
            email("a<@b.example").into_string(),
            "<bdi class=\"foreign address\">a&lt;<wbr><span class=\"unbroken\">@b.example</span></bdi>"
        );
        assert_eq!(email("nobody").into_string(), "<bdi class=\"foreign address\">nobody</bdi>");
    }

    #[test]
    fn foreign_text_is_isolated_and_escaped() {
        assert_eq!(foreign("<b>שלום").into_string(), "<bdi class=\"foreign\">&lt;b&gt;שלום</bdi>");
    }
}
