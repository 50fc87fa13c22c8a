//! Calls and the windows that belong to them.

use super::{Builder, Parts, only};
use crate::ast::*;
use crate::errors;
use crate::grammar::{Node, Rule};

/// A call without what is called.
pub(super) struct CallTail {
    args: Vec<Arg>,
    filter: Option<Expr>,
    grouping: Option<Grouping>,
    window: Option<Window>,
    solver: Option<Solver>,
}

impl CallTail {
    pub fn with_callee(self, callee: Expr) -> Call {
        let CallTail { args, filter, grouping, window, solver } = self;
        Call { callee, args, filter, grouping, window, solver }
    }
}

impl Builder<'_> {
    /// A `call` or `operand_args` node.
    pub(super) fn call_tail(&self, node: Node) -> CallTail {
        let mut parts = Parts::of(node);
        let (args, filter) = self.args(parts.need(Rule::args));
        let solver = parts.take(Rule::using).map(|using| self.solver(using));
        let grouping = parts.take(Rule::grouping).map(|grouping| self.grouping(grouping));
        let window = parts.take(Rule::window).map(|window| self.window(window));
        CallTail { args, filter, grouping, window, solver }
    }

    /// Arguments in parentheses, and the filter that stands behind one of them.
    fn args(&self, node: Node) -> (Vec<Arg>, Option<Expr>) {
        let mut filter = None;
        let mut args = Vec::new();
        for arg in Parts::of(node).all(Rule::arg) {
            let mut span = self.span(&arg);
            let mut parts = Parts::of(arg);
            let name = parts.take(Rule::field_name).map(|name| self.field_name(name));
            let value = self.expr(parts.need(Rule::expr));
            if let Some(node) = parts.take(Rule::filter) {
                span.end = value.span.end;
                let filter_span = self.span(&node);
                let condition = self.filter(node);
                if filter.replace(condition).is_some() {
                    self.push(errors::said_twice("`where`", filter_span));
                }
            }
            args.push(Arg { name, value, span });
        }
        self.check_twice("argument", args.iter().filter_map(|arg| arg.name.as_ref()));
        (args, filter)
    }

    /// Arguments where no filter makes sense.
    pub(super) fn plain_args(&self, node: Node) -> Vec<Arg> {
        let (args, filter) = self.args(node);
        if let Some(filter) = filter {
            self.push(errors::filter_not_here(filter.span));
        }
        args
    }

    /// The condition behind `where`.
    pub(super) fn filter(&self, node: Node) -> Expr {
        self.expr(Parts::of(node).need(Rule::expr))
    }

    /// A `using` node.
    pub(super) fn solver(&self, node: Node) -> Solver {
        let end = self.span(&node);
        let mut parts = Parts::of(node);
        let name = self.ident(parts.need(Rule::name));
        let args = parts.take(Rule::args).map_or_else(Vec::new, |args| self.plain_args(args));
        let span = name.span.to(end);
        Solver { span: twin_diagnostics::Span { start: name.span.start, ..span }, name, args }
    }

    fn grouping(&self, node: Node) -> Grouping {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let key = self.operand(parts.need(Rule::call_operand));
        let range = parts.take(Rule::range).map(|range| self.range(range));
        Grouping { key, range, span }
    }

    /// `LO..HI`
    pub(super) fn range(&self, node: Node) -> Range {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let low = self.operand(parts.need(Rule::operand));
        Range { low, high: self.operand(parts.need(Rule::operand)), span }
    }

    /// An `every` node: its period.
    pub(super) fn every(&self, node: Node) -> Expr {
        self.operand(Parts::of(node).need(Rule::operand))
    }

    fn window(&self, node: Node) -> Window {
        let span = self.span(&node);
        let node = only(node);
        let rule = node.as_rule();
        let mut parts = Parts::of(node);
        let kind = match rule {
            Rule::over_window => match parts.take(Rule::kw_all) {
                Some(_) => WindowKind::All,
                None => self.over_window(parts.any()),
            },
            Rule::each_window => {
                let length = self.operand(parts.need(Rule::operand));
                let zone = parts.take(Rule::text).map(|zone| self.text_expr(zone));
                WindowKind::Tumbling { length, zone }
            }
            Rule::during_window => {
                WindowKind::During { condition: self.operand(parts.need(Rule::call_operand)) }
            }
            _ => {
                let open = self.operand(parts.need(Rule::call_operand));
                WindowKind::Between { open, close: self.operand(parts.need(Rule::call_operand)) }
            }
        };
        Window { kind, span }
    }

    fn over_window(&self, node: Node) -> WindowKind {
        let rule = node.as_rule();
        let mut parts = Parts::of(node);
        match rule {
            Rule::session_window => {
                let args = self.plain_args(parts.need(Rule::args));
                let every = parts.take(Rule::every).map(|every| self.every(every));
                WindowKind::Session { args, every }
            }
            Rule::sample_count => WindowKind::Samples { count: self.bare_number(parts.need(Rule::numeral)) },
            _ => {
                let length = self.operand(parts.need(Rule::operand));
                if parts.take(Rule::kw_samples).is_some() {
                    return WindowKind::Samples { count: length };
                }
                let closed = parts.take(Rule::kw_closed).is_some();
                let every = parts.take(Rule::every).map(|every| self.every(every));
                WindowKind::Trailing { length, closed, every }
            }
        }
    }
}
