//! Secrets are shown nowhere: neither those that were told to us, nor what looks like one.

use std::{
    env,
    sync::{Mutex, PoisonError},
};

const HIDDEN: &str = "***";
/// Shorter ones would hide words of ordinary output.
const SHORTEST: usize = 6;

/// Known secrets. Everything that a program writes goes through [`Masks::apply`] before anybody sees it.
#[derive(Default)]
pub(crate) struct Masks(Mutex<Vec<String>>);

impl Masks {
    /// With the values of our own environment that bear the name of a secret.
    pub(crate) fn of_environment() -> Self {
        let masks = Self::default();
        for (key, value) in env::vars() {
            let is_secret = ["SECRET", "TOKEN", "PASSWORD", "PRIVATE", "DSN"];
            if is_secret.iter().any(|word| key.to_ascii_uppercase().contains(word)) {
                masks.hide(&value);
            }
        }
        masks
    }

    /// Never shows this value from now on.
    pub(crate) fn hide(&self, secret: &str) {
        let mut secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in secret.lines().map(str::trim).filter(|line| line.len() >= SHORTEST) {
            if !secrets.iter().any(|known| known == line) {
                secrets.push(line.to_owned());
            }
        }
        // The longest first: one may be the beginning of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// The text without secrets, and without the passwords in URLs.
    pub(crate) fn apply(&self, text: &str) -> String {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN));
        without_passwords(&known)
    }
}

/// `scheme://user:password@host` loses its password (RFC 3986, 3.2.1).
fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find("://") {
        let (before, after) = rest.split_at(begin + 3);
        shown.push_str(before);
        let is_end = |c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'');
        let authority = &after[..after.find(is_end).unwrap_or(after.len())];
        rest = after;
        if let Some((user_information, _)) = authority.rsplit_once('@')
            && let Some((user, _)) = user_information.split_once(':')
        {
            shown.push_str(&format!("{user}:{HIDDEN}"));
            rest = &after[user_information.len()..];
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_wherever_it_stands() {
        let masks = Masks::default();
        masks.hide("hunter2-hunter2\n");
        masks.hide("hunter2-hunter2-and-more");
        assert_eq!(masks.apply("a hunter2-hunter2b, hunter2-hunter2-and-more"), "a ***b, ***");
    }

    #[test]
    fn a_password_in_a_url_is_hidden_without_being_known() {
        let masks = Masks::default();
        let line = "cannot reach postgres://app:s3cret@db:5432/velox or https://app.velox.example/a@b:c";
        let shown = "cannot reach postgres://app:***@db:5432/velox or https://app.velox.example/a@b:c";
        assert_eq!(masks.apply(line), shown);
        assert_eq!(masks.apply("http://a:b@c, ftp://d:e@f"), "http://a:***@c, ftp://d:***@f");
    }
}
