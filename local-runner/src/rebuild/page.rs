//! What a browser shows while a page is rebuilt, and when it cannot be: pages that load nothing and go on by
//! themselves, with a script or without.

use bytes::Bytes;
use catalog::Head;
use http::{HeaderValue, Response, StatusCode, header};

use super::freshness::{Condition, State, Trouble};

/// A head is being rebuilt.
pub(super) fn building(head: Head, state: &State) -> Response<Bytes> {
    let seconds = match state.condition {
        Condition::Building(since) => since.elapsed().as_secs(),
        Condition::Fresh | Condition::Broken(_) => 0,
    };
    let title = format!("Rebuilding {}", head.name());
    let content = format!(
        "<h1>{title}</h1><p class=\"bar\" aria-hidden=\"true\"></p><p>Its source changed {seconds} s ago. The page \
         comes when the compiler is done.</p>"
    );
    answer(StatusCode::SERVICE_UNAVAILABLE, &title, state.version, &content)
}

/// Its source does not compile, or its migration fails.
pub(super) fn broken(trouble: &Trouble, version: u64) -> Response<Bytes> {
    let errors: String = trouble.errors.iter().map(|error| shown(error)).collect();
    let content = format!(
        "<h1>{}</h1>{errors}<p class=\"note\">The last build still serves programs and forms, with \
         <code>x-velox-stale</code> in its answers. Save a correction: this page goes on by itself.</p>",
        escaped(&trouble.title)
    );
    answer(StatusCode::INTERNAL_SERVER_ERROR, &trouble.title, version, &content)
}

/// The message as a heading, the place below it, and the compiler's text.
fn shown(error: &str) -> String {
    let plain = without_colours(error);
    let text = plain.trim_end();
    let (message, rest) = text.split_once('\n').unwrap_or((text, ""));
    let place = rest.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
    let place = place.map(|place| format!("<p class=\"place\">{}</p>", escaped(place))).unwrap_or_default();
    let rest =
        if rest.is_empty() { String::new() } else { format!("<pre tabindex=\"0\">{}</pre>", escaped(rest)) };
    format!("<section><h2>{}</h2>{place}{rest}</section>", escaped(message))
}

fn answer(status: StatusCode, title: &str, version: u64, content: &str) -> Response<Bytes> {
    // What comes from the sources last: it may hold what looks like a place to fill.
    let page = include_str!("page.html").replace("{version}", &version.to_string());
    let page = page.replace("{title}", &escaped(title)).replace("{content}", content);
    let mut answer = Response::new(Bytes::from(page));
    *answer.status_mut() = status;
    const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'unsafe-inline'; \
                          connect-src 'self'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::RETRY_AFTER, "1"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Without the terminal's colours (ECMA-48, "SGR: Select graphic rendition").
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compilers_message_stands_with_its_place_and_code_escaped_and_without_colours() {
        let error = "\u{1b}[1m\u{1b}[91merror[E0308]\u{1b}[0m: mismatched types\n --> functions/web/src/a.rs:7:9\n  |\n7 \
                     |     let n: Vec<u8> = \"{title}</pre><script>\";\n";
        let trouble = Trouble { title: "web does not compile".into(), errors: vec![error.into()] };
        let answer = broken(&trouble, 3);
        let page = String::from_utf8_lossy(answer.body());
        assert!(page.contains("<h2>error[E0308]: mismatched types</h2>"), "{page}");
        assert!(page.contains("<p class=\"place\">functions/web/src/a.rs:7:9</p>"), "{page}");
        assert!(page.contains("Vec&lt;u8&gt; = &quot;{title}&lt;/pre&gt;&lt;script&gt;&quot;"), "{page}");
        assert!(!page.contains('\u{1b}') && page.contains("'3'"), "{page}");
    }
}
