//! The row's side of an integration: where it begins, and what it leaves.

use crate::solve::Failure;
use twin_plan::Integration;
use twin_plan::layout::NOT_BEGUN;
use twin_types::{Word, words};

/// What an integration works on, out of the row; used again from one to the next.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The states, NaN where absent.
    pub states: Vec<f64>,
    /// One word per `when`: whether its condition held at the last look.
    pub held: Vec<Word>,
}

/// Takes states and conditions out of the row and moves the block's time to `now_ns`. Gives the time from which to
/// integrate; `None` where the block has not begun or has already been integrated beyond.
pub fn begin(row: &mut [Word], integration: &Integration, now_ns: i64, block: &mut Block) -> Option<i64> {
    let last = integration.last.index();
    let from_ns = row[last] as i64;
    if from_ns == NOT_BEGUN || from_ns > now_ns {
        row[last] = from_ns.max(now_ns) as Word;
        return None;
    }
    row[last] = now_ns as Word;
    block.states.clear();
    block.states.extend(integration.states.iter().map(|slot| words::to_f64(row[slot.index()])));
    block.held.clear();
    if let Some(held) = integration.held {
        block.held.extend_from_slice(&row[held.index()..held.index() + integration.whens.len()]);
    }
    Some(from_ns)
}

/// Puts states into the row, for a look at the right side.
pub fn show(row: &mut [Word], integration: &Integration, states: &[f64]) {
    for (slot, &state) in integration.states.iter().zip(states) {
        row[slot.index()] = words::from_f64(state);
    }
}

/// Puts the result into the row. After [`Failure::TooLong`] the states are those of before, given as `before`; the
/// kernel counts the fault and lets the integration's reset follow at the end of the step. After
/// [`Failure::Chattering`] it counts the fault only.
pub fn end(
    row: &mut [Word],
    integration: &Integration,
    block: &Block,
    before: &[f64],
    ended: Result<(), Failure>,
) {
    let states = if ended == Err(Failure::TooLong) { before } else { &block.states };
    show(row, integration, states);
    if let Some(held) = integration.held {
        row[held.index()..held.index() + block.held.len()].copy_from_slice(&block.held);
    }
}
