//! Values of a binary format, many at a time: without a decision for each.
//!
//! Columns of a recording nearly always hold nothing but values, so they are made words as a whole and looked at
//! afterwards. Where one of them is no value, nothing is added, and whoever asked takes them one by one.

use super::{DurationReader, Kind, Target, TimeReader};
use twin_types::{Word, words};

impl Target {
    /// Adds the words of floats; false where some are no values of this column.
    pub fn reals(&self, values: impl Iterator<Item = f64>, out: &mut Vec<Word>) -> bool {
        match self.kind {
            Kind::Real(None) => self.numbers(values, out),
            Kind::Real(Some(scale)) => self.numbers(values.map(|value| scale.apply(value)), out),
            _ => false,
        }
    }

    /// Adds the words of whole numbers; false where some are no values of this column.
    pub fn wholes(&self, values: impl Iterator<Item = i64>, out: &mut Vec<Word>) -> bool {
        match &self.kind {
            Kind::Int => self.counts(values, 1, out),
            Kind::Timestamp(TimeReader::Count(count)) | Kind::Duration(DurationReader::Count(count)) => {
                self.counts(values, *count, out)
            }
            Kind::Real(_) => self.reals(values.map(|value| value as f64), out),
            _ => false,
        }
    }

    /// Adds the words of instants in ticks of so many nanoseconds; false where some are no values of this column.
    pub fn instants(&self, ticks: impl Iterator<Item = i64>, nanos: i64, out: &mut Vec<Word>) -> bool {
        matches!(self.kind, Kind::Timestamp(_)) && self.counts(ticks, nanos, out)
    }

    fn numbers(&self, values: impl Iterator<Item = f64>, out: &mut Vec<Word>) -> bool {
        let start = out.len();
        out.extend(values.map(f64::to_bits));
        let Some((low, high)) = self.valid else { return keep_finite(out, start) };
        // What is not finite lies outside all finite bounds.
        let (low, high) = (low.max(f64::MIN), high.min(f64::MAX));
        let is_inside = |word: &Word| {
            let value = f64::from_bits(*word);
            (value >= low) & (value <= high)
        };
        keep_if(out, start, is_inside)
    }

    /// Adds the words of values that are each multiplied by a count.
    fn counts(&self, values: impl Iterator<Item = i64>, count: i64, out: &mut Vec<Word>) -> bool {
        if count <= 0 {
            return false;
        }
        let start = out.len();
        out.extend(values.map(words::from_i64));
        let own = &mut out[start..];
        let most = i64::MAX / count;
        // Whole numbers are hardly ever negative or large, so all of them lie below the bits of all together.
        let union = own.iter().fold(0, |union, word| union | word);
        let fits =
            union <= most as u64 || own.iter().all(|word| (-most..=most).contains(&words::to_i64(*word)));
        if fits && count != 1 {
            own.iter_mut().for_each(|word| *word = words::from_i64(words::to_i64(*word) * count));
        }
        match self.valid {
            Some((low, high)) if fits => {
                let is_inside = |word: &Word| {
                    let value = words::to_i64(*word) as f64;
                    (value >= low) & (value <= high)
                };
                keep_if(out, start, is_inside)
            }
            _ => {
                out.truncate(if fits { out.len() } else { start });
                fits
            }
        }
    }
}

/// Takes back the floats that were added where not all are finite.
///
/// The exponent of what is not finite is all ones, so one more carries into the place of the sign: an addition for each
/// instead of comparisons.
fn keep_finite(out: &mut Vec<Word>, start: usize) -> bool {
    const SIGN: u64 = 1 << 63;
    const EXPONENT_ONE: u64 = 1 << 52;
    let carries = out[start..].iter().fold(0, |carries, word| carries | ((word & !SIGN) + EXPONENT_ONE));
    if carries & SIGN != 0 {
        out.truncate(start);
    }
    carries & SIGN == 0
}

/// Takes back what was added where not all of it is right. All are looked at, which is faster than stopping.
fn keep_if(out: &mut Vec<Word>, start: usize, is_right: impl Fn(&Word) -> bool) -> bool {
    let all = out[start..].iter().fold(true, |all, word| all & is_right(word));
    if !all {
        out.truncate(start);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::target::Taken;
    use proptest::prelude::*;
    use twin_plan::kernel::Batch;
    use twin_plan::{Column, TimeText};
    use twin_types::{Scalar, UnitTable};

    fn targets() -> Vec<Target> {
        let column = |ty, unit: Option<&str>, nanos: Option<i64>, valid| Column {
            name: "x".to_string(),
            path: Vec::new(),
            ty,
            unit: unit.and_then(|unit| UnitTable::default().get(unit)),
            texts: Vec::new(),
            time: nanos.map(TimeText::Count),
            is_required: true,
            default: None,
            valid,
        };
        let columns = [
            column(Scalar::Real, None, None, None),
            column(Scalar::Real, Some("degC"), None, Some((200.0, 400.0))),
            column(Scalar::Int, None, None, None),
            column(Scalar::Int, None, None, Some((-100.0, 100.0))),
            column(Scalar::Timestamp, None, Some(1_000_000), None),
            column(Scalar::Duration, None, Some(1_000_000_000), None),
            column(Scalar::Bool, None, None, None),
        ];
        columns.iter().map(|column| Target::new(column).unwrap()).collect()
    }

    /// Many at a time are what one after the other are, or nothing where one of these has none.
    fn check(is_added: bool, added: &[Word], one_by_one: Vec<Taken>) {
        assert_eq!(added[0], 7, "what lay there before");
        let words: Result<Vec<Word>, _> = one_by_one.into_iter().collect();
        match (is_added, words) {
            (true, words) => assert_eq!(words, Ok(added[1..].to_vec())),
            (false, _) => assert_eq!(added.len(), 1),
        }
    }

    fn any_real() -> impl Strategy<Value = f64> {
        prop_oneof![8 => -200.0..200.0, 1 => any::<f64>(), 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)]
    }

    fn any_whole() -> impl Strategy<Value = i64> {
        prop_oneof![8 => -200i64..200, 1 => any::<i64>(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
    }

    proptest! {
        #[test]
        fn many_reals_are_single_ones(values in proptest::collection::vec(any_real(), 0..6)) {
            for target in targets() {
                let mut out = vec![7];
                let is_added = target.reals(values.iter().copied(), &mut out);
                check(is_added, &out, values.iter().map(|value| target.real(*value)).collect());
            }
        }

        #[test]
        fn many_whole_numbers_are_single_ones(values in proptest::collection::vec(any_whole(), 0..6)) {
            for target in targets() {
                let mut out = vec![7];
                let is_added = target.wholes(values.iter().copied(), &mut out);
                let mut batch = Batch::default();
                check(is_added, &out, values.iter().map(|value| target.whole(*value, &mut batch)).collect());
                let mut out = vec![7];
                let is_added = target.instants(values.iter().copied(), 1000, &mut out);
                let instant = |value: &i64| target.instant(value.checked_mul(1000));
                check(is_added, &out, values.iter().map(instant).collect());
            }
        }
    }

    #[test]
    fn values_that_are_right_are_taken_at_once() {
        let targets = targets();
        let mut out = Vec::new();
        assert!(targets[0].reals([1.5, -2.0].into_iter(), &mut out));
        assert!(targets[1].reals([36.5].into_iter(), &mut out));
        assert!(targets[3].wholes([100].into_iter(), &mut out));
        assert!(targets[4].wholes([1_567_606_196_123].into_iter(), &mut out));
        assert!(targets[4].instants([5].into_iter(), 1000, &mut out));
        let real = f64::to_bits;
        assert_eq!(out, [real(1.5), real(-2.0), real(309.65), 100, 1_567_606_196_123_000_000, 5000]);
        assert!(!targets[1].reals([36.5, 181.0].into_iter(), &mut out));
        assert!(!targets[3].wholes([101].into_iter(), &mut out));
        assert_eq!(out.len(), 6);
    }
}
