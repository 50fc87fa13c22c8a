//! Rules.

use twin_diagnostics::Span;

use super::{Broken, Expr, Ident, Statement};

/// `rule NAME when C for D until C for D repeat every D { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: Ident,
    /// What raises it.
    pub trigger: Trigger,
    /// How long the condition must have been true.
    pub hold: Option<Expr>,
    /// What clears it; without it, the condition being false.
    pub until: Option<Until>,
    /// The period at which a raised alert repeats itself.
    pub repeat: Option<Expr>,
    /// How bad it is: `critical`.
    pub severity: Option<Ident>,
    /// What it says, mostly a text.
    pub message: Option<Expr>,
    /// The records kept around the moment.
    pub captures: Vec<Capture>,
    /// Emits, assignments, resets, lets and ifs of its body, in order.
    pub actions: Vec<Statement>,
    /// What is done when it clears.
    pub on_clear: Vec<Statement>,
    /// What could not be read.
    pub broken: Vec<Broken>,
}

/// What raises a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// A condition.
    Condition(Expr),
    /// `A then B within 10 s then no C within 1 min`
    Sequence {
        /// The first condition.
        first: Expr,
        /// The later steps; at least one.
        steps: Vec<SequenceStep>,
        /// The whole sequence.
        span: Span,
    },
}

/// `then [no] B within 10 s`
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceStep {
    /// Whether it must not happen.
    pub negated: bool,
    /// Its condition.
    pub condition: Expr,
    /// How long after the step before.
    pub within: Expr,
    /// From `then` to the end.
    pub span: Span,
}

/// What clears a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Until {
    /// `until never`
    Never,
    /// `until C [for D]`
    Condition {
        /// The condition.
        condition: Expr,
        /// How long it must have been true.
        hold: Option<Expr>,
    },
}

/// `capture telemetry from 30 s before to 10 s after`
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    /// The input.
    pub input: Ident,
    /// How long before.
    pub before: Expr,
    /// How long after; none where nothing after is kept.
    pub after: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}
