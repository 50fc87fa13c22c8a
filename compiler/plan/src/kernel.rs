//! The interface between the runtime's engine and a kernel.
//!
//! The engine decides *which* steps happen and in which order; a kernel carries
//! them out. An [`Entry`] is one thing that happens to one twin; a kernel takes a
//! list of them, in the order in which they are to happen for each twin, and for
//! each: checks whether it is late, runs the instants that are due before it, and
//! its own step. Rows, columns and outputs are plain words in memory that both
//! sides know.

use crate::{CaptureId, OutputId, TwinPlan};
use twin_types::Word;

/// What happens to a twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum What {
    /// An event of the input `input`.
    Event = 0,
    /// Its clock moves to `time` without an event: instants up to and including `time` run.
    Advance = 1,
    /// A limit of silence has passed: `record` is the place in [`TwinPlan::silences`]; `time` is the limit's time.
    Quiet = 2,
    /// A record of the input `input` was read at stream time `time`; limits of silence start anew. No step.
    Read = 3,
}

/// One thing that happens to one twin.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Entry {
    /// Event time, or see [`What`].
    pub time: i64,
    /// Log position that made it happen.
    pub trigger: u64,
    /// Log position of the event itself.
    pub position: u64,
    /// The stream clock at `trigger`.
    pub stream: i64,
    /// The twin's row.
    pub slot: u32,
    /// The row of the input's columns.
    pub record: u32,
    /// The input.
    pub input: u16,
    /// What happens.
    pub what: What,
}

/// Where texts of a handle live. A handle is `space << 62 | offset << 24 | bytes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum TextSpace {
    /// In [`Batch::texts`] of the record at hand.
    Batch = 0,
    /// In the plan's literals; the offset is the text's number.
    Literal = 1,
    /// In the twin's row; the offset is the slot's word.
    Row = 2,
    /// In [`Outputs::texts`].
    Output = 3,
}

/// Makes the handle of a text. Bytes beyond 16 MiB do not fit and give the absent text.
#[inline]
pub fn text_handle(space: TextSpace, offset: u64, bytes: usize) -> Word {
    if bytes >= 1 << 24 || offset >= 1 << 38 {
        return twin_types::ABSENT_STRING;
    }
    (space as u64) << 62 | offset << 24 | bytes as u64
}

/// The parts of a handle: space number, offset, bytes.
#[inline]
pub fn text_parts(handle: Word) -> (u64, usize, usize) {
    (handle >> 62, (handle >> 24 & ((1 << 38) - 1)) as usize, (handle & 0xff_ffff) as usize)
}

/// The decoded records of one source: a column of words per [`crate::SourcePlan::columns`].
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// How many records.
    pub rows: usize,
    /// Columns, all `rows` long.
    pub columns: Vec<Vec<Word>>,
    /// The bytes behind text handles of [`TextSpace::Batch`].
    pub texts: Vec<u8>,
}

impl Batch {
    /// The bytes of a text of this batch.
    pub fn text(&self, handle: Word) -> &[u8] {
        let (_, offset, bytes) = text_parts(handle);
        self.texts.get(offset..offset + bytes).unwrap_or_default()
    }

    /// Adds a text and gives its handle.
    pub fn add_text(&mut self, bytes: &[u8]) -> Word {
        let handle = text_handle(TextSpace::Batch, self.texts.len() as u64, bytes.len());
        if handle != twin_types::ABSENT_STRING {
            self.texts.extend_from_slice(bytes);
        }
        handle
    }
}

/// The head of a record that a step wrote; its words follow in [`Outputs::words`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct OutputHead {
    /// Log position that made the step happen.
    pub trigger: u64,
    /// Time of the step.
    pub time: i64,
    /// Log position of the event; for other steps [`BEFORE_EVENTS`] or [`BEHIND_EVENTS`].
    pub position: u64,
    /// The twin's row.
    pub slot: u32,
    /// Place in the step, from 0.
    pub place: u32,
    /// What it is.
    pub output: OutputId,
    /// First word.
    pub first: u32,
    /// How many words.
    pub words: u32,
}

/// Stands for the log position in records of an instant at which a tick is due: it comes before its time's events.
pub const BEFORE_EVENTS: u64 = u64::MAX;

/// The same of all other steps that are no event: deadlines and limits of silence come after their time's events.
pub const BEHIND_EVENTS: u64 = u64::MAX - 1;

impl OutputHead {
    /// Whether an event's step wrote it.
    pub fn is_of_event(&self) -> bool {
        self.position < BEHIND_EVENTS
    }
}

/// What the steps of one call wrote.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    /// Heads in the order of writing.
    pub heads: Vec<OutputHead>,
    /// Their words.
    pub words: Vec<Word>,
    /// Bytes behind text handles of [`TextSpace::Output`].
    pub texts: Vec<u8>,
}

/// Words of no fixed size that hang on rows: samples of windows, records of captures.
///
/// Blocks come in powers of two; a handle says where a block starts and how large it is, 0 is none. Blocks given back
/// are used again, so in a steady state nothing is allocated. Only the runtime's operators look inside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heap {
    /// The words.
    pub words: Vec<Word>,
    /// Handles of free blocks by capacity (log2 of words).
    pub free: Vec<Vec<Word>>,
}

/// A table as it stands at every log position that may still matter.
pub trait Tables: Send + Sync {
    /// The row (one word per column, with its texts) for a key at a log position and event time, if there is one.
    fn row(
        &self,
        table: u32,
        key: TableKey<'_>,
        trigger: u64,
        now: i64,
        stream: i64,
    ) -> Option<(&[Word], &[u8])>;
}

/// A key by which a table is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKey<'a> {
    /// The twin's own, by its row.
    Own(u32),
    /// A text, as bytes.
    Text(&'a [u8]),
    /// A whole number (also an enum's ordinal, whose wire text is the key).
    Int(i64),
}

/// Everything that a kernel works on in one call: the rows of one shard of one twin, and where its outputs go.
pub struct Shard<'a> {
    /// The twin.
    pub plan: &'a TwinPlan,
    /// Rows, `plan.layout.words` words each.
    pub rows: &'a mut [Word],
    /// What hangs on them.
    pub heap: &'a mut Heap,
    /// The records at hand, by input.
    pub batches: &'a [&'a Batch],
    /// Literal texts of the program.
    pub texts: &'a [String],
    /// Keys of the twins as text, by row.
    pub keys: &'a dyn Keys,
    /// Tables.
    pub tables: &'a dyn Tables,
    /// What is written.
    pub outputs: &'a mut Outputs,
    /// Entries that were late, by their place in the call's list.
    pub late: &'a mut Vec<u32>,
    /// Faults by place.
    pub faults: &'a mut [u64],
}

/// Keys of twins by their row.
pub trait Keys: Send + Sync {
    /// The key's text.
    fn text(&self, slot: u32) -> &[u8];
}

/// A way of carrying a twin's plan out.
pub trait Kernel: Send + Sync {
    /// Carries out the entries in order. For each event: if its time is before the twin's clock it is late and
    /// nothing else happens; otherwise ticks due at or before it and deadlines due before it run as instants,
    /// earliest first, then the event's own step; then the clock is the event's time.
    fn run(&self, shard: &mut Shard<'_>, entries: &[Entry]);
}

/// Marks an output that is made by [`crate::Stmt::CaptureClose`].
pub const CAPTURE_HEAD_WORDS: usize = 3;

/// What a capture's records are written as: see [`crate::OutputKind::Capture`].
pub fn is_capture(kind: &crate::OutputKind) -> Option<CaptureId> {
    match kind {
        crate::OutputKind::Capture(id) => Some(*id),
        _ => None,
    }
}
