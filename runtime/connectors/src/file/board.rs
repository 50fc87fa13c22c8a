//! Where decoded blocks wait for their turn.
//!
//! Blocks are decoded in any order and taken in that of their numbers. How far ahead of the reader others may be is counted
//! in records: twice what it asks for at a time, so that they go on while it is busy with what it has read. Nobody is
//! woken for a block that nobody waits for.

use super::decoded::Decoded;
use super::text::CHUNK_BYTES_MAX;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard};

/// See above.
pub(super) struct Board {
    state: Mutex<State>,
    /// The block that is awaited has come, or never will.
    has_come: Condvar,
    /// There is room for more.
    has_room: Condvar,
    columns: usize,
}

#[derive(Default)]
struct State {
    ready: BTreeMap<u64, Decoded>,
    /// What they hold in total.
    load: Load,
    empty: Vec<Decoded>,
    /// Records as the reader asked for last.
    rows: usize,
    /// The number of the block that the reader waits for.
    awaited: Option<u64>,
    /// How many threads wait for room.
    waiting: usize,
    has_panicked: bool,
    has_left: bool,
}

/// So much is held by blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    pub records: usize,
    /// Bytes of texts and of what was set aside.
    pub bytes: usize,
}

/// However few the reader asks for, so many records may lie ready.
const RECORDS_MIN: usize = 1 << 12;

/// What a reader can do about a block.
pub(super) enum Turn {
    /// Take it.
    Ready(Decoded),
    /// Decode another one in the meantime, into this.
    Help(Decoded),
    /// Give up: a thread panicked.
    Never,
}

impl Board {
    /// An empty one for blocks of so many columns.
    pub fn new(columns: usize) -> Board {
        Board { state: Mutex::default(), has_come: Condvar::new(), has_room: Condvar::new(), columns }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nobody fails while holding it")
    }

    /// The reader asks for so many records at a time.
    pub fn ask(&self, rows: usize) {
        self.lock().rows = rows;
    }

    /// Waits for a block, or for something to do if `can_help`.
    pub fn await_turn(&self, number: u64, can_help: bool) -> Turn {
        let mut state = self.lock();
        loop {
            if let Some(decoded) = state.take(number) {
                if state.waiting > 0 && state.is_low() {
                    self.has_room.notify_all();
                }
                return Turn::Ready(decoded);
            }
            if state.has_panicked {
                return Turn::Never;
            }
            if can_help && !state.is_full() {
                return Turn::Help(state.take_empty(self.columns));
            }
            state.awaited = Some(number);
            state = self.has_come.wait(state).expect("nobody fails while holding it");
            state.awaited = None;
        }
    }

    /// Waits until there is room for a block; `None`: nobody wants it.
    pub fn await_room(&self) -> Option<Decoded> {
        let mut state = self.lock();
        while !state.has_left && state.is_full() {
            state.waiting += 1;
            state = self.has_room.wait(state).expect("nobody fails while holding it");
            state.waiting -= 1;
        }
        (!state.has_left).then(|| state.take_empty(self.columns))
    }

    /// Puts a decoded block there.
    pub fn put(&self, number: u64, decoded: Decoded) {
        let mut state = self.lock();
        let load = decoded.load();
        state.load.records += load.records;
        state.load.bytes += load.bytes;
        state.ready.insert(number, decoded);
        let is_awaited = state.awaited == Some(number);
        drop(state);
        if is_awaited {
            self.has_come.notify_one();
        }
    }

    /// Gives back one that was handed over.
    pub fn give_back(&self, decoded: Decoded) {
        self.lock().empty.push(decoded);
    }

    /// A thread panicked, so some block will never come.
    pub fn set_panicked(&self) {
        self.lock().has_panicked = true;
        self.has_come.notify_one();
    }

    /// Nobody takes blocks any more.
    pub fn leave(&self) {
        self.lock().has_left = true;
        self.has_room.notify_all();
    }
}

impl State {
    fn take(&mut self, number: u64) -> Option<Decoded> {
        let decoded = self.ready.remove(&number)?;
        let load = decoded.load();
        self.load.records -= load.records;
        self.load.bytes -= load.bytes;
        Some(decoded)
    }

    fn take_empty(&mut self, columns: usize) -> Decoded {
        self.empty.pop().unwrap_or_else(|| Decoded::new(columns))
    }

    /// Whether enough lies ready. The block whose turn it is never waits for that: where it was not even begun there is
    /// nothing behind it.
    fn is_full(&self) -> bool {
        self.load.records >= 2 * self.rows.max(RECORDS_MIN) || self.load.bytes >= CHUNK_BYTES_MAX
    }

    /// Whether it is worth waking somebody to make more.
    fn is_low(&self) -> bool {
        self.load.records < self.rows.max(RECORDS_MIN) && self.load.bytes < CHUNK_BYTES_MAX / 2
    }
}
