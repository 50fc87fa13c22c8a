//! Resets: words back to how they began, and what hung on them given back.

use crate::windows::Shape;
use crate::{captures, heap, trailing};
use twin_plan::kernel::Heap;
use twin_plan::{ResetId, TwinPlan};
use twin_types::Word;

/// Carries out a reset. `shapes` are those of [`crate::windows::shapes`].
pub fn run(row: &mut [Word], heap: &mut Heap, plan: &TwinPlan, shapes: &[Shape], id: ResetId) {
    let reset = &plan.resets[id.index()];
    for slot in &reset.heaps {
        // Rings and flight recorders have further blocks behind their first.
        if let Some(window) = plan.windows.iter().position(|window| window.heap == Some(*slot)) {
            trailing::clear(row, heap, &shapes[window]);
            continue;
        }
        let handle = &mut row[slot.index()];
        if plan.captures.iter().any(|capture| capture.heap == *slot) {
            captures::clear(heap, handle);
        } else {
            heap::free(heap, *handle);
            *handle = 0;
        }
    }
    for &(first, words) in &reset.runs {
        let words = first.index()..first.index() + words as usize;
        row[words.clone()].copy_from_slice(&plan.layout.initial[words]);
    }
}
