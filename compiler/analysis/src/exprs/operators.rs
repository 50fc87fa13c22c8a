//! Operators: arithmetic with dimensions, comparison, three-valued logic, `??`.

use crate::checker::Checker;
use crate::errors::types as errors;
use crate::hir::{Binary, Expr, ExprKind};
use twin_diagnostics::Span;
use twin_syntax::ast::{self, BinaryOp, ExprKind as Syntax, UnaryOp};
use twin_types::{Kind, Quantity, Type, Unit};

impl Checker<'_> {
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: &ast::Expr,
        right: &ast::Expr,
        expected: Option<&Type>,
        span: Span,
    ) -> Expr {
        match op {
            BinaryOp::And | BinaryOp::Or => self.logic(op, left, right, span),
            BinaryOp::Coalesce => self.coalesce(left, right, expected, span),
            BinaryOp::Power => self.power(left, right, span),
            _ if op.is_comparison() => {
                if let Some(silent) = self.silent_comparison(op, left, right, span) {
                    return silent;
                }
                let (a, b) = self.compared_operands(left, right);
                self.compared(op, a, b, span)
            }
            _ => {
                // Beside + or -, and in products, a K literal is a difference; whole numbers stay whole.
                let a = self.infer(left, None);
                let b = self.infer(right, None);
                if op == BinaryOp::Divide {
                    self.warn_zero_divisor(left, right, &b, span);
                }
                self.arithmetic(op, op_span, a, b, span)
            }
        }
    }

    fn logic(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let what = format!("`{}`", op.symbol());
        let a = self.condition(left, &what);
        let known = self.nonzero.len();
        if op == BinaryOp::And {
            self.learn_nonzero(left);
        }
        let b = self.condition(right, &what);
        self.nonzero.truncate(known);
        let op = if op == BinaryOp::And { Binary::And } else { Binary::Or };
        self.joined_operation(op, a, b, Type::Bool, span)
    }

    fn coalesce(&mut self, left: &ast::Expr, right: &ast::Expr, expected: Option<&Type>, span: Span) -> Expr {
        let a = self.infer(left, expected);
        let wanted = if a.ty == Type::Absent { expected.cloned() } else { Some(a.ty.clone()) };
        let b = self.infer(right, wanted.as_ref());
        let (a, b) = self.unified(a, b, "`??`");
        let clock = self.merged_clock([&a, &b]);
        let (ty, optional) = (if a.is_error() { a.ty.clone() } else { b.ty.clone() }, b.optional);
        let unit = a.unit.clone().or_else(|| b.unit.clone());
        if a.is_error() || b.is_error() {
            return Expr::error(span);
        }
        Expr::new(ExprKind::Coalesce(Box::new(a), Box::new(b)), ty, span).with(clock, optional).shown_in(unit)
    }

    /// Operands of a comparison: the one that adapts is looked at last, with the other's type in mind.
    fn compared_operands(&mut self, left: &ast::Expr, right: &ast::Expr) -> (Expr, Expr) {
        let left_adapts = self.adapts(left) && !self.adapts(right);
        if left_adapts {
            let b = self.infer(right, None);
            let a = self.compared_with(left, &b);
            return (a, b);
        }
        let a = self.infer(left, None);
        let b = self.compared_with(right, &a);
        (a, b)
    }

    /// A bare name compared with an enum is a value of it, never a signal.
    fn compared_with(&mut self, written: &ast::Expr, other: &Expr) -> Expr {
        match (&written.kind, &other.ty) {
            // Beside a value that is written out, `Grade.low == grade`, it can only be a signal.
            (Syntax::Name(name), Type::Enum(_)) if other.is_const() && self.is_readable(&name.text) => {
                self.infer(written, None)
            }
            (Syntax::Name(name), Type::Enum(id)) => self.enum_value(*id, name),
            _ => self.infer(written, Some(&other.ty)),
        }
    }

    /// Whether what is written takes its type from its surroundings.
    pub(super) fn adapts(&self, written: &ast::Expr) -> bool {
        match &written.kind {
            Syntax::Absent | Syntax::Number(_) | Syntax::Compound(_) => true,
            Syntax::Unary { op: UnaryOp::Negate, operand } => self.adapts(operand),
            Syntax::Name(name) => !self.is_readable(&name.text),
            Syntax::If { then, otherwise, .. } => self.adapts(then) && self.adapts(otherwise),
            _ => false,
        }
    }

    pub(crate) fn compared(&mut self, op: BinaryOp, a: Expr, b: Expr, span: Span) -> Expr {
        if a.is_error() || b.is_error() {
            return Expr::error(span);
        }
        let is_order = !matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
        let ty = match self.joined(&a.ty, &b.ty) {
            Some(ty) if comparable(&ty, is_order) => ty,
            _ => {
                let finding = errors::compared(self, op, &a, &b, span);
                return self.fail(finding, span);
            }
        };
        // Durations are compared as they are stored; a quantity of seconds beside one makes both seconds.
        let ty = match (&a.ty, &b.ty) {
            (Type::Quantity(_), Type::Duration) => a.ty.clone(),
            (Type::Duration, Type::Quantity(_)) => b.ty.clone(),
            _ => ty,
        };
        let a = self.fitted(a, &ty).unwrap_or_else(|e| *e);
        let b = self.fitted(b, &ty).unwrap_or_else(|e| *e);
        let op = match op {
            BinaryOp::Equal => Binary::Eq,
            BinaryOp::NotEqual => Binary::Ne,
            BinaryOp::Less => Binary::Lt,
            BinaryOp::LessEqual => Binary::Le,
            BinaryOp::Greater => Binary::Gt,
            _ => Binary::Ge,
        };
        self.joined_operation(op, a, b, Type::Bool, span)
    }

    pub(crate) fn arithmetic(&mut self, op: BinaryOp, op_span: Span, a: Expr, b: Expr, span: Span) -> Expr {
        if a.is_error() || b.is_error() {
            return Expr::error(span);
        }
        if let Some(expr) = self.time_arithmetic(op, &a, &b, span) {
            return expr;
        }
        match (op, &a.ty, &b.ty) {
            (BinaryOp::IntDivide | BinaryOp::Modulo, Type::Int, Type::Int) => {
                let op = if op == BinaryOp::Modulo { Binary::Mod } else { Binary::IntDiv };
                return self.joined_operation(op, a, b, Type::Int, span);
            }
            (
                BinaryOp::IntDivide | BinaryOp::Modulo,
                Type::Int | Type::Quantity(_),
                Type::Int | Type::Quantity(_),
            ) => {
                let finding = errors::whole_division(self, op, &a, &b, op_span);
                return self.fail(finding, span);
            }
            (BinaryOp::Add, Type::Int, Type::Int) => {
                return self.joined_operation(Binary::Add, a, b, Type::Int, span);
            }
            (BinaryOp::Subtract, Type::Int, Type::Int) => {
                return self.joined_operation(Binary::Sub, a, b, Type::Int, span);
            }
            (BinaryOp::Multiply, Type::Int, Type::Int) => {
                return self.joined_operation(Binary::Mul, a, b, Type::Int, span);
            }
            _ => {}
        }
        let (a, b) = (self.as_quantity(a), self.as_quantity(b));
        let (Some(x), Some(y)) = (a.ty.quantity(), b.ty.quantity()) else {
            let finding = errors::arithmetic(self, op, &a, &b, op_span);
            return self.fail(finding, span);
        };
        match op {
            BinaryOp::Add | BinaryOp::Subtract => self.sum(op, op_span, a, b, (x, y), span),
            _ => self.product(op, op_span, a, b, (x, y), span),
        }
    }

    fn sum(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        a: Expr,
        b: Expr,
        (x, y): (Quantity, Quantity),
        span: Span,
    ) -> Expr {
        let is_add = op == BinaryOp::Add;
        let result = match (x.kind, y.kind) {
            _ if x.dimension != y.dimension => None,
            (Kind::Reading, Kind::Reading) if is_add => {
                let finding = errors::added_readings(self, &a, &b, op_span);
                return self.fail(finding, span);
            }
            (Kind::Reading, Kind::Reading) => Some(Quantity::plain(x.dimension)),
            (Kind::Reading, Kind::Plain) => Some(x),
            (Kind::Plain, Kind::Reading) if is_add => Some(y),
            (Kind::Plain, Kind::Reading) => {
                let finding = errors::reading_from_difference(self, &a, &b, op_span);
                return self.fail(finding, span);
            }
            (one, other) if one == other || other == Kind::Plain => Some(x),
            (Kind::Plain, _) => Some(y),
            _ => None,
        };
        let Some(result) = result else {
            let finding = errors::arithmetic(self, op, &a, &b, op_span);
            return self.fail(finding, span);
        };
        let unit = sum_unit(&a, &b, x, y, result);
        let op = if is_add { Binary::Add } else { Binary::Sub };
        self.joined_operation(op, a, b, Type::Quantity(result), span).shown_in(unit)
    }

    fn product(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        a: Expr,
        b: Expr,
        (x, y): (Quantity, Quantity),
        span: Span,
    ) -> Expr {
        for (side, q) in [(&a, x), (&b, y)] {
            if q.kind == Kind::Reading {
                let finding = errors::scaled_reading(&self.words(side.span), op.symbol(), side.span);
                return self.fail(finding, span);
            }
        }
        let is_times = op == BinaryOp::Multiply;
        let dimension =
            if is_times { x.dimension.times(&y.dimension) } else { x.dimension.over(&y.dimension) };
        let Some(dimension) = dimension else {
            return self.fail(errors::dimension_range(op_span), span);
        };
        // A plain factor scales and changes nothing else.
        let (quantity, unit) = if y == Quantity::REAL {
            (x, a.unit.clone().filter(|_| x != Quantity::REAL))
        } else if x == Quantity::REAL && is_times {
            (y, b.unit.clone())
        } else {
            (Quantity::plain(dimension), None)
        };
        let op = if is_times { Binary::Mul } else { Binary::Div };
        self.joined_operation(op, a, b, Type::Quantity(quantity), span).shown_in(unit)
    }

    fn power(&mut self, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let base = self.infer(left, None);
        let base = self.as_quantity(base);
        let exponent = self.infer(right, Some(&Type::REAL));
        let exponent = self.coerce(exponent, &Type::REAL, "an exponent");
        if base.is_error() || exponent.is_error() {
            return Expr::error(span);
        }
        let Type::Quantity(q) = base.ty else {
            let finding = errors::not_arithmetic(self, &base, "^");
            return self.fail(finding, span);
        };
        if q.kind == Kind::Reading {
            return self.fail(errors::scaled_reading(&self.words(left.span), "^", left.span), span);
        }
        let ty = if q.dimension.is_none() {
            Type::REAL
        } else {
            match self.halves(&exponent).and_then(|halves| q.dimension.power(halves)) {
                Some(dimension) => Type::Quantity(Quantity::plain(dimension)),
                None => {
                    let finding = errors::exponent(self, &base, &exponent);
                    return self.fail(finding, span);
                }
            }
        };
        self.joined_operation(Binary::Pow, base, exponent, ty, span)
    }

    /// Twice a constant exponent, where that is whole.
    fn halves(&self, exponent: &Expr) -> Option<i32> {
        match self.constant(exponent)? {
            crate::constant::Value::Real(x) if (x * 2.0).fract() == 0.0 && x.abs() < 64.0 => {
                Some((x * 2.0) as i32)
            }
            _ => None,
        }
    }

    /// Arithmetic in which timestamps and durations stay whole nanoseconds.
    fn time_arithmetic(&mut self, op: BinaryOp, a: &Expr, b: &Expr, span: Span) -> Option<Expr> {
        use BinaryOp::{Add, Multiply, Subtract};
        let clock = Type::Quantity(Quantity::plain(self.clock_dimension()));
        let as_duration = |c: &Self, e: &Expr| c.fitted(e.clone(), &Type::Duration).ok();
        let is_length = |ty: &Type| *ty == Type::Duration || *ty == clock;
        let (x, y) = (&a.ty, &b.ty);
        let (hir_op, ty, a, b) = match op {
            Subtract if *x == Type::Timestamp && *y == Type::Timestamp => {
                (Binary::Sub, Type::Duration, a.clone(), b.clone())
            }
            Add | Subtract if *x == Type::Timestamp && is_length(y) => {
                let op = if op == Add { Binary::Add } else { Binary::Sub };
                (op, Type::Timestamp, a.clone(), as_duration(self, b)?)
            }
            Add if is_length(x) && *y == Type::Timestamp => {
                (Binary::Add, Type::Timestamp, b.clone(), as_duration(self, a)?)
            }
            Add | Subtract if *x == Type::Duration && *y == Type::Duration => {
                let op = if op == Add { Binary::Add } else { Binary::Sub };
                (op, Type::Duration, a.clone(), b.clone())
            }
            Multiply if *x == Type::Duration && *y == Type::Int => {
                (Binary::Mul, Type::Duration, a.clone(), b.clone())
            }
            Multiply if *x == Type::Int && *y == Type::Duration => {
                (Binary::Mul, Type::Duration, b.clone(), a.clone())
            }
            _ => return None,
        };
        Some(self.joined_operation(hir_op, a, b, ty, span))
    }

    /// Two operands that already fit.
    pub(crate) fn joined_operation(&mut self, op: Binary, a: Expr, b: Expr, ty: Type, span: Span) -> Expr {
        if a.is_error() || b.is_error() {
            return Expr::error(span);
        }
        let clock = self.merged_clock([&a, &b]);
        let optional = a.optional || b.optional;
        let expr = Expr::new(ExprKind::Binary(op, Box::new(a), Box::new(b)), ty, span);
        expr.with(clock, optional)
    }
}

/// The unit in which a sum is shown.
fn sum_unit(a: &Expr, b: &Expr, x: Quantity, y: Quantity, result: Quantity) -> Option<Unit> {
    // The difference of two readings is shown in kelvins, as °C would look like a reading.
    if x.kind == Kind::Reading && y.kind == Kind::Reading {
        return None;
    }
    let pick = |e: &Expr, q: Quantity| e.unit.clone().filter(|_| q == result);
    pick(a, x).or_else(|| pick(b, y))
}

fn comparable(ty: &Type, is_order: bool) -> bool {
    match ty {
        Type::Bool | Type::String(_) | Type::Enum(_) => !is_order,
        Type::Int | Type::Quantity(_) | Type::Timestamp | Type::Duration => true,
        Type::Array(..) | Type::Record(_) | Type::Absent => false,
        Type::Error => true,
    }
}
