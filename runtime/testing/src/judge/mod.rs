//! Whether what was seen is what was expected, and how it is said where it is not.

mod alerts;
mod announced;
mod counts;
mod values;

use crate::against::Incident;
use crate::clock::Clock;
use crate::observe::{Alert, Seen};
use crate::report::{Failure, Table};
use crate::show::Show;
use crate::watch::{Wanted, Watch};
use twin_analysis::hir::{Expectation, ExpectationKind, Program, RuleId, Test, TestTerm, TwinId};
use twin_diagnostics::SourceMap;

/// Everything that an expectation is judged by.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    pub program: &'a Program,
    pub sources: &'a SourceMap,
    pub test: &'a Test,
    pub clock: &'a Clock,
    pub watch: &'a Watch,
    pub seen: &'a Seen,
    /// The key of the test's twin.
    pub key: Option<&'a str>,
    /// What really happened, sorted.
    pub incidents: &'a [Incident],
}

/// What is said of an expectation that does not hold.
pub(crate) struct Verdict {
    pub expected: String,
    pub happened: String,
    pub table: Option<Table>,
}

/// All expectations that do not hold.
pub(crate) fn judge(judge: &Judge<'_>) -> Vec<Failure> {
    let each = judge.test.expectations.iter().zip(&judge.watch.wanted);
    let failed = each.filter_map(|(expectation, wanted)| {
        let Verdict { expected, happened, table } = judge.expectation(expectation, wanted)?;
        Some(Failure { span: expectation.span, expected, happened, table })
    });
    failed.collect()
}

impl Judge<'_> {
    fn expectation(&self, expectation: &Expectation, wanted: &Wanted) -> Option<Verdict> {
        match &expectation.kind {
            ExpectationKind::Alert { twin, rule, is_cleared, is_never, between } => {
                let between = (between.0.map(|at| self.clock.at(at)), between.1.map(|at| self.clock.at(at)));
                self.alert((*twin, *rule), *is_cleared, *is_never, between, wanted)
            }
            ExpectationKind::Compare {
                left: TestTerm::Expr(_),
                op,
                right: TestTerm::Expr(right),
                at,
                tolerance,
                ..
            } => {
                let at = at.map(|at| self.clock.at(at));
                self.comparison(*op, right, at, *tolerance, wanted)
            }
            ExpectationKind::Compare { left, op, right, at, .. } => {
                self.count(left, *op, right, at.map(|at| self.clock.at(at)), wanted)
            }
            ExpectationKind::Holds { at, .. } => self.holds(at.map(|at| self.clock.at(at)), wanted),
            ExpectationKind::Before { twin, rule, share, lead_ns } => {
                self.before((*twin, *rule), *share, *lead_ns)
            }
            ExpectationKind::FalseAlarms { twin, rule, most, per_ns } => {
                self.false_alarms((*twin, *rule), *most, *per_ns)
            }
        }
    }

    fn show(&self) -> Show<'_> {
        Show { program: self.program, clock: self.clock, watch: self.watch, series: &self.seen.series }
    }

    /// Records of a rule's alerts, of the test's twin where it has one.
    fn alerts_of(&self, (twin, rule): (TwinId, RuleId), is_raised: bool) -> impl Iterator<Item = &Alert> {
        let twin = &self.program.twins[twin.index()];
        let rule = &twin.rules[rule.index()].name;
        self.seen.alerts.iter().filter(move |alert| {
            alert.twin == twin.name
                && alert.rule == *rule
                && alert.is_raised == is_raised
                && self.key.is_none_or(|key| alert.key == key)
        })
    }

    fn rule_name(&self, (twin, rule): (TwinId, RuleId)) -> &str {
        &self.program.twins[twin.index()].rules[rule.index()].name
    }
}
