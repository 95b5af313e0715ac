//! When a request arrived, as API Gateway writes it: `21/Apr/2020:15:08:21 +0000`.

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::json::Json;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// With its quotes.
pub(super) fn write(json: &mut Json, time: DateTime<Utc>) {
    json.raw("\"");
    json.two_digits(time.day());
    json.raw("/");
    json.raw(MONTHS.get(time.month0() as usize).copied().unwrap_or_default());
    json.raw("/");
    json.number(i64::from(time.year()));
    for part in [time.hour(), time.minute(), time.second()] {
        json.raw(":");
        json.two_digits(part);
    }
    json.raw(" +0000\"");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_the_format_says() {
        for seconds in [0, 1_587_481_701, 951_782_399, 4_102_444_799] {
            let time = DateTime::from_timestamp(seconds, 0).unwrap();
            let mut json = Json::with_capacity(32);
            write(&mut json, time);
            let expected = time.format("\"%d/%b/%Y:%H:%M:%S +0000\"").to_string();
            assert_eq!(String::from_utf8(json.into_bytes()).unwrap(), expected);
        }
    }
}
