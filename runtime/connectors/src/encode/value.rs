//! One field of a sink's rows: how its words are written in text.

use super::decimal;
use crate::time::{TimePattern, write_rfc3339};
use twin_engine::{RowColumn, RowType};
use twin_plan::TimeText;
use twin_plan::kernel::Batch;
use twin_types::{Scalar, Unit, Word, words};

/// A field, compiled.
#[derive(Debug)]
pub(crate) struct Field {
    pub kind: FieldKind,
}

/// What a field writes.
#[derive(Debug)]
pub(crate) enum FieldKind {
    Bool,
    Int,
    Real(Option<Unit>),
    /// In its unit; seconds where there is none.
    Duration(Option<Unit>),
    /// Nanoseconds as a number of so many.
    Count(i64),
    Time(TimeWriter),
    /// Texts by ordinal.
    Enum(Vec<String>),
    String,
    Json,
}

/// How a time is written as text.
#[derive(Debug)]
pub(crate) enum TimeWriter {
    Rfc3339,
    Pattern(Box<TimePattern>),
}

/// What a word is, written out: the caller knows how its format shows each.
pub(crate) enum Written {
    Absent,
    /// A number or a truth value, which was appended.
    Bare,
    /// A text, which was put in the scratch.
    Text,
    /// JSON, which was put in the scratch.
    Json,
}

impl Field {
    /// Compiles a field; errors in words where its time pattern or zone is not known.
    pub fn new(column: &RowColumn) -> Result<Field, String> {
        let RowType::Scalar(scalar) = column.ty else { return Ok(Field { kind: FieldKind::Json }) };
        let kind = match (scalar, &column.time) {
            (Scalar::Bool, _) => FieldKind::Bool,
            (Scalar::Int, _) => FieldKind::Int,
            (Scalar::Real, _) => FieldKind::Real(column.unit.clone()),
            (Scalar::Enum(_), _) => FieldKind::Enum(column.texts.clone()),
            (Scalar::String, _) => FieldKind::String,
            (Scalar::Timestamp | Scalar::Duration, Some(TimeText::Count(nanos))) => FieldKind::Count(*nanos),
            (Scalar::Duration, _) => FieldKind::Duration(column.unit.clone()),
            (Scalar::Timestamp, Some(TimeText::Pattern(pattern, zone))) => {
                FieldKind::Time(TimeWriter::Pattern(Box::new(TimePattern::new(pattern, zone)?)))
            }
            (Scalar::Timestamp, Some(TimeText::Rfc3339) | None) => FieldKind::Time(TimeWriter::Rfc3339),
        };
        Ok(Field { kind })
    }

    /// Writes a word: bare values to `out`, texts to `scratch`, which is empty.
    #[inline]
    pub fn write(&self, word: Word, rows: &Batch, out: &mut Vec<u8>, scratch: &mut Vec<u8>) -> Written {
        if !self.is_present(word) {
            return Written::Absent;
        }
        match &self.kind {
            FieldKind::Bool => {
                out.extend_from_slice(if word == twin_types::TRUE { b"true" } else { b"false" })
            }
            FieldKind::Int => decimal::push_int(out, words::to_i64(word)),
            FieldKind::Real(None) => decimal::push_real(out, words::to_f64(word)),
            FieldKind::Real(Some(unit)) => decimal::push_quantity(out, words::to_f64(word), unit),
            FieldKind::Duration(unit) => {
                decimal::push_real(out, decimal::duration(words::to_i64(word), unit.as_ref()));
            }
            FieldKind::Count(count) => decimal::push_count(out, words::to_i64(word), *count),
            FieldKind::Time(writer) => {
                writer.write(scratch, words::to_i64(word));
                return Written::Text;
            }
            FieldKind::Enum(texts) => {
                let text = usize::try_from(word).ok().and_then(|at| texts.get(at));
                scratch.extend_from_slice(text.map_or(&b""[..], |t| t.as_bytes()));
                return Written::Text;
            }
            FieldKind::String => {
                scratch.extend_from_slice(rows.text(word));
                return Written::Text;
            }
            FieldKind::Json => {
                scratch.extend_from_slice(rows.text(word));
                return Written::Json;
            }
        }
        Written::Bare
    }

    /// Whether there is a value.
    pub fn is_present(&self, word: Word) -> bool {
        match self.kind {
            FieldKind::Bool => Scalar::Bool.is_present(word),
            // An infinity has no form in JSON; it does not arise, but a reader must never meet one.
            FieldKind::Real(_) => words::to_f64(word).is_finite(),
            FieldKind::String | FieldKind::Json => word != twin_types::ABSENT_STRING,
            _ => word != twin_types::ABSENT_INT,
        }
    }
}

impl TimeWriter {
    pub fn write(&self, out: &mut Vec<u8>, nanos: i64) {
        match self {
            TimeWriter::Rfc3339 => write_rfc3339(out, nanos),
            TimeWriter::Pattern(pattern) => pattern.write(out, nanos),
        }
    }
}
