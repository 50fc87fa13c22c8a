//! Writing records: the head that says whose they are and the words that follow.

use twin_plan::OutputId;
use twin_plan::kernel::{OutputHead, Outputs};
use twin_types::Word;

/// What the heads of one step have in common, and how many records it has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepHead {
    /// Log position that made the step happen.
    pub trigger: u64,
    /// Time of the step.
    pub time: i64,
    /// As in [`OutputHead::position`].
    pub position: u64,
    /// The twin's row.
    pub slot: u32,
    /// The next record's place in the step.
    pub place: u32,
}

/// Writes a record.
pub fn write(outputs: &mut Outputs, step: &mut StepHead, output: OutputId, words: &[Word]) {
    outputs.heads.push(OutputHead {
        trigger: step.trigger,
        time: step.time,
        position: step.position,
        slot: step.slot,
        place: step.place,
        output,
        first: outputs.words.len() as u32,
        words: words.len() as u32,
    });
    outputs.words.extend_from_slice(words);
    step.place += 1;
}
