//! Operations on words whose operands are present. `None` is a fault.

use std::cmp::Ordering;
use twin_plan::kernel::text_parts;
use twin_plan::{Compare, Prim};
use twin_types::{Word, nanos_from_seconds, seconds_from_nanos, words};

/// What an operation gives.
pub(crate) fn apply(prim: Prim, a: Word, b: Word) -> Option<Word> {
    let (x, y) = (words::to_f64(a), words::to_f64(b));
    let (m, n) = (words::to_i64(a), words::to_i64(b));
    match prim {
        Prim::NegReal => real(-x),
        Prim::AddReal => real(x + y),
        Prim::SubReal => real(x - y),
        Prim::MulReal => real(x * y),
        Prim::DivReal => real(x / y),
        Prim::AbsReal => real(x.abs()),
        Prim::SqrtReal => real(libm::sqrt(x)),
        Prim::MinReal => real(if y < x { y } else { x }),
        Prim::MaxReal => real(if y > x { y } else { x }),
        Prim::Floor => whole(libm::floor(x)),
        Prim::Ceil => whole(libm::ceil(x)),
        Prim::Trunc => whole(libm::trunc(x)),
        Prim::Round => whole(libm::rint(x)),
        Prim::NegInt => int(m.checked_neg()),
        Prim::AddInt => int(m.checked_add(n)),
        Prim::SubInt => int(m.checked_sub(n)),
        Prim::MulInt => int(m.checked_mul(n)),
        Prim::DivInt => int(floor_division(m, n).map(|(quotient, _)| quotient)),
        Prim::ModInt => int(floor_division(m, n).map(|(_, rest)| rest)),
        Prim::AbsInt => int(m.checked_abs()),
        Prim::MinInt => int(Some(m.min(n))),
        Prim::MaxInt => int(Some(m.max(n))),
        // Present reals are numbers, so they have an order.
        Prim::CompareReal(how) => x.partial_cmp(&y).map(|order| truth(compare(how, order))),
        Prim::CompareInt(how) => Some(truth(compare(how, m.cmp(&n)))),
        Prim::CompareBool(how) => Some(truth(compare(how, a.cmp(&b)))),
        Prim::CompareText(_) => unreachable!("texts are compared where their bytes are known"),
        Prim::Not => Some(truth(a == twin_types::FALSE)),
        Prim::IntToReal => real(m as f64),
        Prim::NanosToSeconds => real(seconds_from_nanos(m)),
        Prim::SecondsToNanos => int(nanos_from_seconds(x)),
        Prim::BoolToInt => Some(a),
        Prim::IntToOrdered => real(words::ordered_from_i64(m)),
        Prim::OrderedToInt => int(Some(words::i64_from_ordered(x))),
        Prim::TextWithin(most) => (text_parts(a).2 <= most as usize).then_some(a),
    }
}

/// Whether a comparison holds for an order.
pub(crate) fn compare(how: Compare, order: Ordering) -> bool {
    match how {
        Compare::Eq => order.is_eq(),
        Compare::Ne => order.is_ne(),
        Compare::Lt => order.is_lt(),
        Compare::Le => order.is_le(),
        Compare::Gt => order.is_gt(),
        Compare::Ge => order.is_ge(),
    }
}

fn real(x: f64) -> Option<Word> {
    x.is_finite().then(|| x.to_bits())
}

fn truth(value: bool) -> Word {
    words::from_bool(Some(value))
}

/// The smallest int is the absent one, so it is out of range.
fn int(n: Option<i64>) -> Option<Word> {
    n.filter(|&n| n != i64::MIN).map(words::from_i64)
}

/// A whole real as an int: strictly between −2⁶³ and 2⁶³.
fn whole(x: f64) -> Option<Word> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (x > -LIMIT && x < LIMIT).then(|| words::from_i64(x as i64))
}

/// ⌊m / n⌋ and m − n · ⌊m / n⌋.
fn floor_division(m: i64, n: i64) -> Option<(i64, i64)> {
    let (quotient, rest) = (m.checked_div(n)?, m.checked_rem(n)?);
    let is_below = rest != 0 && (rest < 0) != (n < 0);
    Some(if is_below { (quotient - 1, rest + n) } else { (quotient, rest) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ints(prim: Prim, m: i64, n: i64) -> Option<i64> {
        apply(prim, m as Word, n as Word).map(words::to_i64)
    }

    #[test]
    fn whole_division_rounds_down() {
        for (m, n, quotient, rest) in [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1)] {
            assert_eq!(ints(Prim::DivInt, m, n), Some(quotient));
            assert_eq!(ints(Prim::ModInt, m, n), Some(rest));
        }
        assert_eq!(ints(Prim::DivInt, 1, 0), None);
        assert_eq!(ints(Prim::AddInt, i64::MAX, 1), None);
        assert_eq!(ints(Prim::SubInt, -i64::MAX, 1), None, "the smallest int is the absent one");
    }

    #[test]
    fn reals_become_ints_within_range() {
        let round = |x: f64| apply(Prim::Round, x.to_bits(), 0).map(words::to_i64);
        assert_eq!((round(2.5), round(3.5), round(-2.5)), (Some(2), Some(4), Some(-2)));
        assert_eq!((round(9.3e18), round(-9.3e18)), (None, None));
        assert_eq!(apply(Prim::DivReal, 1f64.to_bits(), 0f64.to_bits()), None);
        assert_eq!(apply(Prim::SqrtReal, (-1f64).to_bits(), 0), None);
    }
}
