//! Cross-origin resource sharing of buckets (user guide, "Using cross-origin resource sharing (CORS)"; Fetch standard,
//! "CORS protocol"). The first rule that fits decides.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use s3s::dto::{CORSRule, CORSRules};
use s3s::{S3Result, s3_error};

/// The methods that a rule may allow.
const METHODS: [&str; 5] = ["GET", "PUT", "POST", "DELETE", "HEAD"];
/// The most rules of a bucket.
const MAX_RULES: usize = 100;

/// What a page of another origin asks.
pub(super) struct Asked {
    origin: String,
    method: String,
    /// In lower case; only of a preflight.
    headers: Vec<String>,
}

impl Asked {
    /// By a preflight; `None` if the request is none.
    pub(super) fn before(headers: &HeaderMap) -> Option<Self> {
        let wanted = text(headers, &ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
        Some(Self {
            origin: text(headers, &ORIGIN)?.to_owned(),
            method: text(headers, &ACCESS_CONTROL_REQUEST_METHOD)?.to_owned(),
            headers: wanted
                .split(',')
                .map(|name| name.trim().to_ascii_lowercase())
                .filter(|name| !name.is_empty())
                .collect(),
        })
    }

    /// By the request itself.
    pub(super) fn with(method: &http::Method, headers: &HeaderMap) -> Option<Self> {
        let origin = text(headers, &ORIGIN)?.to_owned();
        Some(Self { origin, method: method.to_string(), headers: Vec::new() })
    }

    /// The headers of an answer that this origin may read; `None` if no rule fits.
    pub(super) fn allowed_by(&self, rules: &CORSRules) -> Option<HeaderMap> {
        let (rule, origin) = rules.iter().find_map(|rule| Some((rule, self.fits(rule)?)))?;
        let mut headers = HeaderMap::new();
        let mut set = |name: HeaderName, text: &str| {
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(name, value);
            }
        };
        let is_any = origin == "*";
        set(ACCESS_CONTROL_ALLOW_ORIGIN, if is_any { "*" } else { &self.origin });
        if !is_any {
            set(ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
        set(ACCESS_CONTROL_ALLOW_METHODS, &rule.allowed_methods.join(", "));
        if !self.headers.is_empty() {
            set(ACCESS_CONTROL_ALLOW_HEADERS, &self.headers.join(", "));
        }
        if let Some(exposed) = rule.expose_headers.as_ref().filter(|exposed| !exposed.is_empty()) {
            set(ACCESS_CONTROL_EXPOSE_HEADERS, &exposed.join(", "));
        }
        if let Some(seconds) = rule.max_age_seconds {
            set(ACCESS_CONTROL_MAX_AGE, &seconds.to_string());
        }
        set(VARY, "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
        Some(headers)
    }

    /// The origin of the rule that fits.
    fn fits<'a>(&self, rule: &'a CORSRule) -> Option<&'a str> {
        let origin = rule.allowed_origins.iter().find(|pattern| fits(pattern, &self.origin))?;
        let allowed = rule.allowed_headers.as_deref().unwrap_or_default();
        let has_header = |name: &String| allowed.iter().any(|it| fits(&it.to_ascii_lowercase(), name));
        (rule.allowed_methods.contains(&self.method) && self.headers.iter().all(has_header))
            .then_some(origin.as_str())
    }
}

/// The constraints of the user guide on rules.
pub(super) fn check(rules: &CORSRules) -> S3Result<()> {
    if rules.is_empty() || rules.len() > MAX_RULES {
        return Err(s3_error!(MalformedXML, "There are 1 to 100 CORS rules."));
    }
    for rule in rules {
        if let Some(method) = rule.allowed_methods.iter().find(|method| !METHODS.contains(&method.as_str())) {
            let text =
                format!("Found unsupported HTTP method in CORS config. Unsupported method is {method}");
            return Err(s3s::S3Error::with_message(s3s::S3ErrorCode::InvalidRequest, text));
        }
        let mut patterns = rule.allowed_origins.iter().chain(rule.allowed_headers.iter().flatten());
        if patterns.any(|pattern| pattern.matches('*').count() > 1) {
            return Err(s3_error!(
                InvalidRequest,
                "An origin or header can not have more than one wildcard."
            ));
        }
        if rule.allowed_methods.is_empty() || rule.allowed_origins.is_empty() {
            return Err(s3_error!(MalformedXML, "A rule allows a method and an origin at least."));
        }
    }
    Ok(())
}

/// One `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => {
            text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
