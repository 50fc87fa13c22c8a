//! What came of a test, as plain data.

use twin_diagnostics::{Diagnostic, Span};

/// What came of one test.
#[derive(Clone, Debug)]
pub struct TestReport {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// How long it took, in seconds of the wall clock.
    pub seconds: f64,
    /// Whether it passed.
    pub outcome: Outcome,
}

/// Whether a test passed.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Everything that it expects holds.
    Passed,
    /// Some expectations do not hold.
    Failed {
        /// Each of them, in the order of the text.
        failures: Vec<Failure>,
        /// What else is worth knowing: records that were late or set aside, values that became absent.
        notes: Vec<String>,
    },
    /// It could not be run: why, in words.
    Broken(String),
}

impl TestReport {
    /// Whether it passed.
    pub fn is_passed(&self) -> bool {
        matches!(self.outcome, Outcome::Passed)
    }
}

/// An expectation that does not hold.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Where it stands.
    pub span: Span,
    /// What was expected, e.g. `raised between 50 s and 70 s`.
    pub expected: String,
    /// What happened instead: the rule or signal in backticks, then the quantities and times.
    pub happened: String,
    /// What the expectation reads, around the first difference.
    pub table: Option<Table>,
}

/// A few steps of a twin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What each column shows, the first being the time.
    pub columns: Vec<String>,
    /// Steps in order.
    pub rows: Vec<Vec<String>>,
    /// The row at which the difference shows.
    pub marked: Option<usize>,
}

impl Table {
    /// The table as lines of text, the marked row with an arrow.
    pub fn lines(&self) -> Vec<String> {
        let all = || std::iter::once(&self.columns).chain(&self.rows);
        let width = |at: usize| all().map(|row| row[at].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        let line = |(at, row): (usize, &Vec<String>)| {
            let mark = if at > 0 && self.marked == Some(at - 1) { "> " } else { "  " };
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}"));
            format!("{mark}{}", cells.collect::<Vec<_>>().join("   "))
        };
        all().enumerate().map(line).collect()
    }
}

/// An expectation that does not hold, as a finding that can be drawn with its line.
pub fn failure_diagnostic(failure: &Failure) -> Diagnostic {
    Diagnostic::error(FAILED, failure.span, failure.happened.clone())
        .here(format!("expected {}", failure.expected))
}

/// "An expectation that does not hold."
const FAILED: &str = "E0605";
