//! Samples that are kept themselves: `median quantile iqr mad distinct`.
//!
//! The accumulator is a handle; its block is `count, oldest` and a ring of the samples. Where there is a most, the
//! newest so many stay.

use super::{Reading, from_count, from_real};
use crate::heap;
use twin_plan::kernel::Heap;
use twin_types::{Aggregate, Word};

/// Words of the block before the samples.
const HEAD: usize = 2;
/// Room for so many samples at first.
const FIRST_ROOM: usize = 6;

/// Keeps a sample; of more than `max` the oldest goes.
pub fn add(heap: &mut Heap, handle: &mut Word, x: Word, max: Option<u32>) {
    if *handle == 0 {
        *handle = heap::alloc(heap, HEAD + FIRST_ROOM);
    }
    let block = heap::slice_mut(heap, *handle);
    let (count, oldest) = (block[0] as usize, block[1] as usize);
    if max.is_some_and(|max| count >= max as usize) {
        if count > 0 {
            block[HEAD + oldest] = x;
            block[1] = ((oldest + 1) % count) as Word;
        }
        return;
    }
    let room = block.len() - HEAD;
    if count == room {
        *handle = heap::grow(heap, *handle, HEAD + room + 1);
    }
    // Below its most the ring never turns: the oldest is the first.
    let block = heap::slice_mut(heap, *handle);
    block[HEAD + count] = x;
    block[0] += 1;
}

/// Appends the samples, oldest first.
pub fn collect(heap: &Heap, handle: Word, into: &mut Vec<Word>) {
    let block = heap::slice(heap, handle);
    if block.is_empty() {
        return;
    }
    let (count, oldest) = (block[0] as usize, block[1] as usize);
    let samples = &block[HEAD..HEAD + count];
    into.extend_from_slice(&samples[oldest..]);
    into.extend_from_slice(&samples[..oldest]);
}

/// Gives the samples back and empties the accumulator.
pub fn clear(heap: &mut Heap, handle: &mut Word) {
    heap::free(heap, *handle);
    *handle = 0;
}

/// An aggregate of samples in any order; they are left in another.
///
/// Quantiles are those of Hyndman and Fan (1996), type 7: linear between neighbours at rank (n − 1) · p. Selection
/// instead of sorting: the cost is linear in n.
pub fn finish(reading: &Reading<'_>, samples: &mut [Word]) -> Word {
    match reading.aggregate {
        Aggregate::Count => return from_count(samples.len() as u64, reading.result),
        Aggregate::Distinct => return from_count(distinct(samples), reading.result),
        _ if samples.is_empty() => return reading.result.absent(),
        _ => {}
    }
    let mut reals: Vec<f64> = samples.iter().map(|&word| f64::from_bits(word)).collect();
    let value = match reading.aggregate {
        Aggregate::Median => quantile(&mut reals, 0.5),
        Aggregate::Quantile => quantile(&mut reals, reading.constants.first().copied().unwrap_or(0.5)),
        Aggregate::Iqr => quantile(&mut reals, 0.75) - quantile(&mut reals, 0.25),
        Aggregate::Mad => {
            let median = quantile(&mut reals, 0.5);
            reals.iter_mut().for_each(|x| *x = (*x - median).abs());
            quantile(&mut reals, 0.5)
        }
        _ => return reading.result.absent(),
    };
    from_real(Some(value), reading.result)
}

/// With r = (n − 1) · p, k = ⌊r⌋ and f = r − k: x[k] + f · (x[k + 1] − x[k]) of the sorted samples.
fn quantile(samples: &mut [f64], p: f64) -> f64 {
    let rank = (samples.len() - 1) as f64 * p.clamp(0.0, 1.0);
    let below = libm::floor(rank);
    let (_, &mut low, above) = samples.select_nth_unstable_by(below as usize, f64::total_cmp);
    let high = above.iter().copied().reduce(|a, b| if b < a { b } else { a }).unwrap_or(low);
    low + (rank - below) * (high - low)
}

/// How many different words; −0 is 0.
fn distinct(samples: &mut [Word]) -> u64 {
    const MINUS_ZERO: Word = 1 << 63;
    samples.iter_mut().filter(|x| **x == MINUS_ZERO).for_each(|x| *x = 0);
    samples.sort_unstable();
    samples.chunk_by(|a, b| a == b).count() as u64
}
