//! Typed expressions to expressions over words: arrays and records laid out flat.

use crate::Lowering;
use std::collections::BTreeMap;
use twin_analysis::hir::{self, Binary, Const, Conversion, ExprKind, LocalId, Unary};
use twin_diagnostics::Span;
use twin_plan::{Compare, ExprId, Exprs, NodeKind, Prim, expr::PureFn};
use twin_types::{Intrinsic, Native, PureArgs, Scalar, Type, Word, words};

/// Where expressions are lowered: into which arena, and how names are read there.
pub(crate) trait Scope<'a> {
    /// The arena.
    fn exprs(&mut self) -> &mut Exprs;
    /// What is shared.
    fn lowering(&mut self) -> &mut Lowering<'a>;
    /// Names bound inside expressions.
    fn locals(&mut self) -> &mut BTreeMap<LocalId, Vec<ExprId>>;
    /// Whatever reads something outside the expression: signals, fields, tables.
    fn read(&mut self, expr: &hir::Expr) -> Vec<ExprId>;
}

/// Small constructors over any scope.
pub(crate) trait Build<'a>: Scope<'a> + Sized {
    fn push(&mut self, kind: NodeKind, ty: Scalar, span: Span) -> ExprId {
        self.exprs().push(kind, ty, span)
    }

    fn word(&mut self, word: Word, ty: Scalar) -> ExprId {
        self.push(NodeKind::Const(word), ty, Span::default())
    }

    fn int(&mut self, value: i64, ty: Scalar) -> ExprId {
        self.word(words::from_i64(value), ty)
    }

    fn bool(&mut self, value: bool) -> ExprId {
        self.word(words::from_bool(Some(value)), Scalar::Bool)
    }

    fn real(&mut self, value: f64) -> ExprId {
        self.word(words::from_f64(value), Scalar::Real)
    }

    fn absent(&mut self, ty: Scalar) -> ExprId {
        self.word(ty.absent(), ty)
    }

    fn prim(&mut self, prim: Prim, args: &[ExprId], ty: Scalar, span: Span) -> ExprId {
        let fault = prim.can_fault().then(|| self.lowering().fault(span, fault_name(prim)));
        self.push(NodeKind::Prim(prim, args.to_vec(), fault), ty, span)
    }

    fn not(&mut self, a: ExprId) -> ExprId {
        self.push(NodeKind::Prim(Prim::Not, vec![a], None), Scalar::Bool, Span::default())
    }

    fn and(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.push(NodeKind::And(a, b), Scalar::Bool, Span::default())
    }

    fn or(&mut self, a: ExprId, b: ExprId) -> ExprId {
        self.push(NodeKind::Or(a, b), Scalar::Bool, Span::default())
    }

    fn present(&mut self, a: ExprId) -> ExprId {
        self.push(NodeKind::Present(a), Scalar::Bool, Span::default())
    }

    fn coalesce(&mut self, a: ExprId, b: ExprId) -> ExprId {
        let ty = self.exprs().get(a).ty;
        self.push(NodeKind::Coalesce(a, b), ty, Span::default())
    }

    fn select(&mut self, c: ExprId, a: ExprId, b: ExprId) -> ExprId {
        let ty = self.exprs().get(a).ty;
        self.push(NodeKind::Select(c, a, b), ty, Span::default())
    }

    fn compare_int(&mut self, how: Compare, a: ExprId, b: ExprId) -> ExprId {
        self.push(NodeKind::Prim(Prim::CompareInt(how), vec![a, b], None), Scalar::Bool, Span::default())
    }

    /// Compares two words of the same scalar.
    fn compare(&mut self, how: Compare, a: ExprId, b: ExprId, span: Span) -> ExprId {
        let prim = match self.exprs().get(a).ty {
            Scalar::Real => Prim::CompareReal(how),
            Scalar::Bool => Prim::CompareBool(how),
            Scalar::String => Prim::CompareText(how),
            Scalar::Int | Scalar::Timestamp | Scalar::Duration | Scalar::Enum(_) => Prim::CompareInt(how),
        };
        self.push(NodeKind::Prim(prim, vec![a, b], None), Scalar::Bool, span)
    }

    fn now(&mut self) -> ExprId {
        self.push(NodeKind::Now, Scalar::Timestamp, Span::default())
    }
}

impl<'a, S: Scope<'a> + Sized> Build<'a> for S {}

fn fault_name(prim: Prim) -> &'static str {
    match prim {
        Prim::DivReal | Prim::DivInt | Prim::ModInt => "division by zero or overflow",
        Prim::SqrtReal => "square root of a negative number",
        Prim::Floor | Prim::Ceil | Prim::Trunc | Prim::Round => "number too large for an int",
        Prim::SecondsToNanos => "number too large for a duration",
        Prim::TextWithin(_) => "text too long for its window",
        _ => "overflow",
    }
}

/// Lowers an expression to its words, in the order of `Type::flatten`.
pub(crate) fn lower_expr<'a, S: Scope<'a>>(scope: &mut S, expr: &hir::Expr) -> Vec<ExprId> {
    let span = expr.span;
    match &expr.kind {
        ExprKind::Const(constant) => lower_const(scope, constant, expr),
        ExprKind::Now => vec![scope.now()],
        ExprKind::Local(id) => scope.locals().get(id).cloned().unwrap_or_default(),
        ExprKind::Let(id, value, body) => {
            let value = lower_expr(scope, value);
            scope.locals().insert(*id, value);
            lower_expr(scope, body)
        }
        ExprKind::Unary(op, x) => vec![lower_unary(scope, *op, x, span)],
        ExprKind::Binary(op, a, b) => vec![lower_binary(scope, *op, a, b, span)],
        ExprKind::Coalesce(a, b) => {
            let (a, b) = (lower_expr(scope, a), lower_expr(scope, b));
            zip(&a, &b).map(|(a, b)| scope.coalesce(a, b)).collect()
        }
        ExprKind::Present(x) => {
            let items: Vec<_> = lower_expr(scope, x).into_iter().map(|x| scope.present(x)).collect();
            vec![all(scope, &items)]
        }
        ExprKind::If(c, a, b) => {
            let c = lower_expr(scope, c)[0];
            let (a, b) = (lower_expr(scope, a), lower_expr(scope, b));
            zip(&a, &b).map(|(a, b)| scope.select(c, a, b)).collect()
        }
        ExprKind::Match(value, arms, rest) => lower_match(scope, value, arms, rest.as_deref(), expr),
        ExprKind::Call(builtin, args) => vec![lower_call(scope, *builtin, args, expr)],
        ExprKind::Fold(aggregate, params, x) => {
            let items = lower_expr(scope, x);
            vec![crate::folds::fold(scope, *aggregate, params, &items, expr)]
        }
        ExprKind::Array(items) | ExprKind::Record(items) => {
            items.iter().flat_map(|item| lower_expr(scope, item)).collect()
        }
        ExprKind::Index(array, index) => lower_index(scope, array, index, expr),
        ExprKind::Part(record, first) => {
            let words = lower_expr(scope, record);
            let first = *first as usize;
            words[first..first + expr.ty.width()].to_vec()
        }
        ExprKind::Convert(conversion, x) => {
            let x = lower_expr(scope, x)[0];
            let (prim, ty) = match conversion {
                Conversion::IntToReal => (Prim::IntToReal, Scalar::Real),
                Conversion::DurationToSeconds => (Prim::NanosToSeconds, Scalar::Real),
                Conversion::SecondsToDuration => (Prim::SecondsToNanos, Scalar::Duration),
                Conversion::BoolToInt => (Prim::BoolToInt, Scalar::Int),
            };
            vec![scope.prim(prim, &[x], ty, span)]
        }
        ExprKind::Error => absent_words(scope, expr),
        ExprKind::Key
        | ExprKind::Elapsed
        | ExprKind::Field(..)
        | ExprKind::SourceField(_)
        | ExprKind::TableField { .. }
        | ExprKind::TableHas { .. }
        | ExprKind::Signal(_)
        | ExprKind::Hold(..)
        | ExprKind::Latest(_)
        | ExprKind::Age(_)
        | ExprKind::HeldFor(_)
        | ExprKind::Final(_)
        | ExprKind::Silent(..)
        | ExprKind::LastRead(_)
        | ExprKind::RuleActive(_)
        | ExprKind::RuleCount(_)
        | ExprKind::CommandState(..) => scope.read(expr),
    }
}

/// Pairs two laid-out values; a lone `absent` fits every width.
fn zip<'s>(a: &'s [ExprId], b: &'s [ExprId]) -> impl Iterator<Item = (ExprId, ExprId)> + 's {
    let width = a.len().max(b.len());
    (0..width).map(move |at| (a[at.min(a.len() - 1)], b[at.min(b.len() - 1)]))
}

fn all<'a, S: Scope<'a>>(scope: &mut S, items: &[ExprId]) -> ExprId {
    let mut items = items.iter().copied();
    let Some(first) = items.next() else { return scope.bool(true) };
    items.fold(first, |a, b| scope.and(a, b))
}

fn absent_words<'a, S: Scope<'a>>(scope: &mut S, expr: &hir::Expr) -> Vec<ExprId> {
    expr.ty.flatten().into_iter().map(|ty| scope.absent(ty)).collect()
}

fn lower_const<'a, S: Scope<'a>>(scope: &mut S, constant: &Const, expr: &hir::Expr) -> Vec<ExprId> {
    match constant {
        Const::Word(word) => {
            let ty = expr.ty.scalar().unwrap_or(Scalar::Real);
            vec![scope.push(NodeKind::Const(*word), ty, expr.span)]
        }
        Const::Text(text) => {
            let text = scope.lowering().text(text);
            vec![scope.push(NodeKind::Text(text), Scalar::String, expr.span)]
        }
        Const::Absent => absent_words(scope, expr),
    }
}

fn lower_unary<'a, S: Scope<'a>>(scope: &mut S, op: Unary, x: &hir::Expr, span: Span) -> ExprId {
    let x = lower_expr(scope, x)[0];
    match op {
        Unary::Not => scope.not(x),
        Unary::Neg => match scope.exprs().get(x).ty {
            Scalar::Real => scope.prim(Prim::NegReal, &[x], Scalar::Real, span),
            ty => scope.prim(Prim::NegInt, &[x], ty, span),
        },
    }
}

fn lower_binary<'a, S: Scope<'a>>(
    scope: &mut S,
    op: Binary,
    a: &hir::Expr,
    b: &hir::Expr,
    span: Span,
) -> ExprId {
    if let (Binary::Eq | Binary::Ne, Type::Array(..) | Type::Record(_)) = (op, &a.ty) {
        return compare_all(scope, op, a, b, span);
    }
    if op == Binary::Pow {
        let a = lower_expr(scope, a)[0];
        return power(scope, a, b, span);
    }
    let (a, b) = (lower_expr(scope, a)[0], lower_expr(scope, b)[0]);
    let how = match op {
        Binary::And => return scope.and(a, b),
        Binary::Or => return scope.or(a, b),
        Binary::Eq => Compare::Eq,
        Binary::Ne => Compare::Ne,
        Binary::Lt => Compare::Lt,
        Binary::Le => Compare::Le,
        Binary::Gt => Compare::Gt,
        Binary::Ge => Compare::Ge,
        _ => return arithmetic(scope, op, a, b, span),
    };
    scope.compare(how, a, b, span)
}

fn compare_all<'a, S: Scope<'a>>(
    scope: &mut S,
    op: Binary,
    a: &hir::Expr,
    b: &hir::Expr,
    span: Span,
) -> ExprId {
    let (a, b) = (lower_expr(scope, a), lower_expr(scope, b));
    let items: Vec<_> = zip(&a, &b).map(|(a, b)| scope.compare(Compare::Eq, a, b, span)).collect();
    let equal = all(scope, &items);
    if op == Binary::Eq { equal } else { scope.not(equal) }
}

fn arithmetic<'a, S: Scope<'a>>(scope: &mut S, op: Binary, a: ExprId, b: ExprId, span: Span) -> ExprId {
    use Scalar::{Duration, Int, Real, Timestamp};
    let (left, right) = (scope.exprs().get(a).ty, scope.exprs().get(b).ty);
    let (prim, ty) = match (op, left) {
        (Binary::Add, Real) => (Prim::AddReal, Real),
        (Binary::Sub, Real) => (Prim::SubReal, Real),
        (Binary::Mul, Real) => (Prim::MulReal, Real),
        (Binary::Div, _) => (Prim::DivReal, Real),
        (Binary::IntDiv, _) => (Prim::DivInt, Int),
        (Binary::Mod, _) => (Prim::ModInt, left),
        (Binary::Add, _) => (Prim::AddInt, if right == Timestamp { right } else { left }),
        (Binary::Sub, Timestamp) if right == Timestamp => (Prim::SubInt, Duration),
        (Binary::Sub, _) => (Prim::SubInt, left),
        (Binary::Mul, _) => (Prim::MulInt, if right == Duration { right } else { left }),
        _ => (Prim::AddReal, Real),
    };
    scope.prim(prim, &[a, b], ty, span)
}

/// Small whole exponents are products, a half is a root; the rest is the library's power.
fn power<'a, S: Scope<'a>>(scope: &mut S, x: ExprId, exponent: &hir::Expr, span: Span) -> ExprId {
    let constant = match &exponent.kind {
        ExprKind::Const(Const::Word(word)) => Some(words::to_f64(*word)),
        _ => None,
    };
    let multiply = |scope: &mut S, a, b| scope.prim(Prim::MulReal, &[a, b], Scalar::Real, span);
    match constant {
        Some(1.0) => x,
        Some(2.0) => multiply(scope, x, x),
        Some(3.0) => {
            let square = multiply(scope, x, x);
            multiply(scope, square, x)
        }
        Some(4.0) => {
            let square = multiply(scope, x, x);
            multiply(scope, square, square)
        }
        Some(0.5) => scope.prim(Prim::SqrtReal, &[x], Scalar::Real, span),
        Some(-1.0) => {
            let one = scope.real(1.0);
            scope.prim(Prim::DivReal, &[one, x], Scalar::Real, span)
        }
        _ => {
            let exponent = lower_expr(scope, exponent)[0];
            let fault = scope.lowering().fault(span, "power outside its range");
            let call = PureFn { name: "pow", call: PureArgs::Two(pow) };
            scope.push(NodeKind::Call(call, vec![x, exponent], fault), Scalar::Real, span)
        }
    }
}

extern "C" fn pow(x: f64, y: f64) -> f64 {
    libm::pow(x, y)
}

fn lower_match<'a, S: Scope<'a>>(
    scope: &mut S,
    value: &hir::Expr,
    arms: &[(Const, hir::Expr)],
    rest: Option<&hir::Expr>,
    expr: &hir::Expr,
) -> Vec<ExprId> {
    let subject = lower_expr(scope, value)[0];
    let mut result = match rest {
        Some(rest) => lower_expr(scope, rest),
        None => absent_words(scope, expr),
    };
    for (constant, arm) in arms.iter().rev() {
        let constant = lower_const(scope, constant, value)[0];
        let is_it = scope.compare(Compare::Eq, subject, constant, expr.span);
        let arm = lower_expr(scope, arm);
        result = zip(&arm, &result).map(|(a, b)| scope.select(is_it, a, b)).collect();
    }
    result
}

fn lower_call<'a, S: Scope<'a>>(scope: &mut S, builtin: u32, args: &[hir::Expr], expr: &hir::Expr) -> ExprId {
    let args: Vec<_> = args.iter().flat_map(|arg| lower_expr(scope, arg)).collect();
    let builtin = scope.lowering().library.builtins[builtin as usize];
    let ty = expr.ty.scalar().unwrap_or(Scalar::Real);
    match builtin.native {
        Native::Pure(call) => {
            let fault = scope.lowering().fault(expr.span, "result outside its range");
            let call = PureFn { name: builtin.name, call };
            scope.push(NodeKind::Call(call, args, fault), ty, expr.span)
        }
        Native::Intrinsic(op) => intrinsic(scope, op, &args, ty, expr.span),
        Native::Aggregate(_) => scope.absent(ty),
    }
}

fn intrinsic<'a, S: Scope<'a>>(
    scope: &mut S,
    op: Intrinsic,
    args: &[ExprId],
    ty: Scalar,
    span: Span,
) -> ExprId {
    let of_reals = scope.exprs().get(args[0]).ty == Scalar::Real;
    let prim = match op {
        Intrinsic::Kelvin => return args[0],
        Intrinsic::Sqrt => Prim::SqrtReal,
        Intrinsic::Floor => Prim::Floor,
        Intrinsic::Ceil => Prim::Ceil,
        Intrinsic::Trunc => Prim::Trunc,
        Intrinsic::Round => Prim::Round,
        Intrinsic::Abs | Intrinsic::AbsInt => {
            if of_reals {
                Prim::AbsReal
            } else {
                Prim::AbsInt
            }
        }
        Intrinsic::Min | Intrinsic::MinInt => {
            if of_reals {
                Prim::MinReal
            } else {
                Prim::MinInt
            }
        }
        Intrinsic::Max | Intrinsic::MaxInt => {
            if of_reals {
                Prim::MaxReal
            } else {
                Prim::MaxInt
            }
        }
    };
    // `min` and `max` take two or more.
    let mut items = args.iter().copied();
    let first = items.next().expect("the checker counts arguments");
    if args.len() == 1 {
        return scope.prim(prim, &[first], ty, span);
    }
    items.fold(first, |a, b| scope.prim(prim, &[a, b], ty, span))
}

fn lower_index<'a, S: Scope<'a>>(
    scope: &mut S,
    array: &hir::Expr,
    index: &hir::Expr,
    expr: &hir::Expr,
) -> Vec<ExprId> {
    let items = lower_expr(scope, array);
    let width = expr.ty.width().max(1);
    let count = items.len() / width;
    if let ExprKind::Const(Const::Word(at)) = &index.kind {
        let at = words::to_i64(*at);
        if (0..count as i64).contains(&at) {
            return items[at as usize * width..][..width].to_vec();
        }
    }
    let index = lower_expr(scope, index)[0];
    let fault = scope.lowering().fault(expr.span, "index outside the array");
    (0..width)
        .map(|part| {
            let picked: Vec<_> = (0..count).map(|at| items[at * width + part]).collect();
            let ty = scope.exprs().get(picked[0]).ty;
            scope.push(NodeKind::Pick(picked, index, fault), ty, expr.span)
        })
        .collect()
}
