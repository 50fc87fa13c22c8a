//! The data that every stage shares: dimensions, units, types, words, builtins.
//!
//! Small laws live here (how dimensions multiply, how a unit converts, what an
//! absent value looks like), no behaviour of a stage. Nothing here knows the
//! syntax, the checker or the runtime.

mod builtin;
mod dimension;
mod ids;
pub mod pattern;
mod time;
mod types;
mod unit;
mod word;

pub use builtin::{Aggregate, Builtin, Example, Intrinsic, Library, LibraryFile, Native, PureArgs};
pub use dimension::{BaseUnit, Dimension, Exponent, MAX_USER_BASES};
pub use time::{NANOS_PER_SECOND, format_count, format_duration, nanos_from_seconds, seconds_from_nanos};
pub use types::{Enum, EnumId, Kind, Quantity, RecordField, RecordType, STRING_BYTES, Scalar, Type};
pub use unit::{Prefix, Unit, UnitTable, kind_named, kinds};
pub use word::{ABSENT_BOOL, ABSENT_INT, ABSENT_REAL, ABSENT_STRING, FALSE, TRUE, Word, words};
