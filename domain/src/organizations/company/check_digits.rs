//! The check digits of VAT numbers, a function per rule. Each takes the part behind the country's letters, whose
//! shape is known to be right.

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|c| c.to_digit(10)).collect()
}

fn value(text: &str) -> u32 {
    text.parse().unwrap_or(0)
}

fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// ISO/IEC 7064, MOD 11,10: Germany, Croatia.
pub(super) fn iso_7064(number: &str) -> bool {
    let product = digits(number).iter().fold((10, 0), |(product, _), digit| {
        let sum = (product + digit) % 10;
        let sum = if sum == 0 { 10 } else { sum };
        // The last sum decides; the product only leads to the next one.
        (sum * 2 % 11, sum)
    });
    product.1 == 1
}

/// ISO/IEC 7812-1, annex B: Italy, the SIREN of France, Sweden.
pub(super) fn luhn(number: &str) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let sum: u32 = (0_u32..)
        .zip(digits(number).iter().rev())
        .map(|(place, digit)| if place % 2 == 1 { doubled(*digit) } else { *digit })
        .sum();
    sum.is_multiple_of(10)
}

pub(super) fn austria(number: &str) -> bool {
    let digits = digits(number);
    let sum: u32 = (0_u32..)
        .zip(&digits[..7])
        .map(|(place, digit)| if place % 2 == 1 { digit / 5 + digit * 2 % 10 } else { *digit })
        .sum();
    (96 - sum) % 10 == digits[7]
}

pub(super) fn belgium(number: &str) -> bool {
    matches!(number.as_bytes()[0], b'0' | b'1') && 97 - value(&number[..8]) % 97 == value(&number[8..])
}

pub(super) fn switzerland(number: &str) -> bool {
    let digits = digits(number);
    (11 - weighted(&digits[..8], &[5, 4, 3, 2, 7, 6, 5, 4]) % 11) % 11 == digits[8]
}

pub(super) fn denmark(number: &str) -> bool {
    weighted(&digits(number), &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

pub(super) fn estonia(number: &str) -> bool {
    weighted(&digits(number), &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
}

pub(super) fn greece(number: &str) -> bool {
    let digits = digits(number);
    weighted(&digits, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == digits[8]
}

/// A person (DNI, NIE, the old K, L and M) ends in a letter of the number modulo 23; a company (CIF) in a digit or
/// a letter of a sum.
pub(super) fn spain(number: &str) -> bool {
    let (first, last) = (number.as_bytes()[0], number.as_bytes()[8]);
    let middle = &number[1..8];
    let person = |number: u32| {
        b"TRWAGMYFPDXBNJZSQVHLCKE".get(usize::try_from(number % 23).unwrap_or(0)) == Some(&last)
    };
    match first {
        b'0'..=b'9' => person(value(&number[..8])),
        b'X' | b'Y' | b'Z' => person(u32::from(first - b'X') * 10_000_000 + value(middle)),
        b'K' | b'L' | b'M' => person(value(middle)),
        _ => {
            let control = spanish_company(middle);
            let letter = b"JABCDEFGHI".get(usize::try_from(control).unwrap_or(0));
            u32::from(last) == u32::from(b'0') + control || letter == Some(&last)
        }
    }
}

fn spanish_company(seven_digits: &str) -> u32 {
    let sum: u32 = (0_u32..)
        .zip(digits(seven_digits))
        .map(|(place, digit)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit })
        .sum();
    (10 - sum % 10) % 10
}

pub(super) fn finland(number: &str) -> bool {
    weighted(&digits(number), &[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11)
}

/// The key before the SIREN is derived from it where it has digits; the newer keys with letters are not checked.
/// Numbers of Monaco (SIREN 000…) keep no Luhn sum.
pub(super) fn france(number: &str) -> bool {
    let (key, siren) = number.split_at(2);
    let key_fits = match key.parse::<u64>() {
        Ok(key) => (u64::from(value(siren)) * 100 + 12) % 97 == key,
        Err(_) => !key.contains(['I', 'O']),
    };
    key_fits && (siren.starts_with("000") || luhn(siren))
}

pub(super) fn hungary(number: &str) -> bool {
    weighted(&digits(number), &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10)
}

/// Seven digits and a check letter, to which a second letter may add; the old form has a letter at its second
/// place, which moves the first digit to the end.
pub(super) fn ireland(number: &str) -> bool {
    let bytes = number.as_bytes();
    let (seven, second) = if bytes[1].is_ascii_digit() {
        (number[..7].to_owned(), bytes.get(8))
    } else {
        (format!("0{}{}", &number[2..7], &number[..1]), None)
    };
    let extra = second.map_or(0, |letter| if *letter == b'W' { 0 } else { u32::from(letter - b'A' + 1) });
    let sum = weighted(&digits(&seven), &[8, 7, 6, 5, 4, 3, 2]) + extra * 9;
    b"WABCDEFGHIJKLMNOPQRSTUV".get(usize::try_from(sum % 23).unwrap_or(0)) == bytes.get(7)
}

pub(super) fn luxembourg(number: &str) -> bool {
    value(&number[..6]) % 89 == value(&number[6..])
}

pub(super) fn malta(number: &str) -> bool {
    let digits = digits(number);
    37 - weighted(&digits[..6], &[3, 4, 6, 7, 8, 9]) % 37 == digits[6] * 10 + digits[7]
}

/// Companies have a sum modulo 11 in their nine digits; sole traders, since 2020, one modulo 97 over all of it with
/// its letters.
pub(super) fn netherlands(number: &str) -> bool {
    let digits = digits(number);
    let company = weighted(&digits[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 == digits[8];
    let remainder = format!("NL{number}").chars().fold(0, |remainder, c| match c.to_digit(36) {
        Some(value) if value > 9 => (remainder * 100 + value) % 97,
        Some(value) => (remainder * 10 + value) % 97,
        None => remainder,
    });
    company || remainder == 1
}

pub(super) fn poland(number: &str) -> bool {
    let digits = digits(number);
    weighted(&digits[..9], &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == digits[9]
}

pub(super) fn portugal(number: &str) -> bool {
    let digits = digits(number);
    (11 - weighted(&digits[..8], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10 == digits[8]
}

pub(super) fn romania(number: &str) -> bool {
    let digits = digits(&format!("{number:0>10}"));
    weighted(&digits[..9], &[7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10 % 11 % 10 == digits[9]
}

pub(super) fn sweden(number: &str) -> bool {
    luhn(&number[..10])
}

pub(super) fn slovenia(number: &str) -> bool {
    let digits = digits(number);
    (11 - weighted(&digits[..7], &[8, 7, 6, 5, 4, 3, 2]) % 11) % 10 == digits[7]
}

pub(super) fn slovakia(number: &str) -> bool {
    number.parse::<u64>().is_ok_and(|number| number.is_multiple_of(11))
}
