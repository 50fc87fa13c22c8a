//! Types of values.

use crate::Dimension;
use std::sync::Arc;

/// Bytes that a string in a state may have unless `string(n)` says otherwise.
pub const STRING_BYTES: u32 = 64;

/// An enum of the program, by its place in the program's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnumId(pub u32);

/// An enum (or the states of a machine): names, and how each is written on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enum {
    /// Its name; a machine's is `Twin.machine`.
    pub name: String,
    /// Values in order of declaration; the ordinal is the word.
    pub values: Vec<String>,
    /// The text on the wire, one per value.
    pub wire: Vec<String>,
}

/// What kind of quantity shares a dimension with others but may not be added to them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing special.
    #[default]
    Plain,
    /// An absolute temperature: a reading on a scale, not an amount.
    Reading,
    /// Cycles in time (Hz).
    Frequency,
    /// Angle in time (rad/s, rpm).
    AngularVelocity,
}

/// A float in SI base units with its dimension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Quantity {
    /// Its dimension.
    pub dimension: Dimension,
    /// Its kind.
    pub kind: Kind,
}

impl Quantity {
    /// A plain number.
    pub const REAL: Quantity = Quantity { dimension: Dimension::NONE, kind: Kind::Plain };

    /// A quantity of no special kind.
    pub const fn plain(dimension: Dimension) -> Quantity {
        Quantity { dimension, kind: Kind::Plain }
    }
}

/// One field of a record type.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordField {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
}

/// What schemas, blocks and record literals have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordType {
    /// The schema's or block's name; empty for a literal.
    pub name: String,
    /// Fields in order.
    pub fields: Vec<RecordField>,
}

/// The type of a value; whether it may be absent is said beside it.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Truth value.
    Bool,
    /// 64-bit whole number.
    Int,
    /// Text; the bytes that a state of this type keeps.
    String(u32),
    /// Nanoseconds since the epoch.
    Timestamp,
    /// Nanoseconds.
    Duration,
    /// `real` and every quantity.
    Quantity(Quantity),
    /// One of an enum's values.
    Enum(EnumId),
    /// A fixed-size array.
    Array(Box<Type>, u32),
    /// A record.
    Record(Arc<RecordType>),
    /// The type of the literal `absent` before it meets another.
    Absent,
    /// What a finding has been reported for; it agrees with everything.
    Error,
}

/// The types that fit one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// Kleene truth value.
    Bool,
    /// Whole number.
    Int,
    /// Any quantity.
    Real,
    /// Nanoseconds since the epoch.
    Timestamp,
    /// Nanoseconds.
    Duration,
    /// Ordinal of an enum.
    Enum(EnumId),
    /// Handle of a text.
    String,
}

impl Scalar {
    /// The word that says "absent" for it.
    pub fn absent(self) -> crate::Word {
        match self {
            Scalar::Bool => crate::ABSENT_BOOL,
            Scalar::Real => crate::ABSENT_REAL,
            Scalar::String => crate::ABSENT_STRING,
            Scalar::Int | Scalar::Timestamp | Scalar::Duration | Scalar::Enum(_) => crate::ABSENT_INT,
        }
    }

    /// Whether all of these words are present.
    pub fn are_present(self, words: &[crate::Word]) -> bool {
        match self {
            Scalar::Real | Scalar::Bool => words.iter().all(|word| self.is_present(*word)),
            _ => {
                // All of them are looked at, several at a time: that is quicker than stopping at the first. The highest
                // bit of `x | -x` says whether x is anything but 0.
                let absent = self.absent();
                let differs = |word: &crate::Word| (word ^ absent) | (word ^ absent).wrapping_neg();
                words.iter().fold(u64::MAX, |all, word| all & differs(word)) >> 63 == 1
            }
        }
    }

    /// Whether a word of this scalar is present.
    pub fn is_present(self, word: crate::Word) -> bool {
        match self {
            Scalar::Real => !f64::from_bits(word).is_nan(),
            Scalar::Bool => word < crate::ABSENT_BOOL,
            _ => word != self.absent(),
        }
    }
}

impl Type {
    /// A plain number.
    pub const REAL: Type = Type::Quantity(Quantity::REAL);

    /// The scalar, for types that are one.
    pub fn scalar(&self) -> Option<Scalar> {
        Some(match self {
            Type::Bool => Scalar::Bool,
            Type::Int => Scalar::Int,
            Type::String(_) => Scalar::String,
            Type::Timestamp => Scalar::Timestamp,
            Type::Duration => Scalar::Duration,
            Type::Quantity(_) => Scalar::Real,
            Type::Enum(id) => Scalar::Enum(*id),
            Type::Array(..) | Type::Record(_) | Type::Absent | Type::Error => return None,
        })
    }

    /// All scalars of it in order: arrays and records laid out flat. `Absent` and `Error` count as a real.
    pub fn flatten(&self) -> Vec<Scalar> {
        match self {
            Type::Array(item, n) => {
                let one = item.flatten();
                (0..*n).flat_map(|_| one.iter().copied()).collect()
            }
            Type::Record(record) => record.fields.iter().flat_map(|f| f.ty.flatten()).collect(),
            other => vec![other.scalar().unwrap_or(Scalar::Real)],
        }
    }

    /// How many words [`Type::flatten`] has.
    pub fn width(&self) -> usize {
        match self {
            Type::Array(item, n) => item.width() * *n as usize,
            Type::Record(record) => record.fields.iter().map(|f| f.ty.width()).sum(),
            _ => 1,
        }
    }

    /// The quantity, if it is one.
    pub fn quantity(&self) -> Option<Quantity> {
        match self {
            Type::Quantity(q) => Some(*q),
            _ => None,
        }
    }
}
