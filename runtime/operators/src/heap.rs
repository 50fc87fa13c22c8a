//! Blocks of words of no fixed size, over [`twin_plan::kernel::Heap`].
//!
//! A block has a power of two of words. A handle is `start << 6 | log2 of the capacity`, plus one: it leads to its
//! words without a look anywhere else, and 0 is none, so that a row that is all zero owns nothing. Blocks given back
//! are used again, newest first, so in a steady state nothing is allocated and the same calls in the same order give
//! the same handles in both kernels.

use std::ops::Range;
use twin_plan::kernel::Heap;
use twin_types::Word;

/// A block of at least `words` words, all zero.
pub fn alloc(heap: &mut Heap, words: usize) -> Word {
    let capacity_log2 = words.max(1).next_power_of_two().trailing_zeros();
    if let Some(handle) = heap.free.get_mut(capacity_log2 as usize).and_then(Vec::pop) {
        slice_mut(heap, handle).fill(0);
        return handle;
    }
    let start = heap.words.len();
    heap.words.resize(start + (1 << capacity_log2), 0);
    ((start as Word) << 6 | Word::from(capacity_log2)) + 1
}

/// Gives a block back; 0 is nothing to give.
pub fn free(heap: &mut Heap, handle: Word) {
    let Some(block) = handle.checked_sub(1) else { return };
    let capacity_log2 = (block & 63) as usize;
    if heap.free.len() <= capacity_log2 {
        heap.free.resize(capacity_log2 + 1, Vec::new());
    }
    heap.free[capacity_log2].push(handle);
}

/// A block of at least `words` words with the content of this one, which is given back if it is too small.
pub fn grow(heap: &mut Heap, handle: Word, words: usize) -> Word {
    if handle == 0 {
        return alloc(heap, words);
    }
    if slice(heap, handle).len() >= words {
        return handle;
    }
    let larger = alloc(heap, words);
    let to = bounds(larger).start;
    heap.words.copy_within(bounds(handle), to);
    free(heap, handle);
    larger
}

/// The words of a block; none for handle 0.
#[inline]
pub fn slice(heap: &Heap, handle: Word) -> &[Word] {
    heap.words.get(bounds(handle)).unwrap_or_default()
}

/// The words of a block, to write to.
#[inline]
pub fn slice_mut(heap: &mut Heap, handle: Word) -> &mut [Word] {
    heap.words.get_mut(bounds(handle)).unwrap_or_default()
}

#[inline]
fn bounds(handle: Word) -> Range<usize> {
    match handle.checked_sub(1) {
        Some(block) => {
            let start = (block >> 6) as usize;
            start..start + (1 << (block & 63))
        }
        None => 0..0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_grow_keep_their_content_and_are_used_again() {
        let mut heap = Heap::default();
        let a = alloc(&mut heap, 3);
        assert_eq!(slice(&heap, a).len(), 4);
        slice_mut(&mut heap, a)[3] = 7;
        let b = grow(&mut heap, a, 5);
        assert_eq!(slice(&heap, b), &[0, 0, 0, 7, 0, 0, 0, 0]);
        let c = alloc(&mut heap, 4);
        assert_eq!(c, a);
        assert_eq!(slice(&heap, c), &[0; 4]);
        free(&mut heap, 0);
        assert!(slice(&heap, 0).is_empty());
    }
}
