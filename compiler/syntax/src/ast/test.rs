//! Tests and scenarios.

use twin_diagnostics::Span;

use super::{Broken, Expr, Ident, RecordField, Text};

/// `test "overheating is raised once" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct TestDecl {
    /// What it shows.
    pub name: Text,
    /// Its lines in order.
    pub steps: Vec<TestStep>,
}

/// One line of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestStep {
    /// What it is.
    pub kind: TestStepKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of lines of a test.
#[derive(Clone, Debug, PartialEq)]
pub enum TestStepKind {
    /// `with Car "A1" { redline: 105 degC }`
    With {
        /// The twin.
        twin: Ident,
        /// Its key.
        key: Expr,
        /// Params with other values.
        params: Vec<RecordField>,
    },
    /// `every 1 s from 0 s to 20 s telemetry { coolant_temp: 90 degC }`
    Every {
        /// The period.
        period: Expr,
        /// The first moment.
        from: Expr,
        /// The last moment, included.
        to: Expr,
        /// The input.
        input: Ident,
        /// The record.
        record: Vec<RecordField>,
    },
    /// `at 81 s telemetry { coolant_temp: absent }`
    At {
        /// When.
        time: Expr,
        /// The input.
        input: Ident,
        /// The record.
        record: Vec<RecordField>,
    },
    /// `until 300 s`, or `at 300 s` without an input: time goes on, nothing arrives.
    Advance {
        /// Up to when.
        time: Expr,
    },
    /// `replay telemetry "a.parquet" against failures "b.csv"`
    Replay {
        /// The source.
        source: Ident,
        /// Its recording.
        file: Text,
        /// What really happened: a name for the expectations, and its file.
        against: Option<(Ident, Text)>,
    },
    /// `expect …`
    Expect(Expectation),
    /// Not readable.
    Broken(Broken),
}

/// What a test expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// `expect overheating raised between 50 s and 70 s`
    Alert {
        /// The rule.
        rule: Ident,
        /// Raised or cleared.
        change: AlertChange,
        /// When; none is at any time.
        moment: Option<Moment>,
    },
    /// `expect overheating never raised`
    NoAlert {
        /// The rule.
        rule: Ident,
        /// Raised or cleared.
        change: AlertChange,
        /// When not; none is at no time.
        moment: Option<Moment>,
    },
    /// `expect coolant == 90 degC at 20 s within 1%`
    Value {
        /// What must be true.
        condition: Expr,
        /// When; none is at the end.
        at: Option<Expr>,
        /// How far the two sides of the comparison may differ.
        tolerance: Option<Expr>,
    },
    /// `expect order_bearing before 90% of failures by at least 24 h`
    Before {
        /// The rule.
        rule: Ident,
        /// How many of them must have been announced.
        share: Expr,
        /// What really happened.
        of: Ident,
        /// How long before; none is any time before.
        lead: Option<Expr>,
    },
    /// `expect order_bearing false at most 1 per 1000 h`
    FalseAlarms {
        /// The rule.
        rule: Ident,
        /// How many.
        most: Expr,
        /// In how long a time; none is in all.
        per: Option<Expr>,
    },
}

/// What happens to an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertChange {
    /// `raised`
    Raised,
    /// `cleared`
    Cleared,
}

/// When something is expected.
#[derive(Clone, Debug, PartialEq)]
pub enum Moment {
    /// `at 50 s`, `at 50 s within 2 s`
    At {
        /// When.
        time: Expr,
        /// How far off it may be.
        tolerance: Option<Expr>,
    },
    /// `before 50 s`
    Before(Expr),
    /// `after 140 s`
    After(Expr),
    /// `between 50 s and 70 s`, both included
    Between(Expr, Expr),
}

/// `scenario heatwave for Pump { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioDecl {
    /// Its name.
    pub name: Ident,
    /// The twin.
    pub twin: Ident,
    /// `from 2024-06-01T00:00Z for 7 d`; none is the whole recording.
    pub span_of_time: Option<ScenarioTime>,
    /// `set ambient = ambient + 12 K`, in order.
    pub sets: Vec<ScenarioSet>,
    /// What is shown side by side.
    pub shows: Vec<Expr>,
    /// What could not be read.
    pub broken: Vec<Broken>,
}

/// `from A for D` or `from A to B`
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioTime {
    /// Where the worlds part.
    pub from: Expr,
    /// How long they are run.
    pub end: ScenarioEnd,
    /// Where it stands.
    pub span: Span,
}

/// Where a scenario ends.
#[derive(Clone, Debug, PartialEq)]
pub enum ScenarioEnd {
    /// With the recording.
    Recording,
    /// `for 7 d`
    After(Expr),
    /// `to 2024-06-08T00:00Z`
    At(Expr),
}

/// `set ambient = ambient + 12 K`
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioSet {
    /// A signal or param, perhaps dotted or indexed.
    pub target: Expr,
    /// Its value in the other world.
    pub value: Expr,
    /// Where it stands.
    pub span: Span,
}
