//! Pure, typed expressions.

use super::{Clock, InputId, LocalId, RuleId, SignalId, SinkId, TableId};
use twin_diagnostics::Span;
use twin_types::{Aggregate, Type, Unit, Word};

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    /// A word of a scalar type other than string.
    Word(Word),
    /// A text.
    Text(String),
    /// `absent`.
    Absent,
}

/// A pure, typed expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its type; scalars, arrays and records.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
    /// When it changes.
    pub clock: Clock,
    /// The unit in which it is best shown.
    pub unit: Option<Unit>,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant.
    Const(Const),
    /// The key of the twin.
    Key,
    /// `now`.
    Now,
    /// A block's `elapsed`: since it was last triggered.
    Elapsed,
    /// A field of the event that is applied (or the latest one): flat word offset into the schema, so that arrays
    /// and nested records read as many words as their type is wide.
    Field(InputId, u32),
    /// The same of a source's record, in the source's own expressions.
    SourceField(u32),
    /// A field of a table's row: by the twin's key, or by another.
    TableField {
        /// The table.
        table: TableId,
        /// The key; `None`: the twin's.
        key: Option<Box<Expr>>,
        /// Flat word offset into its schema.
        field: u32,
    },
    /// Whether the table has a row for the key.
    TableHas {
        /// The table.
        table: TableId,
        /// The key; `None`: the twin's.
        key: Option<Box<Expr>>,
    },
    /// The value of a signal (in a block's own expressions also an argument).
    Signal(SignalId),
    /// A name bound by `Let`.
    Local(LocalId),
    /// Binds a name in an expression.
    Let(LocalId, Box<Expr>, Box<Expr>),
    /// One operand.
    Unary(Unary, Box<Expr>),
    /// Two operands, already converted to fitting types.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `a ?? b`.
    Coalesce(Box<Expr>, Box<Expr>),
    /// `present(x)`.
    Present(Box<Expr>),
    /// `if`; unknown gives absent.
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `match`: the value, arms by constants, and the rest (absent where there is no `else`).
    Match(Box<Expr>, Vec<(Const, Expr)>, Option<Box<Expr>>),
    /// A pure builtin, by its place in the library; arrays have been laid out.
    Call(u32, Vec<Expr>),
    /// An aggregate without a window over an array, element by element from the left.
    Fold(Aggregate, Vec<f64>, Box<Expr>),
    /// `[a, b]`.
    Array(Vec<Expr>),
    /// `a[i]`; out of range is absent and a fault.
    Index(Box<Expr>, Box<Expr>),
    /// A record: its fields in the order of its type.
    Record(Vec<Expr>),
    /// A part of a record: flat word offset.
    Part(Box<Expr>, u32),
    /// `hold(x, D)` of a `Track` operator.
    Hold(SignalId, Box<Expr>),
    /// `latest(x)` of a `Track` operator.
    Latest(SignalId),
    /// `age(x)` of a `Track` operator, a duration.
    Age(SignalId),
    /// `held(b)` of a `Held` operator, a duration.
    HeldFor(SignalId),
    /// `final(w)` of a window operator.
    Final(SignalId),
    /// `silent(input) > D` (true: `>=`).
    Silent(InputId, Box<Expr>, bool),
    /// The stream time at which a record of an input was last read, where the same rule reads `silent` of it.
    LastRead(InputId),
    /// `RULE.active`.
    RuleActive(RuleId),
    /// `RULE.count`.
    RuleCount(RuleId),
    /// `COMMAND.pending`, `.acked`, `.expired`.
    CommandState(SinkId, CommandState),
    /// Between scalars of different types.
    Convert(Conversion, Box<Expr>),
    /// A finding has been reported.
    Error,
}

/// What is read of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named as in the language")]
pub enum CommandState {
    Pending,
    Acked,
    Expired,
}

/// Operators of one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `-x` of a real, int or duration.
    Neg,
    /// `not b` (Kleene).
    Not,
}

/// Operators of two operands of the same scalar type unless said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// `+`: reals, ints, durations; timestamp + duration.
    Add,
    /// `-`: the same; timestamp − timestamp is a duration.
    Sub,
    /// `*`: reals, ints; duration * int.
    Mul,
    /// `/`: reals.
    Div,
    /// `^`: reals.
    Pow,
    /// `div`: ints.
    IntDiv,
    /// `mod`: ints.
    Mod,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `and` (Kleene).
    And,
    /// `or` (Kleene).
    Or,
}

/// Conversions that the checker writes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// int → real.
    IntToReal,
    /// duration → seconds.
    DurationToSeconds,
    /// seconds → duration, nearest ns, ties to even; out of range is a fault.
    SecondsToDuration,
    /// bool → int (sums of conditions).
    BoolToInt,
}
