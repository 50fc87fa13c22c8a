//! The interface between the runtime's engine and a kernel.
//!
//! The engine decides *which* steps happen and in which order; a kernel carries
//! them out. An [`Entry`] is one thing that happens to one twin; a kernel takes
//! many of them as columns ([`Entries`]), in the order in which they are to happen
//! for each twin, and for each: checks whether it is late, runs the instants that
//! are due before it, and its own step. Rows, columns and outputs are plain words
//! in memory that both sides know. Log positions are the engine's own business:
//! what a kernel says, it says of the place of an entry among those of the call.

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

/// What happens, and to which input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Kind {
    /// The input.
    pub input: u16,
    /// What happens.
    pub what: What,
}

/// An event of the first input: what nearly all entries are.
pub const FIRST_EVENT: Kind = Kind { input: 0, what: What::Event };

/// One thing that happens to one twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Event time, or see [`What`].
    pub time: i64,
    /// The stream clock at the log position that made it happen.
    pub stream: i64,
    /// The twin's row.
    pub slot: u32,
    /// The row of the input's columns.
    pub record: u32,
    /// What happens.
    pub kind: Kind,
}

/// Entries as columns, all of one length but for those that may be left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entries<'a> {
    /// See [`Entry::time`].
    pub times: &'a [i64],
    /// See [`Entry::slot`].
    pub slots: &'a [u32],
    /// See [`Entry::record`].
    pub records: &'a [u32],
    /// See [`Entry::kind`]; empty where all are events of the first input.
    pub kinds: &'a [Kind],
    /// See [`Entry::stream`]; empty where no step of the twin looks at it ([`TwinPlan::looks_at_stream`]).
    pub streams: &'a [i64],
}

impl<'a> Entries<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// What happens at a place.
    pub fn kind(&self, at: usize) -> Kind {
        self.kinds.get(at).copied().unwrap_or(FIRST_EVENT)
    }

    /// The entry at a place.
    pub fn get(&self, at: usize) -> Entry {
        Entry {
            time: self.times[at],
            stream: self.streams.get(at).copied().unwrap_or(i64::MIN),
            slot: self.slots[at],
            record: self.records[at],
            kind: self.kind(at),
        }
    }

    /// All of them, in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Entry> + ExactSizeIterator + use<'a> {
        (0..self.len()).map(move |at| self.get(at))
    }

    /// Those from a place on, up to another.
    pub fn part(&self, from: usize, to: usize) -> Entries<'a> {
        Entries {
            times: &self.times[from..to],
            slots: &self.slots[from..to],
            records: &self.records[from..to],
            kinds: self.kinds.get(from..to).unwrap_or_default(),
            streams: self.streams.get(from..to).unwrap_or_default(),
        }
    }
}

/// Entries that are put together one by one.
#[derive(Clone, Debug, Default)]
pub struct EntryList {
    times: Vec<i64>,
    slots: Vec<u32>,
    records: Vec<u32>,
    kinds: Vec<Kind>,
    streams: Vec<i64>,
}

impl EntryList {
    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.times.clear();
        self.slots.clear();
        self.records.clear();
        self.kinds.clear();
        self.streams.clear();
    }

    /// Adds one at the end.
    pub fn push(&mut self, entry: Entry) {
        let Entry { time, stream, slot, record, kind } = entry;
        self.push_event(time, slot, record);
        self.kinds.push(kind);
        self.streams.push(stream);
    }

    /// Adds an event of the first input to a list of such events, where nobody looks at the stream clock.
    #[inline]
    pub fn push_event(&mut self, time: i64, slot: u32, record: u32) {
        self.times.push(time);
        self.slots.push(slot);
        self.records.push(record);
    }

    /// As above for many events: time, row and record of each.
    #[inline]
    pub fn add_events(&mut self, events: impl ExactSizeIterator<Item = (i64, u32, u32)> + Clone) {
        self.times.extend(events.clone().map(|(time, ..)| time));
        self.slots.extend(events.clone().map(|(_, slot, _)| slot));
        self.records.extend(events.map(|(.., record)| record));
    }

    /// The entries as columns.
    pub fn entries(&self) -> Entries<'_> {
        let EntryList { times, slots, records, kinds, streams } = self;
        Entries { times, slots, records, kinds, streams }
    }
}

impl FromIterator<Entry> for EntryList {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> EntryList {
        let mut list = EntryList::default();
        entries.into_iter().for_each(|entry| list.push(entry));
        list
    }
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
    /// What made the step happen: from a kernel the place of the entry in the call, of which the engine makes the log
    /// position.
    pub trigger: u64,
    /// Time of the step.
    pub time: i64,
    /// For an event's own step [`OF_EVENT`] from a kernel, of which the engine makes the log position of the event; for
    /// other steps [`BEFORE_EVENTS`] or [`BEHIND_EVENTS`].
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

/// Stands for the log position in records of an event's own step, which kernels do not know.
pub const OF_EVENT: u64 = 0;

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
    /// The row (one word per column, with its texts) for a key in a step at event time `now` that the entry at a place
    /// of the call made happen, if there is one.
    fn row(&self, table: u32, key: TableKey<'_>, at: usize, now: i64) -> Option<(&[Word], &[u8])>;
}

/// A row of a table under a twin's own key, where steps may read it without asking [`Tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct OwnRow {
    /// From this time on it counts.
    pub from: i64,
    /// Its first word in [`OwnRows::words`].
    pub first: u64,
}

impl OwnRow {
    /// [`Tables`] has to be asked.
    pub const ASK: OwnRow = OwnRow { from: i64::MAX, first: u64::MAX };
}

/// Rows of a table under the twins' own keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnRows<'a> {
    /// By the twin's row.
    pub rows: &'a [OwnRow],
    /// Words of the table's rows, side by side.
    pub words: &'a [Word],
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
    /// By table: rows under the twins' own keys, where a twin reads it by that.
    pub own_rows: &'a [OwnRows<'a>],
    /// What is written.
    pub outputs: &'a mut Outputs,
    /// Entries that were late.
    pub late: &'a mut Vec<LateEntry>,
    /// Faults by place.
    pub faults: &'a mut [u64],
}

/// An event that came too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LateEntry {
    /// Its place in the call.
    pub at: u32,
    /// The twin's clock, which it lies before.
    pub clock: i64,
}

/// Keys of twins by their row.
pub trait Keys: Send + Sync {
    /// The key's text.
    fn text(&self, slot: u32) -> &[u8];

    /// The key as a whole number; [`twin_types::ABSENT_INT`] where it is none.
    fn int(&self, slot: u32) -> Word {
        key_number(self.text(slot))
    }
}

/// The whole number that a key is, or [`twin_types::ABSENT_INT`].
pub fn key_number(key: &[u8]) -> Word {
    let number = std::str::from_utf8(key).ok().and_then(|key| key.parse::<i64>().ok());
    number.map_or(twin_types::ABSENT_INT, |number| number as u64)
}

/// A way of carrying a twin's plan out.
pub trait Kernel: Send + Sync {
    /// Carries out the entries in order. For each event: if its time is before the twin's clock it is late and
    /// nothing else happens; otherwise ticks due at or before it and deadlines due before it run as instants,
    /// earliest first, then the event's own step; then the clock is the event's time.
    fn run(&self, shard: &mut Shard<'_>, entries: Entries<'_>);
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
