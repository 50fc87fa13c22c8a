//! What is read and written: columns of sources and tables, fields of sinks.

use crate::expr::{ExprId, Exprs};
use twin_types::{Scalar, Unit, Word};

/// How records of a topic are encoded.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// JSON objects.
    Json,
    /// Separated values.
    Csv {
        /// Between values.
        separator: u8,
        /// Whether the first line holds names.
        header: bool,
        /// Texts that mean "absent"; the empty one always does.
        absent: Vec<String>,
    },
    /// Avro.
    Avro,
    /// Protocol buffers.
    Protobuf,
}

/// Where a column's value stands in a record.
#[derive(Clone, Debug, PartialEq)]
pub enum PathStep {
    /// A field of an object, or a named column.
    Name(String),
    /// An item of an array.
    Item(u32),
    /// A column by its number from 1, where there are no names.
    Column(u32),
}

/// How a timestamp is written.
#[derive(Clone, Debug, PartialEq)]
pub enum TimeText {
    /// A number of so many nanoseconds since the epoch (whole or not).
    Count(i64),
    /// RFC 3339 text; without a zone it is UTC.
    Rfc3339,
    /// A pattern (letters of Unicode's CLDR) and the zone for times without one.
    Pattern(String, String),
}

/// One word of a record that the program reads. Only these are decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// As the program calls it, e.g. `tire_pressure[0]`; for rejects and faults.
    pub name: String,
    /// Where it stands.
    pub path: Vec<PathStep>,
    /// What it is.
    pub ty: Scalar,
    /// For a quantity: the unit on the wire (applied with [`Unit::to_si`]); `None`: a plain number.
    pub unit: Option<Unit>,
    /// For an enum: the texts on the wire, by ordinal.
    pub texts: Vec<String>,
    /// For a timestamp or a duration (a count of ns).
    pub time: Option<TimeText>,
    /// Missing or unreadable rejects the record; otherwise it is absent and counted.
    pub is_required: bool,
    /// Stands in for a missing value.
    pub default: Option<Default>,
    /// `valid` bounds in stored numbers; outside is absent and counted.
    pub valid: Option<(f64, f64)>,
}

/// The default of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Default {
    /// A word.
    Word(Word),
    /// A text.
    Text(String),
}

/// The key of a record.
#[derive(Clone, Debug)]
pub enum KeyPlan {
    /// A column of type string, int, enum or bool.
    Column(u32),
    /// An expression over the columns.
    Expr(ExprId),
    /// The recording's file name without its endings.
    File,
    /// The record's own key on the log.
    Record,
}

/// The event time of a record.
#[derive(Clone, Debug)]
pub enum TimePlan {
    /// A column of type timestamp.
    Column(u32),
    /// An expression over the columns, of type timestamp.
    Expr(ExprId),
    /// The record's own timestamp on the log.
    Record,
    /// Tables only: there is none, it counts from the beginning of time.
    Beginning,
}

/// What to do with events of equal time in one twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as in the language")]
pub enum Duplicates {
    Keep,
    First,
    Last,
}

/// A source.
#[derive(Clone, Debug)]
pub struct SourcePlan {
    /// Its name.
    pub name: String,
    /// Its topic.
    pub topic: String,
    /// Encoding.
    pub format: Format,
    /// What is decoded, laid out flat.
    pub columns: Vec<Column>,
    /// Expressions over the columns ([`crate::NodeKind::Field`] with input 0).
    pub exprs: Exprs,
    /// Key.
    pub key: KeyPlan,
    /// Event time.
    pub time: TimePlan,
    /// Its clock counts 1e-9 of the base of this unit, instead of a second.
    pub counts: Option<Unit>,
    /// Filter: a bool; false and unknown drop the record (unknown is counted).
    pub filter: Option<ExprId>,
    /// How long stragglers are waited for.
    pub lateness_ns: i64,
    /// How far behind the stream clock a quiet twin is kept.
    pub patience_ns: Option<i64>,
    /// How far ahead of its record's timestamp an event may be.
    pub skew_ns: i64,
    /// Equal times.
    pub duplicates: Duplicates,
    /// Upper bound of events per second and twin, for the memory report.
    pub rate_hz: Option<f64>,
}

/// A table.
#[derive(Clone, Debug)]
pub struct TablePlan {
    /// Its name.
    pub name: String,
    /// Its topic.
    pub topic: String,
    /// Encoding.
    pub format: Format,
    /// What is decoded.
    pub columns: Vec<Column>,
    /// Expressions over the columns.
    pub exprs: Exprs,
    /// Key.
    pub key: KeyPlan,
    /// Event time.
    pub time: TimePlan,
}

/// One field of a sink's records.
#[derive(Clone, Debug, PartialEq)]
pub struct SinkColumn {
    /// Its name on the wire; a flat array `p[0]`, `p[1]` has one column each and is put together again when written.
    pub path: Vec<PathStep>,
    /// What it is, and in which unit it is written.
    pub ty: Scalar,
    /// The unit.
    pub unit: Option<Unit>,
    /// How a timestamp is written; RFC 3339 where nothing is said.
    pub time: Option<TimeText>,
}

/// A sink or command.
#[derive(Clone, Debug, PartialEq)]
pub struct SinkPlan {
    /// Its name.
    pub name: String,
    /// Its topic.
    pub topic: String,
    /// Encoding on Kafka.
    pub format: Format,
    /// Fields in order. A command's records have `id` (string) and `expires_at` (timestamp) besides.
    pub columns: Vec<SinkColumn>,
    /// For a command.
    pub command: Option<CommandPlan>,
}

/// What makes a sink a command.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandPlan {
    /// How long it is worth carrying out.
    pub expires_ns: Option<i64>,
}
