//! A whole program, and one twin of it.

use crate::{
    CapturePlan, ExprId, Exprs, Integration, LagPlan, Layout, MessagePiece, NodeKind, Op, Output, Reset,
    Shown, SinkPlan, Slot, SourcePlan, TablePlan, Tick, Value, WindowPlan,
};
use twin_diagnostics::Span;
use twin_types::{Enum, Scalar};

/// A whole program, ready to run.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The program's name.
    pub program: String,
    /// Hash of program, library and settings, as hex; names the version in every alert.
    pub version: String,
    /// Literal texts.
    pub texts: Vec<String>,
    /// Enums by id.
    pub enums: Vec<Enum>,
    /// Sources.
    pub sources: Vec<SourcePlan>,
    /// Tables.
    pub tables: Vec<TablePlan>,
    /// Sinks and commands.
    pub sinks: Vec<SinkPlan>,
    /// Twins.
    pub twins: Vec<TwinPlan>,
    /// Where faults are counted.
    pub faults: Vec<FaultPlace>,
}

/// A place where faults are counted.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultPlace {
    /// `main.twin:12: division by zero`-like text: the line, and what it is.
    pub label: String,
    /// Where.
    pub span: Span,
}

/// One twin.
#[derive(Clone, Debug, Default)]
pub struct TwinPlan {
    /// Its name.
    pub name: String,
    /// What its key is: `String` or `Int`.
    pub key: Option<Scalar>,
    /// A twin for every row of this table.
    pub for_each: Option<u32>,
    /// Inputs in order.
    pub inputs: Vec<Input>,
    /// Tables that it reads.
    pub tables: Vec<TwinTable>,
    /// Named values.
    pub values: Vec<Value>,
    /// The row.
    pub layout: Layout,
    /// Expressions.
    pub exprs: Exprs,
    /// What runs in a step, in order.
    pub ops: Vec<Op>,
    /// Windows.
    pub windows: Vec<WindowPlan>,
    /// Integrations.
    pub integrations: Vec<Integration>,
    /// Lags.
    pub lags: Vec<LagPlan>,
    /// Flight recorders.
    pub captures: Vec<CapturePlan>,
    /// Records that it writes.
    pub outputs: Vec<Output>,
    /// Resets.
    pub resets: Vec<Reset>,
    /// Ticks.
    pub ticks: Vec<Tick>,
    /// Every slot that holds a deadline.
    pub deadlines: Vec<Slot>,
    /// Rules.
    pub rules: Vec<RulePlan>,
    /// Limits of silence.
    pub silences: Vec<Silence>,
    /// Where it is declared.
    pub span: Span,
}

/// One input of a twin.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Into [`Plan::sources`].
    pub source: u32,
    /// The key by which its records come to this twin, in the source's expressions; `None`: the source's key.
    pub by: Option<ExprId>,
    /// Columns that this twin's expressions read: [`crate::NodeKind::Field`]`(input, n)` is `columns[n]` of the source.
    pub columns: Vec<u32>,
    /// Columns kept in the row at each event of this input, before any operator runs, because steps of another
    /// kind read them: n, and where.
    pub kept: Vec<(u32, Slot)>,
}

/// A table that a twin reads.
#[derive(Clone, Debug, PartialEq)]
pub struct TwinTable {
    /// Into [`Plan::tables`].
    pub table: u32,
    /// Whether its row under the twin's own key is read (else only by other keys).
    pub own_key: bool,
}

/// What the runtime needs to know of a rule to write its alerts.
#[derive(Clone, Debug)]
pub struct RulePlan {
    /// Its name.
    pub name: String,
    /// Its severity.
    pub severity: String,
    /// Its message; values are by number of the message's arguments.
    pub message: Vec<MessagePiece>,
    /// How many arguments the message has.
    pub message_args: u32,
    /// Names of the `why`, how each is written.
    pub why: Vec<(String, Shown)>,
    /// Where its name stands.
    pub span: Span,
}

/// `silent(input) > D`: the runtime makes a quiet step of the twin when the stream clock passes the limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Silence {
    /// The input.
    pub input: u32,
    /// D as a constant expression of the twin (params and literals; evaluated in the step that starts it).
    pub limit: ExprId,
    /// `>=` instead of `>`: due when the stream clock reaches the limit, not only when it is beyond.
    pub inclusive: bool,
    /// Stream time of the last record of the input that was read; kept by the runtime.
    pub last_read: Slot,
    /// Whether the input is silent (a bool); set by the runtime before the step in which it changes.
    pub is_silent: Slot,
}

impl TwinPlan {
    /// Whether its steps look at the stream clock.
    pub fn looks_at_stream(&self) -> bool {
        self.exprs.nodes.iter().any(|node| matches!(node.kind, NodeKind::StreamNow))
    }
}
