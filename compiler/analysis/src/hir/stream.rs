//! Sources, tables, sinks and commands.

use super::{Expr, Format, SchemaId, SourceId, TimeFormat, Wire};
use twin_diagnostics::Span;
use twin_types::{Quantity, Type, Unit};

/// The key of a source's records.
#[derive(Clone, Debug)]
pub enum KeyOf {
    /// An expression over the record's fields.
    Expr(Expr),
    /// The recording's file name without its endings.
    File,
    /// The record's own key on the log, as text.
    Record,
}

/// The event time of a source's records.
#[derive(Clone, Debug)]
pub enum TimeOf {
    /// An expression over the record's fields, of type timestamp.
    Expr(Expr),
    /// A count of something else, e.g. cycles: the expression, and its unit. Its clock counts 1e-9 of that unit's base.
    Count(Expr, Unit),
    /// The record's own timestamp on the log.
    Record,
}

impl TimeOf {
    /// The unit in which the number of a count stands: a bare number in the one that the program names, a quantity in
    /// its base, as all quantities do.
    pub fn unit_of_count(&self) -> Option<Unit> {
        let TimeOf::Count(count, unit) = self else { return None };
        let is_bare = match &count.ty {
            Type::Quantity(q) if unit.quantity == Quantity::REAL => {
                *q == Quantity::REAL && count.unit.is_none()
            }
            Type::Quantity(q) => *q == Quantity::REAL,
            _ => true,
        };
        Some(if is_bare { unit.clone() } else { Unit { factor: 1.0, divisor: 1.0, ..unit.clone() } })
    }
}

/// What to do with events of equal time in one twin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// Apply them all.
    #[default]
    Keep,
    /// Only the first that was read.
    First,
    /// Only the last that was read.
    Last,
}

/// A topic of events. Expressions here read [`ExprKind::SourceField`](super::ExprKind::SourceField).
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Shape of its records.
    pub schema: SchemaId,
    /// Its name on Kafka.
    pub topic: String,
    /// Encoding.
    pub format: Format,
    /// Key.
    pub key: KeyOf,
    /// Event time.
    pub time: TimeOf,
    /// How long stragglers are waited for.
    pub lateness_ns: i64,
    /// How far behind the stream clock a quiet twin is kept, if at all.
    pub patience_ns: Option<i64>,
    /// How far ahead of its record's timestamp an event may be.
    pub skew_ns: i64,
    /// Equal times.
    pub duplicates: Duplicates,
    /// Upper bound of events per second and twin, for the memory report.
    pub rate_hz: Option<f64>,
    /// Filter over the record's fields.
    pub filter: Option<Expr>,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// A compacted topic: the latest record per key.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Shape of its records.
    pub schema: SchemaId,
    /// Its name on Kafka.
    pub topic: String,
    /// Encoding.
    pub format: Format,
    /// Key.
    pub key: KeyOf,
    /// Event time; `None`: from the beginning of time.
    pub time: Option<TimeOf>,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// A topic of outputs.
#[derive(Clone, Debug)]
pub struct Sink {
    /// Its name.
    pub name: String,
    /// Its name on Kafka.
    pub topic: String,
    /// Encoding on Kafka.
    pub format: Format,
    /// Fields in order, as emitted (from the schema, or gathered from the emits).
    pub fields: Vec<SinkField>,
    /// For a command.
    pub command: Option<Command>,
    /// Where it is declared.
    pub span: Span,
}

/// One field of a sink's records.
#[derive(Clone, Debug)]
pub struct SinkField {
    /// Its name in the program.
    pub name: String,
    /// Its name on the wire.
    pub wire: Wire,
    /// Its type.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
    /// The unit in which it is written.
    pub unit: Option<Unit>,
    /// How a timestamp is written.
    pub time: Option<TimeFormat>,
    /// Schema of a nested record (or of an array's items): its names and units are those of the wire.
    pub nested: Option<SchemaId>,
    /// The units of a record that has no schema, word by word: those in which its parts are shown.
    pub parts: Vec<Option<Unit>>,
}

/// What makes a sink a command towards a device.
#[derive(Clone, Debug)]
pub struct Command {
    /// How long it is worth carrying out.
    pub expires_ns: Option<i64>,
    /// What that counts, where it is no time.
    pub counts: Option<Unit>,
    /// The source whose records answer, and the field there that holds the command's id.
    pub ack: Option<(SourceId, u32)>,
}
