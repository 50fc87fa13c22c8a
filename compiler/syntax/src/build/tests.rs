//! Tests and scenarios.

use twin_diagnostics::Span;

use super::{Builder, Parts, only};
use crate::ast::*;
use crate::errors;
use crate::grammar::{Node, Rule};

impl ScenarioDecl {
    /// A scenario that says nothing yet.
    pub(crate) fn unread() -> ScenarioDecl {
        let nobody = || Ident { text: String::new(), span: Span::default() };
        let (sets, shows, broken) = (Vec::new(), Vec::new(), Vec::new());
        ScenarioDecl { name: nobody(), twin: nobody(), span_of_time: None, sets, shows, broken }
    }
}

impl Builder<'_> {
    /// The name of a test.
    pub(crate) fn test_head(&self, node: Node) -> Text {
        self.plain_text(Parts::of(node).need(Rule::text))
    }

    /// A `test_step` node.
    pub(crate) fn test_step(&self, node: Node) -> TestStep {
        let node = only(node);
        let span = self.span(&node);
        let rule = node.as_rule();
        let mut parts = Parts::of(node);
        let kind = match rule {
            Rule::test_with => self.with(&mut parts),
            Rule::test_every => self.every_step(&mut parts),
            Rule::test_at => self.at_step(&mut parts),
            Rule::test_until => TestStepKind::Advance { time: self.operand(parts.need(Rule::operand)) },
            Rule::test_replay => self.replay(&mut parts),
            _ => TestStepKind::Expect(self.expectation(parts.any())),
        };
        TestStep { kind, span }
    }

    fn with(&self, parts: &mut Parts) -> TestStepKind {
        let twin = self.ident(parts.need(Rule::name));
        let key = self.operand(parts.need(Rule::operand));
        let params = parts.take(Rule::record).map_or_else(Vec::new, |record| self.record(record));
        TestStepKind::With { twin, key, params }
    }

    fn every_step(&self, parts: &mut Parts) -> TestStepKind {
        let mut time = || self.operand(parts.need(Rule::operand));
        let (period, from, to) = (time(), time(), time());
        let input = self.ident(parts.need(Rule::name));
        TestStepKind::Every { period, from, to, input, record: self.record(parts.need(Rule::record)) }
    }

    fn at_step(&self, parts: &mut Parts) -> TestStepKind {
        let time = self.operand(parts.need(Rule::operand));
        let Some(arriving) = parts.take(Rule::arriving) else { return TestStepKind::Advance { time } };
        let mut parts = Parts::of(arriving);
        let input = self.ident(parts.need(Rule::name));
        TestStepKind::At { time, input, record: self.record(parts.need(Rule::record)) }
    }

    fn replay(&self, parts: &mut Parts) -> TestStepKind {
        let source = self.ident(parts.need(Rule::name));
        let file = self.plain_text(parts.need(Rule::text));
        let against = parts.take(Rule::name).map(|name| self.ident(name));
        let against = against.map(|name| (name, self.plain_text(parts.need(Rule::text))));
        TestStepKind::Replay { source, file, against }
    }

    fn expectation(&self, node: Node) -> Expectation {
        let rule = node.as_rule();
        let mut parts = Parts::of(node);
        match rule {
            Rule::expect_alert => self.expect_alert(&mut parts),
            Rule::expect_before => {
                let name = self.ident(parts.need(Rule::name));
                let share = self.operand(parts.need(Rule::operand));
                let of = self.ident(parts.need(Rule::name));
                let lead = parts.take(Rule::operand).map(|lead| self.operand(lead));
                Expectation::Before { rule: name, share, of, lead }
            }
            Rule::expect_false => {
                let name = self.ident(parts.need(Rule::name));
                let most = self.operand(parts.need(Rule::operand));
                let per = parts.take(Rule::operand).map(|per| self.operand(per));
                Expectation::FalseAlarms { rule: name, most, per }
            }
            _ => {
                let condition = self.expr(parts.need(Rule::expr));
                let at = parts.take(Rule::operand).map(|at| self.operand(at));
                let tolerance = parts.take(Rule::within).map(|within| self.operand_of(within));
                Expectation::Value { condition, at, tolerance }
            }
        }
    }

    fn expect_alert(&self, parts: &mut Parts) -> Expectation {
        let rule = self.ident(parts.need(Rule::name));
        let is_never = parts.take(Rule::kw_never).is_some();
        let change = match parts.need(Rule::alert_change).as_str() {
            "raised" => AlertChange::Raised,
            _ => AlertChange::Cleared,
        };
        let moment = parts.take(Rule::moment).map(|moment| self.moment(moment));
        if is_never {
            Expectation::NoAlert { rule, change, moment }
        } else {
            Expectation::Alert { rule, change, moment }
        }
    }

    fn moment(&self, node: Node) -> Moment {
        let node = only(node);
        let rule = node.as_rule();
        let mut parts = Parts::of(node);
        let time = self.operand(parts.need(Rule::operand));
        match rule {
            Rule::moment_before => Moment::Before(time),
            Rule::moment_after => Moment::After(time),
            Rule::moment_between => Moment::Between(time, self.operand(parts.need(Rule::operand))),
            _ => {
                let tolerance = parts.take(Rule::within).map(|within| self.operand_of(within));
                Moment::At { time, tolerance }
            }
        }
    }

    /// Behind an `expect`, an `at` would belong to it.
    pub(crate) fn check_expects_last(&self, steps: &[TestStep]) {
        let is_expect = |step: &TestStep| matches!(step.kind, TestStepKind::Expect(_));
        let Some(first) = steps.iter().position(is_expect) else { return };
        let is_other = |step: &&TestStep| !is_expect(step) && !matches!(step.kind, TestStepKind::Broken(_));
        if let Some(step) = steps[first..].iter().find(is_other) {
            self.push(errors::expect_comes_last(step.span, steps[first].span));
        }
    }

    /// A scenario without its lines.
    pub(crate) fn scenario_head(&self, node: Node) -> ScenarioDecl {
        let mut parts = Parts::of(node);
        let name = self.ident(parts.need(Rule::name));
        let twin = self.ident(parts.need(Rule::name));
        ScenarioDecl { name, twin, ..ScenarioDecl::unread() }
    }

    /// A `scenario_line` node, put into its scenario.
    pub(crate) fn scenario_line(&self, scenario: &mut ScenarioDecl, node: Node) {
        let node = only(node);
        let span = self.span(&node);
        let rule = node.as_rule();
        let mut parts = Parts::of(node);
        match rule {
            Rule::scenario_from => {
                let time = self.scenario_time(&mut parts, span);
                if scenario.span_of_time.replace(time).is_some() {
                    self.push(errors::said_twice("`from`", span));
                }
            }
            Rule::scenario_set => {
                let target = self.operand(parts.need(Rule::target));
                scenario.sets.push(ScenarioSet { target, value: self.expr(parts.need(Rule::expr)), span });
            }
            _ => scenario.shows.extend(parts.all(Rule::expr).into_iter().map(|shown| self.expr(shown))),
        }
    }

    fn scenario_time(&self, parts: &mut Parts, span: Span) -> ScenarioTime {
        let from = self.operand(parts.need(Rule::operand));
        let end = if let Some(length) = parts.take(Rule::scenario_length) {
            ScenarioEnd::After(self.operand_of(length))
        } else if let Some(end) = parts.take(Rule::scenario_end) {
            ScenarioEnd::At(self.operand_of(end))
        } else {
            ScenarioEnd::Recording
        };
        ScenarioTime { from, end, span }
    }
}
