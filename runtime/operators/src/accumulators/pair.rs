//! Two values together: `corr`.
//!
//! `n, mx, my, Sxx, Syy, Sxy`, as by Welford and Chan.

use super::{is_more_than_none, over, put, real};
use twin_types::Word;

/// n += 1; dx = x − mx; dy = y − my; mx += dx / n; my += dy / n; Sxx += dx · (x − mx); Syy += dy · (y − my);
/// Sxy += dx · (y − my), with the new means on the right.
pub fn add(into: &mut [Word], x: f64, y: f64) {
    into[0] += 1;
    let n = into[0] as f64;
    let (dx, dy) = (x - real(into, 1), y - real(into, 2));
    let (mx, my) = (real(into, 1) + dx / n, real(into, 2) + dy / n);
    put(into, 1, mx);
    put(into, 2, my);
    put(into, 3, real(into, 3) + dx * (x - mx));
    put(into, 4, real(into, 4) + dy * (y - my));
    put(into, 5, real(into, 5) + dx * (y - my));
}

/// As in [`super::regression::merge`], without times.
pub fn merge(into: &mut [Word], later: &[Word]) {
    if later[0] == 0 {
        return;
    }
    if into[0] == 0 {
        into[..6].copy_from_slice(&later[..6]);
        return;
    }
    let share = later[0] as f64 / (into[0] + later[0]) as f64;
    let weight = into[0] as f64 * share;
    let (dx, dy) = (real(later, 1) - real(into, 1), real(later, 2) - real(into, 2));
    put(into, 3, real(into, 3) + (real(later, 3) + dx * dx * weight));
    put(into, 4, real(into, 4) + (real(later, 4) + dy * dy * weight));
    put(into, 5, real(into, 5) + (real(later, 5) + dx * dy * weight));
    put(into, 1, real(into, 1) + dx * share);
    put(into, 2, real(into, 2) + dy * share);
    into[0] += later[0];
}

/// Sxy / (√Sxx · √Syy), kept within −1..1; nothing with fewer than two pairs or where one does not move.
pub fn finish(held: &[Word]) -> Option<f64> {
    let (sxx, syy, sxy) = (real(held, 3), real(held, 4), real(held, 5));
    if held[0] < 2 || !is_more_than_none(sxx) || !is_more_than_none(syy) {
        return None;
    }
    Some(over(sxy, libm::sqrt(sxx) * libm::sqrt(syy)).clamp(-1.0, 1.0))
}
