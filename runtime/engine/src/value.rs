//! How words are written for people and for JSON: numbers in their unit, times, durations, messages.
//!
//! Both kernels and all writers share it, so that an alert reads the same wherever it goes.

use crate::log::{RowColumn, RowType};
use std::fmt::Write as _;
use twin_plan::{MessagePiece, Shown};
use twin_types::{Enum, Scalar, Unit, Word, format_count, format_duration, seconds_from_nanos, words};

/// What is shown where there is no value.
const ABSENT: &str = "absent";

/// The shortest decimal in a unit that converts to the same stored number: [`Unit::shortest`], quickly.
///
/// Decimals of up to 15 digits are tried by arithmetic that is exact for them; the rest is left to the law itself.
pub fn shortest(unit: &Unit, stored: f64) -> f64 {
    if unit.factor == unit.divisor && unit.offset == 0.0 {
        return stored;
    }
    let near = unit.from_si(stored);
    let magnitude = near.abs();
    if !(1e-4..1e9).contains(&magnitude) {
        return unit.shortest(stored);
    }
    let mut scale = 1.0;
    while scale <= 1e6 && magnitude * scale < 1e15 {
        let candidate = libm::rint(near * scale) / scale;
        if unit.to_si(candidate) == stored {
            return candidate;
        }
        scale *= 10.0;
    }
    unit.shortest(stored)
}

/// Writes a number as the shortest decimal that reads back as the same float.
pub fn push_number(out: &mut String, number: f64) {
    let magnitude = number.abs();
    let written = if number == 0.0 {
        out.push('0');
        Ok(())
    } else if (1e-5..1e16).contains(&magnitude) {
        write!(out, "{number}")
    } else {
        write!(out, "{number:e}")
    };
    written.expect("writing to a string does not fail");
}

/// Writes `nanos / count` exactly where that has an end, else as the nearest float.
pub(crate) fn push_count(out: &mut String, nanos: i64, count: i64) {
    let count = count.max(1);
    let digits = count.ilog10() as usize;
    if nanos % count != 0 && 10i64.pow(count.ilog10()) != count {
        return push_number(out, nanos as f64 / count as f64);
    }
    let (size, count) = (nanos.unsigned_abs(), count.unsigned_abs());
    let sign = if nanos < 0 { "-" } else { "" };
    write!(out, "{sign}{}", size / count).expect("as above");
    if size % count != 0 {
        let fraction = format!("{:0digits$}", size % count);
        out.push('.');
        out.push_str(fraction.trim_end_matches('0'));
    }
}

/// Writes a time as RFC 3339 in UTC, with as many digits behind the second as it needs.
pub fn push_timestamp(out: &mut String, nanos: i64) {
    const DAY: i64 = 86_400_000_000_000;
    let (year, month, day) = civil(nanos.div_euclid(DAY));
    let (second, fraction) = (nanos.rem_euclid(DAY) / 1_000_000_000, nanos.rem_euclid(1_000_000_000));
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}").expect("as above");
    if fraction != 0 {
        let digits = format!("{fraction:09}");
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
    out.push('Z');
}

/// Writes a time by the clock that it is of.
pub(crate) fn push_time(out: &mut String, nanos: i64, counts: Option<&Unit>) {
    match counts {
        Some(unit) => out.push_str(&format_count(nanos, unit)),
        None => push_timestamp(out, nanos),
    }
}

/// Year, month and day of a day since the epoch, by Howard Hinnant's method.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Writes a text in quotes, escaped as JSON asks.
pub fn push_json_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if (c as u32) < 0x20 => write!(out, "\\u{:04x}", c as u32).expect("as above"),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A word with what is needed to write it.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// The word.
    pub word: Word,
    /// What it is.
    pub ty: Scalar,
    /// The unit of a quantity (or of a duration), where one is named. A timestamp has one where its clock counts
    /// something else than time.
    pub unit: Option<&'a Unit>,
    /// The bytes of a text.
    pub text: &'a [u8],
    /// The wire texts of an enum, by ordinal.
    pub names: &'a [String],
}

impl Written<'_> {
    /// Writes it as a JSON value: quantities in their unit, durations in seconds where no unit is named, times as
    /// RFC 3339; `null` where absent.
    pub fn push_json(&self, out: &mut String) {
        if !self.ty.is_present(self.word) {
            out.push_str("null");
            return;
        }
        match self.ty {
            Scalar::Bool => out.push_str(if self.word == twin_types::TRUE { "true" } else { "false" }),
            Scalar::Int => write!(out, "{}", words::to_i64(self.word)).expect("as above"),
            Scalar::Real => push_number(out, self.in_unit(words::to_f64(self.word))),
            Scalar::Duration => {
                push_number(out, self.in_unit(seconds_from_nanos(words::to_i64(self.word))));
            }
            Scalar::Timestamp => {
                out.push('"');
                push_time(out, words::to_i64(self.word), self.unit);
                out.push('"');
            }
            Scalar::Enum(_) => push_json_text(out, self.name()),
            Scalar::String => push_json_text(out, &String::from_utf8_lossy(self.text)),
        }
    }

    /// Writes it for a reader: as in JSON, but texts bare, and quantities with their unit's symbol.
    pub fn push_shown(&self, out: &mut String, decimals: Option<u8>) {
        if !self.ty.is_present(self.word) {
            out.push_str(ABSENT);
            return;
        }
        match self.ty {
            Scalar::Real => self.push_quantity(out, words::to_f64(self.word), decimals),
            Scalar::Duration if self.unit.is_some() || decimals.is_some() => {
                self.push_quantity(out, seconds_from_nanos(words::to_i64(self.word)), decimals);
            }
            Scalar::Duration => out.push_str(&format_duration(words::to_i64(self.word))),
            Scalar::Timestamp => push_time(out, words::to_i64(self.word), self.unit),
            Scalar::Enum(_) => out.push_str(self.name()),
            Scalar::String => out.push_str(&String::from_utf8_lossy(self.text)),
            Scalar::Bool | Scalar::Int => self.push_json(out),
        }
    }

    fn push_quantity(&self, out: &mut String, stored: f64, decimals: Option<u8>) {
        match decimals {
            Some(digits) => {
                let number = self.in_unit(stored);
                write!(out, "{number:.*}", usize::from(digits)).expect("as above");
            }
            None => push_number(out, self.in_unit(stored)),
        }
        match self.unit.map(|u| u.symbol.as_str()) {
            None | Some("1") => {}
            Some("percent") => out.push('%'),
            Some(symbol) => {
                out.push(' ');
                out.push_str(symbol);
            }
        }
    }

    fn in_unit(&self, stored: f64) -> f64 {
        self.unit.map_or(stored, |u| shortest(u, stored))
    }

    fn name(&self) -> &str {
        self.names.get(self.word as usize).map_or("", String::as_str)
    }
}

/// Writes a field of a sink's row as a JSON value.
pub fn push_column_json(out: &mut String, column: &RowColumn, word: Word, text: &[u8]) {
    match column.ty {
        RowType::Scalar(ty) => {
            Written { word, ty, unit: column.unit.as_ref(), text, names: &column.texts }.push_json(out);
        }
        RowType::Json if word == twin_types::ABSENT_STRING => out.push_str("null"),
        RowType::Json => out.push_str(&String::from_utf8_lossy(text)),
    }
}

/// Where the texts of words are found.
pub(crate) trait Texts {
    /// The bytes behind a handle.
    fn text(&self, handle: Word) -> &[u8];
}

/// A word as a piece of a message or a `why` says it.
pub(crate) fn shown<'a>(
    shown: &'a Shown,
    word: Word,
    texts: &'a impl Texts,
    enums: &'a [Enum],
) -> Written<'a> {
    let text = if shown.ty == Scalar::String { texts.text(word) } else { &[] };
    Written { word, ty: shown.ty, unit: shown.unit.as_ref(), text, names: names(shown.ty, enums) }
}

/// The wire texts of an enum; none for other scalars.
pub(crate) fn names(ty: Scalar, enums: &[Enum]) -> &[String] {
    match ty {
        Scalar::Enum(id) => enums.get(id.0 as usize).map_or(&[], |e| e.wire.as_slice()),
        _ => &[],
    }
}

/// Writes a message from its arguments.
pub(crate) fn push_message(
    out: &mut String,
    pieces: &[MessagePiece],
    args: &[Word],
    texts: &impl Texts,
    enums: &[Enum],
) {
    for piece in pieces {
        match piece {
            MessagePiece::Text(text) => out.push_str(text),
            MessagePiece::Value(n, how) => {
                let word = args.get(*n as usize).copied().unwrap_or_else(|| how.ty.absent());
                shown(how, word, texts, enums).push_shown(out, how.decimals);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use twin_types::UnitTable;

    fn timestamp(nanos: i64) -> String {
        let mut out = String::new();
        push_timestamp(&mut out, nanos);
        out
    }

    #[test]
    fn times_have_the_digits_they_need() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(1_700_000_000_000_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(timestamp(1_709_210_096_120_000_000), "2024-02-29T12:34:56.12Z");
        assert_eq!(timestamp(-1), "1969-12-31T23:59:59.999999999Z");
    }

    #[test]
    fn counts_are_exact() {
        let check = |nanos, count, expected: &str| {
            let mut out = String::new();
            push_count(&mut out, nanos, count);
            assert_eq!(out, expected);
        };
        check(1_567_606_196_123_000_000, 1_000_000, "1567606196123");
        check(1_567_606_196_023_456_780, 1_000_000_000, "1567606196.02345678");
        check(-1_500_000, 1_000_000, "-1.5");
        check(-500_000, 1_000_000, "-0.5");
        check(90_000_000_000, 60_000_000_000, "1.5");
        check(-120_000_000_000, 60_000_000_000, "-2");
        check(7, 1, "7");
    }

    #[test]
    fn the_quick_way_gives_what_the_law_gives() {
        let table = UnitTable::default();
        let mut state = 7u64;
        for symbol in ["degC", "degF", "kPa", "psi", "percent", "rpm", "mV"] {
            let unit = table.get(symbol).unwrap();
            for digits in 0..7 {
                for _ in 0..50 {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let raw = (state >> 33) as f64 / libm::pow(10.0, f64::from(digits));
                    for stored in [unit.to_si(raw), raw] {
                        assert_eq!(shortest(&unit, stored), unit.shortest(stored), "{symbol} {stored:e}");
                    }
                }
            }
        }
    }

    #[test]
    fn values_are_shown_with_their_unit() {
        let table = UnitTable::default();
        let check = |unit: Option<&str>, ty, word, decimals, expected: &str| {
            let unit = unit.map(|u| table.get(u).unwrap());
            let mut out = String::new();
            let written = Written { word, ty, unit: unit.as_ref(), text: b"abc", names: &[] };
            written.push_shown(&mut out, decimals);
            assert_eq!(out, expected);
        };
        check(Some("degC"), Scalar::Real, 385.53f64.to_bits(), Some(1), "112.4 degC");
        check(Some("degC"), Scalar::Real, (110.0 + 273.15f64).to_bits(), None, "110 degC");
        check(Some("percent"), Scalar::Real, 0.125f64.to_bits(), None, "12.5%");
        check(None, Scalar::Duration, 90_000_000_000, None, "90 s");
        check(None, Scalar::Real, twin_types::ABSENT_REAL, None, "absent");
        check(None, Scalar::String, 0, None, "abc");
    }
}
