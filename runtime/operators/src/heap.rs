//! Blocks of words of no fixed size, over [`twin_plan::kernel::Heap`].
//!
//! A block has a power of two of words; its handle is its number plus one, and 0 is none, so that a row that is
//! all zero owns nothing. Blocks given back are used again, newest first, so in a steady state nothing is
//! allocated and the same calls in the same order give the same handles in both kernels.

use twin_plan::kernel::Heap;
use twin_types::Word;

/// A block of at least `words` words, all zero.
pub fn alloc(heap: &mut Heap, words: usize) -> Word {
    let capacity_log2 = words.max(1).next_power_of_two().trailing_zeros();
    if let Some(block) = heap.free.get_mut(capacity_log2 as usize).and_then(Vec::pop) {
        let handle = u64::from(block) + 1;
        slice_mut(heap, handle).fill(0);
        return handle;
    }
    let start = heap.words.len();
    heap.words.resize(start + (1 << capacity_log2), 0);
    heap.blocks.push((start as u64, capacity_log2));
    heap.blocks.len() as u64
}

/// Gives a block back; 0 is nothing to give.
pub fn free(heap: &mut Heap, handle: Word) {
    if handle == 0 {
        return;
    }
    let block = handle as usize - 1;
    let capacity_log2 = heap.blocks[block].1 as usize;
    if heap.free.len() <= capacity_log2 {
        heap.free.resize(capacity_log2 + 1, Vec::new());
    }
    heap.free[capacity_log2].push(block as u32);
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
    let (from, capacity_log2) = heap.blocks[handle as usize - 1];
    let to = heap.blocks[larger as usize - 1].0 as usize;
    heap.words.copy_within(from as usize..from as usize + (1 << capacity_log2), to);
    free(heap, handle);
    larger
}

/// The words of a block; none for handle 0.
pub fn slice(heap: &Heap, handle: Word) -> &[Word] {
    match bounds(heap, handle) {
        Some(bounds) => &heap.words[bounds],
        None => &[],
    }
}

/// The words of a block, to write to.
pub fn slice_mut(heap: &mut Heap, handle: Word) -> &mut [Word] {
    match bounds(heap, handle) {
        Some(bounds) => &mut heap.words[bounds],
        None => &mut [],
    }
}

fn bounds(heap: &Heap, handle: Word) -> Option<std::ops::Range<usize>> {
    let (start, capacity_log2) = *heap.blocks.get(usize::try_from(handle).ok()?.checked_sub(1)?)?;
    Some(start as usize..start as usize + (1 << capacity_log2))
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
