//! The shapes of records, and how they stand on the wire.

use super::{Const, SchemaId};
use twin_diagnostics::Span;
use twin_types::{Type, Unit};

/// The shape of a record on the wire.
#[derive(Clone, Debug)]
pub struct Schema {
    /// Its name.
    pub name: String,
    /// Fields in order.
    pub fields: Vec<SchemaField>,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// One field of a schema.
#[derive(Clone, Debug)]
pub struct SchemaField {
    /// Its name in the program.
    pub name: String,
    /// Its type inside the program.
    pub ty: Type,
    /// `T?`.
    pub optional: bool,
    /// How it stands on the wire.
    pub wire: Wire,
    /// The unit there; also the unit in which it is shown.
    pub unit: Option<Unit>,
    /// How a timestamp stands there.
    pub time: Option<TimeFormat>,
    /// `valid LO..HI`, in stored (SI) numbers; outside is absent and counted. Either may be open.
    pub valid: Option<(f64, f64)>,
    /// Stands in for a missing value.
    pub default: Option<Const>,
    /// Schema of a nested record (or of an array's items).
    pub nested: Option<SchemaId>,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// Where a field stands in a record of the wire.
#[derive(Clone, Debug, PartialEq)]
pub enum Wire {
    /// Under a name.
    Name(String),
    /// An array gathered from several names.
    Names(Vec<String>),
    /// In a column, counted from 1.
    Column(u32),
}

/// How a timestamp is written.
#[derive(Clone, Debug, PartialEq)]
pub enum TimeFormat {
    /// A number of so many nanoseconds since the epoch.
    Count(i64),
    /// RFC 3339 text (the default), or a number with nothing said: an error in the checker.
    Rfc3339,
    /// A pattern such as `M/d/yyyy h:mm:ss a` and the zone for times without one.
    Pattern {
        /// In the letters of Unicode's CLDR (as in Java's DateTimeFormatter).
        pattern: String,
        /// An IANA name; `UTC` where nothing is said.
        zone: String,
    },
}

/// How records of a topic are encoded.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// JSON objects.
    Json,
    /// Separated values.
    Csv {
        /// `,` where nothing is said.
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
