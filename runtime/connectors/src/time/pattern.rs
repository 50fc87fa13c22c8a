//! Patterns with their zone, ready to read and to write; `twin_types::pattern` says what their letters mean.
//!
//! When read, a number may have fewer digits than letters unless another number
//! follows at once, and a space also takes the narrow and the hard space that newer
//! libraries write before AM and PM. In a named zone a time that the clocks skip is
//! moved on by the gap, and of a time that occurs twice the first is taken.

use jiff::tz::{Offset, TimeZone};
use twin_types::pattern::{self, Piece};

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
        let pieces = pattern::pieces(pattern)?;
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
