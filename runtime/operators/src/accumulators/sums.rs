//! Plain sums: `count sum mean`, `rms crest`.
//!
//! `Sum` is `n, s`: n += 1, s += x; merged n += n', s += s'. `Squares` is `n, q, m`: n += 1, q += x·x,
//! m = |x| where |x| > m; merged n += n', q += q', m = m' where m' > m.

use super::{is_more_than_none, over, put, real};
use twin_types::{Aggregate, Word};

/// n += 1, s += x
#[inline]
pub fn add_sum(into: &mut [Word], x: f64) {
    into[0] += 1;
    put(into, 1, real(into, 1) + x);
}

/// n += n', s += s'
#[inline]
pub fn merge_sum(into: &mut [Word], later: &[Word]) {
    into[0] += later[0];
    put(into, 1, real(into, 1) + real(later, 1));
}

/// `sum` is s, `mean` s / n; nothing of an empty window.
pub fn finish_sum(aggregate: Aggregate, held: &[Word]) -> Option<f64> {
    match aggregate {
        _ if held[0] == 0 => None,
        Aggregate::Sum => Some(real(held, 1)),
        Aggregate::Mean => Some(real(held, 1) / held[0] as f64),
        _ => None,
    }
}

/// n += 1, q += x·x, m = max(m, |x|)
#[inline]
pub fn add_squares(into: &mut [Word], x: f64) {
    into[0] += 1;
    put(into, 1, real(into, 1) + x * x);
    if x.abs() > real(into, 2) {
        put(into, 2, x.abs());
    }
}

/// n += n', q += q', m = max(m, m')
#[inline]
pub fn merge_squares(into: &mut [Word], later: &[Word]) {
    into[0] += later[0];
    put(into, 1, real(into, 1) + real(later, 1));
    if real(later, 2) > real(into, 2) {
        into[2] = later[2];
    }
}

/// `rms` is √(q / n), `crest` m / rms.
pub fn finish_squares(aggregate: Aggregate, held: &[Word]) -> Option<f64> {
    let rms = libm::sqrt(real(held, 1) / held[0] as f64);
    match aggregate {
        _ if held[0] == 0 => None,
        Aggregate::Rms => Some(rms),
        Aggregate::Crest if is_more_than_none(rms) => Some(over(real(held, 2), rms)),
        _ => None,
    }
}
