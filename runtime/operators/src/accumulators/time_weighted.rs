//! Values weighed by time: `integral`, `integral_hold time_weighted_mean`, `time_above`.
//!
//! `Trapezoid` is `n, first time, first, last time, last, area`. `Hold` is `n, flags, from, until, last, area, prior`:
//! from `from` on a value was in force, up to `until` its area is taken, `last` is in force from there, and `prior`
//! was in force before `from`, if that is known. `TimeAbove` is `n, flags, from, until, time above in ns`, where the
//! flags also say whether `last` and `prior` were above.
//!
//! A pane is given the value in force before it when it is opened ([`carry_hold`]), so a window that begins between
//! two samples knows what to count from its start; two panes that follow each other are joined by the last value of
//! the earlier one.

use super::{Span, put, real, seconds_between};
use twin_types::{Aggregate, Word};

/// `last` is in force from `from` on.
const IN_FORCE: Word = 1;
/// `prior` was in force before `from`.
const HAS_PRIOR: Word = 2;
/// `last` is above the level.
const LAST_ABOVE: Word = 4;
/// `prior` is above the level.
const PRIOR_ABOVE: Word = 8;

/// area += (t − last time) · (last + x) / 2, from the second sample on
#[inline]
pub fn add_trapezoid(into: &mut [Word], t_ns: i64, x: f64) {
    if into[0] == 0 {
        into[1] = t_ns as Word;
        put(into, 2, x);
    } else {
        let seconds = seconds_between(into[3], t_ns as Word);
        put(into, 5, real(into, 5) + seconds * ((real(into, 4) + x) / 2.0));
    }
    into[0] += 1;
    into[3] = t_ns as Word;
    put(into, 4, x);
}

/// area += (first' − last) · (last + first') / 2 + area'
#[inline]
pub fn merge_trapezoid(into: &mut [Word], later: &[Word]) {
    if later[0] == 0 {
        return;
    }
    if into[0] == 0 {
        into[..6].copy_from_slice(&later[..6]);
        return;
    }
    let between = seconds_between(into[3], later[1]) * ((real(into, 4) + real(later, 2)) / 2.0);
    put(into, 5, real(into, 5) + (between + real(later, 5)));
    into[0] += later[0];
    into[3] = later[3];
    into[4] = later[4];
}

/// The area; 0 of one sample.
pub fn finish_trapezoid(held: &[Word]) -> Option<f64> {
    (held[0] > 0).then(|| real(held, 5))
}

/// area += (t − until) · last where a value is in force; then x is, from t on
pub fn add_hold(into: &mut [Word], t_ns: i64, x: f64) {
    if into[1] & IN_FORCE == 0 {
        into[1] |= IN_FORCE;
        into[2] = t_ns as Word;
    } else {
        let seconds = seconds_between(into[3], t_ns as Word);
        put(into, 5, real(into, 5) + seconds * real(into, 4));
    }
    into[0] += 1;
    into[3] = t_ns as Word;
    put(into, 4, x);
}

/// area += (from' − until) · last + area'; what is in force later goes on.
pub fn merge_hold(into: &mut [Word], later: &[Word]) {
    if into[1] & IN_FORCE == 0 {
        let (flags, prior) = (into[1] & HAS_PRIOR, into[6]);
        if later[1] & IN_FORCE != 0 || flags == 0 {
            into[..7].copy_from_slice(&later[..7]);
        }
        if flags != 0 {
            into[1] |= HAS_PRIOR;
            into[6] = prior;
        }
        return;
    }
    if later[1] & IN_FORCE == 0 {
        return;
    }
    let between = seconds_between(into[3], later[2]) * real(into, 4);
    put(into, 5, real(into, 5) + (between + real(later, 5)));
    into[0] += later[0];
    into[3] = later[3];
    into[4] = later[4];
}

/// The value in force at the end of `earlier` is the prior of `into`.
pub fn carry_hold(into: &mut [Word], earlier: &[Word]) {
    if let Some(held) = held_at_end(earlier) {
        into[1] |= HAS_PRIOR;
        into[6] = held;
    }
}

/// The value in force at the end of `earlier` is in force in `into` from `now_ns` on.
pub fn carry_hold_from(into: &mut [Word], earlier: &[Word], now_ns: i64) {
    if let Some(held) = held_at_end(earlier) {
        into[1] |= IN_FORCE;
        into[2] = now_ns as Word;
        into[3] = now_ns as Word;
        into[4] = held;
    }
}

/// Says that `x` was in force before the first sample.
pub fn set_prior_hold(into: &mut [Word], x: f64) {
    into[1] |= HAS_PRIOR;
    put(into, 6, x);
}

fn held_at_end(held: &[Word]) -> Option<Word> {
    match held[1] {
        flags if flags & IN_FORCE != 0 => Some(held[4]),
        flags if flags & HAS_PRIOR != 0 => Some(held[6]),
        _ => None,
    }
}

/// `integral_hold`: (from − start) · prior + area + (end − until) · last; `time_weighted_mean` is that over the time
/// for which a value was in force.
pub fn finish_hold(aggregate: Aggregate, held: &[Word], span: Span) -> Option<f64> {
    let end = span.end_ns as Word;
    let prior = span.start_ns.filter(|_| held[1] & HAS_PRIOR != 0).map(|start| start as Word);
    let (area, seconds) = match (held[1] & IN_FORCE != 0, prior) {
        (false, None) => return None,
        (false, Some(start)) => {
            let seconds = seconds_between(start, end);
            // The mean of one value is that value, to the last digit.
            if aggregate == Aggregate::TimeWeightedMean {
                return (seconds > 0.0).then(|| real(held, 6));
            }
            (real(held, 6) * seconds, seconds)
        }
        (true, start) => {
            let start = start.unwrap_or(held[2]);
            let before = seconds_between(start, held[2]);
            let before = if before > 0.0 { before * real(held, 6) } else { 0.0 };
            let after = seconds_between(held[3], end) * real(held, 4);
            (before + real(held, 5) + after, seconds_between(start, end))
        }
    };
    match aggregate {
        Aggregate::IntegralHold => Some(area),
        Aggregate::TimeWeightedMean if seconds > 0.0 => Some(area / seconds),
        _ => None,
    }
}

/// time += t − until where `last` was above the level; then x is in force
pub fn add_above(into: &mut [Word], t_ns: i64, x: f64, level: f64) {
    if into[1] & IN_FORCE == 0 {
        into[2] = t_ns as Word;
    } else if into[1] & LAST_ABOVE != 0 {
        into[4] = into[4].wrapping_add((t_ns as Word).wrapping_sub(into[3]));
    }
    into[0] += 1;
    into[1] = (into[1] & !LAST_ABOVE) | IN_FORCE | if x > level { LAST_ABOVE } else { 0 };
    into[3] = t_ns as Word;
}

/// time += from' − until where `last` was above, and what the later one has.
pub fn merge_above(into: &mut [Word], later: &[Word]) {
    let prior = into[1] & (HAS_PRIOR | PRIOR_ABOVE);
    if into[1] & IN_FORCE == 0 {
        if later[1] & IN_FORCE != 0 || prior == 0 {
            into[..5].copy_from_slice(&later[..5]);
        }
        if prior != 0 {
            into[1] = (into[1] & !PRIOR_ABOVE) | prior;
        }
        return;
    }
    if later[1] & IN_FORCE == 0 {
        return;
    }
    if into[1] & LAST_ABOVE != 0 {
        into[4] = into[4].wrapping_add(later[2].wrapping_sub(into[3]));
    }
    into[0] += later[0];
    into[1] = prior | IN_FORCE | (later[1] & LAST_ABOVE);
    into[3] = later[3];
    into[4] = into[4].wrapping_add(later[4]);
}

/// As [`carry_hold`].
pub fn carry_above(into: &mut [Word], earlier: &[Word]) {
    if let Some(is_above) = above_at_end(earlier) {
        into[1] |= HAS_PRIOR | if is_above { PRIOR_ABOVE } else { 0 };
    }
}

/// As [`carry_hold_from`].
pub fn carry_above_from(into: &mut [Word], earlier: &[Word], now_ns: i64) {
    if let Some(is_above) = above_at_end(earlier) {
        into[1] |= IN_FORCE | if is_above { LAST_ABOVE } else { 0 };
        into[2] = now_ns as Word;
        into[3] = now_ns as Word;
    }
}

/// Says that `x` was in force before the first sample.
pub fn set_prior_above(into: &mut [Word], x: f64, level: f64) {
    into[1] |= HAS_PRIOR | if x > level { PRIOR_ABOVE } else { 0 };
}

fn above_at_end(held: &[Word]) -> Option<bool> {
    match held[1] {
        flags if flags & IN_FORCE != 0 => Some(flags & LAST_ABOVE != 0),
        flags if flags & HAS_PRIOR != 0 => Some(flags & PRIOR_ABOVE != 0),
        _ => None,
    }
}

/// Nanoseconds above the level; nothing where no value was in force.
pub fn finish_above(held: &[Word], span: Span) -> Option<i64> {
    let flags = held[1];
    let prior = span.start_ns.filter(|_| flags & HAS_PRIOR != 0);
    if flags & IN_FORCE == 0 {
        return prior.map(|start| if flags & PRIOR_ABOVE != 0 { span.end_ns.wrapping_sub(start) } else { 0 });
    }
    let mut above = held[4] as i64;
    if let Some(start) = prior.filter(|_| flags & PRIOR_ABOVE != 0) {
        above = above.wrapping_add((held[2] as i64).wrapping_sub(start));
    }
    if flags & LAST_ABOVE != 0 {
        above = above.wrapping_add(span.end_ns.wrapping_sub(held[3] as i64));
    }
    Some(above)
}
