//! Patterns of the Unicode CLDR such as `M/d/yyyy h:mm:ss a`, taken apart once.
//!
//! | letters | meaning |
//! | --- | --- |
//! | `y` `yyyy` `u` | year; `yy` two digits, 69 to 99 being 1969 to 1999 |
//! | `M` `MM` `L` `LL` | month; `MMM` `Jan`, `MMMM` `January` |
//! | `d` `dd`, `D` | day of the month, of the year |
//! | `H` `HH`, `k`, `h` `hh`, `K` | hour 0–23, 1–24, 1–12, 0–11 |
//! | `m` `mm`, `s` `ss`, `S` … | minute, second, digits of its fraction |
//! | `a` | AM or PM |
//! | `E` `EEEE` | `Mon`, `Monday`: read past, it adds nothing |
//! | `X` `XXX` `x` `xxx` `Z` `ZZZZZ` | offset from UTC; `X` also takes `Z` |
//! | `VV` | zone by name, e.g. `Europe/Paris` |
//! | `'text'`, `''` | text as it stands, a quote |
//!
//! When read, a number may have fewer digits than letters unless another number
//! follows at once, and a space also takes the narrow and the hard space that newer
//! libraries write before AM and PM. In a named zone a time that the clocks skip is
//! moved on by the gap, and of a time that occurs twice the first is taken.

use jiff::tz::{Offset, TimeZone};

/// One piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(Vec<u8>),
    /// A number; `digits` letters; `fixed` when a number follows at once.
    Number {
        what: Field,
        digits: usize,
        fixed: bool,
    },
    MonthName {
        long: bool,
    },
    Weekday {
        long: bool,
    },
    AmPm,
    Offset {
        colon: bool,
        minutes: bool,
        z_for_utc: bool,
    },
    ZoneName,
}

/// What a number in a pattern counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Year,
    YearOfCentury,
    Month,
    Day,
    DayOfYear,
    Hour,
    HourFrom1,
    HalfDayHour,
    HalfDayHourFrom0,
    Minute,
    Second,
    Fraction,
}

impl Field {
    /// How many digits it has at most.
    pub fn digits_max(self) -> usize {
        match self {
            Field::Year => 4,
            Field::DayOfYear => 3,
            Field::Fraction => 18,
            _ => 2,
        }
    }
}

/// Where times without a zone of their own belong.
#[derive(Clone, Debug)]
pub(super) enum Zone {
    Fixed(i64),
    Named(TimeZone),
}

/// A pattern with its zone, ready to read and to write.
#[derive(Clone, Debug)]
pub struct TimePattern {
    pub(super) pieces: Vec<Piece>,
    pub(super) zone: Zone,
}

impl TimePattern {
    /// Takes a pattern apart; errors in words, e.g. which letter is not known.
    pub fn new(pattern: &str, zone: &str) -> Result<TimePattern, String> {
        let mut pieces = split(pattern)?;
        settle_digits(&mut pieces);
        let has = |wanted: fn(Field) -> bool| {
            pieces.iter().any(|p| matches!(p, Piece::Number { what, .. } if wanted(*what)))
        };
        let half_days = has(|f| matches!(f, Field::HalfDayHour | Field::HalfDayHourFrom0));
        if half_days && !pieces.contains(&Piece::AmPm) {
            return Err(format!(
                "`h` in `{pattern}` counts to 12 and needs an `a` for AM or PM; `H` counts to 23"
            ));
        }
        Ok(TimePattern { pieces, zone: zone_named(zone)? })
    }
}

/// A zone by name or offset.
fn zone_named(name: &str) -> Result<Zone, String> {
    if matches!(name, "" | "UTC" | "GMT" | "Z" | "Etc/UTC") {
        return Ok(Zone::Fixed(0));
    }
    if let Some(seconds) = super::rfc3339::offset(name.as_bytes()) {
        return Ok(Zone::Fixed(seconds));
    }
    let zone = TimeZone::get(name).map_err(|_| format!("there is no time zone called `{name}`"))?;
    Ok(match zone.to_fixed_offset() {
        Ok(offset) => Zone::Fixed(i64::from(Offset::seconds(offset))),
        Err(_) => Zone::Named(zone),
    })
}

fn split(pattern: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        if letter == '\'' {
            rest = quoted(&rest[1..], &mut pieces)
                .ok_or_else(|| format!("a quote in `{pattern}` has no end"))?;
        } else if letter.is_ascii_alphabetic() {
            let count = rest.bytes().take_while(|b| *b == letter as u8).count();
            pieces
                .push(field(letter, count).ok_or_else(|| {
                    format!("`{}` in the pattern `{pattern}` is not known", &rest[..count])
                })?);
            rest = &rest[count..];
        } else {
            push_text(&mut pieces, &rest.as_bytes()[..letter.len_utf8()]);
            rest = &rest[letter.len_utf8()..];
        }
    }
    if pieces.is_empty() { Err("the pattern is empty".to_string()) } else { Ok(pieces) }
}

/// Takes text up to the closing quote; `''` is a quote inside and outside of quotes.
fn quoted<'a>(text: &'a str, pieces: &mut Vec<Piece>) -> Option<&'a str> {
    if let Some(rest) = text.strip_prefix('\'') {
        push_text(pieces, b"'");
        return Some(rest);
    }
    let mut rest = text;
    loop {
        let end = rest.find('\'')?;
        push_text(pieces, &rest.as_bytes()[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                push_text(pieces, b"'");
                rest = more;
            }
            None => return Some(rest),
        }
    }
}

fn push_text(pieces: &mut Vec<Piece>, text: &[u8]) {
    match pieces.last_mut() {
        Some(Piece::Text(before)) => before.extend_from_slice(text),
        _ => pieces.push(Piece::Text(text.to_vec())),
    }
}

fn field(letter: char, count: usize) -> Option<Piece> {
    let number = |what: Field, most: usize| {
        (count <= most).then_some(Piece::Number { what, digits: count, fixed: false })
    };
    match letter {
        'y' | 'u' if count == 2 => number(Field::YearOfCentury, 2),
        'y' | 'u' => number(Field::Year, 4),
        'M' | 'L' if count == 3 || count == 4 => Some(Piece::MonthName { long: count == 4 }),
        'M' | 'L' => number(Field::Month, 2),
        'd' => number(Field::Day, 2),
        'D' => number(Field::DayOfYear, 3),
        'H' => number(Field::Hour, 2),
        'k' => number(Field::HourFrom1, 2),
        'h' => number(Field::HalfDayHour, 2),
        'K' => number(Field::HalfDayHourFrom0, 2),
        'm' => number(Field::Minute, 2),
        's' => number(Field::Second, 2),
        'S' => number(Field::Fraction, 18),
        'a' if count <= 3 => Some(Piece::AmPm),
        'E' if count <= 4 => Some(Piece::Weekday { long: count == 4 }),
        'X' | 'x' if count <= 3 => {
            Some(Piece::Offset { colon: count == 3, minutes: count > 1, z_for_utc: letter == 'X' })
        }
        'Z' if count <= 3 => Some(Piece::Offset { colon: false, minutes: true, z_for_utc: false }),
        'Z' if count == 5 => Some(Piece::Offset { colon: true, minutes: true, z_for_utc: true }),
        'V' if count == 2 => Some(Piece::ZoneName),
        _ => None,
    }
}

/// A number before another number has exactly its digits, or nobody could tell where it ends.
fn settle_digits(pieces: &mut [Piece]) {
    for at in 1..pieces.len() {
        let (before, here) = pieces.split_at_mut(at);
        if let (Some(Piece::Number { fixed, .. }), Piece::Number { .. }) = (before.last_mut(), &here[0]) {
            *fixed = true;
        }
    }
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pattern: &str, zone: &str, text: &str, utc: &str) {
        let nanos = super::super::parse_rfc3339(utc.as_bytes()).unwrap();
        let compiled = TimePattern::new(pattern, zone).unwrap();
        assert_eq!(compiled.parse(text.as_bytes()), Some(nanos), "`{text}` by `{pattern}` in {zone}");
        let mut written = Vec::new();
        compiled.write(&mut written, nanos);
        assert_eq!(compiled.parse(&written), Some(nanos), "{}", String::from_utf8_lossy(&written));
    }

    #[test]
    fn patterns_in_use() {
        check("M/d/yyyy h:mm:ss a", "UTC", "1/3/2015 7:00:00 AM", "2015-01-03T07:00:00Z");
        check("M/d/yyyy h:mm:ss a", "UTC", "12/31/2015 12:05:09 PM", "2015-12-31T12:05:09Z");
        check("M/d/yyyy h:mm:ss a", "UTC", "1/3/2015 12:00:00\u{202f}am", "2015-01-03T00:00:00Z");
        check("yyyy-MM-dd HH:mm:ss", "UTC", "2014-04-01 00:05:00", "2014-04-01T00:05:00Z");
        check("yyyy-MM-dd HH:mm:ss", "Europe/Paris", "2014-07-01 02:05:00", "2014-07-01T00:05:00Z");
        check("yyyy-MM-dd'T'HH:mm:ssXXX", "UTC", "2014-01-01T01:00:00+01:00", "2014-01-01T00:00:00Z");
        check("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "UTC", "2014-01-01T01:00:00.250Z", "2014-01-01T01:00:00.25Z");
        check("yyyyMMddHHmmss", "UTC", "20240601123456", "2024-06-01T12:34:56Z");
        check("dd.MM.yyyy HH:mm", "UTC", "1.6.2024 9:05", "2024-06-01T09:05:00Z");
        check("EEE, d MMM yyyy HH:mm:ss Z", "UTC", "Sat, 1 jun 2024 12:00:00 +0200", "2024-06-01T10:00:00Z");
        check("d MMMM yy", "UTC", "3 March 15", "2015-03-03T00:00:00Z");
        check(
            "yyyy-MM-dd HH:mm:ss VV",
            "UTC",
            "2024-06-01 12:00:00 America/New_York",
            "2024-06-01T16:00:00Z",
        );
        check("yyyy.DDD", "UTC", "2024.060", "2024-02-29T00:00:00Z");
        check("HH:mm:ss.SSSSSS", "UTC", "09:39:39.065664", "1970-01-01T09:39:39.065664Z");
        check("h 'o''clock' a, y", "+01:00", "1 o'clock PM, 2024", "2024-01-01T12:00:00Z");
    }

    #[test]
    fn clocks_that_change() {
        let paris = TimePattern::new("yyyy-MM-dd HH:mm", "Europe/Paris").unwrap();
        let utc = |text: &str| super::super::parse_rfc3339(text.as_bytes());
        // Skipped in spring: moved on. Twice in autumn: the first.
        assert_eq!(paris.parse(b"2024-03-31 02:30"), utc("2024-03-31T01:30:00Z"));
        assert_eq!(paris.parse(b"2024-10-27 02:30"), utc("2024-10-27T00:30:00Z"));
    }

    #[test]
    fn what_does_not_match() {
        let pattern = TimePattern::new("M/d/yyyy h:mm:ss a", "UTC").unwrap();
        for text in [
            "",
            "1/3/2015",
            "13/3/2015 7:00:00 AM",
            "1/3/2015 13:00:00 AM",
            "1/3/2015 7:00:00 AM!",
            "2/30/2015 7:00:00 AM",
        ] {
            assert_eq!(pattern.parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_pattern() {
        for (pattern, zone) in
            [("", "UTC"), ("yyyy-ww", "UTC"), ("h:mm", "UTC"), ("'abc", "UTC"), ("yyyy", "Mars/Base")]
        {
            assert!(TimePattern::new(pattern, zone).is_err(), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(pattern in ".{0,20}", text: Vec<u8>) {
            if let Ok(compiled) = TimePattern::new(&pattern, "Europe/Paris") {
                compiled.parse(&text);
                compiled.write(&mut Vec::new(), i64::MAX);
                compiled.write(&mut Vec::new(), i64::MIN + 1);
            }
        }

        #[test]
        fn comes_back_to_the_second(seconds in -5_000_000_000i64..5_000_000_000) {
            let nanos = seconds * 1_000_000_000;
            for pattern in ["M/d/yyyy h:mm:ss a", "yyyyMMddHHmmss", "EEEE d MMMM yyyy kk:mm:ss", "yyyy-DDD K:m:s a"] {
                let compiled = TimePattern::new(pattern, "UTC").unwrap();
                let mut out = Vec::new();
                compiled.write(&mut out, nanos);
                prop_assert_eq!(compiled.parse(&out), Some(nanos), "{}", String::from_utf8_lossy(&out));
            }
        }
    }
}
