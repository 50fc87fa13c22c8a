//! Mistake 8: divisors that can be zero.

use crate::checker::Checker;
use crate::errors::types as errors;
use crate::hir::{Binary, Expr, ExprKind, SignalKind, Unary};
use twin_diagnostics::Span;
use twin_syntax::ast::{self, BinaryOp, ExprKind as Syntax};

impl Checker<'_> {
    pub fn warn_zero_divisor(&mut self, left: &ast::Expr, right: &ast::Expr, divisor: &Expr, span: Span) {
        if divisor.is_error() || !self.can_be_zero(divisor) {
            return;
        }
        let path = path_of(right);
        if path.as_ref().is_some_and(|path| self.nonzero.contains(path)) {
            return;
        }
        let figures = self.zeros_recorded(divisor);
        let (up, down) = (self.world.text(left.span), self.world.text(right.span));
        let zero = match (&divisor.ty.quantity(), &divisor.unit) {
            (Some(q), unit) if !q.dimension.is_none() => {
                let unit = unit.as_ref().map(|u| u.symbol.clone());
                let unit = unit.unwrap_or_else(|| crate::units::default_unit(*q, self.units.user_bases()));
                format!("0 {unit}")
            }
            _ => "0".to_string(),
        };
        self.push(errors::zero_divisor(&up, &down, &zero, figures, right.span, span));
    }

    fn can_be_zero(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Const(_) => self.is_constant_zero(expr),
            ExprKind::Field(input, at) => {
                let source = self.twin.inputs.get(input.index()).map(|i| i.source);
                let field = source.and_then(|source| self.field_at(source, *at));
                match field.and_then(|f| f.valid) {
                    Some((low, high)) => low <= 0.0 && high >= 0.0,
                    None => !is_reading(expr),
                }
            }
            ExprKind::Convert(_, of) | ExprKind::Unary(Unary::Neg, of) => self.can_be_zero(of),
            ExprKind::Index(of, _) => self.can_be_zero(of),
            ExprKind::Binary(Binary::Sub, a, b) => {
                self.constant(expr).is_none() && (self.reads_field(a) && self.reads_field(b))
            }
            ExprKind::Binary(Binary::Mul, a, b) => self.can_be_zero(a) || self.can_be_zero(b),
            ExprKind::Binary(Binary::Add, a, b) => self.can_be_zero(a) && self.can_be_zero(b),
            ExprKind::Binary(Binary::Pow, base, _) => self.can_be_zero(base),
            ExprKind::Binary(Binary::Div, a, _) => self.can_be_zero(a),
            ExprKind::Signal(id) => {
                let is_let = self.signal(*id).is_some_and(|s| s.kind == SignalKind::Let);
                is_let && self.twin.values.get(id).is_some_and(|value| self.can_be_zero(value))
            }
            _ => false,
        }
    }

    fn reads_field(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Field(..) => true,
            ExprKind::Signal(id) => {
                let is_let = self.signal(*id).is_some_and(|s| s.kind == SignalKind::Let);
                is_let && self.twin.values.get(id).is_some_and(|value| self.reads_field(value))
            }
            _ => crate::clocks::children(expr).into_iter().any(|child| self.reads_field(child)),
        }
    }

    /// In how many of how many records a field was zero.
    fn zeros_recorded(&self, divisor: &Expr) -> Option<(u64, u64)> {
        let ExprKind::Field(input, at) = &divisor.kind else { return None };
        let source = self.twin.inputs.get(input.index())?.source;
        let name = self.field_at(source, *at)?.name.clone();
        let recording = self.world.recording(&self.program.sources.get(source.index())?.name)?;
        let field = recording.fields.get(&name)?;
        Some((field.zeros, recording.records))
    }

    /// What a condition that is true says about divisors.
    pub fn learn_nonzero(&mut self, condition: &ast::Expr) {
        match &condition.kind {
            Syntax::Binary { op: BinaryOp::And, left, right, .. } => {
                self.learn_nonzero(left);
                self.learn_nonzero(right);
            }
            Syntax::Binary { op, left, right, .. } => {
                let is_known = |op: BinaryOp, sign: std::cmp::Ordering| match op {
                    BinaryOp::NotEqual => sign.is_eq(),
                    BinaryOp::Greater => sign.is_ge(),
                    BinaryOp::GreaterEqual => sign.is_gt(),
                    BinaryOp::Less => sign.is_le(),
                    BinaryOp::LessEqual => sign.is_lt(),
                    _ => false,
                };
                if let (Some(path), Some(sign)) = (path_of(left), sign_of(right))
                    && is_known(*op, sign)
                {
                    self.nonzero.push(path);
                }
                if let (Some(path), Some(sign)) = (path_of(right), sign_of(left))
                    && is_known(mirrored(*op), sign)
                {
                    self.nonzero.push(path);
                }
            }
            _ => {}
        }
    }

    /// What a condition that is false says about divisors.
    pub fn learn_nonzero_otherwise(&mut self, condition: &ast::Expr) {
        let Syntax::Binary { op, left, right, .. } = &condition.kind else { return };
        let is_zero_test = match op {
            BinaryOp::Equal => sign_of(right).is_some_and(|s| s.is_eq()),
            BinaryOp::LessEqual => sign_of(right).is_some_and(|s| s.is_ge()),
            BinaryOp::Less => sign_of(right).is_some_and(|s| s.is_gt()),
            _ => false,
        };
        if let (true, Some(path)) = (is_zero_test, path_of(left)) {
            self.nonzero.push(path);
        }
    }
}

fn is_reading(expr: &Expr) -> bool {
    expr.ty.quantity().is_some_and(|q| q.kind == twin_types::Kind::Reading)
}

fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Greater => BinaryOp::Less,
        BinaryOp::GreaterEqual => BinaryOp::LessEqual,
        BinaryOp::Less => BinaryOp::Greater,
        BinaryOp::LessEqual => BinaryOp::GreaterEqual,
        other => other,
    }
}

/// The sign of a number as it is written.
fn sign_of(written: &ast::Expr) -> Option<std::cmp::Ordering> {
    match &written.kind {
        Syntax::Number(number) => number.value().partial_cmp(&0.0),
        Syntax::Unary { op: ast::UnaryOp::Negate, operand } => {
            sign_of(operand).map(std::cmp::Ordering::reverse)
        }
        _ => None,
    }
}

/// A dotted or indexed name as text.
pub(crate) fn path_of(written: &ast::Expr) -> Option<String> {
    match &written.kind {
        Syntax::Name(name) => Some(name.text.clone()),
        Syntax::Field { of, name } => Some(format!("{}.{}", path_of(of)?, name.text)),
        Syntax::Index { of, index } => match &index.kind {
            Syntax::Number(number) => Some(format!("{}[{}]", path_of(of)?, number.raw)),
            _ => None,
        },
        _ => None,
    }
}
