//! Constants: what a formula without signals comes to.

use crate::checker::Checker;
use crate::errors::{time as errors, types as type_errors};
use crate::hir::{Binary, Const, Conversion, Expr, ExprKind, Unary};
use twin_diagnostics::Span;
use twin_syntax::ast;
use twin_types::{Intrinsic, Native, PureArgs, Scalar, Type, nanos_from_seconds, seconds_from_nanos, words};

/// The value of a constant formula.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Real(f64),
    /// Int, duration, timestamp, ordinal.
    Whole(i64),
    Bool(bool),
    Text(String),
    Absent,
}

/// The whole number of a constant that is written out.
pub(crate) fn whole(expr: &Expr) -> Option<i64> {
    match (&expr.kind, expr.ty.scalar()) {
        (
            ExprKind::Const(Const::Word(word)),
            Some(Scalar::Int | Scalar::Duration | Scalar::Timestamp | Scalar::Enum(_)),
        ) => Some(words::to_i64(*word)),
        _ => None,
    }
}

/// The real number of a constant that is written out.
pub(crate) fn real(expr: &Expr) -> Option<f64> {
    match (&expr.kind, expr.ty.scalar()) {
        (ExprKind::Const(Const::Word(word)), Some(Scalar::Real)) => Some(words::to_f64(*word)),
        _ => None,
    }
}

pub(crate) fn to_const(value: &Value) -> Const {
    match value {
        Value::Real(x) => Const::Word(words::from_f64(*x)),
        Value::Whole(x) => Const::Word(words::from_i64(*x)),
        Value::Bool(x) => Const::Word(words::from_bool(Some(*x))),
        Value::Text(x) => Const::Text(x.clone()),
        Value::Absent => Const::Absent,
    }
}

impl Checker<'_> {
    /// The value of a scalar expression that reads no signal; `None` where it does.
    pub fn constant(&self, expr: &Expr) -> Option<Value> {
        match &expr.kind {
            ExprKind::Const(Const::Absent) => Some(Value::Absent),
            ExprKind::Const(Const::Text(text)) => Some(Value::Text(text.clone())),
            ExprKind::Const(Const::Word(word)) => Some(match expr.ty.scalar()? {
                Scalar::Real => Value::Real(words::to_f64(*word)),
                Scalar::Bool => words::to_bool(*word).map_or(Value::Absent, Value::Bool),
                Scalar::String => return None,
                _ => Value::Whole(words::to_i64(*word)),
            }),
            ExprKind::Signal(id) => self.constant(self.twin.constants.get(id)?),
            ExprKind::Let(_, _, body) => self.constant(body),
            ExprKind::Convert(conversion, of) => convert(*conversion, self.constant(of)?),
            ExprKind::Unary(op, of) => unary(*op, self.constant(of)?),
            ExprKind::Binary(op, a, b) => binary(*op, self.constant(a)?, self.constant(b)?),
            ExprKind::If(when, then, otherwise) => match self.constant(when)? {
                Value::Bool(true) => self.constant(then),
                Value::Bool(false) => self.constant(otherwise),
                _ => None,
            },
            ExprKind::Coalesce(a, b) => match self.constant(a)? {
                Value::Absent => self.constant(b),
                present => Some(present),
            },
            ExprKind::Call(builtin, args) => {
                let native = self.library.builtins.get(*builtin as usize)?.native;
                let args: Option<Vec<Value>> = args.iter().map(|a| self.constant(a)).collect();
                call(native, &args?)
            }
            _ => None,
        }
    }

    /// All words of a constant of any type, flat.
    pub fn constants(&self, expr: &Expr) -> Option<Vec<Const>> {
        match &expr.kind {
            ExprKind::Array(items) | ExprKind::Record(items) => {
                let all: Option<Vec<Vec<Const>>> = items.iter().map(|item| self.constants(item)).collect();
                Some(all?.concat())
            }
            ExprKind::Const(Const::Absent) => Some(vec![Const::Absent; expr.ty.width()]),
            _ => Some(vec![to_const(&self.constant(expr)?)]),
        }
    }

    /// A constant duration such as a window's length; anything else is reported.
    pub fn constant_duration(&mut self, written: &ast::Expr, what: &str) -> Option<i64> {
        let expr = self.duration(written, what);
        if expr.is_error() {
            return None;
        }
        match self.constant(&expr) {
            Some(Value::Whole(nanos)) if nanos > 0 => Some(nanos),
            Some(Value::Whole(_)) => {
                self.push(errors::length_range(what, written.span));
                None
            }
            _ => {
                let text = self.words(written.span);
                self.push(errors::not_constant(what, &text, written.span));
                None
            }
        }
    }

    /// A duration that may be a param.
    pub fn duration(&mut self, written: &ast::Expr, what: &str) -> Expr {
        let expr = self.infer(written, Some(&Type::Duration));
        self.coerce(expr, &Type::Duration, what)
    }

    /// A duration from `least` nanoseconds up, as far as that is known before the run: a param is read when it starts.
    pub fn duration_from(&mut self, least: i64, written: &ast::Expr, what: &str) -> Expr {
        let expr = self.duration(written, what);
        match self.constant(&expr) {
            Some(Value::Whole(nanos)) if nanos < least => {
                let finding = match least {
                    1.. => errors::length_range(what, written.span),
                    _ => errors::length_below_zero(what, written.span),
                };
                self.push(finding);
                Expr::error(written.span)
            }
            _ => expr,
        }
    }

    /// A constant whole number from 1 up.
    pub fn constant_count(&mut self, written: &ast::Expr, what: &str) -> Option<u32> {
        // `100 samples` may come as a number with the word for its unit.
        if let ast::ExprKind::Number(number) = &written.kind
            && number.unit.as_ref().is_some_and(|u| u.factors.iter().all(|f| f.name.text == "samples"))
        {
            let count = number.raw.parse::<u32>().ok().filter(|n| *n > 0);
            if count.is_none() {
                self.push(errors::length_range(what, written.span));
            }
            return count;
        }
        let expr = self.infer(written, Some(&Type::Int));
        let expr = self.coerce(expr, &Type::Int, what);
        if expr.is_error() {
            return None;
        }
        match self.constant(&expr) {
            Some(Value::Whole(n)) if (1..=i64::from(u32::MAX)).contains(&n) => u32::try_from(n).ok(),
            Some(Value::Whole(_)) => {
                self.push(errors::length_range(what, written.span));
                None
            }
            _ => {
                let text = self.words(written.span);
                self.push(errors::not_constant(what, &text, written.span));
                None
            }
        }
    }

    /// A constant real in stored numbers, of this type.
    pub fn constant_real(&mut self, written: &ast::Expr, ty: &Type, what: &str) -> Option<f64> {
        let expr = self.infer(written, Some(ty));
        let expr = self.coerce(expr, ty, what);
        match self.constant(&expr) {
            _ if expr.is_error() => None,
            Some(Value::Real(x)) => Some(x),
            Some(Value::Whole(x)) => Some(x as f64),
            _ => {
                let text = self.words(written.span);
                self.push(errors::not_constant(what, &text, written.span));
                None
            }
        }
    }

    /// A text without anything put into it.
    pub fn plain_text(&mut self, text: &ast::Text) -> String {
        match text.plain() {
            Some(plain) => plain,
            None => {
                self.push(type_errors::text_with_holes(text.span));
                String::new()
            }
        }
    }

    /// Folds a conversion or negation of a literal, so that constants stay constants.
    pub fn folded(&self, expr: Expr) -> Expr {
        let is_simple = match &expr.kind {
            ExprKind::Convert(_, of) | ExprKind::Unary(_, of) => of.is_const(),
            _ => false,
        };
        if !is_simple {
            return expr;
        }
        match self.constant(&expr) {
            Some(Value::Absent) | None => expr,
            Some(value) => Expr { kind: ExprKind::Const(to_const(&value)), ..expr },
        }
    }

    pub fn is_constant_zero(&self, expr: &Expr) -> bool {
        matches!(self.constant(expr), Some(Value::Whole(0)))
            || matches!(self.constant(expr), Some(Value::Real(0.0)))
    }

    pub fn not_constant_here(&mut self, what: &str, span: Span) {
        let text = self.words(span);
        self.push(errors::not_constant(what, &text, span));
    }
}

fn convert(conversion: Conversion, value: Value) -> Option<Value> {
    Some(match (conversion, value) {
        (_, Value::Absent) => Value::Absent,
        (Conversion::IntToReal, Value::Whole(n)) => Value::Real(n as f64),
        (Conversion::DurationToSeconds, Value::Whole(n)) => Value::Real(seconds_from_nanos(n)),
        (Conversion::SecondsToDuration, Value::Real(s)) => {
            nanos_from_seconds(s).map_or(Value::Absent, Value::Whole)
        }
        (Conversion::BoolToInt, Value::Bool(b)) => Value::Whole(i64::from(b)),
        _ => return None,
    })
}

fn unary(op: Unary, value: Value) -> Option<Value> {
    Some(match (op, value) {
        (_, Value::Absent) => Value::Absent,
        (Unary::Neg, Value::Real(x)) => Value::Real(-x),
        (Unary::Neg, Value::Whole(x)) => Value::Whole(x.checked_neg()?),
        (Unary::Not, Value::Bool(x)) => Value::Bool(!x),
        _ => return None,
    })
}

fn binary(op: Binary, a: Value, b: Value) -> Option<Value> {
    let finite = |x: f64| Some(if x.is_finite() { Value::Real(x) } else { Value::Absent });
    match (a, b) {
        (Value::Absent, _) | (_, Value::Absent) => Some(Value::Absent),
        (Value::Real(a), Value::Real(b)) => match op {
            Binary::Add => finite(a + b),
            Binary::Sub => finite(a - b),
            Binary::Mul => finite(a * b),
            Binary::Div => finite(a / b),
            Binary::Pow => power(a, b).and_then(finite),
            _ => compare(op, a.partial_cmp(&b)?),
        },
        (Value::Whole(a), Value::Whole(b)) => {
            let whole =
                |x: Option<i64>| Some(x.filter(|x| *x != i64::MIN).map_or(Value::Absent, Value::Whole));
            match op {
                Binary::Add => whole(a.checked_add(b)),
                Binary::Sub => whole(a.checked_sub(b)),
                Binary::Mul => whole(a.checked_mul(b)),
                // The runtime decides how they round; they are no length of anything.
                Binary::IntDiv | Binary::Mod | Binary::Div | Binary::Pow => None,
                _ => compare(op, a.cmp(&b)),
            }
        }
        (Value::Bool(a), Value::Bool(b)) => match op {
            Binary::And => Some(Value::Bool(a && b)),
            Binary::Or => Some(Value::Bool(a || b)),
            _ => compare(op, a.cmp(&b)),
        },
        (Value::Text(a), Value::Text(b)) => compare(op, a.cmp(&b)),
        _ => None,
    }
}

/// Powers by repeated multiplication where the exponent is small and whole: the same bits everywhere.
fn power(base: f64, exponent: f64) -> Option<f64> {
    if exponent.fract() == 0.0 && exponent.abs() <= 64.0 {
        let mut product = 1.0;
        for _ in 0..exponent.abs() as u32 {
            product *= base;
        }
        return Some(if exponent < 0.0 { 1.0 / product } else { product });
    }
    // Other exponents are left to the runtime.
    None
}

fn compare(op: Binary, order: std::cmp::Ordering) -> Option<Value> {
    Some(Value::Bool(match op {
        Binary::Eq => order.is_eq(),
        Binary::Ne => order.is_ne(),
        Binary::Lt => order.is_lt(),
        Binary::Le => order.is_le(),
        Binary::Gt => order.is_gt(),
        Binary::Ge => order.is_ge(),
        _ => return None,
    }))
}

fn call(native: Native, args: &[Value]) -> Option<Value> {
    let reals: Option<Vec<f64>> = args
        .iter()
        .map(|a| match a {
            Value::Real(x) => Some(*x),
            _ => None,
        })
        .collect();
    let reals = reals?;
    let result = match (native, reals.as_slice()) {
        (Native::Pure(PureArgs::One(f)), [a]) => f(*a),
        (Native::Pure(PureArgs::Two(f)), [a, b]) => f(*a, *b),
        (Native::Pure(PureArgs::Three(f)), [a, b, c]) => f(*a, *b, *c),
        (Native::Intrinsic(Intrinsic::Kelvin), [a]) => *a,
        (Native::Intrinsic(Intrinsic::Abs), [a]) => a.abs(),
        (Native::Intrinsic(Intrinsic::Sqrt), [a]) => a.sqrt(),
        (Native::Intrinsic(Intrinsic::Min), [a, b]) => a.min(*b),
        (Native::Intrinsic(Intrinsic::Max), [a, b]) => a.max(*b),
        _ => return None,
    };
    Some(if result.is_finite() { Value::Real(result) } else { Value::Absent })
}
