//! What runs in a twin or a block: members, handlers, statements, machines, emits.

use super::{Clock, Expr, LocalId, Operator, RuleId, SignalId, SinkId};
use twin_diagnostics::Span;
use twin_types::EnumId;

/// What runs in a twin or a block, in order.
#[derive(Clone, Debug)]
pub enum Member {
    /// A setting with its default; read at each step.
    Param(SignalId, Expr),
    /// A named expression.
    Let(SignalId, Expr),
    /// A state with its initial value.
    State(SignalId, Expr),
    /// Something with state of its own, whose value is a hidden signal.
    Operator(SignalId, Operator),
    /// Handlers.
    On(On),
    /// A machine.
    Machine(Machine),
    /// A rule, by its place in [`Twin::rules`](super::Twin::rules).
    Rule(RuleId),
    /// Records.
    Emit(Emit),
}

/// `on COND { … }` or `on INPUT where COND { … }`.
#[derive(Clone, Debug)]
pub struct On {
    /// A bool: runs when true. Anything else: runs when it has a present value.
    pub when: Expr,
    /// What triggers it.
    pub clock: Clock,
    /// Its statements.
    pub body: Vec<Stmt>,
    /// Where it stands.
    pub span: Span,
}

/// A statement.
#[derive(Clone, Debug)]
pub enum Stmt {
    /// `NAME = expr`, `NAME[i] = expr`.
    Assign {
        /// A state (or a part of it).
        target: SignalId,
        /// The element.
        index: Option<Expr>,
        /// The field of a record state, by flat offset and width in words.
        part: Option<(u32, u32)>,
        /// The new value.
        value: Expr,
        /// Where it stands.
        span: Span,
    },
    /// A record on a sink.
    Emit {
        /// The sink.
        sink: SinkId,
        /// One expression per field of the sink, `None` where absent.
        fields: Vec<Option<Expr>>,
        /// Where it stands.
        span: Span,
    },
    /// `reset a, b`: the signals themselves and every operator in their expressions.
    Reset(Vec<SignalId>, Span),
    /// A name for the rest of the list.
    Let(LocalId, Expr),
    /// A choice; unknown takes neither branch.
    If {
        /// The condition.
        when: Expr,
        /// Where true.
        then: Vec<Stmt>,
        /// Where false.
        otherwise: Vec<Stmt>,
    },
}

/// A machine: an enum-valued signal with lines.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its signal.
    pub signal: SignalId,
    /// Its states; ordinal 0 is not always the start.
    pub states: EnumId,
    /// The left state of its first line.
    pub start: u32,
    /// Lines in order.
    pub lines: Vec<MachineLine>,
    /// Where it stands.
    pub span: Span,
}

/// One line of a machine.
#[derive(Clone, Debug)]
pub struct MachineLine {
    /// `None`: any state except the target.
    pub from: Option<u32>,
    /// The target.
    pub to: u32,
    /// Its condition.
    pub when: Expr,
    /// How long it must have held.
    pub hold_for: Option<Expr>,
    /// What is done as it is taken.
    pub body: Vec<Stmt>,
    /// Where it stands.
    pub span: Span,
}

/// A member `emit SINK { … } [every D [always]] [when C]`.
#[derive(Clone, Debug)]
pub struct Emit {
    /// The sink.
    pub sink: SinkId,
    /// One expression per field of the sink, `None` where absent.
    pub fields: Vec<Option<Expr>>,
    /// What triggers it.
    pub clock: Clock,
    /// Its condition.
    pub when: Option<Expr>,
    /// The windows that its record tells of: when all of them are empty no record is written …
    pub windows: Vec<SignalId>,
    /// … unless `always`.
    pub always: bool,
    /// Where it stands.
    pub span: Span,
}
