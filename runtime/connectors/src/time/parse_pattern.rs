//! Reading a time by its pattern.

use super::civil::{Civil, date_of_days, days_since_epoch};
use super::pattern::{MONTHS, TimePattern, WEEKDAYS, Zone};
use super::rfc3339;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use twin_types::pattern::{Field, Piece};

/// What has been read so far.
#[derive(Default)]
struct Found {
    civil: Civil,
    day_of_year: Option<u32>,
    /// The hour of a half day, 0 to 11, and whether it is the afternoon.
    half_day_hour: Option<u32>,
    is_afternoon: bool,
    zone: Option<Zone>,
}

impl TimePattern {
    /// Nanoseconds since the epoch; `None` where the text does not follow the pattern or there is no such time.
    pub fn parse(&self, text: &[u8]) -> Option<i64> {
        let text = text.trim_ascii();
        let mut found = Found::default();
        let mut at = 0;
        for piece in &self.pieces {
            at = take(piece, text, at, &mut found)?;
        }
        if at != text.len() {
            return None;
        }
        let zone = found.zone.take();
        instant(found.settled()?, zone.as_ref().unwrap_or(&self.zone))
    }
}

impl Found {
    fn settled(self) -> Option<Civil> {
        let mut civil = self.civil;
        if let Some(hour) = self.half_day_hour {
            civil.hour = hour + if self.is_afternoon { 12 } else { 0 };
        }
        if let Some(day) = self.day_of_year {
            let (year, month, day) = date_of_days(days_since_epoch(civil.year, 1, 1) + i64::from(day) - 1);
            if year != civil.year {
                return None;
            }
            (civil.month, civil.day) = (month, day);
        }
        civil.settled()
    }
}

fn instant(civil: Civil, zone: &Zone) -> Option<i64> {
    let zone = match zone {
        Zone::Fixed(offset_seconds) => return civil.nanos_since_epoch(*offset_seconds),
        Zone::Named(zone) => zone,
    };
    let there = DateTime::new(
        i16::try_from(civil.year).ok()?,
        civil.month as i8,
        civil.day as i8,
        civil.hour as i8,
        civil.minute as i8,
        civil.second as i8,
        civil.nanos as i32,
    );
    let instant = zone.to_ambiguous_timestamp(there.ok()?).compatible().ok()?;
    i64::try_from(instant.as_nanosecond()).ok().filter(|n| *n != i64::MIN)
}

/// Takes one piece off the text; gives the place behind it.
fn take(piece: &Piece, text: &[u8], at: usize, found: &mut Found) -> Option<usize> {
    match piece {
        Piece::Text(wanted) => take_text(wanted, text, at),
        Piece::Number { what: Field::Fraction, digits, fixed } => {
            let end = if *fixed { (at + digits).min(text.len()) } else { text.len() };
            let (nanos, at) = rfc3339::fraction(&text[..end], at)?;
            found.civil.nanos = nanos;
            Some(at)
        }
        Piece::Number { what, digits, fixed } => {
            let most = if *fixed { *digits } else { what.digits_max() };
            let count = text[at..].iter().take(most).take_while(|b| b.is_ascii_digit()).count();
            if count == 0 || (*fixed && count < *digits) {
                return None;
            }
            set(*what, rfc3339::number(text, at, count)?, found)?;
            Some(at + count)
        }
        Piece::MonthName { .. } => {
            let (month, at) = take_name(&MONTHS, text, at)?;
            found.civil.month = month as u32 + 1;
            Some(at)
        }
        Piece::Weekday { .. } => take_name(&WEEKDAYS, text, at).map(|(_, at)| at),
        Piece::AmPm => take_half_day(text, at, found),
        Piece::Offset { .. } => {
            let count =
                text[at..].iter().take_while(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b':')).count();
            let count = if matches!(text.get(at), Some(b'Z' | b'z')) { 1 } else { count };
            if count == 0 {
                return None;
            }
            found.zone = Some(Zone::Fixed(rfc3339::offset(&text[at..at + count])?));
            Some(at + count)
        }
        Piece::ZoneName => take_zone(text, at, found),
    }
}

fn set(what: Field, value: u32, found: &mut Found) -> Option<()> {
    let civil = &mut found.civil;
    match what {
        Field::Year => civil.year = i64::from(value),
        Field::YearOfCentury => civil.year = i64::from(value) + if value < 69 { 2000 } else { 1900 },
        Field::Month => civil.month = value,
        Field::Day => civil.day = value,
        Field::DayOfYear => found.day_of_year = Some((value > 0).then_some(value)?),
        Field::Hour => civil.hour = value,
        Field::HourFrom1 => civil.hour = (1..=24).contains(&value).then_some(value % 24)?,
        Field::HalfDayHour => found.half_day_hour = Some((1..=12).contains(&value).then_some(value % 12)?),
        Field::HalfDayHourFrom0 => found.half_day_hour = Some((value < 12).then_some(value)?),
        Field::Minute => civil.minute = value,
        Field::Second => civil.second = value,
        Field::Fraction => civil.nanos = value,
    }
    Some(())
}

fn take_text(wanted: &[u8], text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    for byte in wanted {
        let rest = &text[at..];
        at += match rest {
            [first, ..] if first == byte => 1,
            [0xc2, 0xa0, ..] if *byte == b' ' => 2,
            [0xe2, 0x80, 0xaf, ..] if *byte == b' ' => 3,
            _ => return None,
        };
    }
    Some(at)
}

/// A name in full or by its first three letters, in any case.
fn take_name(names: &[&str], text: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = &text[at..];
    let starts = |name: &[u8]| rest.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name));
    let number = names.iter().position(|name| starts(&name.as_bytes()[..3]))?;
    let long = names[number].len();
    Some((number, at + if starts(names[number].as_bytes()) { long } else { 3 }))
}

fn take_half_day(text: &[u8], at: usize, found: &mut Found) -> Option<usize> {
    found.is_afternoon = match text.get(at)?.to_ascii_lowercase() {
        b'a' => false,
        b'p' => true,
        _ => return None,
    };
    let lower = |place: usize| text.get(place).map(u8::to_ascii_lowercase);
    match (lower(at + 1), lower(at + 2), lower(at + 3)) {
        (Some(b'm'), ..) => Some(at + 2),
        (Some(b'.'), Some(b'm'), Some(b'.')) => Some(at + 4),
        _ => None,
    }
}

fn take_zone(text: &[u8], at: usize, found: &mut Found) -> Option<usize> {
    let is_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'+' | b'-');
    let count = text[at..].iter().take_while(is_name).count();
    let name = std::str::from_utf8(&text[at..at + count]).ok()?;
    found.zone = Some(match name {
        "" => return None,
        "Z" | "UTC" | "GMT" => Zone::Fixed(0),
        name => Zone::Named(TimeZone::get(name).ok()?),
    });
    Some(at + count)
}
