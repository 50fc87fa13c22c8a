//! Comparisons and other conditions over signals, as they stood at a time.

use super::{Judge, Verdict};
use crate::show::Show;
use crate::watch::{ValueId, Wanted};
use twin_analysis::hir::{Binary, Const, Expr, ExprKind, Tolerance};
use twin_types::{Scalar, Unit, Word, words};

impl Judge<'_> {
    /// A comparison of two expressions, perhaps with a tolerance.
    pub fn comparison(
        &self,
        op: Binary,
        right: &Expr,
        at: Option<i64>,
        tolerance: Option<Tolerance>,
        wanted: &Wanted,
    ) -> Option<Verdict> {
        let (Some(condition), Some(a), Some(b)) = (wanted.condition, wanted.left, wanted.right) else {
            return Some(not_readable());
        };
        let Some(step) = self.step(at) else { return Some(self.too_early(at)) };
        let holds = match tolerance {
            None => self.is_true(condition, step),
            Some(tolerance) => self.is_near(op, (a, b), tolerance, step),
        };
        if holds {
            return None;
        }
        let place = at.or(self.seen.series.times.last().copied()).unwrap_or(0);
        let is_constant = matches!(right.kind, ExprKind::Const(_));
        let right_now = if is_constant { String::new() } else { self.said_of(b, step) };
        let expected = format!(
            "{} {}{}",
            sign(op),
            self.show().value(b, step),
            tolerance.map(|t| self.said_tolerance(t, b, step)).unwrap_or_default()
        );
        let left_now = self.said_of(a, step);
        let right_now = if right_now.is_empty() { right_now } else { format!(", and {right_now}") };
        Some(Verdict {
            expected,
            happened: format!("{left_now}{right_now} {}", self.when(at)),
            table: self.show().around(wanted, place),
        })
    }

    /// Any other condition.
    pub fn holds(&self, at: Option<i64>, wanted: &Wanted) -> Option<Verdict> {
        let Some(condition) = wanted.condition else { return Some(not_readable()) };
        let Some(step) = self.step(at) else { return Some(self.too_early(at)) };
        if self.is_true(condition, step) {
            return None;
        }
        let place = at.or(self.seen.series.times.last().copied()).unwrap_or(0);
        let found = self.show().value(condition, step);
        let read =
            wanted.shown.iter().map(|(name, id)| format!("`{name}` was {}", self.show().value(*id, step)));
        let read: Vec<String> = read.take(4).collect();
        let because = if read.is_empty() { String::new() } else { format!(": {}", read.join(", ")) };
        Some(Verdict {
            expected: format!("to be true {}", self.when(at)),
            happened: format!("this was {found} {}{because}", self.when(at)),
            table: self.show().around(wanted, place),
        })
    }

    /// The step that stands at a time, or the last one.
    fn step(&self, at: Option<i64>) -> Option<usize> {
        match at {
            Some(at) => self.seen.series.at(at),
            None => self.seen.series.times.len().checked_sub(1),
        }
    }

    fn is_true(&self, condition: ValueId, step: usize) -> bool {
        self.seen.series.is_true(step, self.watch.values[condition].first)
    }

    fn too_early(&self, at: Option<i64>) -> Verdict {
        let subject = self.subject();
        let happened = match self.seen.series.times.first() {
            None => format!("nothing happened to {subject}"),
            Some(first) => {
                format!(
                    "nothing had happened to {subject} {}: its first step was at {}",
                    self.when(at),
                    self.clock.say(*first)
                )
            }
        };
        Verdict { expected: "a value".to_string(), happened, table: None }
    }

    /// `Car "A1"`
    pub fn subject(&self) -> String {
        match &self.test.subject {
            None => "any twin".to_string(),
            Some(subject) => {
                format!(
                    "{} \"{}\"",
                    self.program.twins[subject.twin.index()].name,
                    self.key.unwrap_or_default()
                )
            }
        }
    }

    /// `at 20 s`
    fn when(&self, at: Option<i64>) -> String {
        at.map_or("at the end".to_string(), |at| format!("at {}", self.clock.say(at)))
    }

    /// `` `coolant` was 87 degC ``
    fn said_of(&self, id: ValueId, step: usize) -> String {
        let text = self.source_text(id);
        format!("`{text}` was {}", self.show().value(id, step))
    }

    fn source_text(&self, id: ValueId) -> String {
        let text = self.sources.text(self.watch.values[id].span);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether a comparison holds if both sides may be off; every word of an array must.
    fn is_near(&self, op: Binary, (a, b): (ValueId, ValueId), tolerance: Tolerance, step: usize) -> bool {
        let (left, right) = (&self.watch.values[a], &self.watch.values[b]);
        let number = |ty: Scalar, word: Word| match ty {
            _ if !ty.is_present(word) => None,
            Scalar::Real => Some(words::to_f64(word)),
            Scalar::Int | Scalar::Timestamp => Some(words::to_i64(word) as f64),
            // A tolerance for a duration stands in nanoseconds as the duration does.
            Scalar::Duration => Some(words::to_i64(word) as f64),
            Scalar::Bool | Scalar::String | Scalar::Enum(_) => None,
        };
        let is_near = |at: usize| {
            let word = |of: &crate::watch::Watched| {
                let at = at.min(of.scalars.len() - 1);
                number(of.scalars[at], self.seen.series.word(step, of.first + at))
            };
            let (Some(left), Some(right_number)) = (word(left), word(right)) else { return false };
            let off = allowance(tolerance, right_number, right.unit.as_ref());
            compare(op, left, right_number, off)
        };
        (0..left.scalars.len().max(right.scalars.len())).all(is_near)
    }

    /// `, give or take 0.9 K`
    fn said_tolerance(&self, tolerance: Tolerance, right: ValueId, step: usize) -> String {
        let value = &self.watch.values[right];
        let word = self.seen.series.word(step, value.first);
        let off = match value.scalars[0] {
            Scalar::Real => allowance(tolerance, words::to_f64(word), value.unit.as_ref()),
            Scalar::Duration => {
                let off = allowance(tolerance, words::to_i64(word) as f64, None);
                return format!(", give or take {}", self.clock.say_length(off as i64));
            }
            _ => allowance(tolerance, words::to_i64(word) as f64, None),
        };
        let unit = value.unit.as_ref().map(difference_unit);
        // As many digits as say how much it is; the tolerance itself is not rounded.
        let number = unit.as_ref().map_or(off, |unit| off * unit.divisor / unit.factor);
        let rounded: f64 = format!("{number:.3e}").parse().unwrap_or(number);
        let symbol = unit.map(|unit| unit.symbol).filter(|symbol| symbol != "1");
        let symbol = symbol.map(|symbol| format!(" {symbol}")).unwrap_or_default();
        format!(", give or take {}{symbol}", Show::number(rounded, None))
    }
}

fn not_readable() -> Verdict {
    Verdict {
        expected: "something that can be read".to_string(),
        happened: "a name that is bound elsewhere cannot be looked at here".to_string(),
        table: None,
    }
}

/// How far the sides may differ in stored numbers. A share is of the number that is written: 1% of 90 degC is 0.9 K.
fn allowance(tolerance: Tolerance, right: f64, unit: Option<&Unit>) -> f64 {
    match tolerance {
        Tolerance::Absolute(amount) => amount,
        Tolerance::Relative(share) => {
            let offset = unit.map_or(0.0, |unit| unit.offset);
            share * (right - offset).abs()
        }
    }
}

/// The unit of a difference; that of two readings in `degC` is said in `K`.
fn difference_unit(unit: &Unit) -> Unit {
    let difference = unit.difference();
    match unit.symbol.as_str() {
        "degC" => Unit { symbol: "K".to_string(), ..difference },
        "degF" => Unit { symbol: "degR".to_string(), ..difference },
        _ => difference,
    }
}

fn compare(op: Binary, left: f64, right: f64, off: f64) -> bool {
    match op {
        Binary::Eq => (left - right).abs() <= off,
        Binary::Ne => (left - right).abs() > off,
        Binary::Lt => left < right + off,
        Binary::Le => left <= right + off,
        Binary::Gt => left > right - off,
        Binary::Ge => left >= right - off,
        _ => false,
    }
}

/// How a comparison is written in front of what is expected.
pub(super) fn sign(op: Binary) -> &'static str {
    match op {
        Binary::Ne => "anything but",
        Binary::Lt => "less than",
        Binary::Le => "at most",
        Binary::Gt => "more than",
        Binary::Ge => "at least",
        _ => "exactly",
    }
}

/// A constant that is no text.
pub(super) fn constant(expr: &Expr) -> Option<i64> {
    match &expr.kind {
        ExprKind::Const(Const::Word(word)) if expr.ty.scalar()?.is_present(*word) => {
            Some(words::to_i64(*word))
        }
        _ => None,
    }
}
