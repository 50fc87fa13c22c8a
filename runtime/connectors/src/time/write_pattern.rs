//! Writing a time by its pattern.

use super::civil::{Civil, NANOS_PER_SECOND};
use super::pattern::{MONTHS, TimePattern, WEEKDAYS, Zone};
use super::rfc3339::push_padded;
use jiff::Timestamp;
use twin_types::pattern::{Field, Piece};

impl TimePattern {
    /// Appends a time as the pattern and its zone say.
    pub fn write(&self, out: &mut Vec<u8>, nanos: i64) {
        let offset_seconds = self.zone.offset_at(nanos);
        let there = nanos.saturating_add(offset_seconds * NANOS_PER_SECOND);
        let civil = Civil::of_nanos(there);
        for piece in &self.pieces {
            self.write_piece(out, piece, civil, offset_seconds);
        }
    }

    fn write_piece(&self, out: &mut Vec<u8>, piece: &Piece, civil: Civil, offset_seconds: i64) {
        match piece {
            Piece::Text(text) => out.extend_from_slice(text),
            Piece::Number { what: Field::Fraction, digits, .. } => {
                let mut text = Vec::new();
                push_padded(&mut text, u64::from(civil.nanos), 9);
                text.resize(*digits, b'0');
                out.extend_from_slice(&text);
            }
            Piece::Number { what, digits, .. } => push_padded(out, u64::from(number(*what, civil)), *digits),
            Piece::MonthName { long } => write_name(out, MONTHS[civil.month as usize - 1], *long),
            Piece::Weekday { long } => write_name(out, WEEKDAYS[civil.weekday()], *long),
            Piece::AmPm => out.extend_from_slice(if civil.hour < 12 { b"AM" } else { b"PM" }),
            Piece::Offset { z_for_utc: true, .. } if offset_seconds == 0 => out.push(b'Z'),
            Piece::Offset { colon, minutes, .. } => write_offset(out, offset_seconds, *colon, *minutes),
            Piece::ZoneName => self.write_zone_name(out, offset_seconds),
        }
    }

    fn write_zone_name(&self, out: &mut Vec<u8>, offset_seconds: i64) {
        match &self.zone {
            Zone::Named(zone) => out.extend_from_slice(zone.iana_name().unwrap_or("UTC").as_bytes()),
            Zone::Fixed(0) => out.extend_from_slice(b"UTC"),
            Zone::Fixed(_) => write_offset(out, offset_seconds, true, true),
        }
    }
}

impl Zone {
    fn offset_at(&self, nanos: i64) -> i64 {
        match self {
            Zone::Fixed(seconds) => *seconds,
            Zone::Named(zone) => Timestamp::from_nanosecond(i128::from(nanos))
                .map_or(0, |instant| i64::from(zone.to_offset(instant).seconds())),
        }
    }
}

fn number(what: Field, civil: Civil) -> u32 {
    let half = civil.hour % 12;
    match what {
        Field::Year => civil.year as u32,
        Field::YearOfCentury => (civil.year % 100) as u32,
        Field::Month => civil.month,
        Field::Day => civil.day,
        Field::DayOfYear => civil.day_of_year(),
        Field::Hour => civil.hour,
        Field::HourFrom1 => {
            if civil.hour == 0 {
                24
            } else {
                civil.hour
            }
        }
        Field::HalfDayHour => {
            if half == 0 {
                12
            } else {
                half
            }
        }
        Field::HalfDayHourFrom0 => half,
        Field::Minute => civil.minute,
        Field::Second => civil.second,
        Field::Fraction => civil.nanos,
    }
}

fn write_name(out: &mut Vec<u8>, name: &str, long: bool) {
    out.extend_from_slice(if long { name.as_bytes() } else { &name.as_bytes()[..3] });
}

fn write_offset(out: &mut Vec<u8>, offset_seconds: i64, colon: bool, minutes: bool) {
    let ahead = offset_seconds.unsigned_abs();
    out.push(if offset_seconds < 0 { b'-' } else { b'+' });
    push_padded(out, ahead / 3600, 2);
    // An offset that is no whole hour needs its minutes, whatever the pattern says.
    if minutes || !ahead.is_multiple_of(3600) {
        if colon {
            out.push(b':');
        }
        push_padded(out, ahead / 60 % 60, 2);
    }
}
