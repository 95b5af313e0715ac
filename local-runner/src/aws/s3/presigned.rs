//! Presigned requests: what they say of their time counts, though nobody can check their signature here (API
//! reference, "Authenticating Requests: Using Query Parameters").
//!
//! They are signed in other processes, by the machine's clock, and so expire by that one, whatever virtual time it is.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use http::Uri;

use super::refusal::Refusal;

/// The parameters of a presigned URL.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-SignedHeaders",
];

/// The longest that a URL may be good for: seven days.
const MAX_SECONDS: i64 = 604_800;

/// How far the clock of who signed may be ahead.
const SKEW: TimeDelta = TimeDelta::minutes(15);

/// Checks the time that a presigned URL tells; any other URL passes.
pub(super) fn check(uri: &Uri, now: DateTime<Utc>) -> Result<(), Refusal> {
    let Some(query) = uri.query().filter(|query| query.contains("X-Amz-Signature=")) else { return Ok(()) };
    let parameter = |name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.split_once('=').filter(|(known, _)| *known == name))
            .map(|(_, v)| v)
    };
    let malformed = |text: &str| Refusal::new(400, "AuthorizationQueryParametersError", text);
    let signed = parameter("X-Amz-Date")
        .and_then(|text| NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").ok())
        .ok_or_else(|| malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""))?
        .and_utc();
    let seconds: i64 = parameter("X-Amz-Expires")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| malformed("X-Amz-Expires should be a number"))?;
    if !(0..=MAX_SECONDS).contains(&seconds) {
        return Err(malformed("X-Amz-Expires must be less than a week (in seconds); that is 604800"));
    }
    if now > signed + TimeDelta::seconds(seconds) {
        return Err(Refusal::new(403, "AccessDenied", "Request has expired"));
    }
    if signed > now + SKEW {
        return Err(Refusal::new(403, "AccessDenied", "Request is not yet valid"));
    }
    Ok(())
}

/// The URL without what belongs to its signature.
pub(super) fn without_signature(uri: Uri) -> Uri {
    let Some(query) = uri.query().filter(|query| query.contains("X-Amz-Signature=")) else { return uri };
    let name = |pair: &str| pair.split('=').next().unwrap_or_default().to_owned();
    let kept: Vec<&str> =
        query.split('&').filter(|pair| !PARAMETERS.contains(&name(pair).as_str())).collect();
    let target =
        if kept.is_empty() { uri.path().to_owned() } else { format!("{}?{}", uri.path(), kept.join("&")) };
    target.parse().unwrap_or(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presigned_url_loses_its_signature_and_nothing_else() {
        let uri = "/b/k%20x?X-Amz-Algorithm=A&partNumber=2&X-Amz-Signature=f&X-Amz-Expires=9&response-content-type=a";
        let stripped = without_signature(uri.parse().unwrap());
        assert_eq!(stripped, "/b/k%20x?partNumber=2&response-content-type=a");
        assert_eq!(without_signature("/b/k?X-Amz-Signature=f".parse().unwrap()), "/b/k");
        assert_eq!(without_signature("/b/k?list-type=2".parse().unwrap()), "/b/k?list-type=2");
    }

    #[test]
    fn a_url_is_good_from_its_date_for_as_long_as_it_says() {
        let check_at = |seconds: i64, now: &str| {
            let uri = format!("/b/k?X-Amz-Date=20260301T100000Z&X-Amz-Expires={seconds}&X-Amz-Signature=f");
            check(&uri.parse().unwrap(), now.parse().unwrap()).map_err(|refusal| refusal.code)
        };
        assert_eq!(check_at(60, "2026-03-01T10:01:00Z"), Ok(()));
        assert_eq!(check_at(60, "2026-03-01T10:01:01Z"), Err("AccessDenied"));
        assert_eq!(check_at(60, "2026-03-01T09:00:00Z"), Err("AccessDenied"));
        assert_eq!(check_at(604_801, "2026-03-01T10:00:00Z"), Err("AuthorizationQueryParametersError"));
        let unsigned = "/b/k?X-Amz-Signature=f".parse().unwrap();
        assert!(check(&unsigned, Utc::now()).is_err(), "without its times it is none");
    }
}
