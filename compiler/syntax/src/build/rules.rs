//! Rules.

use twin_diagnostics::Span;

use super::{Builder, Parts, only};
use crate::ast::*;
use crate::errors;
use crate::grammar::{Node, Rule as Grammar};

impl Rule {
    /// A rule that says nothing yet.
    pub(crate) fn unread(span: Span) -> Rule {
        Rule {
            name: Ident { text: String::new(), span },
            trigger: Trigger::Condition(Expr { kind: ExprKind::Absent, span }),
            hold: None,
            until: None,
            repeat: None,
            severity: None,
            message: None,
            captures: Vec::new(),
            actions: Vec::new(),
            on_clear: Vec::new(),
            broken: Vec::new(),
        }
    }
}

impl Builder<'_> {
    /// A `rule` node.
    pub(super) fn rule(&self, node: Node) -> Rule {
        let mut parts = Parts::of(node);
        let mut rule = self.rule_head(parts.need(Grammar::rule_head));
        for item in parts.all(Grammar::rule_item) {
            self.rule_item(&mut rule, item);
        }
        rule
    }

    /// A rule without its body.
    pub(crate) fn rule_head(&self, node: Node) -> Rule {
        let whole = node.clone();
        let mut parts = Parts::of(node);
        let name = self.ident(parts.need(Grammar::name));
        let first = self.expr(parts.need(Grammar::expr));
        let steps = parts.all(Grammar::sequence_step);
        let trigger = self.trigger(first, steps);
        let hold = parts.take(Grammar::hold).map(|hold| self.operand_of(hold));
        if let (Trigger::Sequence { span, .. }, Some(hold)) = (&trigger, &hold) {
            self.push(errors::hold_on_sequence(hold.span, *span));
        }
        let until = parts.take(Grammar::until_clause).map(|until| self.until(until));
        let repeat = parts.take(Grammar::repeat_clause).map(|repeat| self.operand_of(repeat));
        Rule { name, trigger, hold, until, repeat, ..Rule::unread(self.span(&whole)) }
    }

    fn trigger(&self, first: Expr, steps: Vec<Node>) -> Trigger {
        let steps: Vec<SequenceStep> = steps.into_iter().map(|step| self.sequence_step(step)).collect();
        match steps.last() {
            None => Trigger::Condition(first),
            Some(last) => Trigger::Sequence { span: first.span.to(last.span), first, steps },
        }
    }

    fn sequence_step(&self, node: Node) -> SequenceStep {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let negated = parts.take(Grammar::kw_no).is_some();
        let condition = self.expr(parts.need(Grammar::expr));
        let within = match parts.take(Grammar::within) {
            Some(within) => self.operand_of(within),
            None => {
                self.push(errors::step_without_within(condition.span));
                Expr { kind: ExprKind::Absent, span }
            }
        };
        SequenceStep { negated, condition, within, span }
    }

    fn until(&self, node: Node) -> Until {
        let mut parts = Parts::of(node);
        if parts.take(Grammar::kw_never).is_some() {
            return Until::Never;
        }
        let condition = self.expr(parts.need(Grammar::expr));
        Until::Condition { condition, hold: parts.take(Grammar::hold).map(|hold| self.operand_of(hold)) }
    }

    /// A `rule_item` node, put into its rule.
    pub(crate) fn rule_item(&self, rule: &mut Rule, node: Node) {
        let node = only(node);
        let span = self.span(&node);
        let kind = node.as_rule();
        let is_twice = match kind {
            Grammar::severity => rule.severity.is_some(),
            Grammar::message => rule.message.is_some(),
            Grammar::on_clear => !rule.on_clear.is_empty(),
            _ => false,
        };
        if is_twice {
            let first = node.as_str().split_whitespace().next().unwrap_or("");
            let what =
                if kind == Grammar::on_clear { "`on clear`".to_string() } else { format!("`{first}`") };
            self.push(errors::said_twice(&what, span));
        }
        let mut parts = Parts::of(node.clone());
        match kind {
            Grammar::severity => rule.severity = Some(self.ident(parts.need(Grammar::name))),
            Grammar::message => rule.message = Some(self.expr(parts.need(Grammar::expr))),
            Grammar::capture => rule.captures.push(self.capture(node)),
            Grammar::on_clear => rule.on_clear.extend(self.statements(parts.need(Grammar::statements))),
            _ => rule.actions.push(self.statement_choice(node)),
        }
    }

    fn capture(&self, node: Node) -> Capture {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let input = self.ident(parts.need(Grammar::name));
        let before = self.operand(parts.need(Grammar::operand));
        Capture { input, before, after: parts.take(Grammar::operand).map(|after| self.operand(after)), span }
    }
}
