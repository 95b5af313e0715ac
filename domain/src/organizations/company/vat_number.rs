//! VAT identification numbers: the form that each country of the EU gives them (VIES, "VAT number format"), and
//! the check digits of those whose rule is public, so that a mistyped number is told at once. Whether a number is
//! registered is for VIES to say.

use super::check_digits as check;

/// A rule of a country: what the part behind the two letters looks like (`9` a digit, `a` a letter, `x`
/// either, anything else itself), and its check digits.
struct Rule {
    prefix: &'static str,
    /// ISO 3166-1 alpha-2, where it differs from the prefix.
    country: &'static str,
    shapes: &'static [&'static str],
    check: Option<fn(&str) -> bool>,
    example: &'static str,
}

const fn rule(
    prefix: &'static str,
    shapes: &'static [&'static str],
    check: Option<fn(&str) -> bool>,
    example: &'static str,
) -> Rule {
    Rule { prefix, country: prefix, shapes, check, example }
}

const RULES: [Rule; 30] = [
    rule("AT", &["U99999999"], Some(check::austria), "ATU13585627"),
    rule("BE", &["9999999999"], Some(check::belgium), "BE0403019261"),
    rule("BG", &["999999999", "9999999999"], None, "BG175074752"),
    rule(
        "CH",
        &["E999999999", "E999999999MWST", "E999999999TVA", "E999999999IVA"],
        Some(check::switzerland),
        "CHE107787577IVA",
    ),
    rule("CY", &["99999999a"], None, "CY10259033P"),
    rule("CZ", &["99999999", "999999999", "9999999999"], None, "CZ25123891"),
    rule("DE", &["999999999"], Some(check::iso_7064), "DE136695976"),
    rule("DK", &["99999999"], Some(check::denmark), "DK13585628"),
    rule("EE", &["999999999"], Some(check::estonia), "EE100931558"),
    Rule { country: "GR", ..rule("EL", &["999999999"], Some(check::greece), "EL094259216") },
    rule("ES", &["x9999999x"], Some(check::spain), "ESB58378431"),
    rule("FI", &["99999999"], Some(check::finland), "FI20774740"),
    rule("FR", &["xx999999999"], Some(check::france), "FR40303265045"),
    rule("GB", &["999999999", "999999999999", "GD999", "HA999"], None, "GB980780684"),
    rule("HR", &["99999999999"], Some(check::iso_7064), "HR33392005961"),
    rule("HU", &["99999999"], Some(check::hungary), "HU12892312"),
    rule("IE", &["9999999a", "9999999aa", "9x99999a"], Some(check::ireland), "IE6433435F"),
    rule("IT", &["99999999999"], Some(check::luhn), "IT00743110157"),
    rule("LT", &["999999999", "999999999999"], None, "LT119511515"),
    rule("LU", &["99999999"], Some(check::luxembourg), "LU15027442"),
    rule("LV", &["99999999999"], None, "LV40003521600"),
    rule("MT", &["99999999"], Some(check::malta), "MT11679112"),
    rule("NL", &["999999999B99"], Some(check::netherlands), "NL004495445B01"),
    rule("PL", &["9999999999"], Some(check::poland), "PL8567346215"),
    rule("PT", &["999999999"], Some(check::portugal), "PT501964843"),
    rule(
        "RO",
        &["99", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999", "9999999999"],
        Some(check::romania),
        "RO18547290",
    ),
    rule("SE", &["999999999999"], Some(check::sweden), "SE123456789701"),
    rule("SI", &["99999999"], Some(check::slovenia), "SI50223054"),
    rule("SK", &["9999999999"], Some(check::slovakia), "SK2022749619"),
    Rule {
        country: "GB",
        ..rule("XI", &["999999999", "999999999999", "GD999", "HA999"], None, "XI980780684")
    },
];

/// The number in capitals without blanks, dots, dashes and slashes; none when nothing is there. `country` is where
/// the company is (ISO 3166-1 alpha-2): its number begins with that country's letters.
///
/// # Errors
/// What is wrong and how a right one looks, for a person.
pub fn parse_vat_number(text: &str, country: &str) -> Result<Option<String>, String> {
    let filler = |c: char| c.is_whitespace() || ['.', '-', '/'].contains(&c);
    let compact: String = text.chars().filter(|c| !filler(*c)).collect::<String>().to_uppercase();
    if compact.is_empty() {
        return Ok(None);
    }
    if !compact.is_ascii() || compact.len() > 20 {
        return Err("A VAT number has letters A to Z and digits, 20 at most".to_owned());
    }
    let prefix = compact.get(..2).unwrap_or_default();
    if let Some(rule) = RULES.iter().find(|rule| rule.prefix == prefix) {
        return rule.check(&compact, country).map(|()| Some(compact));
    }
    match RULES.iter().find(|rule| rule.country == country) {
        Some(rule) => {
            Err(format!("A VAT number from here begins with {}, such as {}", rule.prefix, rule.example))
        }
        None if compact.len() >= 4 => Ok(Some(compact)),
        None => Err("This is too short for a VAT number".to_owned()),
    }
}

impl Rule {
    fn check(&self, number: &str, country: &str) -> Result<(), String> {
        let Self { prefix, example, .. } = self;
        if self.country != country {
            return Err(format!("This number begins with {prefix}, and the company's country is {country}"));
        }
        let rest = number.get(2..).unwrap_or_default();
        if !self.shapes.iter().any(|shape| fits(rest, shape)) {
            return Err(format!(
                "A VAT number that begins with {prefix} looks like {example}; check its length"
            ));
        }
        if self.check.is_some_and(|check| !check(rest)) {
            return Err("This number has a typing error: its check digits do not fit the others".to_owned());
        }
        Ok(())
    }
}

fn fits(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, expected)| match expected {
            b'9' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_uppercase(),
            b'x' => byte.is_ascii_alphanumeric(),
            literal => byte == literal,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_every_country_is_right_and_one_digit_off_is_not() {
        for rule in &RULES {
            assert!(parse_vat_number(rule.example, rule.country).is_ok(), "{}", rule.example);
            if rule.check.is_none() {
                continue;
            }
            for (at, byte) in
                rule.example.bytes().enumerate().skip(2).filter(|(_, byte)| byte.is_ascii_digit())
            {
                let other = char::from(b'0' + (byte - b'0' + 1) % 10);
                let mut wrong = rule.example.to_owned();
                wrong.replace_range(at..=at, &other.to_string());
                // The company's serial number at the end of some is outside the check.
                let outside = ["NL", "SE"].contains(&rule.prefix) && at > 11;
                assert_eq!(parse_vat_number(&wrong, rule.country).is_ok(), outside, "{wrong}");
            }
        }
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, country, read) in [
            (" de 136.695.976 ", "DE", Some("DE136695976")),
            ("CHE-107.787.577 IVA", "CH", Some("CHE107787577IVA")),
            ("NL002455799B11", "NL", Some("NL002455799B11")),
            ("ESX2482300W", "ES", Some("ESX2482300W")),
            ("ES54362315K", "ES", Some("ES54362315K")),
            ("ESJ99216582", "ES", Some("ESJ99216582")),
            ("IE8D79739I", "IE", Some("IE8D79739I")),
            ("IE6433435OA", "IE", Some("IE6433435OA")),
            ("12-3456789", "US", Some("123456789")),
            ("", "DE", None),
        ] {
            assert_eq!(parse_vat_number(text, country), Ok(read.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, country, message) in [
            ("DE12345678", "DE", "looks like DE136695976; check its length"),
            ("DE136695975", "DE", "typing error"),
            ("136695976", "DE", "begins with DE, such as DE136695976"),
            ("FR40303265045", "DE", "begins with FR, and the company's country is DE"),
            ("GR094259216", "GR", "begins with EL"),
            ("DEÄ36695976", "DE", "letters A to Z"),
            ("1", "US", "too short"),
        ] {
            let error = parse_vat_number(text, country).unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
        }
    }
}
