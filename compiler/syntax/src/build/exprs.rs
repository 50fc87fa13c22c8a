//! Expressions: precedence, postfixes, and how deep they nest.

use std::sync::LazyLock;

use pest::pratt_parser::{Assoc, Op, PrattParser};
use twin_diagnostics::Span;

use super::{Builder, Parts, only};
use crate::ast::*;
use crate::errors;
use crate::grammar::{Node, Rule};
use crate::nesting;

/// Precedence, loosest first. `if` is looser than all of them and needs parentheses as an operand.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::op_or))
        .op(left(Rule::op_and))
        .op(Op::prefix(Rule::op_not))
        .op(left(Rule::op_equal)
            | left(Rule::op_not_equal)
            | left(Rule::op_less)
            | left(Rule::op_less_equal)
            | left(Rule::op_greater)
            | left(Rule::op_greater_equal))
        .op(left(Rule::op_coalesce))
        .op(left(Rule::op_add) | left(Rule::op_subtract))
        .op(left(Rule::op_multiply)
            | left(Rule::op_divide)
            | left(Rule::op_int_divide)
            | left(Rule::op_modulo))
        .op(Op::prefix(Rule::op_negate))
        .op(Op::infix(Rule::op_power, Assoc::Right))
});

/// An expression on its way through the precedence table.
struct Operand {
    expr: Expr,
    /// How tall its tree is.
    height: usize,
    /// Whether it is an operator's result without parentheses around it.
    is_bare: bool,
}

/// The value in the middle, where `left op …` compares the answer of a comparison; of a longer chain the last one.
fn chained(left: &Operand, op: BinaryOp) -> Option<Expr> {
    let ExprKind::Binary { op: before, right, .. } = &left.expr.kind else { return None };
    if !left.is_bare || !op.is_comparison() {
        return None;
    }
    match &right.kind {
        _ if before.is_comparison() => Some((**right).clone()),
        // `and` binds looser: bare on the left of a comparison stands only what was a chain itself.
        ExprKind::Binary { right, .. } if *before == BinaryOp::And => Some((**right).clone()),
        _ => None,
    }
}

impl Builder<'_> {
    /// Any `expr` node.
    pub(crate) fn expr(&self, node: Node) -> Expr {
        self.expr_operand(node).expr
    }

    fn expr_operand(&self, node: Node) -> Operand {
        let inner = only(node);
        match inner.as_rule() {
            Rule::if_expr => {
                let (expr, height) = self.measured(|| self.if_expr(inner));
                Operand { expr, height, is_bare: true }
            }
            _ => self.operation(inner),
        }
    }

    /// What `build` gives, and how tall the tallest expression is that it built, plus one.
    fn measured(&self, build: impl FnOnce() -> Expr) -> (Expr, usize) {
        let outside = self.tallest.replace(0);
        let expr = build();
        let height = self.tallest.get() + 1;
        self.tallest.set(outside.max(height));
        (expr, height)
    }

    fn if_expr(&self, node: Node) -> Expr {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let mut part = || Box::new(self.expr(parts.need(Rule::expr)));
        let (condition, then, otherwise) = (part(), part(), part());
        Expr { kind: ExprKind::If { condition, then, otherwise }, span }
    }

    fn operation(&self, node: Node) -> Operand {
        let operand = PRECEDENCE
            .map_primary(|primary| self.postfix_operand(primary))
            .map_prefix(|op, operand| self.unary(op, operand))
            .map_infix(|left, op, right| self.binary(left, op, right))
            .parse(node.into_inner());
        self.tallest.set(self.tallest.get().max(operand.height));
        operand
    }

    fn unary(&self, op: Node, operand: Operand) -> Operand {
        let span = self.span(&op).to(operand.expr.span);
        let op = if op.as_rule() == Rule::op_not { UnaryOp::Not } else { UnaryOp::Negate };
        let Some(height) = self.taller(operand.height, span) else { return operand };
        let kind = ExprKind::Unary { op, operand: Box::new(operand.expr) };
        Operand { expr: Expr { kind, span }, height, is_bare: true }
    }

    fn binary(&self, left: Operand, op: Node, right: Operand) -> Operand {
        let op_span = self.span(&op);
        let op = binary_op(op.as_rule());
        self.check_not(op, op_span, &right);
        let span = left.expr.span.to(right.expr.span);
        if let Some(middle) = chained(&left, op) {
            return self.both_comparisons(left, middle, (op, op_span), right);
        }
        let Some(height) = self.taller(left.height.max(right.height), span) else { return left };
        let kind = ExprKind::Binary { op, op_span, left: Box::new(left.expr), right: Box::new(right.expr) };
        Operand { expr: Expr { kind, span }, height, is_bare: true }
    }

    /// One more than `height`, or none and a finding where that is too much. Beyond it the tree stops growing,
    /// so that whoever walks it needs no guard of their own.
    fn taller(&self, height: usize, span: Span) -> Option<usize> {
        if height < nesting::MAX {
            return Some(height + 1);
        }
        if !self.said_too_deep.replace(true) {
            let last = Span { start: span.end.saturating_sub(1), ..span };
            let is_whole = self.text.is_char_boundary(last.start as usize);
            self.push(errors::formula_too_long(if is_whole { last } else { span }));
        }
        None
    }

    /// A chain of comparisons is told, and goes on as what was meant: each of its pairs compared. So nothing else is
    /// found in it that is not there.
    fn both_comparisons(
        &self,
        left: Operand,
        middle: Expr,
        (op, op_span): (BinaryOp, Span),
        right: Operand,
    ) -> Operand {
        let span = left.expr.span.to(right.expr.span);
        let [first, between, last] =
            [left.expr.span, middle.span, right.expr.span].map(|at| self.text_of(at));
        self.push(errors::chained_comparison(op_span, op, [first, between, last]));
        let Some(height) = self.taller(left.height.max(right.height) + 1, span) else { return left };
        let second = Span { start: middle.span.start, ..span };
        let kind = ExprKind::Binary { op, op_span, left: Box::new(middle), right: Box::new(right.expr) };
        let second = Expr { kind, span: second };
        let (left, right) = (Box::new(left.expr), Box::new(second));
        let kind = ExprKind::Binary { op: BinaryOp::And, op_span, left, right };
        Operand { expr: Expr { kind, span }, height, is_bare: true }
    }

    fn check_not(&self, op: BinaryOp, op_span: Span, right: &Operand) {
        let is_not = matches!(right.expr.kind, ExprKind::Unary { op: UnaryOp::Not, .. });
        if is_not && right.is_bare && !matches!(op, BinaryOp::And | BinaryOp::Or) {
            let text = self.text_of(right.expr.span);
            self.push(errors::not_needs_parentheses(right.expr.span, text, op, op_span));
        }
    }

    fn postfix_operand(&self, node: Node) -> Operand {
        let outside = self.tallest.replace(0);
        let mut parts = node.into_inner();
        let atom = parts.next().expect("a postfix expression has a head");
        let (mut expr, mut height) = match atom.as_rule() {
            Rule::paren => self.parenthesised(atom),
            _ => self.measured(|| self.atom(atom)),
        };
        for part in parts {
            self.tallest.set(0);
            let span = expr.span.to(self.span(&part));
            let postfix = self.postfix(part);
            let Some(taller) = self.taller(height.max(self.tallest.get()), span) else { break };
            expr = Expr { kind: self.apply(expr, postfix, span), span };
            height = taller;
        }
        self.tallest.set(outside.max(height));
        Operand { expr, height, is_bare: false }
    }

    /// Parentheses only widen the span.
    fn parenthesised(&self, node: Node) -> (Expr, usize) {
        let span = self.span(&node);
        let inner = self.expr_operand(Parts::of(node).need(Rule::expr));
        (Expr { kind: inner.expr.kind, span }, inner.height)
    }

    fn postfix(&self, node: Node) -> Postfix {
        match node.as_rule() {
            Rule::field => Postfix::Field(self.ident(Parts::of(node).need(Rule::any_word))),
            Rule::index => Postfix::Index(self.expr(Parts::of(node).need(Rule::expr))),
            _ => Postfix::Call(self.call_tail(node)),
        }
    }

    /// `of`, with what follows it.
    fn apply(&self, of: Expr, postfix: Postfix, span: Span) -> ExprKind {
        if let ExprKind::Call(call) = &of.kind
            && let Some(window) = &call.window
            && window.span.end == of.span.end
        {
            self.push(errors::postfix_after_window(of.span, span));
        }
        match postfix {
            Postfix::Field(name) => ExprKind::Field { of: Box::new(of), name },
            Postfix::Index(index) => ExprKind::Index { of: Box::new(of), index: Box::new(index) },
            Postfix::Call(tail) => {
                if !matches!(of.kind, ExprKind::Name(_) | ExprKind::Field { .. }) {
                    self.push(errors::only_names_are_called(of.span));
                }
                ExprKind::Call(Box::new(tail.with_callee(of)))
            }
        }
    }

    fn atom(&self, node: Node) -> Expr {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::name => ExprKind::Name(self.ident(node)),
            Rule::match_expr => self.match_expr(node),
            Rule::array => {
                let elements = Parts::of(node).all(Rule::expr);
                ExprKind::Array(elements.into_iter().map(|element| self.expr(element)).collect())
            }
            Rule::record => ExprKind::Record(self.record(node)),
            _ => self.literal(node),
        };
        Expr { kind, span }
    }

    fn match_expr(&self, node: Node) -> ExprKind {
        let mut parts = Parts::of(node);
        let subject = Box::new(self.expr(parts.need(Rule::expr)));
        let arms = parts.all(Rule::match_arm).into_iter().map(|arm| self.match_arm(arm)).collect();
        ExprKind::Match { subject, arms }
    }

    fn match_arm(&self, node: Node) -> MatchArm {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let values = Parts::of(parts.need(Rule::match_pattern)).all(Rule::pattern_value);
        let values: Vec<Expr> = values.into_iter().map(|value| self.operand(value)).collect();
        let pattern = if values.is_empty() { Pattern::Else } else { Pattern::AnyOf(values) };
        MatchArm { pattern, value: self.expr(parts.need(Rule::expr)), span }
    }

    /// The fields of a record in braces.
    pub(super) fn record(&self, node: Node) -> Vec<RecordField> {
        let fields = Parts::of(node).all(Rule::record_field);
        let fields: Vec<RecordField> = fields.into_iter().map(|field| self.record_field(field)).collect();
        self.check_twice("field", fields.iter().map(|field| &field.name));
        fields
    }

    fn record_field(&self, node: Node) -> RecordField {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        match parts.take(Rule::field_name) {
            Some(name) => RecordField {
                name: self.field_name(name),
                value: Some(self.expr(parts.need(Rule::expr))),
                span,
            },
            None => RecordField { name: self.ident(parts.need(Rule::name)), value: None, span },
        }
    }

    /// The word of `word:`.
    pub(super) fn field_name(&self, node: Node) -> Ident {
        self.ident(Parts::of(node).need(Rule::any_word))
    }

    /// An `operand`, a `call_operand`, a `target` or a `pattern_value`: a literal, perhaps negated, a
    /// parenthesis, or a name with fields, indexes and arguments.
    pub(super) fn operand(&self, node: Node) -> Expr {
        self.measured(|| self.operand_parts(node)).0
    }

    fn operand_parts(&self, node: Node) -> Expr {
        let span = self.span(&node);
        let mut parts = node.into_inner();
        let head = parts.next().expect("an operand has a head");
        match head.as_rule() {
            Rule::op_negate => {
                let operand = Box::new(self.atom(parts.next().expect("a literal follows its sign")));
                Expr { kind: ExprKind::Unary { op: UnaryOp::Negate, operand }, span }
            }
            Rule::paren => self.parenthesised(head).0,
            _ => {
                let mut expr = self.atom(head);
                for (deep, part) in parts.enumerate() {
                    let span = expr.span.to(self.span(&part));
                    let postfix = self.postfix(part);
                    if self.taller(deep, span).is_some() {
                        expr = Expr { kind: self.apply(expr, postfix, span), span };
                    }
                }
                expr
            }
        }
    }
}

/// What may follow a value.
enum Postfix {
    Field(Ident),
    Index(Expr),
    Call(super::calls::CallTail),
}

fn binary_op(rule: Rule) -> BinaryOp {
    match rule {
        Rule::op_or => BinaryOp::Or,
        Rule::op_and => BinaryOp::And,
        Rule::op_equal => BinaryOp::Equal,
        Rule::op_not_equal => BinaryOp::NotEqual,
        Rule::op_less => BinaryOp::Less,
        Rule::op_less_equal => BinaryOp::LessEqual,
        Rule::op_greater => BinaryOp::Greater,
        Rule::op_greater_equal => BinaryOp::GreaterEqual,
        Rule::op_coalesce => BinaryOp::Coalesce,
        Rule::op_add => BinaryOp::Add,
        Rule::op_subtract => BinaryOp::Subtract,
        Rule::op_multiply => BinaryOp::Multiply,
        Rule::op_divide => BinaryOp::Divide,
        Rule::op_int_divide => BinaryOp::IntDivide,
        Rule::op_modulo => BinaryOp::Modulo,
        Rule::op_power => BinaryOp::Power,
        other => unreachable!("{other:?} is no operator"),
    }
}
