//! Expressions: from what is written to what it means, with type, unit and clock.

mod aggregates;
mod arguments;
mod blocks;
mod calls;
mod choices;
mod commands;
mod fields;
mod forms;
mod functions;
mod names;
mod operators;
mod parts;
mod windows;

pub(crate) use calls::FORMS;
pub(crate) use forms::difference_of;

use crate::checker::{Checker, DEPTH_MAX};
use crate::errors::{names as name_errors, types as errors};
use crate::hir::{Const, Expr, ExprKind, Unary};
use twin_syntax::ast::{self, ExprKind as Syntax, UnaryOp};
use twin_types::{Kind, Type};

impl Checker<'_> {
    /// The meaning of an expression. `expected` is what the place asks for: literals adapt to it and bare names
    /// of enum values are found by it, but nothing else is converted (see [`Checker::coerce`]).
    pub fn infer(&mut self, written: &ast::Expr, expected: Option<&Type>) -> Expr {
        if self.depth >= DEPTH_MAX {
            return self.fail(name_errors::too_deep(written.span), written.span);
        }
        self.depth += 1;
        let mut expr = self.infer_kind(written, expected);
        self.depth -= 1;
        expr.span = written.span;
        expr
    }

    fn infer_kind(&mut self, written: &ast::Expr, expected: Option<&Type>) -> Expr {
        let span = written.span;
        match &written.kind {
            Syntax::Absent => {
                let ty = expected.cloned().unwrap_or(Type::Absent);
                Expr { optional: true, ..Expr::new(ExprKind::Const(Const::Absent), ty, span) }
            }
            Syntax::Bool(value) => Expr::truth(*value, span),
            Syntax::Number(number) => self.number(number, false, expected),
            Syntax::Compound(numbers) => self.compound_number(numbers, false, span),
            Syntax::Timestamp(at) => Expr::whole(at.nanos, Type::Timestamp, span),
            Syntax::Text(text) => Expr::text(self.plain_text(text), span),
            Syntax::Name(name) => self.name(name, expected),
            Syntax::Field { of, name } => self.field(of, name, expected),
            Syntax::Index { of, index } => self.index(of, index, span),
            Syntax::Call(call) => self.call(call, span),
            Syntax::Unary { op, operand } => self.unary(*op, operand, expected, span),
            Syntax::Binary { op, op_span, left, right } => {
                self.binary(*op, *op_span, left, right, expected, span)
            }
            Syntax::If { condition, then, otherwise } => {
                self.choice(condition, then, otherwise, expected, span)
            }
            Syntax::Match { subject, arms } => self.matched(subject, arms, expected, span),
            Syntax::Record(fields) => self.record(fields, expected, span),
            Syntax::Array(items) => self.array(items, expected, span),
        }
    }

    fn unary(
        &mut self,
        op: UnaryOp,
        operand: &ast::Expr,
        expected: Option<&Type>,
        span: twin_diagnostics::Span,
    ) -> Expr {
        match (op, &operand.kind) {
            // The minus belongs to the number before it is converted: -10 degC is 263.15 K.
            (UnaryOp::Negate, Syntax::Number(number)) => return self.number(number, true, expected),
            (UnaryOp::Negate, Syntax::Compound(numbers)) => return self.compound_number(numbers, true, span),
            (UnaryOp::Not, _) => {
                let inner = self.condition(operand, "`not`");
                let (clock, optional) = (inner.clock.clone(), inner.optional);
                return Expr::new(ExprKind::Unary(Unary::Not, Box::new(inner)), Type::Bool, span)
                    .with(clock, optional);
            }
            (UnaryOp::Negate, _) => {}
        }
        let inner = self.infer(operand, expected);
        match &inner.ty {
            Type::Error => inner,
            Type::Quantity(q) if q.kind == Kind::Reading => {
                self.fail(errors::scaled_reading(&self.words(operand.span), "-", operand.span), span)
            }
            Type::Quantity(_) | Type::Int | Type::Duration => {
                let (ty, clock, optional, unit) =
                    (inner.ty.clone(), inner.clock.clone(), inner.optional, inner.unit.clone());
                let negated = Expr::new(ExprKind::Unary(Unary::Neg, Box::new(inner)), ty, span);
                self.folded(negated.with(clock, optional).shown_in(unit))
            }
            _ => {
                let finding = errors::not_arithmetic(self, &inner, "-");
                self.fail(finding, span)
            }
        }
    }

    /// A condition: a bool; anything else is reported with what a reader may have meant.
    pub fn condition(&mut self, written: &ast::Expr, what: &str) -> Expr {
        let expr = self.infer(written, Some(&Type::Bool));
        match expr.ty {
            Type::Bool | Type::Error => expr,
            Type::Absent => Expr { ty: Type::Bool, ..expr },
            _ => {
                let finding = errors::not_a_condition(self, &expr, what);
                self.fail(finding, written.span)
            }
        }
    }
}
