//! Making a value fit the type that a place asks for, and finding the type that two values share.

use crate::checker::Checker;
use crate::errors::types as errors;
use crate::hir::{Const, Conversion, Expr, ExprKind};
use std::sync::Arc;
use twin_types::{Kind, Quantity, RecordType, Type};

impl Checker<'_> {
    /// The value as `target`; where it does not fit, a finding that begins with `what`, e.g. `a window's length`.
    pub fn coerce(&mut self, expr: Expr, target: &Type, what: &str) -> Expr {
        let span = expr.span;
        match self.fitted(expr, target) {
            Ok(expr) => expr,
            Err(expr) => {
                let finding = errors::wrong_type(self, &expr, target, what);
                self.fail(finding, span)
            }
        }
    }

    /// The value as `target`, or the value as it was where it does not fit.
    pub fn fitted(&self, expr: Expr, target: &Type) -> Result<Expr, Box<Expr>> {
        if expr.is_error() || *target == Type::Error || expr.ty == *target {
            return Ok(expr);
        }
        let clock = Quantity::plain(self.clock_dimension());
        match (&expr.ty, target) {
            (Type::Absent, _) => {
                let mut expr = expr;
                expr.ty = target.clone();
                Ok(expr)
            }
            (Type::Int, Type::Quantity(Quantity::REAL)) => {
                Ok(self.converted(expr, Conversion::IntToReal, target))
            }
            (Type::Duration, Type::Quantity(q)) if *q == clock => {
                Ok(self.converted(expr, Conversion::DurationToSeconds, target))
            }
            (Type::Quantity(q), Type::Duration) if *q == clock => {
                Ok(self.converted(expr, Conversion::SecondsToDuration, target))
            }
            (Type::Quantity(a), Type::Quantity(b)) if kinds_agree(*a, *b) => {
                Ok(Expr { ty: target.clone(), ..expr })
            }
            (Type::String(_), Type::String(_)) => Ok(expr),
            (Type::Array(_, n), Type::Array(item, m)) if n == m => self.fitted_array(expr, item, target),
            (Type::Record(from), Type::Record(to)) => {
                let from = from.clone();
                self.fitted_record(expr, &from, to, target)
            }
            _ => Err(Box::new(expr)),
        }
    }

    fn fitted_array(&self, expr: Expr, item: &Type, target: &Type) -> Result<Expr, Box<Expr>> {
        let ExprKind::Array(items) = &expr.kind else {
            // Arrays of the same words need no conversion, only another name.
            return match &expr.ty {
                Type::Array(own, _) if same_words(own, item) => Ok(Expr { ty: target.clone(), ..expr }),
                _ => Err(Box::new(expr)),
            };
        };
        let fitted: Result<Vec<Expr>, Box<Expr>> =
            items.iter().map(|i| self.fitted(i.clone(), item)).collect();
        match fitted {
            Ok(items) => Ok(Expr { kind: ExprKind::Array(items), ty: target.clone(), ..expr }),
            Err(_) => Err(Box::new(expr)),
        }
    }

    /// A record literal's fields in the order that the target has; missing optional ones are absent.
    fn fitted_record(
        &self,
        expr: Expr,
        from: &RecordType,
        to: &Arc<RecordType>,
        target: &Type,
    ) -> Result<Expr, Box<Expr>> {
        let same = |a: &RecordType, b: &RecordType| {
            a.fields.len() == b.fields.len()
                && a.fields.iter().zip(&b.fields).all(|(x, y)| x.name == y.name && same_words(&x.ty, &y.ty))
        };
        let ExprKind::Record(values) = &expr.kind else {
            return if same(from, to) {
                Ok(Expr { ty: target.clone(), ..expr })
            } else {
                Err(Box::new(expr))
            };
        };
        let is_known = |name: &str| to.fields.iter().any(|f| f.name == name);
        if !from.fields.iter().all(|f| is_known(&f.name)) {
            return Err(Box::new(expr));
        }
        let mut fields = Vec::new();
        for field in &to.fields {
            let value = from.fields.iter().position(|f| f.name == field.name).and_then(|at| values.get(at));
            match value {
                Some(value) => match self.fitted(value.clone(), &field.ty) {
                    Ok(value) => fields.push(value),
                    Err(_) => return Err(Box::new(expr)),
                },
                None if field.optional => fields.push(absent(field.ty.clone(), expr.span)),
                None => return Err(Box::new(expr)),
            }
        }
        Ok(Expr { kind: ExprKind::Record(fields), ty: target.clone(), ..expr })
    }

    pub fn converted(&self, expr: Expr, conversion: Conversion, target: &Type) -> Expr {
        let converted = Expr {
            ty: target.clone(),
            optional: expr.optional,
            clock: expr.clock.clone(),
            unit: expr.unit.clone(),
            span: expr.span,
            kind: ExprKind::Convert(conversion, Box::new(expr)),
        };
        self.folded(converted)
    }

    /// A number as a float: ints and durations are converted.
    pub fn as_quantity(&self, expr: Expr) -> Expr {
        match expr.ty {
            Type::Int => self.converted(expr, Conversion::IntToReal, &Type::REAL),
            Type::Duration => {
                let seconds = Type::Quantity(Quantity::plain(self.clock_dimension()));
                self.converted(expr, Conversion::DurationToSeconds, &seconds)
            }
            _ => expr,
        }
    }

    /// The type that both fit, if there is one.
    pub fn joined(&self, a: &Type, b: &Type) -> Option<Type> {
        let clock = Quantity::plain(self.clock_dimension());
        Some(match (a, b) {
            (Type::Error, _) | (_, Type::Error) => Type::Error,
            (Type::Absent, other) | (other, Type::Absent) => other.clone(),
            (a, b) if a == b => a.clone(),
            (Type::Int, Type::Quantity(Quantity::REAL)) | (Type::Quantity(Quantity::REAL), Type::Int) => {
                Type::REAL
            }
            (Type::Duration, Type::Quantity(q)) | (Type::Quantity(q), Type::Duration) if *q == clock => {
                Type::Duration
            }
            (Type::Quantity(x), Type::Quantity(y)) if kinds_agree(*x, *y) => {
                if x.kind == Kind::Plain {
                    b.clone()
                } else {
                    a.clone()
                }
            }
            (Type::String(n), Type::String(m)) => Type::String(*n.max(m)),
            (Type::Array(x, n), Type::Array(y, m)) if n == m => Type::Array(Box::new(self.joined(x, y)?), *n),
            _ => return None,
        })
    }

    /// Two values as one type; a finding where there is none.
    pub fn unified(&mut self, a: Expr, b: Expr, what: &str) -> (Expr, Expr) {
        let Some(ty) = self.joined(&a.ty, &b.ty) else {
            let finding = errors::not_one_type(self, &a, &b, what);
            let span = b.span;
            let b = self.fail(finding, span);
            return (a, b);
        };
        let a = self.fitted(a, &ty).unwrap_or_else(|e| *e);
        let b = self.fitted(b, &ty).unwrap_or_else(|e| *e);
        (a, b)
    }
}

/// `absent` of a type.
pub(crate) fn absent(ty: Type, span: twin_diagnostics::Span) -> Expr {
    Expr { optional: true, ..Expr::new(ExprKind::Const(Const::Absent), ty, span) }
}

/// A plain 1/s may stand for a frequency or an angular velocity; nothing else changes its kind in silence.
pub(crate) fn kinds_agree(a: Quantity, b: Quantity) -> bool {
    let is_plain = |k: Kind| k == Kind::Plain;
    let is_reading = a.kind == Kind::Reading || b.kind == Kind::Reading;
    a.dimension == b.dimension
        && (a.kind == b.kind || (!is_reading && (is_plain(a.kind) || is_plain(b.kind))))
}

fn same_words(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Quantity(x), Type::Quantity(y)) => kinds_agree(*x, *y),
        (Type::String(_), Type::String(_)) => true,
        (Type::Array(x, n), Type::Array(y, m)) => n == m && same_words(x, y),
        _ => a == b,
    }
}
