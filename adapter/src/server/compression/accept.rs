//! Which content coding a client likes best (RFC 9110, 12.5.3).

use http::{HeaderMap, header};

use super::tokens;
use crate::manifest::Algorithm;

/// The coding's name in HTTP.
pub(super) fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Zstd => "zstd",
        Algorithm::Brotli => "br",
        Algorithm::Gzip => "gzip",
    }
}

/// The one with the highest weight, of equal ones the first on offer; none if the client prefers the answer as it
/// is, or does not say that it takes anything else.
pub(super) fn choose(asked: &HeaderMap, offered: &[Algorithm]) -> Option<Algorithm> {
    let wishes: Vec<(&str, u16)> = tokens(asked, &header::ACCEPT_ENCODING).filter_map(wish).collect();
    let of = |coding: &str| {
        let named = wishes.iter().find(|(name, _)| name.eq_ignore_ascii_case(coding));
        named.map(|(_, weight)| *weight)
    };
    let rest = of("*");
    let weight = |algorithm: Algorithm| {
        let old_name = || (algorithm == Algorithm::Gzip).then(|| of("x-gzip")).flatten();
        of(name(algorithm)).or_else(old_name).or(rest).unwrap_or(0)
    };
    let mut best = None;
    // As it is, is acceptable without being named, but then it is liked least.
    let mut best_weight = of("identity").unwrap_or(0);
    for &algorithm in offered {
        let weight = weight(algorithm);
        if weight > best_weight || (weight == best_weight && weight > 0 && best.is_none()) {
            (best, best_weight) = (Some(algorithm), weight);
        }
    }
    best
}

/// A coding and its weight in thousandths; what is unreadable is no wish.
fn wish(member: &str) -> Option<(&str, u16)> {
    let mut parts = member.split(';').map(str::trim);
    let coding = parts.next().filter(|coding| !coding.is_empty())?;
    let weight = match parts.next() {
        None | Some("") => 1000,
        Some(parameter) => {
            let (name, value) = parameter.split_once('=')?;
            let value: f32 = value.trim().parse().ok().filter(|q| (0.0..=1.0).contains(q))?;
            // Between 0 and 1000 after the filter.
            name.trim().eq_ignore_ascii_case("q").then_some((value * 1000.0).round() as u16)?
        }
    };
    Some((coding, weight))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Algorithm::{Brotli, Gzip, Zstd};

    #[test]
    fn the_highest_weight_wins_and_then_the_order_of_the_offer() {
        let all = [Zstd, Brotli, Gzip];
        for (asked, expected) in [
            (None, None),
            (Some(""), None),
            (Some("gzip, deflate, br, zstd"), Some(Zstd)),
            (Some("gzip, deflate, br"), Some(Brotli)),
            (Some("GZIP"), Some(Gzip)),
            (Some("x-gzip"), Some(Gzip)),
            (Some("deflate, compress"), None),
            (Some("gzip;q=1.0, br;q=0.5"), Some(Gzip)),
            (Some("gzip;q=0.5, br;q=0.8, zstd;q=0"), Some(Brotli)),
            (Some("gzip;q=0"), None),
            (Some("*"), Some(Zstd)),
            (Some("zstd;q=0, *"), Some(Brotli)),
            (Some("*;q=0"), None),
            (Some("identity, gzip;q=0.5"), None),
            (Some("identity;q=0.5, gzip"), Some(Gzip)),
            (Some("identity, gzip"), Some(Gzip)),
            (Some("identity;q=0, gzip;q=0.001"), Some(Gzip)),
            (Some("gzip;q=2, br;q=x, zstd;level=3"), None),
            (Some("gzip ; Q=0.4 , br ; q=0.3"), Some(Gzip)),
        ] {
            let headers = asked.map(|value| (header::ACCEPT_ENCODING, value.parse().unwrap()));
            let headers: HeaderMap = headers.into_iter().collect();
            assert_eq!(choose(&headers, &all), expected, "{asked:?}");
        }
        let gzip: HeaderMap = [(header::ACCEPT_ENCODING, "gzip, br".parse().unwrap())].into_iter().collect();
        assert_eq!(choose(&gzip, &[Gzip, Brotli]), Some(Gzip));
        assert_eq!(choose(&gzip, &[Zstd]), None);
    }
}
