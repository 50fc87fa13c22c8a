//! Least squares against time: `slope intercept r2`.
//!
//! `n, t0, mt, mx, Stt, Stx, Sxx`: times are seconds since the first sample's time t0 (ns), so that an epoch of 1e9 s
//! loses no digit. Means and sums of products as by Welford, merged as by Chan.

use super::{put, real, seconds_between};
use twin_types::{Aggregate, Word};

/// n += 1; dt = t − mt; dx = x − mx; mt += dt / n; mx += dx / n; Stt += dt · (t − mt); Stx += dt · (x − mx);
/// Sxx += dx · (x − mx), with the new means on the right.
#[inline]
pub fn add(into: &mut [Word], t_ns: i64, x: f64) {
    if into[0] == 0 {
        into[1] = t_ns as Word;
    }
    into[0] += 1;
    let n = into[0] as f64;
    let t = seconds_between(into[1], t_ns as Word);
    let (dt, dx) = (t - real(into, 2), x - real(into, 3));
    let (mt, mx) = (real(into, 2) + dt / n, real(into, 3) + dx / n);
    put(into, 2, mt);
    put(into, 3, mx);
    put(into, 4, real(into, 4) + dt * (t - mt));
    put(into, 5, real(into, 5) + dt * (x - mx));
    put(into, 6, real(into, 6) + dx * (x - mx));
}

/// The later times are moved to the earlier t0; then, with N = n + n' and w = n · (n' / N): S += S' + d · d · w for
/// each sum, and each mean += d · (n' / N).
#[inline]
pub fn merge(into: &mut [Word], later: &[Word]) {
    if later[0] == 0 {
        return;
    }
    if into[0] == 0 {
        into[..7].copy_from_slice(&later[..7]);
        return;
    }
    let share = later[0] as f64 / (into[0] + later[0]) as f64;
    let weight = into[0] as f64 * share;
    let dt = (real(later, 2) + seconds_between(into[1], later[1])) - real(into, 2);
    let dx = real(later, 3) - real(into, 3);
    put(into, 4, real(into, 4) + (real(later, 4) + dt * dt * weight));
    put(into, 5, real(into, 5) + (real(later, 5) + dt * dx * weight));
    put(into, 6, real(into, 6) + (real(later, 6) + dx * dx * weight));
    put(into, 2, real(into, 2) + dt * share);
    put(into, 3, real(into, 3) + dx * share);
    into[0] += later[0];
}

/// `slope` is Stx / Stt; `intercept` the line at the window's end, mx + slope · (end − mt); `r2` is
/// Stx² / (Stt · Sxx). Nothing where all times are equal; no `r2` where all values are.
pub fn finish(aggregate: Aggregate, held: &[Word], end_ns: i64) -> Option<f64> {
    let (stt, stx, sxx) = (real(held, 4), real(held, 5), real(held, 6));
    if held[0] < 2 || stt <= 0.0 {
        return None;
    }
    let slope = stx / stt;
    match aggregate {
        Aggregate::Slope => Some(slope),
        Aggregate::Intercept => {
            let end = seconds_between(held[1], end_ns as Word);
            Some(real(held, 3) + slope * (end - real(held, 2)))
        }
        Aggregate::R2 if !sxx.is_finite() => Some(sxx),
        Aggregate::R2 if sxx > 0.0 => Some((stx / stt) * (stx / sxx)),
        _ => None,
    }
}
