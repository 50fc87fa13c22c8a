//! Checked tests: what arrives when, and what must come of it. Times are nanoseconds since the test's beginning.

use super::{Binary, Const, Expr, RuleId, SignalId, SinkId, SourceId, TableId, TwinId};
use twin_diagnostics::Span;

/// One `test "…" { … }`.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it shows.
    pub name: String,
    /// The twin, its key and its params; a test that replays a recording may have none.
    pub subject: Option<TestSubject>,
    /// What arrives, in the order of the text.
    pub inputs: Vec<TestInput>,
    /// The recording that is replayed, instead of inputs.
    pub replay: Option<TestReplay>,
    /// What must come of it.
    pub expectations: Vec<Expectation>,
    /// Up to when the clock goes on, at least.
    pub until_ns: i64,
    /// Where it stands.
    pub span: Span,
}

/// `with Car "A1" { redline: 105 degC }`
#[derive(Clone, Debug)]
pub struct TestSubject {
    /// The twin.
    pub twin: TwinId,
    /// Its key.
    pub key: Const,
    /// Params with other values, one constant per word.
    pub params: Vec<(SignalId, Vec<Const>)>,
}

/// What a test's record is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestTarget {
    /// An event of a source.
    Source(SourceId),
    /// A row of a table.
    Table(TableId),
}

/// `every P from A to B INPUT { … }`; `at T INPUT { … }` has equal bounds.
#[derive(Clone, Debug)]
pub struct TestInput {
    /// What it is for.
    pub target: TestTarget,
    /// The first moment.
    pub from_ns: i64,
    /// The last moment, included.
    pub to_ns: i64,
    /// The period; 0 where there is one moment only.
    pub period_ns: i64,
    /// One constant per word of the schema. `None`: not said; then the key's field holds the key, the time's
    /// field the time, and every other one its default or nothing.
    pub words: Vec<Option<Const>>,
    /// Where it stands.
    pub span: Span,
}

/// `replay telemetry "a.parquet" against failures "b.csv"`
#[derive(Clone, Debug)]
pub struct TestReplay {
    /// The source.
    pub source: SourceId,
    /// Its recording, as the test names it.
    pub file: String,
    /// What really happened: its name in the expectations, and its file.
    pub against: Option<(String, String)>,
    /// Where it stands.
    pub span: Span,
}

/// A moment of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestTime {
    /// So many nanoseconds since the test's beginning (a replay's: since its first event).
    Since(i64),
    /// A time of the recording: nanoseconds since the epoch.
    At(i64),
}

/// What must come of a test, and where it says so.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// What.
    pub kind: ExpectationKind,
    /// Where it stands.
    pub span: Span,
}

/// What must come of a test.
#[derive(Clone, Debug)]
pub enum ExpectationKind {
    /// A rule's alert is raised (or cleared) at such a moment, or never.
    Alert {
        /// The rule's twin.
        twin: TwinId,
        /// The rule.
        rule: RuleId,
        /// Whether it is about clearing.
        is_cleared: bool,
        /// Whether it must not happen.
        is_never: bool,
        /// First and last moment that count, both included; open where none.
        between: (Option<TestTime>, Option<TestTime>),
    },
    /// A comparison holds.
    Compare {
        /// The twin whose signals are read; none where records are counted in a test of no twin.
        twin: Option<TwinId>,
        /// Left side.
        left: TestTerm,
        /// One of the comparisons.
        op: Binary,
        /// Right side.
        right: TestTerm,
        /// When; `None` is at the end.
        at: Option<TestTime>,
        /// How far the sides may differ.
        tolerance: Option<Tolerance>,
    },
    /// Any other condition holds.
    Holds {
        /// The twin whose signals are read.
        twin: TwinId,
        /// The condition, pure.
        condition: Expr,
        /// When; `None` is at the end.
        at: Option<TestTime>,
    },
    /// Announced before what really happened.
    Before {
        /// The rule's twin.
        twin: TwinId,
        /// The rule.
        rule: RuleId,
        /// From 0 to 1.
        share: f64,
        /// How long before, at least.
        lead_ns: i64,
    },
    /// False alarms are few.
    FalseAlarms {
        /// The rule's twin.
        twin: TwinId,
        /// The rule.
        rule: RuleId,
        /// How many.
        most: f64,
        /// In how long a time; `None`: in all.
        per_ns: Option<i64>,
    },
}

/// A side of a comparison.
#[derive(Clone, Debug)]
pub enum TestTerm {
    /// A pure expression over the twin's signals.
    Expr(Expr),
    /// `count(alerts)`: records of the alerts that say `raised`… and `cleared`, all of them.
    AlertCount,
    /// `count(SINK)`: records of a sink.
    RecordCount(SinkId),
}

/// How far two sides may differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// A share of the right side.
    Relative(f64),
    /// An amount in stored numbers.
    Absolute(f64),
}
