//! Accumulators of windows: what they take in, how two are joined, what is read.
//!
//! An accumulator is a few words; all zero is an empty one. Every family gives three plain functions: `add` a
//! sample, `merge` a later accumulator into an earlier one, `finish` an aggregate. The formulas are written out in
//! the families' files in the exact order of their float operations, because native code inlines the simple ones
//! and bits must repeat. Times are nanoseconds; wherever they become seconds it is a difference of two that does,
//! so epochs of 1e9 seconds lose nothing.
//!
//! [`Accumulator::Kept`] has its samples on the heap and its own functions in [`kept`]. What [`Accumulator::Text`] holds
//! is no word: [`texts::finish`] puts it into a slot.

pub mod circle;
pub mod ends;
pub mod extremes;
pub mod histogram;
pub mod kept;
pub mod moments;
pub mod pair;
pub mod regression;
pub mod sums;
pub mod texts;
pub mod time_weighted;

use crate::windows::Sample;
use twin_plan::Accumulator;
use twin_types::{Aggregate, Scalar, Word, words};

/// From when to when a window that is read lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its start, for windows whose start does not depend on their samples: a value in force there counts from it.
    pub start_ns: Option<i64>,
    /// Its end: `now`, or the tick.
    pub end_ns: i64,
}

/// What is read from an accumulator.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Which aggregate.
    pub aggregate: Aggregate,
    /// Its constants: `p` of a quantile.
    pub constants: &'a [f64],
    /// The scalar of the lane's first argument; `Real` for a lane without arguments.
    pub sample: Scalar,
    /// The scalar of the result.
    pub result: Scalar,
}

/// Whether a family only passes an argument on, so that it keeps the word as it is.
pub fn passes_on(accumulator: Accumulator, argument: usize) -> bool {
    match accumulator {
        Accumulator::Ends => true,
        Accumulator::ArgMin | Accumulator::ArgMax | Accumulator::Text(..) => argument == 0,
        _ => false,
    }
}

/// The word that an accumulator takes for the argument number `argument` of a lane, of scalar `scalar`: the bits of a
/// real, unless the family only passes the value on.
///
/// A text that a family passes on stays the handle that it is. Elsewhere `text_hash` gives the number that stands for it,
/// enough to count different ones.
pub fn sample_word(
    accumulator: Accumulator,
    argument: usize,
    scalar: Scalar,
    word: Word,
    text_hash: impl FnOnce(Word) -> Word,
) -> Word {
    match (scalar, passes_on(accumulator, argument)) {
        (Scalar::Real, _) => word,
        (_, true) => word,
        (Scalar::String, _) => text_hash(word),
        (_, false) => (words::to_i64(word) as f64).to_bits(),
    }
}

/// Takes in a sample.
pub fn add(accumulator: Accumulator, into: &mut [Word], sample: &Sample<'_>) {
    let Sample { t_ns, x, y, .. } = *sample;
    let (real_x, real_y) = (words::to_f64(x), words::to_f64(y));
    match accumulator {
        Accumulator::Count => into[0] += 1,
        Accumulator::Sum => sums::add_sum(into, real_x),
        Accumulator::Squares => sums::add_squares(into, real_x),
        Accumulator::MinMax => extremes::add_min_max(into, real_x),
        Accumulator::ArgMin => extremes::add_arg(into, x, real_y, |new, old| new < old),
        Accumulator::ArgMax => extremes::add_arg(into, x, real_y, |new, old| new > old),
        Accumulator::Moments2 => moments::add2(into, real_x),
        Accumulator::Moments4 => moments::add4(into, real_x),
        Accumulator::Ends => ends::add(into, t_ns, x),
        Accumulator::Regression => regression::add(into, t_ns, real_x),
        Accumulator::Trapezoid => time_weighted::add_trapezoid(into, t_ns, real_x),
        Accumulator::Hold => time_weighted::add_hold(into, t_ns, real_x),
        Accumulator::TimeAbove(level) => time_weighted::add_above(into, t_ns, real_x, level),
        Accumulator::Pair => pair::add(into, real_x, real_y),
        Accumulator::Circle => circle::add(into, real_x),
        Accumulator::Histogram(low, high, bins) => histogram::add(into, real_x, low, high, bins),
        Accumulator::Text(aggregate, _) => texts::add(aggregate, into, sample),
        Accumulator::Kept => unreachable!("kept samples are on the heap: kept::add"),
    }
}

/// Joins `later`, whose samples all come after those of `into`, to it.
pub fn merge(accumulator: Accumulator, into: &mut [Word], later: &[Word]) {
    match accumulator {
        Accumulator::Count => into[0] += later[0],
        Accumulator::Sum => sums::merge_sum(into, later),
        Accumulator::Squares => sums::merge_squares(into, later),
        Accumulator::MinMax => extremes::merge_min_max(into, later),
        Accumulator::ArgMin => extremes::merge_arg(into, later, |new, old| new < old),
        Accumulator::ArgMax => extremes::merge_arg(into, later, |new, old| new > old),
        Accumulator::Moments2 => moments::merge2(into, later),
        Accumulator::Moments4 => moments::merge4(into, later),
        Accumulator::Ends => ends::merge(into, later),
        Accumulator::Regression => regression::merge(into, later),
        Accumulator::Trapezoid => time_weighted::merge_trapezoid(into, later),
        Accumulator::Hold => time_weighted::merge_hold(into, later),
        Accumulator::TimeAbove(_) => time_weighted::merge_above(into, later),
        Accumulator::Pair => pair::merge(into, later),
        Accumulator::Circle => circle::merge(into, later),
        Accumulator::Histogram(..) => into.iter_mut().zip(later).for_each(|(a, b)| *a += b),
        Accumulator::Text(aggregate, _) => texts::merge(aggregate, into, later),
        Accumulator::Kept => unreachable!("kept samples are on the heap: kept::collect"),
    }
}

/// Tells an empty accumulator which value was in force before its first sample; only families that weigh time care.
/// `earlier` is the accumulator, of the same family, of the time before.
pub fn carry(accumulator: Accumulator, into: &mut [Word], earlier: &[Word]) {
    match accumulator {
        Accumulator::Hold => time_weighted::carry_hold(into, earlier),
        Accumulator::TimeAbove(_) => time_weighted::carry_above(into, earlier),
        _ => {}
    }
}

/// As [`carry`], for a window that begins at `now_ns` and does not know its start later.
pub fn carry_from(accumulator: Accumulator, into: &mut [Word], earlier: &[Word], now_ns: i64) {
    match accumulator {
        Accumulator::Hold => time_weighted::carry_hold_from(into, earlier, now_ns),
        Accumulator::TimeAbove(_) => time_weighted::carry_above_from(into, earlier, now_ns),
        _ => {}
    }
}

/// Whether [`carry`] does something for the family.
pub fn weighs_time(accumulator: Accumulator) -> bool {
    matches!(accumulator, Accumulator::Hold | Accumulator::TimeAbove(_))
}

/// A result that no number of its scalar can hold. It reads as absent, and is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

/// An aggregate of what an accumulator holds, as a word of the result's scalar. `bin` counts for histograms only.
pub fn finish(
    accumulator: Accumulator,
    reading: &Reading<'_>,
    held: &[Word],
    span: Span,
    bin: usize,
) -> Result<Word, Overflow> {
    match reading.aggregate {
        Aggregate::Count => return Ok(from_count(held[0], reading.result)),
        Aggregate::Histogram => return Ok(from_count(held[1 + bin], reading.result)),
        _ => {}
    }
    let real = match accumulator {
        Accumulator::Sum => sums::finish_sum(reading.aggregate, held),
        Accumulator::Squares => sums::finish_squares(reading.aggregate, held),
        Accumulator::MinMax => extremes::finish_min_max(reading.aggregate, held),
        Accumulator::Moments2 => moments::finish2(reading.aggregate, held),
        Accumulator::Moments4 => moments::finish4(reading.aggregate, held),
        Accumulator::Regression => regression::finish(reading.aggregate, held, span.end_ns),
        Accumulator::Trapezoid => time_weighted::finish_trapezoid(held),
        Accumulator::Hold => time_weighted::finish_hold(reading.aggregate, held, span),
        Accumulator::Pair => pair::finish(held),
        Accumulator::Circle => circle::finish(held),
        Accumulator::ArgMin | Accumulator::ArgMax => {
            return Ok(if held[0] == 0 { reading.result.absent() } else { held[1] });
        }
        Accumulator::Ends => return ends::finish(reading, held),
        Accumulator::TimeAbove(_) => {
            let nanos = time_weighted::finish_above(held, span);
            return Ok(nanos.map_or(reading.result.absent(), |nanos| from_nanos(nanos, reading.result)));
        }
        Accumulator::Count | Accumulator::Histogram(..) => None,
        Accumulator::Text(..) | Accumulator::Kept => None,
    };
    from_real(real, reading.result)
}

/// A real as a word of `scalar`: the nearest whole number where that is what the scalar holds.
pub fn from_real(value: Option<f64>, scalar: Scalar) -> Result<Word, Overflow> {
    let Some(value) = value else { return Ok(scalar.absent()) };
    match scalar {
        Scalar::Real if value.is_finite() => Ok(value.to_bits()),
        Scalar::Real => Err(Overflow),
        _ if value.abs() < 9.2e18 => Ok(words::from_i64(libm::rint(value) as i64)),
        _ => Err(Overflow),
    }
}

/// Whether a sum of squares is more than none. What has overflown is, whichever sign it got on the way: Welford's product
/// of two infinite distances may be -∞.
#[inline]
pub(crate) fn is_more_than_none(sum: f64) -> bool {
    sum > 0.0 || !sum.is_finite()
}

/// x / y, where y has not overflown: everything over that is 0.
#[inline]
pub(crate) fn over(x: f64, y: f64) -> f64 {
    if y.is_finite() { x / y } else { y }
}

/// A count as a word of `scalar`.
pub fn from_count(count: u64, scalar: Scalar) -> Word {
    match scalar {
        Scalar::Real => (count as f64).to_bits(),
        _ => count,
    }
}

/// A duration as a word of `scalar`: seconds where it is a real.
fn from_nanos(nanos: i64, scalar: Scalar) -> Word {
    match scalar {
        Scalar::Real => twin_types::seconds_from_nanos(nanos).to_bits(),
        _ => words::from_i64(nanos),
    }
}

/// The real in a word of an accumulator.
#[inline]
pub(crate) fn real(held: &[Word], at: usize) -> f64 {
    f64::from_bits(held[at])
}

/// Puts a real into a word of an accumulator.
#[inline]
pub(crate) fn put(held: &mut [Word], at: usize, value: f64) {
    held[at] = value.to_bits();
}

/// Seconds from one moment to another.
#[inline]
pub(crate) fn seconds_between(from_ns: Word, to_ns: Word) -> f64 {
    twin_types::seconds_from_nanos((to_ns as i64).wrapping_sub(from_ns as i64))
}

/// Most words of an accumulator of numbers without bins.
pub(crate) const WORDS_MAX: usize = 8;

/// Zeroed room for one accumulator; only texts and histograms with many bins need the heap.
pub(crate) struct Room {
    few: [Word; WORDS_MAX],
    many: Vec<Word>,
}

impl Room {
    /// No words yet.
    pub fn new() -> Room {
        Room { few: [0; WORDS_MAX], many: Vec::new() }
    }

    /// So many zeroed words.
    pub fn words(&mut self, words: usize) -> &mut [Word] {
        if words <= WORDS_MAX {
            return &mut self.few[..words];
        }
        self.many.resize(words, 0);
        &mut self.many
    }
}
