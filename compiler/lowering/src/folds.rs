//! Aggregates over the items of an array, element by element from the left; absent items are skipped.

use crate::exprs::{Build, Scope};
use twin_analysis::hir;
use twin_plan::{Compare, ExprId, Prim};
use twin_types::{Aggregate, Scalar};

/// The aggregate of the items. An aggregate that has no meaning without time is absent.
pub(crate) fn fold<'a, S: Scope<'a>>(
    scope: &mut S,
    aggregate: Aggregate,
    params: &[f64],
    items: &[ExprId],
    expr: &hir::Expr,
) -> ExprId {
    let ty = expr.ty.scalar().unwrap_or(Scalar::Real);
    let mut fold = Fold { scope, items, ty, expr };
    match aggregate {
        Aggregate::Count => fold.count(),
        Aggregate::Sum => fold.sum(items),
        Aggregate::Mean => fold.mean(items),
        Aggregate::Min => fold.extreme(true),
        Aggregate::Max => fold.extreme(false),
        Aggregate::Range => {
            let (low, high) = (fold.extreme(true), fold.extreme(false));
            fold.subtract(high, low)
        }
        Aggregate::VarPop => fold.variance(0),
        Aggregate::Var => fold.variance(1),
        Aggregate::StdPop => fold.deviation(0),
        Aggregate::Std => fold.deviation(1),
        Aggregate::Rms => fold.rms(),
        Aggregate::First => fold.first(items.to_vec()),
        Aggregate::Last => fold.first(items.iter().rev().copied().collect()),
        Aggregate::Median => fold.quantile(0.5),
        Aggregate::Quantile => fold.quantile(params.first().copied().unwrap_or(0.5)),
        Aggregate::Iqr => {
            let (low, high) = (fold.quantile(0.25), fold.quantile(0.75));
            fold.subtract(high, low)
        }
        _ => fold.scope.absent(ty),
    }
}

struct Fold<'f, S> {
    scope: &'f mut S,
    items: &'f [ExprId],
    ty: Scalar,
    expr: &'f hir::Expr,
}

impl<'a, S: Scope<'a>> Fold<'_, S> {
    fn prim(&mut self, prim: Prim, args: &[ExprId], ty: Scalar) -> ExprId {
        self.scope.prim(prim, args, ty, self.expr.span)
    }

    fn is_real(&mut self, x: ExprId) -> bool {
        self.scope.exprs().get(x).ty == Scalar::Real
    }

    fn subtract(&mut self, a: ExprId, b: ExprId) -> ExprId {
        let prim = if self.is_real(a) { Prim::SubReal } else { Prim::SubInt };
        self.prim(prim, &[a, b], self.ty)
    }

    /// How many items are present, an int.
    fn count(&mut self) -> ExprId {
        let zero = self.scope.int(0, Scalar::Int);
        self.items.iter().fold(zero, |total, item| {
            let present = self.scope.present(*item);
            let one = self.prim(Prim::BoolToInt, &[present], Scalar::Int);
            self.prim(Prim::AddInt, &[total, one], Scalar::Int)
        })
    }

    fn count_real(&mut self) -> ExprId {
        let count = self.count();
        self.prim(Prim::IntToReal, &[count], Scalar::Real)
    }

    /// The sum of those that are present; absent where none is.
    fn sum(&mut self, items: &[ExprId]) -> ExprId {
        let mut items = items.iter().copied();
        let Some(first) = items.next() else { return self.scope.absent(self.ty) };
        let add = if self.is_real(first) { Prim::AddReal } else { Prim::AddInt };
        let ty = self.scope.exprs().get(first).ty;
        items.fold(first, |total, item| {
            let both = self.prim(add, &[total, item], ty);
            self.skipping(total, item, both)
        })
    }

    /// `both` where total and item are present, else the one that is.
    fn skipping(&mut self, total: ExprId, item: ExprId, both: ExprId) -> ExprId {
        let present = self.scope.present(item);
        let seen = self.scope.present(total);
        let first = self.scope.select(seen, both, item);
        self.scope.select(present, first, total)
    }

    fn mean(&mut self, items: &[ExprId]) -> ExprId {
        let sum = self.sum(items);
        let count = self.count_real();
        let sum = if self.is_real(sum) { sum } else { self.prim(Prim::IntToReal, &[sum], Scalar::Real) };
        self.prim(Prim::DivReal, &[sum, count], Scalar::Real)
    }

    fn extreme(&mut self, smallest: bool) -> ExprId {
        let mut items = self.items.iter().copied();
        let Some(first) = items.next() else { return self.scope.absent(self.ty) };
        let prim = match (self.is_real(first), smallest) {
            (true, true) => Prim::MinReal,
            (true, false) => Prim::MaxReal,
            (false, true) => Prim::MinInt,
            (false, false) => Prim::MaxInt,
        };
        let ty = self.scope.exprs().get(first).ty;
        items.fold(first, |best, item| {
            let both = self.prim(prim, &[best, item], ty);
            self.skipping(best, item, both)
        })
    }

    /// Two passes: squares of differences to the mean, over n − `less`; absent where that is 0.
    fn variance(&mut self, less: i64) -> ExprId {
        let mean = self.mean(self.items);
        let squares: Vec<_> = self
            .items
            .iter()
            .map(|item| {
                let difference = self.prim(Prim::SubReal, &[*item, mean], Scalar::Real);
                self.prim(Prim::MulReal, &[difference, difference], Scalar::Real)
            })
            .collect();
        let sum = self.sum(&squares);
        let count = self.count();
        let less = self.scope.int(less, Scalar::Int);
        let zero = self.scope.int(0, Scalar::Int);
        let divisor = self.prim(Prim::SubInt, &[count, less], Scalar::Int);
        let enough = self.scope.compare_int(Compare::Gt, divisor, zero);
        let divisor = self.prim(Prim::IntToReal, &[divisor], Scalar::Real);
        let variance = self.prim(Prim::DivReal, &[sum, divisor], Scalar::Real);
        let absent = self.scope.absent(Scalar::Real);
        self.scope.select(enough, variance, absent)
    }

    fn deviation(&mut self, less: i64) -> ExprId {
        let variance = self.variance(less);
        self.prim(Prim::SqrtReal, &[variance], Scalar::Real)
    }

    fn rms(&mut self) -> ExprId {
        let squares: Vec<_> =
            self.items.iter().map(|item| self.prim(Prim::MulReal, &[*item, *item], Scalar::Real)).collect();
        let mean = self.mean(&squares);
        self.prim(Prim::SqrtReal, &[mean], Scalar::Real)
    }

    fn first(&mut self, items: Vec<ExprId>) -> ExprId {
        let absent = self.scope.absent(self.ty);
        items.into_iter().rev().fold(absent, |rest, item| self.scope.coalesce(item, rest))
    }

    /// Sorts by exchanging neighbours (absent ones last), then interpolates at rank (n − 1) p.
    fn quantile(&mut self, p: f64) -> ExprId {
        let sorted = self.sorted();
        let count = self.count_real();
        let one = self.scope.real(1.0);
        let p = self.scope.real(p);
        let span = self.prim(Prim::SubReal, &[count, one], Scalar::Real);
        let rank = self.prim(Prim::MulReal, &[span, p], Scalar::Real);
        let below = self.prim(Prim::Floor, &[rank], Scalar::Int);
        let above = self.prim(Prim::Ceil, &[rank], Scalar::Int);
        let low = self.pick(&sorted, below);
        let high = self.pick(&sorted, above);
        let whole = self.prim(Prim::IntToReal, &[below], Scalar::Real);
        let part = self.prim(Prim::SubReal, &[rank, whole], Scalar::Real);
        let step = self.prim(Prim::SubReal, &[high, low], Scalar::Real);
        let step = self.prim(Prim::MulReal, &[part, step], Scalar::Real);
        let value = self.prim(Prim::AddReal, &[low, step], Scalar::Real);
        let any = self.scope.compare(Compare::Ge, count, one, self.expr.span);
        let absent = self.scope.absent(Scalar::Real);
        self.scope.select(any, value, absent)
    }

    fn pick(&mut self, items: &[ExprId], at: ExprId) -> ExprId {
        let fault = self.scope.lowering().fault(self.expr.span, "index outside the array");
        self.scope.push(twin_plan::NodeKind::Pick(items.to_vec(), at, fault), Scalar::Real, self.expr.span)
    }

    fn sorted(&mut self) -> Vec<ExprId> {
        let mut items = self.items.to_vec();
        for end in (1..items.len()).rev() {
            for at in 0..end {
                let (a, b) = (items[at], items[at + 1]);
                let low = self.prim(Prim::MinReal, &[a, b], Scalar::Real);
                let high = self.prim(Prim::MaxReal, &[a, b], Scalar::Real);
                items[at] = self.skipping(a, b, low);
                // Where one of the two is absent the place behind is absent.
                items[at + 1] = high;
            }
        }
        items
    }
}
