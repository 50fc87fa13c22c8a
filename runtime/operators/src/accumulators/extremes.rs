//! Extremes: `min max range`, `argmin`, `argmax`.
//!
//! `MinMax` is `n, low, high`; the first sample is both. `ArgMin` and `ArgMax` are `n, x, y`: the x that stood beside
//! the extreme y; of equal ones the oldest stays.

use super::{put, real};
use twin_types::{Aggregate, Word};

/// low = x where n = 0 or x < low; high = x where n = 0 or x > high; n += 1
#[inline]
pub fn add_min_max(into: &mut [Word], x: f64) {
    let is_first = into[0] == 0;
    if is_first || x < real(into, 1) {
        put(into, 1, x);
    }
    if is_first || x > real(into, 2) {
        put(into, 2, x);
    }
    into[0] += 1;
}

/// The smaller low, the larger high; an empty side leaves the other.
#[inline]
pub fn merge_min_max(into: &mut [Word], later: &[Word]) {
    if later[0] == 0 {
        return;
    }
    let is_first = into[0] == 0;
    if is_first || real(later, 1) < real(into, 1) {
        into[1] = later[1];
    }
    if is_first || real(later, 2) > real(into, 2) {
        into[2] = later[2];
    }
    into[0] += later[0];
}

/// `min` is low, `max` high, `range` high − low. Of zeros neither is smaller: +0 stands for both, whichever was kept.
pub fn finish_min_max(aggregate: Aggregate, held: &[Word]) -> Option<f64> {
    let value = match aggregate {
        _ if held[0] == 0 => return None,
        Aggregate::Min => real(held, 1),
        Aggregate::Max => real(held, 2),
        Aggregate::Range => real(held, 2) - real(held, 1),
        _ => return None,
    };
    Some(value + 0.0)
}

/// x and y are taken where n = 0 or y is better; n += 1
#[inline]
pub fn add_arg(into: &mut [Word], x: Word, y: f64, is_better: impl Fn(f64, f64) -> bool) {
    if into[0] == 0 || is_better(y, real(into, 2)) {
        into[1] = x;
        put(into, 2, y);
    }
    into[0] += 1;
}

/// The later x and y are taken where they are better, or the earlier side is empty.
#[inline]
pub fn merge_arg(into: &mut [Word], later: &[Word], is_better: impl Fn(f64, f64) -> bool) {
    if later[0] != 0 && (into[0] == 0 || is_better(real(later, 2), real(into, 2))) {
        into[1] = later[1];
        into[2] = later[2];
    }
    into[0] += later[0];
}
