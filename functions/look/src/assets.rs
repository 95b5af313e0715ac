//! The files that pages refer to, embedded in every binary that serves them and named by their content, so that a
//! browser may keep them for ever and a deployment never mixes an old page with a new style sheet.
//!
//! A rolling update has old and new containers side by side: a page of the new one may ask the old one for a file
//! whose hash it does not have. It then gets the bytes that there are, without the promise that they never change.

use std::fmt::Write;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// Where assets are served: `/assets/<name>.<hash>.<extension>`.
pub const PREFIX: &str = "/assets/";

/// A file that is part of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    /// Its name without a hash, as given to [`href`].
    pub name: &'static str,
    /// Its media type, with the charset where it is text.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

/// Every embedded file.
pub static ALL: &[Source] = &[
    Source { name: "app.css", content_type: "text/css; charset=utf-8", bytes: APP_CSS.as_bytes() },
    Source {
        name: "app.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/app.js"),
    },
    Source {
        name: "passkeys.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../assets/passkeys.js"),
    },
    Source {
        name: "favicon.svg",
        content_type: "image/svg+xml; charset=utf-8",
        bytes: include_bytes!("../assets/favicon.svg"),
    },
];

/// The style sheet: its parts in the order of their cascade layers.
const APP_CSS: &str = concat!(
    include_str!("../assets/css/tokens.css"),
    include_str!("../assets/css/base.css"),
    include_str!("../assets/css/shell-app.css"),
    include_str!("../assets/css/shell-plain.css"),
    include_str!("../assets/css/forms.css"),
    include_str!("../assets/css/buttons.css"),
    include_str!("../assets/css/messages.css"),
    include_str!("../assets/css/panels.css"),
    include_str!("../assets/css/tables.css"),
    include_str!("../assets/css/progress.css"),
    include_str!("../assets/css/public.css"),
    include_str!("../assets/css/focus.css"),
    include_str!("../assets/css/print.css"),
);

/// What to answer to a request for an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// The body.
    pub bytes: &'static [u8],
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// Whether this name always means these bytes: `Cache-Control: public, max-age=31536000, immutable`. When it
    /// does not, the answer must not be kept: `Cache-Control: no-cache`.
    pub immutable: bool,
}

struct Hashed {
    source: &'static Source,
    href: String,
}

static HASHED: LazyLock<Vec<Hashed>> = LazyLock::new(|| {
    ALL.iter()
        .map(|source| {
            let (stem, extension) = split(source.name);
            Hashed { source, href: format!("{PREFIX}{stem}.{}.{extension}", short_hash(source.bytes)) }
        })
        .collect()
});

/// The path of an asset by its plain name: `href("app.css")` is `/assets/app.3f9c1a2b.css`. A name that does not
/// exist gives the bare [`PREFIX`], which answers 404.
#[must_use]
pub fn href(name: &str) -> &'static str {
    HASHED.iter().find(|asset| asset.source.name == name).map_or(PREFIX, |asset| asset.href.as_str())
}

/// Looks up what follows [`PREFIX`] in a request's path. The exact hash is immutable; a known name with another
/// hash or none (a page from before or after a deployment) gets the current bytes, which must not be kept.
#[must_use]
pub fn find(file_name: &str) -> Option<Asset> {
    let plain = without_hash(file_name);
    let hashed = HASHED.iter().find(|asset| asset.source.name == file_name || asset.source.name == plain)?;
    Some(Asset {
        bytes: hashed.source.bytes,
        content_type: hashed.source.content_type,
        immutable: hashed.href.strip_prefix(PREFIX) == Some(file_name),
    })
}

/// The first eight hexadecimal digits of the SHA-256: enough to tell apart the few versions of one file.
fn short_hash(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(8);
    for byte in Sha256::digest(bytes).iter().take(4) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('.').unwrap_or((name, ""))
}

/// `app.3f9c1a2b.css` → `app.css`; anything else stays as it is.
fn without_hash(file_name: &str) -> String {
    let (rest, extension) = split(file_name);
    match rest.rsplit_once('.') {
        Some((stem, hash)) if hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("{stem}.{extension}")
        }
        _ => file_name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_in_path(name: &str) -> &'static str {
        href(name).strip_prefix(PREFIX).unwrap()
    }

    #[test]
    fn a_path_carries_the_hash_of_the_content() {
        for source in ALL {
            let (stem, extension) = split(source.name);
            assert_eq!(href(source.name), format!("/assets/{stem}.{}.{extension}", short_hash(source.bytes)));
        }
    }

    #[test]
    fn the_exact_hash_may_be_kept_for_ever() {
        for source in ALL {
            let asset = find(name_in_path(source.name)).unwrap();
            assert_eq!((asset.bytes, asset.immutable), (source.bytes, true));
        }
    }

    #[test]
    fn another_hash_or_none_gets_the_current_bytes_without_a_promise() {
        for name in ["app.00000000.css", "app.css"] {
            let asset = find(name).unwrap();
            assert_eq!(asset.bytes, APP_CSS.as_bytes());
            assert_eq!(asset.content_type, "text/css; charset=utf-8");
            assert!(!asset.immutable);
        }
    }

    #[test]
    fn what_is_not_an_asset_is_not_found() {
        for name in
            ["", "app", "app.nothex!.css", "app.123.css", "other.00000000.css", "../Cargo.toml", "app.css/"]
        {
            assert_eq!(find(name), None, "{name}");
        }
        assert_eq!(href("missing.css"), PREFIX);
    }

    #[test]
    fn every_file_that_the_style_sheet_refers_to_exists() {
        for reference in APP_CSS.split("url(").skip(1) {
            let url = reference.split(')').next().unwrap().trim_matches(['"', '\'']);
            let embedded = url.starts_with("data:image/svg+xml");
            let known = url.strip_prefix(PREFIX).is_some_and(|name| find(name).is_some());
            assert!(embedded || known, "the style sheet refers to {url}");
        }
    }

    #[test]
    fn every_property_that_the_style_sheet_uses_is_declared() {
        for usage in APP_CSS.split("var(").skip(1) {
            let name = usage.split([',', ')']).next().unwrap().trim();
            assert!(APP_CSS.contains(&format!("{name}:")), "{name} is used but never declared");
        }
    }
}
