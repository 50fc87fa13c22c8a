//! Moments about the mean: `count mean var std …`, `skew kurtosis`.
//!
//! `Moments2` is `n, m, M2` by Welford, Technometrics 4 (1962), merged as in Chan, Golub and LeVeque (1979).
//! `Moments4` is `n, m, M2, M3, M4` by Pébay, SAND2008-6212 (2008). A sum of squares would lose all digits of a small
//! movement on a large level; these do not.

use super::{is_more_than_none, over, put, real};
use twin_types::{Aggregate, Word};

/// n += 1; d = x − m; m += d / n; M2 += d · (x − m), the new m
#[inline]
pub fn add2(into: &mut [Word], x: f64) {
    into[0] += 1;
    let d = x - real(into, 1);
    let mean = real(into, 1) + d / into[0] as f64;
    put(into, 1, mean);
    put(into, 2, real(into, 2) + d * (x - mean));
}

/// With d = m' − m and N = n + n': M2 += M2' + d · d · (n · (n' / N)); m += d · (n' / N); n = N. An empty side
/// leaves the other.
#[inline]
pub fn merge2(into: &mut [Word], later: &[Word]) {
    if later[0] == 0 {
        return;
    }
    if into[0] == 0 {
        into[..3].copy_from_slice(&later[..3]);
        return;
    }
    let n = into[0] as f64;
    let share = later[0] as f64 / (into[0] + later[0]) as f64;
    let d = real(later, 1) - real(into, 1);
    put(into, 2, real(into, 2) + (real(later, 2) + d * d * (n * share)));
    put(into, 1, real(into, 1) + d * share);
    into[0] += later[0];
}

/// `mean` is m; `var_pop` M2 / n, `var` M2 / (n − 1) from two samples on, `std` their roots.
pub fn finish2(aggregate: Aggregate, held: &[Word]) -> Option<f64> {
    let n = held[0] as f64;
    match aggregate {
        _ if held[0] == 0 => None,
        Aggregate::Mean => Some(real(held, 1)),
        Aggregate::VarPop => Some(real(held, 2) / n),
        Aggregate::StdPop => Some(libm::sqrt(real(held, 2) / n)),
        Aggregate::Var if held[0] > 1 => Some(real(held, 2) / (n - 1.0)),
        Aggregate::Std if held[0] > 1 => Some(libm::sqrt(real(held, 2) / (n - 1.0))),
        _ => None,
    }
}

/// One sample into four moments: [`merge4`] written out for n' = 1.
pub fn add4(into: &mut [Word], x: f64) {
    let before = into[0] as f64;
    into[0] += 1;
    let n = into[0] as f64;
    let d = x - real(into, 1);
    let step = d / n;
    let square = step * step;
    let term = d * step * before;
    let (m2, m3) = (real(into, 2), real(into, 3));
    put(into, 1, real(into, 1) + step);
    let fourth = term * square * (n * n - 3.0 * n + 3.0) + 6.0 * square * m2 - 4.0 * step * m3;
    put(into, 4, real(into, 4) + fourth);
    put(into, 3, m3 + (term * step * (n - 2.0) - 3.0 * step * m2));
    put(into, 2, m2 + term);
}

/// Pébay's pairwise formulas (2.1) for the second to the fourth moment.
pub fn merge4(into: &mut [Word], later: &[Word]) {
    if later[0] == 0 {
        return;
    }
    if into[0] == 0 {
        into[..5].copy_from_slice(&later[..5]);
        return;
    }
    let (a, b) = (into[0] as f64, later[0] as f64);
    let n = a + b;
    let d = real(later, 1) - real(into, 1);
    let step = d / n;
    let (a2, a3, a4) = (real(into, 2), real(into, 3), real(into, 4));
    let (b2, b3, b4) = (real(later, 2), real(later, 3), real(later, 4));
    let term = d * step * a * b;
    let fourth = term * step * step * (a * a - a * b + b * b)
        + 6.0 * step * step * (a * a * b2 + b * b * a2)
        + 4.0 * step * (a * b3 - b * a3);
    put(into, 4, a4 + b4 + fourth);
    put(into, 3, a3 + b3 + (term * step * (a - b) + 3.0 * step * (a * b2 - b * a2)));
    put(into, 2, a2 + b2 + term);
    put(into, 1, real(into, 1) + step * b);
    into[0] += later[0];
}

/// `skew` is √n · M3 / M2^1.5, `kurtosis` n · M4 / M2² − 3; nothing where all values are equal.
pub fn finish4(aggregate: Aggregate, held: &[Word]) -> Option<f64> {
    let n = held[0] as f64;
    let (m2, m3, m4) = (real(held, 2), real(held, 3), real(held, 4));
    match aggregate {
        Aggregate::Skew if held[0] > 1 && is_more_than_none(m2) => {
            Some(over(libm::sqrt(n) * m3, m2 * libm::sqrt(m2)))
        }
        Aggregate::Kurtosis if held[0] > 1 && is_more_than_none(m2) => Some(over(n * m4, m2 * m2) - 3.0),
        Aggregate::Skew | Aggregate::Kurtosis => None,
        _ => finish2(aggregate, held),
    }
}
