//! Aggregates: what they take and give, and their folding over an array where there is no window.

use super::forms::{difference_of, difference_unit};
use crate::checker::Checker;
use crate::errors::{time as time_errors, types as errors};
use crate::hir::{Conversion, Expr, ExprKind};
use twin_diagnostics::Span;
use twin_syntax::ast;
use twin_types::{Aggregate, BaseUnit, Dimension, Kind, Quantity, Type, Unit};

/// What an aggregate gives, with its arguments as it takes them.
pub(super) struct Aggregated {
    pub args: Vec<Expr>,
    pub ty: Type,
    pub unit: Option<Unit>,
}

/// Keeps every sample of its window.
pub(super) fn keeps_samples(aggregate: Aggregate) -> bool {
    use Aggregate::{Distinct, Iqr, Mad, Median, Quantile};
    matches!(aggregate, Median | Quantile | Distinct | Iqr | Mad)
}

/// Needs times and not only values, so that an array says nothing to it.
fn needs_time(aggregate: Aggregate) -> bool {
    use Aggregate::{Delta, Integral, IntegralHold, Intercept, R2, Rate, Slope, TimeAbove, TimeWeightedMean};
    matches!(
        aggregate,
        Delta | Rate | Slope | Intercept | R2 | Integral | IntegralHold | TimeWeightedMean | TimeAbove
    )
}

/// Parameters by name; whether each may be left out.
pub(super) fn parameters(aggregate: Aggregate) -> &'static [(&'static str, bool)] {
    match aggregate {
        Aggregate::Count => &[("x", true), ("max", true)],
        Aggregate::Quantile => &[("x", false), ("p", false), ("max", true)],
        Aggregate::TimeAbove => &[("x", false), ("level", false)],
        Aggregate::Corr => &[("x", false), ("y", false)],
        Aggregate::ArgMin | Aggregate::ArgMax => &[("x", false), ("y", true)],
        Aggregate::Histogram => &[("x", false), ("low", false), ("high", false), ("bins", false)],
        _ => &[("x", false), ("max", true)],
    }
}

impl Checker<'_> {
    /// What an aggregate of these values gives; `bins` is the length of a histogram.
    pub(super) fn aggregated(
        &mut self,
        aggregate: Aggregate,
        name: &str,
        args: Vec<Expr>,
        bins: u32,
        span: Span,
    ) -> Option<Aggregated> {
        use Aggregate as A;
        if args.iter().any(Expr::is_error) {
            return None;
        }
        if let [x] = args.as_slice()
            && matches!(x.ty, Type::Array(..))
        {
            return self.aggregated_array(aggregate, name, x.clone(), bins, span);
        }
        match aggregate {
            A::Count => return Some(Aggregated { args, ty: Type::Int, unit: None }),
            A::Distinct => return Some(Aggregated { args, ty: Type::Int, unit: None }),
            A::First | A::Last => {
                let (ty, unit) = args.first().map(|x| (x.ty.clone(), x.unit.clone()))?;
                return Some(Aggregated { args, ty, unit });
            }
            A::ArgMin | A::ArgMax => return self.arg_extreme(name, args, span),
            _ => {}
        }
        // Accumulators reckon with reals; only the least and the greatest are whole again.
        let keeps_ints = matches!(aggregate, A::Min | A::Max);
        let keeps_times = keeps_ints;
        let mut numbers = Vec::new();
        for arg in args {
            let arg = match arg.ty {
                Type::Bool if matches!(aggregate, A::Sum | A::Mean) => {
                    self.converted(arg, Conversion::BoolToInt, &Type::Int)
                }
                _ => arg,
            };
            let arg = match arg.ty {
                Type::Int if keeps_ints => arg,
                Type::Duration | Type::Timestamp if keeps_times => arg,
                _ => self.as_quantity(arg),
            };
            if !matches!(arg.ty, Type::Quantity(_) | Type::Int | Type::Duration | Type::Timestamp)
                || (arg.ty == Type::Timestamp && !keeps_times)
            {
                let finding = errors::not_arithmetic(self, &arg, name);
                self.push(finding);
                return None;
            }
            numbers.push(arg);
        }
        let x = numbers.first()?.clone();
        let Type::Quantity(q) = x.ty else {
            return Some(Aggregated { ty: x.ty, unit: x.unit, args: numbers });
        };
        let (quantity, unit) = self.aggregated_quantity(aggregate, name, q, &x, span)?;
        let ty = match aggregate {
            A::TimeAbove => Type::Duration,
            A::Histogram => Type::Array(Box::new(Type::Int), bins),
            _ => Type::Quantity(quantity),
        };
        Some(Aggregated { args: numbers, ty, unit })
    }

    fn aggregated_quantity(
        &mut self,
        aggregate: Aggregate,
        name: &str,
        q: Quantity,
        x: &Expr,
        span: Span,
    ) -> Option<(Quantity, Option<Unit>)> {
        use Aggregate as A;
        let clock = self.clock_dimension();
        let amount = difference_of(q);
        let is_reading = q.kind == Kind::Reading;
        if is_reading && matches!(aggregate, A::Sum | A::Integral | A::IntegralHold | A::Rms | A::Crest) {
            let text = self.words(x.span);
            self.push(errors::aggregated_reading(name, &text, x.span));
            return None;
        }
        let result = match aggregate {
            A::Range | A::Std | A::StdPop | A::Iqr | A::Mad | A::Delta => {
                return Some((amount, difference_unit(x)));
            }
            A::Var | A::VarPop => amount.dimension.power(4).map(Quantity::plain),
            A::Rate | A::Slope => amount.dimension.over(&clock).map(Quantity::plain),
            A::Integral | A::IntegralHold => amount.dimension.times(&clock).map(Quantity::plain),
            A::R2 | A::Kurtosis | A::Skew | A::Crest | A::Corr => Some(Quantity::REAL),
            A::CircularMean if !q.dimension.is_none() => {
                let finding = errors::wrong_type(self, x, &Type::REAL, "an angle for `circular_mean`");
                self.push(finding);
                return None;
            }
            A::TimeAbove | A::Histogram => return Some((Quantity::REAL, None)),
            _ => return Some((q, x.unit.clone())),
        };
        if result.is_none() {
            self.push(errors::dimension_range(span));
        }
        result.map(|quantity| (quantity, None))
    }

    /// `argmax(x, y)`: x where y is greatest; `argmax(y)`: when it is.
    fn arg_extreme(&mut self, name: &str, args: Vec<Expr>, span: Span) -> Option<Aggregated> {
        let mut args = args;
        if args.len() == 1 {
            args.insert(0, Expr::new(ExprKind::Now, Type::Timestamp, span));
        }
        let [x, y] = args.as_slice() else { return None };
        let (ty, unit) = (x.ty.clone(), x.unit.clone());
        let y = self.as_quantity(y.clone());
        if y.ty.quantity().is_none() {
            let finding = errors::not_arithmetic(self, &y, name);
            self.push(finding);
            return None;
        }
        let x = x.clone();
        Some(Aggregated { args: vec![x, y], ty, unit })
    }

    /// Arrays go element by element.
    fn aggregated_array(
        &mut self,
        aggregate: Aggregate,
        name: &str,
        x: Expr,
        bins: u32,
        span: Span,
    ) -> Option<Aggregated> {
        let Type::Array(item, n) = x.ty.clone() else { return None };
        if aggregate == Aggregate::Count {
            let ty = Type::Array(Box::new(Type::Int), n);
            return Some(Aggregated { args: vec![x], ty, unit: None });
        }
        let one = Expr { ty: (*item).clone(), ..x.clone() };
        let of_one = self.aggregated(aggregate, name, vec![one], bins, span)?;
        let taken = of_one.args.first()?.ty.clone();
        let args = if taken == *item {
            vec![x]
        } else {
            let items = self.elements(&x);
            let items: Vec<Expr> = items
                .into_iter()
                .map(|e| if taken.quantity().is_some() { self.as_quantity(e) } else { e })
                .collect();
            let (clock, optional) = (x.clock.clone(), x.optional);
            let kind = ExprKind::Array(items);
            vec![Expr::new(kind, Type::Array(Box::new(taken), n), x.span).with(clock, optional)]
        };
        Some(Aggregated { args, ty: Type::Array(Box::new(of_one.ty), n), unit: of_one.unit })
    }

    /// The elements of an array, one expression each.
    pub(super) fn elements(&self, array: &Expr) -> Vec<Expr> {
        if let ExprKind::Array(items) = &array.kind {
            return items.clone();
        }
        let Type::Array(item, n) = &array.ty else { return Vec::new() };
        let width = item.width() as u32;
        (0..*n)
            .map(|at| {
                let kind = match &array.kind {
                    ExprKind::Field(input, offset) => ExprKind::Field(*input, offset + at * width),
                    _ => {
                        let index = Expr::whole(i64::from(at), Type::Int, array.span);
                        ExprKind::Index(Box::new(array.clone()), Box::new(index))
                    }
                };
                let one = Expr::new(kind, (**item).clone(), array.span);
                one.with(array.clock.clone(), array.optional).shown_in(array.unit.clone())
            })
            .collect()
    }

    /// An aggregate without a window: over the elements of an array.
    pub(super) fn folded_array(&mut self, aggregate: Aggregate, call: &ast::Call, span: Span) -> Expr {
        let name = self.words(call.callee.span);
        let mut params = parameters(aggregate).to_vec();
        params.retain(|(param, _)| *param != "max");
        let Some(slots) = self.arguments(&name, &params, call, span) else { return Expr::error(span) };
        let Some(Some(written)) = slots.first() else {
            return self.fail(time_errors::no_window(&name, None, span), span);
        };
        let x = self.infer(written, None);
        if x.is_error() {
            return x;
        }
        let Type::Array(item, _) = x.ty.clone() else {
            let text = self.world.text(span);
            return self.fail(time_errors::no_window(&name, Some(&text), span), span);
        };
        if needs_time(aggregate) {
            return self.fail(time_errors::no_window(&name, None, span), span);
        }
        let mut constants = Vec::new();
        let mut bins = 0;
        for (slot, (param, _)) in slots.iter().zip(&params).skip(1) {
            let Some(written) = slot else { continue };
            match self.aggregate_constant(aggregate, param, written, &item) {
                Some(value) => constants.push(value),
                None => return Expr::error(span),
            }
            if *param == "bins" {
                bins = constants.last().map_or(0, |n| *n as u32);
            }
        }
        let Some(result) = self.aggregated(aggregate, &name, vec![x], bins, span) else {
            return Expr::error(span);
        };
        let Some(array) = result.args.into_iter().next() else { return Expr::error(span) };
        let (clock, optional) = (array.clock.clone(), array.optional && aggregate != Aggregate::Count);
        let ty = match result.ty {
            Type::Array(item, _) => *item,
            other => other,
        };
        let kind = ExprKind::Fold(aggregate, constants, Box::new(array));
        Expr::new(kind, ty, span).with(clock, optional).shown_in(result.unit)
    }

    /// A constant parameter of an aggregate, as a stored number.
    pub(super) fn aggregate_constant(
        &mut self,
        aggregate: Aggregate,
        param: &str,
        written: &ast::Expr,
        item: &Type,
    ) -> Option<f64> {
        let what = format!("`{param}`");
        match (aggregate, param) {
            (Aggregate::Histogram, "bins") => self.constant_count(written, &what).map(f64::from),
            (Aggregate::Quantile, _) => {
                let p = self.constant_real(written, &Type::REAL, &what)?;
                if !(0.0..=1.0).contains(&p) {
                    self.push(time_errors::rank(written.span));
                    return None;
                }
                Some(p)
            }
            _ => {
                let ty = match item {
                    Type::Int => Type::REAL,
                    Type::Duration => Type::Quantity(Quantity::plain(Dimension::base(BaseUnit::Second))),
                    other => other.clone(),
                };
                self.constant_real(written, &ty, &what)
            }
        }
    }
}
