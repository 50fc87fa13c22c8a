//! Rules: what they wait for, what they say, how they clear.

use super::{Expr, InputId, Stmt};
use twin_diagnostics::Span;
use twin_types::Unit;

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Its condition.
    pub when: Condition,
    /// Duration for which it must have held.
    pub hold_for: Option<Expr>,
    /// When it clears.
    pub until: Until,
    /// Period at which its body acts again while raised.
    pub repeat: Option<Expr>,
    /// `info`, `warning`, `critical` … as written; `warning` where nothing is said.
    pub severity: String,
    /// Its message.
    pub message: Option<Vec<MessagePart>>,
    /// Records of the flight recorder.
    pub captures: Vec<Capture>,
    /// Statements at the raise and at each repeat.
    pub body: Vec<Stmt>,
    /// Statements when it clears.
    pub on_clear: Vec<Stmt>,
    /// Names and values that the condition reads.
    pub why: Vec<Why>,
    /// Where its name stands.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// What a rule waits for.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A bool.
    Expr(Expr),
    /// Steps in time.
    Sequence(Vec<SequenceStep>),
}

/// One step of a sequence.
#[derive(Clone, Debug)]
pub struct SequenceStep {
    /// Its condition.
    pub when: Expr,
    /// `no C within D`.
    pub is_absence: bool,
    /// The bound; the first step has none.
    pub within: Option<Expr>,
}

/// How a rule clears.
#[derive(Clone, Debug)]
pub enum Until {
    /// When the condition is false.
    ConditionFalse,
    /// Never.
    Never,
    /// When this holds, for so long.
    Holds(Expr, Option<Expr>),
}

/// A piece of a message.
#[derive(Clone, Debug)]
pub enum MessagePart {
    /// Text.
    Text(String),
    /// A value: decimals (`:.2`) and unit of its writing.
    Value {
        /// What.
        value: Expr,
        /// Digits behind the point; `None`: shortest.
        decimals: Option<u8>,
        /// The unit; for a plain number none.
        unit: Option<Unit>,
    },
}

/// One name and value of an alert's `why`.
#[derive(Clone, Debug)]
pub struct Why {
    /// As the program calls it.
    pub name: String,
    /// Its value.
    pub value: Expr,
    /// The unit in which it is given.
    pub unit: Option<Unit>,
}

/// `capture INPUT from A before to B after`.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The input.
    pub input: InputId,
    /// Before the raise.
    pub before_ns: i64,
    /// After it.
    pub after_ns: i64,
}
