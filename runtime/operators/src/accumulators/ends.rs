//! First and last sample with their times: `first last delta rate`.
//!
//! `n, first time, first, last time, last`. The values are words as they stand, so that a timestamp or a whole number
//! comes back exactly.

use super::{Overflow, Reading, from_real, seconds_between};
use twin_types::{Aggregate, Scalar, Word, words};

/// The first stays, the last is this one; n += 1
#[inline]
pub fn add(into: &mut [Word], t_ns: i64, x: Word) {
    if into[0] == 0 {
        into[1] = t_ns as Word;
        into[2] = x;
    }
    into[0] += 1;
    into[3] = t_ns as Word;
    into[4] = x;
}

/// The earlier first and the later last.
#[inline]
pub fn merge(into: &mut [Word], later: &[Word]) {
    if later[0] == 0 {
        return;
    }
    if into[0] == 0 {
        into[..5].copy_from_slice(&later[..5]);
        return;
    }
    into[0] += later[0];
    into[3] = later[3];
    into[4] = later[4];
}

/// `first`, `last`; `delta` is last − first, `rate` that over the seconds between them, absent where there are none.
pub fn finish(reading: &Reading<'_>, held: &[Word]) -> Result<Word, Overflow> {
    if held[0] == 0 {
        return Ok(reading.result.absent());
    }
    let delta = match reading.sample {
        Scalar::Real => words::to_f64(held[4]) - words::to_f64(held[2]),
        _ => words::to_i64(held[4]).wrapping_sub(words::to_i64(held[2])) as f64,
    };
    let seconds = seconds_between(held[1], held[3]);
    match reading.aggregate {
        Aggregate::First => Ok(held[2]),
        Aggregate::Last => Ok(held[4]),
        Aggregate::Delta => from_real(Some(delta), reading.result),
        Aggregate::Rate if seconds > 0.0 => from_real(Some(delta / seconds), reading.result),
        _ => Ok(reading.result.absent()),
    }
}
