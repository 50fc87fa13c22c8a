//! How values are written for people: messages, `why`, records.

use twin_types::{Scalar, Unit};

/// How a word is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// What it is.
    pub ty: Scalar,
    /// The unit of a quantity; `None`: a plain number.
    pub unit: Option<Unit>,
    /// Digits behind the point; `None`: the shortest that comes back.
    pub decimals: Option<u8>,
}

/// A piece of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum MessagePiece {
    /// Text.
    Text(String),
    /// The nth word of the message's arguments.
    Value(u32, Shown),
}
