//! What a column wants, compiled: how a number, a text or a truth value becomes its word.

mod many;

use super::number::{self, Decimal};
use super::trouble::Trouble;
use crate::time::{TimePattern, parse_rfc3339};
use hashbrown::HashMap;
use twin_plan::kernel::Batch;
use twin_plan::{Column, TimeText};
use twin_types::{ABSENT_STRING, FALSE, Scalar, TRUE, Unit, Word, nanos_from_seconds, words};

/// A value's word, or why there is none.
pub(crate) type Taken = Result<Word, Trouble>;

/// One column, ready to take values.
#[derive(Debug)]
pub(crate) struct Target {
    kind: Kind,
    valid: Option<(f64, f64)>,
}

#[derive(Debug)]
enum Kind {
    Bool,
    Int,
    Real(Option<Scale>),
    String,
    Enum(EnumTexts),
    Timestamp(TimeReader),
    Duration(DurationReader),
    /// Whatever stands there, as its text: keys and headers of envelopes.
    Raw,
    /// A number of milliseconds, or an instant as such: the timestamp of an envelope.
    Millis,
}

/// The three numbers of a unit, beside the value and not behind a pointer.
#[derive(Clone, Copy, Debug)]
struct Scale {
    factor: f64,
    divisor: f64,
    offset: f64,
}

#[derive(Debug)]
enum TimeReader {
    Count(i64),
    Rfc3339,
    Pattern(Box<TimePattern>),
}

#[derive(Debug)]
enum DurationReader {
    Count(i64),
    Unit(Unit),
}

/// Texts of an enum: few are compared one by one, many are looked up.
#[derive(Debug)]
enum EnumTexts {
    Few(Vec<Box<[u8]>>),
    Many(HashMap<Box<[u8]>, u32>),
}

const FEW: usize = 16;

impl Target {
    /// Compiles a column; errors in words where its time pattern or zone is not known.
    pub fn new(column: &Column) -> Result<Target, String> {
        let kind = match column.ty {
            Scalar::Bool => Kind::Bool,
            Scalar::Int => Kind::Int,
            Scalar::Real => Kind::Real(column.unit.as_ref().map(Scale::of)),
            Scalar::String => Kind::String,
            Scalar::Enum(_) => Kind::Enum(EnumTexts::new(&column.texts)),
            Scalar::Timestamp => Kind::Timestamp(TimeReader::new(column.time.as_ref())?),
            Scalar::Duration => Kind::Duration(DurationReader::new(column)),
        };
        Ok(Target { kind, valid: column.valid })
    }

    /// A target that takes any value as it is written.
    pub fn raw() -> Target {
        Target { kind: Kind::Raw, valid: None }
    }

    /// A target for milliseconds since the epoch.
    pub fn millis() -> Target {
        Target { kind: Kind::Millis, valid: None }
    }

    /// A target for a whole number.
    pub fn int() -> Target {
        Target { kind: Kind::Int, valid: None }
    }

    /// Whether texts stay texts: then their words are handles of a batch.
    pub fn keeps_texts(&self) -> bool {
        matches!(self.kind, Kind::String | Kind::Raw)
    }

    /// A number; `text` is how it was written.
    #[inline(always)]
    pub fn decimal(&self, decimal: Decimal, text: &[u8], batch: &mut Batch) -> Taken {
        match &self.kind {
            Kind::Real(scale) => self.real_number(decimal.to_f64(text), *scale),
            _ => self.other_decimal(decimal, text, batch),
        }
    }

    fn other_decimal(&self, decimal: Decimal, text: &[u8], batch: &mut Batch) -> Taken {
        match &self.kind {
            Kind::Real(scale) => self.real_number(decimal.to_f64(text), *scale),
            Kind::Int | Kind::Millis => self.whole_number(decimal.to_i64(text)),
            Kind::Timestamp(TimeReader::Count(count)) => self.whole_number(decimal.times_count(*count, text)),
            Kind::Timestamp(TimeReader::Pattern(pattern)) => self.time(pattern.parse(text)),
            Kind::Duration(DurationReader::Count(count)) => {
                self.whole_number(decimal.times_count(*count, text))
            }
            Kind::Duration(DurationReader::Unit(unit)) => {
                self.whole_number(nanos_from_seconds(unit.to_si(decimal.to_f64(text))))
            }
            Kind::Enum(texts) => texts.ordinal(text),
            Kind::Raw => Ok(batch.add_text(text)),
            Kind::Timestamp(TimeReader::Rfc3339) | Kind::Bool | Kind::String => Err(Trouble::WrongType),
        }
    }

    /// A text of a format that tells texts from numbers.
    #[inline]
    pub fn text(&self, text: &[u8], batch: &mut Batch) -> Taken {
        match &self.kind {
            Kind::String | Kind::Raw => add_text(text, batch),
            Kind::Enum(texts) => texts.ordinal(text),
            Kind::Timestamp(TimeReader::Rfc3339) => self.time(parse_rfc3339(text)),
            Kind::Timestamp(TimeReader::Pattern(pattern)) => self.time(pattern.parse(text)),
            Kind::Duration(_) => self.time(iso_duration(text)),
            Kind::Millis => self.time(parse_rfc3339(text).map(|nanos| nanos.div_euclid(1_000_000))),
            Kind::Timestamp(TimeReader::Count(_)) | Kind::Bool | Kind::Int | Kind::Real(_) => {
                Err(Trouble::WrongType)
            }
        }
    }

    /// A text of a format that has nothing else, such as CSV.
    pub fn untyped(&self, text: &[u8], batch: &mut Batch) -> Taken {
        match &self.kind {
            Kind::String | Kind::Raw => add_text(text, batch),
            Kind::Enum(texts) => texts.ordinal(text).or_else(|_| texts.ordinal(text.trim_ascii())),
            Kind::Bool => untyped_truth(text.trim_ascii()),
            Kind::Timestamp(TimeReader::Rfc3339) => self.time(parse_rfc3339(text)),
            Kind::Timestamp(TimeReader::Pattern(pattern)) => self.time(pattern.parse(text)),
            Kind::Int | Kind::Real(_) | Kind::Timestamp(_) | Kind::Duration(_) | Kind::Millis => {
                match number::scan_text(text) {
                    Some((decimal, bare)) => self.decimal(decimal, bare, batch),
                    None if is_not_finite(text.trim_ascii()) => Err(Trouble::NotFinite),
                    None if matches!(self.kind, Kind::Duration(_)) => self.time(iso_duration(text)),
                    None => Err(Trouble::WrongType),
                }
            }
        }
    }

    /// A truth value; `text` is how it was written.
    pub fn truth(&self, value: bool, text: &[u8], batch: &mut Batch) -> Taken {
        match &self.kind {
            Kind::Bool => Ok(if value { TRUE } else { FALSE }),
            Kind::Enum(texts) => texts.ordinal(text),
            Kind::Raw => Ok(batch.add_text(text)),
            _ => Err(Trouble::WrongType),
        }
    }

    /// `NaN` or an infinity, written as such.
    pub fn not_finite(&self) -> Taken {
        match &self.kind {
            Kind::Real(_) | Kind::Int | Kind::Timestamp(TimeReader::Count(_)) | Kind::Duration(_) => {
                Err(Trouble::NotFinite)
            }
            _ => Err(Trouble::WrongType),
        }
    }

    /// An array or an object; only a raw target takes it.
    pub fn nested(&self, text: &[u8], batch: &mut Batch) -> Taken {
        match self.kind {
            Kind::Raw => Ok(batch.add_text(text)),
            _ => Err(Trouble::WrongType),
        }
    }

    /// A float of a binary format.
    #[inline(always)]
    pub fn real(&self, value: f64) -> Taken {
        match &self.kind {
            Kind::Real(scale) => self.real_number(value, *scale),
            _ => self.other_real(value),
        }
    }

    fn other_real(&self, value: f64) -> Taken {
        match &self.kind {
            Kind::Real(scale) => self.real_number(value, *scale),
            Kind::Int if !value.is_finite() => Err(Trouble::NotFinite),
            Kind::Int => self.whole_number(whole_of(value)),
            Kind::Timestamp(TimeReader::Count(count)) | Kind::Duration(DurationReader::Count(count)) => {
                self.real_count(value, *count)
            }
            Kind::Duration(DurationReader::Unit(unit)) => {
                self.whole_number(nanos_from_seconds(unit.to_si(value)))
            }
            _ => Err(Trouble::WrongType),
        }
    }

    /// A whole number of a binary format.
    #[inline]
    pub fn whole(&self, value: i64, batch: &mut Batch) -> Taken {
        match &self.kind {
            Kind::Int | Kind::Millis => self.whole_number(Some(value)),
            Kind::Raw => Ok(batch.add_text(value.to_string().as_bytes())),
            Kind::Real(scale) => self.real_number(value as f64, *scale),
            Kind::Timestamp(TimeReader::Count(count)) | Kind::Duration(DurationReader::Count(count)) => {
                self.whole_number(value.checked_mul(*count))
            }
            Kind::Duration(DurationReader::Unit(unit)) => {
                self.whole_number(nanos_from_seconds(unit.to_si(value as f64)))
            }
            Kind::Timestamp(TimeReader::Pattern(pattern)) => {
                self.time(pattern.parse(value.to_string().as_bytes()))
            }
            Kind::Enum(texts) => texts.ordinal(value.to_string().as_bytes()),
            _ => Err(Trouble::WrongType),
        }
    }

    /// An instant of a format that has such; `None` where it does not fit.
    #[inline]
    pub fn instant(&self, nanos: Option<i64>) -> Taken {
        match self.kind {
            Kind::Timestamp(_) => self.whole_number(nanos),
            Kind::Millis => self.whole_number(nanos.map(|nanos| nanos.div_euclid(1_000_000))),
            _ => Err(Trouble::WrongType),
        }
    }

    /// A duration of a format that has such; `None` where it does not fit.
    #[inline]
    pub fn duration(&self, nanos: Option<i64>) -> Taken {
        match self.kind {
            Kind::Duration(_) => self.whole_number(nanos),
            _ => Err(Trouble::WrongType),
        }
    }

    #[inline]
    fn real_number(&self, number: f64, scale: Option<Scale>) -> Taken {
        let value = match scale {
            Some(scale) => scale.apply(number),
            None => number,
        };
        if !value.is_finite() {
            return Err(Trouble::NotFinite);
        }
        match self.valid {
            Some((low, high)) if !(low..=high).contains(&value) => Err(Trouble::Outside),
            _ => Ok(value.to_bits()),
        }
    }

    #[inline]
    fn whole_number(&self, number: Option<i64>) -> Taken {
        let value = number.filter(|n| *n != i64::MIN).ok_or(Trouble::DoesNotFit)?;
        match self.valid {
            Some((low, high)) if !(low..=high).contains(&(value as f64)) => Err(Trouble::Outside),
            _ => Ok(words::from_i64(value)),
        }
    }

    fn real_count(&self, value: f64, count: i64) -> Taken {
        if !value.is_finite() {
            return Err(Trouble::NotFinite);
        }
        // By way of the shortest decimal, so that 1567606196.123 s is the same instant from a float as from a text.
        let text = format!("{value:e}");
        let nanos = number::scan(text.as_bytes(), 0).and_then(|(d, _)| d.times_count(count, text.as_bytes()));
        self.whole_number(nanos)
    }

    fn time(&self, nanos: Option<i64>) -> Taken {
        self.whole_number(Some(nanos.ok_or(Trouble::NotATime)?))
    }
}

impl Scale {
    fn of(unit: &Unit) -> Scale {
        Scale { factor: unit.factor, divisor: unit.divisor, offset: unit.offset }
    }

    /// What [`Unit::to_si`] gives, to the bit; a division by one, which changes nothing, is not waited for.
    #[inline]
    fn apply(self, number: f64) -> f64 {
        let scaled = number * self.factor;
        let scaled = if self.divisor == 1.0 { scaled } else { scaled / self.divisor };
        scaled + self.offset
    }
}

impl TimeReader {
    fn new(time: Option<&TimeText>) -> Result<TimeReader, String> {
        Ok(match time {
            Some(TimeText::Count(nanos)) => TimeReader::Count(*nanos),
            Some(TimeText::Rfc3339) | None => TimeReader::Rfc3339,
            Some(TimeText::Pattern(pattern, zone)) => {
                TimeReader::Pattern(Box::new(TimePattern::new(pattern, zone)?))
            }
        })
    }
}

impl DurationReader {
    /// A count of nanoseconds, else a number in its unit, else seconds.
    fn new(column: &Column) -> DurationReader {
        match (&column.time, &column.unit) {
            (Some(TimeText::Count(nanos)), _) => DurationReader::Count(*nanos),
            (_, Some(unit)) => DurationReader::Unit(unit.clone()),
            (_, None) => DurationReader::Count(1_000_000_000),
        }
    }
}

impl EnumTexts {
    fn new(texts: &[String]) -> EnumTexts {
        let bytes = texts.iter().map(|t| t.as_bytes().into());
        if texts.len() <= FEW {
            EnumTexts::Few(bytes.collect())
        } else {
            EnumTexts::Many(bytes.zip(0..).collect())
        }
    }

    #[inline]
    fn ordinal(&self, text: &[u8]) -> Taken {
        let ordinal = match self {
            EnumTexts::Few(texts) => texts.iter().position(|t| **t == *text).map(|at| at as u64),
            EnumTexts::Many(texts) => texts.get(text).map(|ordinal| u64::from(*ordinal)),
        };
        ordinal.ok_or(Trouble::UnknownValue)
    }
}

fn add_text(text: &[u8], batch: &mut Batch) -> Taken {
    match batch.add_text(text) {
        ABSENT_STRING => Err(Trouble::DoesNotFit),
        handle => Ok(handle),
    }
}

fn untyped_truth(text: &[u8]) -> Taken {
    if text == b"1" || text.eq_ignore_ascii_case(b"true") {
        Ok(TRUE)
    } else if text == b"0" || text.eq_ignore_ascii_case(b"false") {
        Ok(FALSE)
    } else {
        Err(Trouble::WrongType)
    }
}

fn is_not_finite(text: &[u8]) -> bool {
    let bare = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    [&b"nan"[..], b"inf", b"infinity", b"1.#qnan", b"1.#inf"].iter().any(|t| bare.eq_ignore_ascii_case(t))
}

/// A whole float as an int.
fn whole_of(value: f64) -> Option<i64> {
    // Below 2^63 in size; every whole float there is an int.
    (value == libm::trunc(value) && value.abs() < 9.223_372_036_854_775e18).then_some(value as i64)
}

/// A duration as ISO 8601 writes it, e.g. `PT1H30M`.
fn iso_duration(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let duration: jiff::SignedDuration = text.parse().ok()?;
    i64::try_from(duration.as_nanos()).ok()
}
