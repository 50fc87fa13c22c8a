//! Where each word of a twin's state lives in its row.
//!
//! This is the single place that decides; evaluator, native code, checkpoint and
//! the memory report all ask it. A row is `Layout::words` words, all twins of one
//! type have the same; a new twin starts as a copy of `Layout::initial`.

use twin_types::{Scalar, Word};

/// A word of the row, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(pub u32);

impl Slot {
    /// Its index.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The slot so many words behind it.
    pub fn plus(self, words: u32) -> Slot {
        Slot(self.0 + words)
    }
}

/// What a run of words is for; for prints, checkpoints and the memory report.
#[derive(Clone, Debug, PartialEq)]
pub enum SlotKind {
    /// A value of this scalar.
    Value(Scalar),
    /// A text of at most so many bytes: one word length (`u64::MAX` absent), then the bytes.
    Text(u32),
    /// Bookkeeping of an operator.
    Bookkeeping,
    /// A handle into the runtime's heap (0: none yet).
    Heap,
}

/// One run of words with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The member and what it keeps, e.g. `overheating.since`.
    pub name: String,
    /// First word.
    pub slot: Slot,
    /// How many words.
    pub words: u32,
    /// What they are.
    pub kind: SlotKind,
}

/// The layout of a twin's row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Words of one row.
    pub words: u32,
    /// What they are, in order.
    pub fields: Vec<Field>,
    /// The row of a twin that has just been made.
    pub initial: Vec<Word>,
}

/// Clock of a twin that has not begun.
pub const NOT_BEGUN: i64 = i64::MIN;
/// A timer that is not set.
pub const NEVER: i64 = i64::MAX;

/// The twin's clock: event time of the last event applied, [`NOT_BEGUN`] before.
pub const CLOCK: Slot = Slot(0);
/// The earliest tick that is due, [`NEVER`] where none is. An event at T runs ticks due at or before T.
pub const NEXT_TICK: Slot = Slot(1);
/// The earliest deadline that is due. An event at T runs deadlines due before T.
pub const NEXT_DEADLINE: Slot = Slot(2);
/// Time of the last event applied (the clock may have been moved further by `patience` or `--to`).
pub const LAST_EVENT: Slot = Slot(3);
/// Words of every row that are not a member's.
pub const HEADER_WORDS: u32 = 4;

/// Words of a text of at most so many bytes: its length, then the bytes.
pub fn text_words(bytes: u32) -> u32 {
    1 + bytes.div_ceil(8)
}

impl Layout {
    /// A layout with the header only.
    pub fn new() -> Layout {
        let mut layout = Layout::default();
        for (name, word) in
            [("clock", NOT_BEGUN), ("next tick", NEVER), ("next deadline", NEVER), ("last event", NOT_BEGUN)]
        {
            layout.add(name, SlotKind::Bookkeeping, &[word as Word]);
        }
        layout
    }

    /// Adds a run of words with its initial content.
    pub fn add(&mut self, name: impl Into<String>, kind: SlotKind, initial: &[Word]) -> Slot {
        let slot = Slot(self.words);
        self.words += initial.len() as u32;
        self.initial.extend_from_slice(initial);
        self.fields.push(Field { name: name.into(), slot, words: initial.len() as u32, kind });
        slot
    }

    /// Adds one word that starts absent.
    pub fn add_value(&mut self, name: impl Into<String>, scalar: Scalar) -> Slot {
        self.add(name, SlotKind::Value(scalar), &[scalar.absent()])
    }

    /// Adds a text of at most `bytes` bytes, absent at first.
    pub fn add_text(&mut self, name: impl Into<String>, bytes: u32) -> Slot {
        let mut words = vec![0; text_words(bytes) as usize];
        words[0] = Word::MAX;
        self.add(name, SlotKind::Text(bytes), &words)
    }
}
