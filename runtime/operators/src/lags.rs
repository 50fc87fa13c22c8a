//! `lag(x, D)`: the newest value at or before now − D.
//!
//! The block is `oldest, count` and a ring of pairs of time and value. Of the values at or before now − D only the
//! newest stays.

use crate::heap;
use twin_plan::kernel::Heap;
use twin_types::Word;

const OLDEST: usize = 0;
const COUNT: usize = 1;
const HEAD: usize = 2;
const FIRST_ROOM: usize = 3;

/// Takes in `x`, if it is present, and gives the value at or before `now_ns - by_ns`.
pub fn take(heap: &mut Heap, handle: &mut Word, by_ns: i64, now_ns: i64, x: Option<Word>) -> Option<Word> {
    if let Some(x) = x {
        push(heap, handle, now_ns, x);
    }
    let block = heap::slice_mut(heap, *handle);
    let edge = now_ns.saturating_sub(by_ns);
    if block.is_empty() {
        return None;
    }
    while block[COUNT] > 1 && block[pair(block, 1)] as i64 <= edge {
        block[OLDEST] = ((block[OLDEST] as usize + 1) % room(block)) as Word;
        block[COUNT] -= 1;
    }
    let oldest = pair(block, 0);
    (block[COUNT] > 0 && block[oldest] as i64 <= edge).then(|| block[oldest + 1])
}

fn push(heap: &mut Heap, handle: &mut Word, now_ns: i64, x: Word) {
    if *handle == 0 {
        *handle = heap::alloc(heap, HEAD + 2 * FIRST_ROOM);
    }
    let block = heap::slice(heap, *handle);
    let count = block[COUNT] as usize;
    if count == room(block) {
        // Oldest first, into a new block.
        let pairs: Vec<Word> = (0..count).flat_map(|n| block[pair(block, n)..][..2].to_vec()).collect();
        heap::free(heap, *handle);
        *handle = heap::alloc(heap, HEAD + pairs.len() + 2);
        let block = heap::slice_mut(heap, *handle);
        block[COUNT] = count as Word;
        block[HEAD..HEAD + pairs.len()].copy_from_slice(&pairs);
    }
    let block = heap::slice_mut(heap, *handle);
    let at = pair(block, count);
    block[at] = now_ns as Word;
    block[at + 1] = x;
    block[COUNT] += 1;
}

fn room(block: &[Word]) -> usize {
    (block.len() - HEAD) / 2
}

/// Where pair number `n`, counted from the oldest, lies.
fn pair(block: &[Word], n: usize) -> usize {
    HEAD + 2 * ((block[OLDEST] as usize + n) % room(block))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_value_at_or_before() {
        let (mut heap, mut handle) = (Heap::default(), 0);
        assert_eq!(take(&mut heap, &mut handle, 10, 0, None), None);
        for t in 0..100_i64 {
            let expected = (t >= 10).then(|| (t - 10) as Word);
            assert_eq!(take(&mut heap, &mut handle, 10, t, Some(t as Word)), expected);
        }
        assert_eq!(take(&mut heap, &mut handle, 10, 104, None), Some(94));
        assert_eq!(take(&mut heap, &mut handle, 10, 500, None), Some(99));
        assert_eq!(heap::slice(&heap, handle).len(), 32);
    }
}
