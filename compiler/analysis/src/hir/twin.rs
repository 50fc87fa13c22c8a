//! A twin: its inputs, signals, clocks and ticks.

use super::{Expr, InputId, Member, Rule, SignalId, SourceId, TableId, TickId};
use twin_diagnostics::Span;
use twin_types::{Type, Unit};

/// When a signal changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// It has a value in every step and changes nothing by itself (literals, params, states, `hold` …).
    #[default]
    Held,
    /// With the events of one input.
    Events(InputId),
    /// At ticks; sorted.
    Ticks(Vec<TickId>),
}

/// A twin.
#[derive(Clone, Debug)]
pub struct Twin {
    /// Its name.
    pub name: String,
    /// Name and type of its key.
    pub key: (String, Type),
    /// A twin for every row of this table.
    pub for_each: Option<TableId>,
    /// What it listens to, in order.
    pub inputs: Vec<Input>,
    /// Tables that it reads.
    pub tables: Vec<TableId>,
    /// Every signal: params, lets, states, machines, operators and what blocks hold.
    pub signals: Vec<Signal>,
    /// Its ticks.
    pub ticks: Vec<Tick>,
    /// Its rules, in order; [`Member::Rule`] refers to them.
    pub rules: Vec<Rule>,
    /// What runs, from top to bottom.
    pub members: Vec<Member>,
    /// `None`: time; else the unit that its clock counts.
    pub counts: Option<Unit>,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// One input of a twin.
#[derive(Clone, Debug)]
pub struct Input {
    /// The source's name, by which it is read.
    pub name: String,
    /// The source.
    pub source: SourceId,
    /// Key by which its records reach this twin (`input scada by farm`), over the record's fields;
    /// `None`: the source's own key.
    pub by: Option<Expr>,
    /// Where it is declared.
    pub span: Span,
}

/// What a signal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// A setting.
    Param,
    /// A name for an expression.
    Let,
    /// Assigned by statements.
    State,
    /// Enum-valued state machine.
    Machine,
    /// Hidden: the value of an operator (see [`Member::Operator`]).
    Operator,
    /// Integrated in a block.
    Integrated,
}

/// One signal of a twin.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Its path, e.g. `coolant` or `motor.temp`; of a hidden one the text of its expression.
    pub name: String,
    /// What it is.
    pub kind: SignalKind,
    /// Its type.
    pub ty: Type,
    /// Whether it may be absent.
    pub optional: bool,
    /// The unit in which it is shown.
    pub unit: Option<Unit>,
    /// What makes it change.
    pub clock: Clock,
    /// Where it is declared.
    pub span: Span,
    /// Its documentation.
    pub doc: String,
}

/// A moment that recurs.
#[derive(Clone, Debug, PartialEq)]
pub enum Tick {
    /// Multiples of a period since the epoch; `longest_ns` is the longest window that reads it.
    Every {
        /// The period.
        period_ns: i64,
        /// Keeps ticking this long after the last event, at least (see "rest" in the semantics).
        longest_ns: i64,
    },
    /// The starts of local calendar periods.
    Calendar {
        /// How many of `unit`.
        count: u32,
        /// Which unit.
        unit: CalendarUnit,
        /// IANA name of the zone.
        zone: String,
    },
    /// The ends of sessions of one window (its operator's signal).
    SessionEnd(SignalId),
}

/// Units of the local calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they say themselves what they are")]
pub enum CalendarUnit {
    Hour,
    Day,
    Week,
    Month,
    Year,
}
