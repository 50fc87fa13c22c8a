//! Units as they are written, and numbers in them.

use crate::checker::Checker;
use crate::errors::{names as name_errors, types as errors};
use crate::hir::Expr;
use crate::modules::Global;
use crate::scope::{Binding, nearest};
use twin_diagnostics::Span;
use twin_syntax::ast;
use twin_types::{BaseUnit, Dimension, Kind, Quantity, Type, Unit, kinds};

impl Checker<'_> {
    /// The unit that is written; an unknown one is reported.
    pub fn unit(&mut self, written: &ast::UnitExpr) -> Option<Unit> {
        let factors: Vec<(&str, i32)> =
            written.factors.iter().map(|f| (symbol(&f.name.text), f.halves)).collect();
        // `1/s` is a factor `1` and one below.
        let factors: Vec<_> = factors.into_iter().filter(|(name, _)| *name != "1").collect();
        if factors.is_empty() {
            return Some(Unit::one());
        }
        match self.units.compound(&factors) {
            Ok(unit) if unit.symbol == "percent" => Some(Unit { symbol: "%".to_string(), ..unit }),
            Ok(unit) => Some(unit),
            Err(name) => {
                let factor = written.factors.iter().find(|f| symbol(&f.name.text) == name);
                let span = factor.map_or(written.span, |f| f.name.span);
                let is_known = self.units.get(&name).is_some();
                if self.global(&name) == Some(Global::Unknown) {
                    // Its declaration has been reported.
                    return None;
                }
                let near = nearest_unit(&name, self.units.symbols());
                self.push(match is_known {
                    true => errors::dimension_range(written.span),
                    false => name_errors::unknown_unit(&name, span, near),
                });
                None
            }
        }
    }

    /// Dimension of what a twin's clock counts: seconds, or a unit of the program's own.
    pub fn clock_dimension(&self) -> Dimension {
        self.twin.clock_dimension.unwrap_or(Dimension::base(BaseUnit::Second))
    }

    /// A number as it is written, perhaps with a minus before it; what it adapts to is said by `expected`.
    pub fn number(&mut self, number: &ast::Number, is_negative: bool, expected: Option<&Type>) -> Expr {
        let sign = if is_negative { -1.0 } else { 1.0 };
        let span = number.span;
        let Some(written) = &number.unit else { return self.bare_number(number, is_negative, expected) };
        let Some(unit) = self.unit(written) else { return Expr::error(span) };
        // Where a duration is asked for, `10 s` can be nothing else.
        if expected != Some(&Type::Duration) {
            self.hint_at_names(written);
        }
        let value = number.value() * sign;
        let clock = Quantity::plain(self.clock_dimension());
        if unit.quantity == clock && expected.and_then(Type::quantity) != Some(clock) {
            return match clock_nanos(value, &unit) {
                Some(nanos) => Expr::whole(nanos, Type::Duration, span).shown_in(Some(unit)),
                None => self.fail(errors::number_range(&self.words(span), span), span),
            };
        }
        let mut quantity = unit.quantity;
        if unit.adapts && expected.and_then(Type::quantity).is_some_and(|q| q.kind == Kind::Reading) {
            quantity.kind = Kind::Reading;
        }
        let stored = unit.to_si(value);
        if !stored.is_finite() {
            return self.fail(errors::number_range(&self.words(span), span), span);
        }
        Expr::real(stored, Type::Quantity(quantity), Some(unit), span)
    }

    /// A unit that is also a name here: the reader may have meant the other. Said once for each name, and never of
    /// units of the program's own, beside which a field of that name is usual (`unit cycle`).
    fn hint_at_names(&mut self, written: &ast::UnitExpr) {
        for factor in &written.factors {
            let name = &factor.name.text;
            let is_value = match self.lookup(name) {
                Some((binding, _)) => matches!(binding, Binding::Signal(_) | Binding::Alias(_)),
                None => self.is_readable(name),
            };
            let is_own = self.global(name) == Some(Global::Unit);
            if is_value && !is_own && self.hinted.insert(name.clone()) {
                self.push(name_errors::unit_and_name(&factor.name));
            }
        }
    }

    fn bare_number(&mut self, number: &ast::Number, is_negative: bool, expected: Option<&Type>) -> Expr {
        let span = number.span;
        let sign = if is_negative { "-" } else { "" };
        if number.is_whole() && expected != Some(&Type::REAL) {
            return match format!("{sign}{}", number.raw).parse::<i64>() {
                // The least number is the word that says "absent".
                Ok(value) if value != i64::MIN => Expr::whole(value, Type::Int, span),
                _ => self.fail(errors::number_range(&self.words(span), span), span),
            };
        }
        let value = number.value();
        if !value.is_finite() {
            return self.fail(errors::number_range(&self.words(span), span), span);
        }
        Expr::real(if is_negative { -value } else { value }, Type::REAL, None, span)
    }

    /// The unit in which a value is shown to people: its own, or that of its kind. A bare number would say nothing of
    /// an acceleration.
    pub fn unit_to_show(&self, value: &Expr) -> Option<Unit> {
        let of_kind = || {
            let quantity = value.ty.quantity().filter(|quantity| !quantity.dimension.is_none())?;
            let symbol = default_unit(quantity, self.units.user_bases());
            Some(self.units.get(&symbol).unwrap_or(Unit { symbol, quantity, ..Unit::one() }))
        };
        value.unit.clone().or_else(of_kind)
    }

    /// `1h30min`
    pub fn compound_number(&mut self, numbers: &[ast::Number], is_negative: bool, span: Span) -> Expr {
        let mut total: i64 = 0;
        for number in numbers {
            let part = self.number(number, is_negative, Some(&Type::Duration));
            if part.is_error() {
                return part;
            }
            let nanos = crate::constant::whole(&part).filter(|_| part.ty == Type::Duration);
            let Some(sum) = nanos.and_then(|n| total.checked_add(n)) else {
                let finding = errors::not_a_duration(&self.words(number.span), number.span);
                return self.fail(finding, span);
            };
            total = sum;
        }
        Expr::whole(total, Type::Duration, span)
    }
}

/// Whole nanoseconds of a number in a unit of the clock.
fn clock_nanos(value: f64, unit: &Unit) -> Option<i64> {
    let nanos = value * unit.factor * 1e9 / unit.divisor;
    (nanos.abs() < 9.2e18).then(|| nanos.round_ties_even() as i64)
}

fn symbol(name: &str) -> &str {
    if name == "%" { "percent" } else { name }
}

fn nearest_unit<'n>(name: &str, symbols: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    const OFTEN: [(&str, &str); 14] = [
        ("C", "degC"),
        ("celsius", "degC"),
        ("F", "degF"),
        ("kelvin", "K"),
        ("sec", "s"),
        ("seconds", "s"),
        ("minutes", "min"),
        ("hours", "h"),
        ("hour", "h"),
        ("days", "d"),
        ("day", "d"),
        ("kmh", "km/h"),
        ("in", "inch"),
        ("volt", "V"),
    ];
    let often = OFTEN.iter().find(|(written, _)| *written == name).map(|(_, meant)| *meant);
    often.or_else(|| nearest(name, symbols.filter(|s| s.len() > 1)))
}

/// The name of a kind of quantity in words: `a pressure`, `a temperature difference`, `a number`.
pub(crate) fn kind_in_words(quantity: Quantity, user_units: &[String]) -> String {
    if quantity == Quantity::REAL {
        return "number".to_string();
    }
    match kinds().find(|(_, q, _)| *q == quantity) {
        Some((name, ..)) => name.replace('_', " "),
        None => format!("quantity in {}", quantity.dimension.show(user_units)),
    }
}

/// The unit in which a quantity is shown where the program names none.
pub(crate) fn default_unit(quantity: Quantity, user_units: &[String]) -> String {
    let named = kinds().find(|(_, q, _)| *q == quantity).map(|(.., unit)| unit.to_string());
    named.unwrap_or_else(|| quantity.dimension.show(user_units))
}

/// `a pressure`, `an area`.
pub(crate) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {noun}")
}
