//! The audit log.

pub(crate) mod export;
pub(crate) mod show;

use bootstrap::browser;
use domain::audit::AuditFilter;
use serde::Deserialize;

/// The filter as the address has it. What cannot be read counts as left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    action: String,
    person: String,
    from: String,
    to: String,
    page: String,
}

impl Parameters {
    fn filter(&self) -> AuditFilter {
        AuditFilter {
            action: self.action.clone(),
            person: self.person.parse().ok(),
            from: self.from.parse().ok(),
            to: self.to.parse().ok(),
        }
    }

    /// Counted from one.
    fn page(&self) -> u32 {
        self.page.parse().unwrap_or(1).clamp(1, 10_000)
    }

    /// The same filter at another address.
    fn at(&self, path: &str, page: u32) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let pairs = [
            ("action", &self.action),
            ("person", &self.person),
            ("from", &self.from),
            ("to", &self.to),
            ("page", &page),
        ];
        let set = pairs.iter().filter(|(_, value)| !value.is_empty());
        let query: Vec<_> = set.map(|(name, value)| format!("{name}={}", browser::encode(value))).collect();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_address_is_a_page_without_filters() {
        let typed = Parameters {
            person: "x".into(),
            from: "2026-13-01".into(),
            page: "-3".into(),
            ..Parameters::default()
        };
        assert!(!typed.filter().is_set());
        assert_eq!(typed.page(), 1);
    }

    #[test]
    fn the_filter_is_kept_from_page_to_page() {
        let typed = Parameters { action: "a.b c".into(), to: "2026-11-22".into(), ..Parameters::default() };
        assert_eq!(typed.at("/settings/audit", 2), "/settings/audit?action=a.b%20c&to=2026-11-22&page=2");
        assert_eq!(Parameters::default().at("/settings/audit", 1), "/settings/audit");
    }
}
