//! Against the user guide's examples, and against a search minute by minute that shares nothing with the code.

use std::collections::HashSet;

use jiff::civil::Weekday as JiffWeekday;
use proptest::prelude::*;

use super::*;

const BERLIN: &str = "Europe/Berlin";

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The next fires of an expression.
fn fires(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let (expression, zone) = (Expression::parse(expression).expect(expression), Zone::named(zone).unwrap());
    let mut at = utc(after);
    let next = std::iter::from_fn(|| {
        at = expression.next(&zone, utc("2026-01-01T00:00:00Z"), at)?;
        Some(at.format("%Y-%m-%dT%H:%M").to_string())
    });
    next.take(count).collect()
}

#[test]
fn the_examples_of_the_user_guide_fire_when_it_says() {
    let after = "2026-01-01T12:00:30Z";
    for (expression, expected) in [
        ("rate(5 minutes)", ["2026-01-01T12:05", "2026-01-01T12:10"]),
        ("rate(1 day)", ["2026-01-02T00:00", "2026-01-03T00:00"]),
        ("cron(15 10 ? * 6L 2022-2027)", ["2026-01-30T10:15", "2026-02-27T10:15"]),
        ("cron(0 18 ? * MON-FRI *)", ["2026-01-01T18:00", "2026-01-02T18:00"]),
        ("cron(0 8 1 * ? *)", ["2026-02-01T08:00", "2026-03-01T08:00"]),
        ("cron(0/15 * * * ? *)", ["2026-01-01T12:15", "2026-01-01T12:30"]),
        ("cron(0 9 L * ? *)", ["2026-01-31T09:00", "2026-02-28T09:00"]),
        ("cron(0 9 3W * ? *)", ["2026-01-02T09:00", "2026-02-03T09:00"]),
        ("cron(0 9 LW * ? *)", ["2026-01-30T09:00", "2026-02-27T09:00"]),
        ("cron(0 9 ? * 3#2 *)", ["2026-01-13T09:00", "2026-02-10T09:00"]),
        ("cron(0 9 ? * TUE#5 *)", ["2026-03-31T09:00", "2026-06-30T09:00"]),
        ("cron(0 9 ? * L *)", ["2026-01-03T09:00", "2026-01-10T09:00"]),
        ("cron(0 0 29 feb ? *)", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("cron(5,35 14-15 * JAN,MAR ? *)", ["2026-01-01T14:05", "2026-01-01T14:35"]),
        ("cron(0 22-1 * * ? *)", ["2026-01-01T22:00", "2026-01-01T23:00"]),
    ] {
        assert_eq!(fires(expression, "UTC", after, 2), expected, "{expression}");
    }
    assert_eq!(fires("at(2026-07-01T08:00:00)", BERLIN, after, 2), ["2026-07-01T06:00"]);
    assert!(fires("at(2025-07-01T08:00:00)", BERLIN, after, 1).is_empty());
    assert!(fires("cron(0 0 30 2 ? *)", "UTC", after, 1).is_empty());
    assert!(fires("cron(0 0 1 1 ? 1970-2025)", "UTC", after, 1).is_empty());
}

#[test]
fn a_clock_set_forward_skips_and_a_clock_set_back_repeats_nothing() {
    let half_past_two = "cron(30 2 * * ? *)";
    let spring = ["2026-03-28T01:30", "2026-03-30T00:30"];
    assert_eq!(fires(half_past_two, BERLIN, "2026-03-27T12:00:00Z", 2), spring);
    let autumn = ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"];
    assert_eq!(fires(half_past_two, BERLIN, "2026-10-23T12:00:00Z", 3), autumn);
    // A rate counts hours, whatever clocks show.
    let daily = ["2026-03-29T00:00", "2026-03-30T00:00"];
    assert_eq!(fires("rate(1 day)", BERLIN, "2026-03-28T12:00:00Z", 2), daily);
    assert_eq!(
        fires("at(2026-03-29T02:30:00)", BERLIN, "2026-01-01T00:00:00Z", 1),
        ["2026-03-29T01:30"],
        "a time that never is comes an hour later"
    );
}

#[test]
fn what_is_no_expression_is_refused() {
    for text in [
        "",
        "rate(0 minutes)",
        "rate(5 seconds)",
        "rate(-5 minutes)",
        "rate(5minutes)",
        "rate(1 month)",
        "cron(* * * * *)",
        "cron(* * * * * *)",
        "cron(* * ? * ? *)",
        "cron(60 * * * ? *)",
        "cron(* 24 * * ? *)",
        "cron(* * 0 * ? *)",
        "cron(* * 32W * ? *)",
        "cron(* * ? * 8 *)",
        "cron(* * ? * 3#6 *)",
        "cron(* * ? FOO 3 *)",
        "cron(* * * * ? 1969)",
        "cron(* * * * ? 2020-2010)",
        "cron(0/0 * * * ? *)",
        "cron(1, * * * ? *)",
        "at(2026-02-30T00:00:00)",
        "at(2026-01-01)",
        "every day",
        "rate(5 minutes",
    ] {
        assert_eq!(Expression::parse(text), None, "{text}");
    }
    assert!(Zone::named("Europe/Atlantis").is_none());
}

#[test]
fn an_expression_is_told_in_words() {
    for (text, words) in [
        ("rate(1 minute)", "every minute"),
        ("rate(90 minutes)", "every 90 minutes"),
        ("rate(48 hours)", "every 2 days"),
        ("cron(0/15 * * * ? *)", "every 15 minutes"),
        ("cron(30 8 ? * MON-FRI *)", "at 08:30, on Monday, Tuesday, Wednesday, Thursday and Friday"),
        ("cron(0 9,17 L * ? *)", "at 09:00 and 17:00, on the last day of the month"),
        ("cron(0 9 ? JAN 3#2 *)", "at 09:00, on the second Tuesday of the month, in JAN"),
        ("cron(* 8-10 1 * ? 2026)", "every minute of the hours 8-10, on day 1 of the month, in 2026"),
        ("cron(5 * * * ? *)", "at minute 5 of every hour"),
    ] {
        assert_eq!(Expression::parse(text).expect(text).in_words(), words, "{text}");
    }
}

/// One field of a generated expression: how it is written, and which values it means.
#[derive(Debug, Clone)]
struct Field(String, HashSet<i64>);

fn field(least: i64, most: i64) -> impl Strategy<Value = Field> {
    let star = Just(Field("*".into(), (least..=most).collect()));
    let list = prop::collection::vec(least..=most, 1..4).prop_map(|values| {
        Field(values.iter().map(i64::to_string).collect::<Vec<_>>().join(","), values.into_iter().collect())
    });
    let range = (least..=most, least..=most).prop_map(|(a, b)| {
        let (from, to) = (a.min(b), a.max(b));
        Field(format!("{from}-{to}"), (from..=to).collect())
    });
    let steps = (least..=most, 1..=most.min(20)).prop_map(move |(from, step)| {
        Field(format!("{from}/{step}"), (from..=most).filter(|value| (value - from) % step == 0).collect())
    });
    prop_oneof![star, list, range, steps]
}

/// Which days: how it is written in the two fields, and a test of a date.
#[derive(Debug, Clone)]
enum Days {
    OfMonth(Field),
    OfWeek(Field),
    Last,
    LastOf(i8),
    Nth(i8, i8),
}

fn days() -> impl Strategy<Value = Days> {
    prop_oneof![
        field(1, 31).prop_map(Days::OfMonth),
        field(1, 7).prop_map(Days::OfWeek),
        Just(Days::Last),
        (1..=7_i8).prop_map(Days::LastOf),
        (1..=7_i8, 1..=5_i8).prop_map(|(day, n)| Days::Nth(day, n)),
    ]
}

impl Days {
    fn text(&self) -> (String, String) {
        let none = || "?".to_owned();
        match self {
            Self::OfMonth(field) => (field.0.clone(), none()),
            Self::OfWeek(field) => (none(), field.0.clone()),
            Self::Last => ("L".into(), none()),
            Self::LastOf(day) => (none(), format!("{day}L")),
            Self::Nth(day, n) => (none(), format!("{day}#{n}")),
        }
    }

    fn fit(&self, date: jiff::civil::Date) -> bool {
        let weekday = |day: i8| JiffWeekday::from_sunday_one_offset(day).unwrap();
        match self {
            Self::OfMonth(field) => field.1.contains(&i64::from(date.day())),
            Self::OfWeek(field) => field.1.contains(&i64::from(date.weekday().to_sunday_one_offset())),
            Self::Last => date == date.last_of_month(),
            Self::LastOf(day) => date.nth_weekday_of_month(-1, weekday(*day)).is_ok_and(|last| last == date),
            Self::Nth(day, n) => date.nth_weekday_of_month(*n, weekday(*day)).is_ok_and(|nth| nth == date),
        }
    }
}

/// Days around which some clock is set.
const STARTS: [&str; 5] = [
    "2026-03-28T20:00:00Z",
    "2026-10-24T20:00:00Z",
    "2026-03-08T03:00:00Z",
    "2026-11-01T02:00:00Z",
    "2026-02-27T12:34:56Z",
];
const ZONES: [&str; 5] = ["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_next_fire_is_the_first_minute_that_fits(
        minutes in field(0, 59), hours in field(0, 23), months in field(1, 12), days in days(),
        start in prop::sample::select(&STARTS[..]), zone in prop::sample::select(&ZONES[..]), late in 0..600_i64,
    ) {
        let (of_month, of_week) = days.text();
        let text = format!("cron({} {} {of_month} {} {of_week} *)", minutes.0, hours.0, months.0);
        let expression = Expression::parse(&text).unwrap();
        let after = utc(start) + TimeDelta::minutes(late);
        let next = expression.next(&Zone::named(zone).unwrap(), after, after);
        prop_assert!(next.is_none_or(|next| next > after));

        let tz = jiff::tz::TimeZone::get(zone).unwrap();
        let mut seen = HashSet::new();
        let begin = after.timestamp().div_euclid(60) - 6 * 60;
        let found = (begin..begin + 4 * 24 * 60).find_map(|minute| {
            let local = jiff::Timestamp::from_second(minute * 60).unwrap().to_zoned(tz.clone()).datetime();
            let is_first = seen.insert(local);
            let fits = minutes.1.contains(&i64::from(local.minute()))
                && hours.1.contains(&i64::from(local.hour()))
                && months.1.contains(&i64::from(local.month()))
                && days.fit(local.date());
            let at = DateTime::from_timestamp(minute * 60, 0).unwrap();
            (fits && is_first && local.second() == 0 && at > after).then_some(at)
        });
        match found {
            Some(found) => prop_assert_eq!(next, Some(found), "{} in {}", text, zone),
            None => prop_assert!(next.is_none_or(|next| next.timestamp() >= (begin + 4 * 24 * 60) * 60)),
        }
    }

    #[test]
    fn the_latest_fire_is_the_last_of_all_on_the_way(
        text in prop::sample::select(&["rate(7 minutes)", "cron(0/7 * * * ? *)", "cron(0 3 ? * MON *)"][..]),
        hours in 1..400_i64,
    ) {
        let (expression, zone) = (Expression::parse(text).unwrap(), Zone::named(BERLIN).unwrap());
        let after = utc("2026-10-20T00:03:00Z");
        let until = after + TimeDelta::hours(hours);
        let all = std::iter::successors(Some(after), |at| expression.next(&zone, after, *at));
        let last = all.take_while(|at| *at <= until).last().filter(|at| *at > after);
        prop_assert_eq!(expression.latest(&zone, after, after, until), last);
    }
}
