//! Samples that are kept themselves: `median quantile iqr mad distinct`.
//!
//! The accumulator is a handle; its block is `count, oldest` and a ring of the samples. Where there is a most, the
//! newest so many stay.

use super::{Overflow, Reading, from_count, from_real};
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
pub fn finish(reading: &Reading<'_>, samples: &mut [Word]) -> Result<Word, Overflow> {
    let value = match reading.aggregate {
        Aggregate::Count => return Ok(from_count(samples.len() as u64, reading.result)),
        Aggregate::Distinct => return Ok(from_count(distinct(samples), reading.result)),
        _ if samples.is_empty() => return Ok(reading.result.absent()),
        Aggregate::Median => quantile(samples, 0.5),
        Aggregate::Quantile => quantile(samples, reading.constants.first().copied().unwrap_or(0.5)),
        Aggregate::Iqr => quantile(samples, 0.75) - quantile(samples, 0.25),
        Aggregate::Mad => {
            let median = quantile(samples, 0.5);
            let distance = |&x: &Word| (f64::from_bits(x) - median).abs().to_bits();
            quantile(&mut samples.iter().map(distance).collect::<Vec<_>>(), 0.5)
        }
        _ => return Ok(reading.result.absent()),
    };
    from_real(Some(value), reading.result)
}

/// With r = (n − 1) · p, k = ⌊r⌋ and f = r − k: x[k] + f · (x[k + 1] − x[k]) of the sorted samples.
fn quantile(samples: &mut [Word], p: f64) -> f64 {
    let rank = (samples.len() - 1) as f64 * p.clamp(0.0, 1.0);
    let below = libm::floor(rank);
    let order = |a: &Word, b: &Word| f64::from_bits(*a).total_cmp(&f64::from_bits(*b));
    let (_, &mut low, above) = samples.select_nth_unstable_by(below as usize, order);
    let high = above.iter().copied().reduce(|a, b| if order(&b, &a).is_lt() { b } else { a }).unwrap_or(low);
    let (low, high) = (f64::from_bits(low), f64::from_bits(high));
    let (part, step) = (rank - below, high - low);
    // Neighbours may lie further apart than a number can say.
    if step.is_finite() { low + part * step } else { low * (1.0 - part) + high * part }
}

/// How many different words; −0 is 0.
fn distinct(samples: &mut [Word]) -> u64 {
    const MINUS_ZERO: Word = 1 << 63;
    samples.sort_unstable();
    let different = samples.chunk_by(|a, b| a == b).count() as u64;
    let has = |word: &Word| samples.binary_search(word).is_ok();
    different - u64::from(has(&MINUS_ZERO) && has(&0))
}
