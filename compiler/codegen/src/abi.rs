//! The border between Rust and generated code: the context that both see, and the calls across.
//!
//! Generated code gets one pointer, to a [`Context`]. It reads and writes the
//! fields at its head and calls helpers with the same pointer, which see it as
//! plain `&mut Context`. Rows, columns and counters are reached through raw
//! pointers in it, taken from the shard's slices when a call of the kernel begins.

use crate::helpers::integrate::Solving;
use crate::jit::Code;
use crate::kernel::{Functions, Looks, Twin, WhenLooks};
use cranelift_module::FuncId;
use std::mem::offset_of;
use twin_operators::ticks::Due;
use twin_plan::kernel::{BEHIND_EVENTS, Entries, Entry, Heap, Kind, OwnRow, OwnRows, Shard};
use twin_types::Word;

/// Generated code for a run of events of one input: from the entry `at` to `end`.
pub(crate) type EventsCode = unsafe extern "C" fn(*mut Context<'_, '_>, u64, u64);
/// Generated code for one step of the twin that the context is set to, or for a look at the right side of a block's
/// differential equations at one moment, whose results are left in the arguments.
pub(crate) type StepCode = unsafe extern "C" fn(*mut Context<'_, '_>);

/// A twin's functions in the module, before they have addresses.
pub(crate) struct EntryPoints {
    /// By input.
    pub(crate) events: Vec<FuncId>,
    pub(crate) instant: FuncId,
    pub(crate) quiet: FuncId,
    /// By variant: derivatives, and condition, roots and jump of every `when`.
    pub(crate) looks: Vec<(FuncId, Vec<[FuncId; 3]>)>,
}

impl EntryPoints {
    /// Their addresses in finished code.
    pub(crate) fn functions(&self, code: &Code) -> Functions {
        // SAFETY: the functions were defined with the signatures of these types, see `functions::Signatures`, in
        // the calling convention of the host's C.
        unsafe {
            let events = |id: &FuncId| std::mem::transmute::<*const u8, EventsCode>(code.address(*id));
            let step = |id: FuncId| std::mem::transmute::<*const u8, StepCode>(code.address(id));
            let when = |[holds, roots, jump]: &[FuncId; 3]| WhenLooks {
                holds: step(*holds),
                roots: step(*roots),
                jump: step(*jump),
            };
            let looks = |(derivatives, whens): &(FuncId, Vec<[FuncId; 3]>)| Looks {
                derivatives: step(*derivatives),
                whens: whens.iter().map(when).collect(),
            };
            Functions {
                events: self.events.iter().map(events).collect(),
                instant: step(self.instant),
                quiet: step(self.quiet),
                looks: self.looks.iter().map(looks).collect(),
            }
        }
    }
}

/// What generated code and helpers share during one call of the kernel.
#[repr(C)]
pub(crate) struct Context<'c, 's> {
    /// The twin's row.
    pub(crate) row: *mut Word,
    /// Time of the step.
    pub(crate) now: i64,
    /// The stream clock at the log position that made the step happen.
    pub(crate) stream: i64,
    /// The record's number, in steps of events.
    pub(crate) record: u64,
    /// The entry that made the step happen.
    pub(crate) at: u64,
    /// How many records the step has written.
    pub(crate) place: u64,
    /// Ticks that are due, a bit each.
    due_ticks: *const u64,
    /// Resets to be done at the end of the step, a bit each.
    resets: *mut u64,
    /// All rows.
    rows: *mut Word,
    /// Columns of the entries.
    times: *const i64,
    slots: *const u32,
    records: *const u32,
    streams: *const i64,
    /// A pointer per column of each input that the twin reads.
    columns: *const *const Word,
    /// By table.
    own_rows: *const OwnColumns,
    /// Counters of faults.
    faults: *mut u64,
    /// A word per value of the twin, for those that several functions use.
    registers: *mut Word,
    /// Arguments and results of helpers.
    arguments: *mut Word,
    /// The words of the heap; see [`Context::with_heap`].
    heap: *mut Word,
    /// From here on generated code sees nothing.
    pub(crate) rust: Inside<'c, 's>,
}

/// Rows of a table under the twins' own keys.
#[repr(C)]
pub(crate) struct OwnColumns {
    rows: *const OwnRow,
    words: *const Word,
    /// A row that begins before this word is all there.
    end: u64,
}

/// What only helpers see.
pub(crate) struct Inside<'c, 's> {
    /// The twin's plan and code.
    pub(crate) twin: &'c Twin,
    pub(crate) shard: &'c mut Shard<'s>,
    pub(crate) entries: Entries<'c>,
    /// Whether the step is an event's.
    pub(crate) is_event: bool,
    /// What stands for a log position in the records of other steps.
    pub(crate) position: u64,
    pub(crate) buffers: Buffers,
    pub(crate) due: Due,
    pub(crate) solving: Solving,
}

/// Memory that a call of the kernel needs besides the shard.
#[derive(Default)]
pub(crate) struct Buffers {
    pub(crate) resets: Vec<u64>,
    columns: Vec<*const Word>,
    own_rows: Vec<OwnColumns>,
    registers: Vec<Word>,
    pub(crate) arguments: Vec<Word>,
}

/// Where generated code finds the fields.
pub(crate) mod offsets {
    use super::*;

    macro_rules! offsets {
        ($($name:ident = $field:ident),* $(,)?) => {
            $(pub(crate) const $name: i32 = offset_of!(Context<'static, 'static>, $field) as i32;)*
        };
    }

    offsets! {
        ROW = row, NOW = now, STREAM = stream, RECORD = record, AT = at, PLACE = place, DUE = due_ticks,
        RESETS = resets, ROWS = rows, TIMES = times, SLOTS = slots, RECORDS = records, STREAMS = streams,
        COLUMNS = columns, OWN_ROWS = own_rows, FAULTS = faults, REGISTERS = registers, ARGUMENTS = arguments,
        HEAP = heap,
    }

    /// Fields of [`OwnColumns`] and [`OwnRow`].
    pub(crate) const OWN_BYTES: i32 = size_of::<OwnColumns>() as i32;
    pub(crate) const OWN_OF_TABLE: i32 = offset_of!(OwnColumns, rows) as i32;
    pub(crate) const OWN_WORDS: i32 = offset_of!(OwnColumns, words) as i32;
    pub(crate) const OWN_END: i32 = offset_of!(OwnColumns, end) as i32;
    pub(crate) const OWN_ROW_BYTES: i64 = size_of::<OwnRow>() as i64;
    pub(crate) const OWN_FROM: i32 = offset_of!(OwnRow, from) as i32;
    pub(crate) const OWN_FIRST: i32 = offset_of!(OwnRow, first) as i32;
}

impl Twin {
    /// The rows under the twins' own keys as generated code reads them.
    fn own_columns(&self, shard: &Shard<'_>) -> Vec<OwnColumns> {
        let columns = self.table_columns.iter().map(|columns| columns.len() as u64);
        let own = |(own, columns): (&OwnRows<'_>, u64)| OwnColumns {
            rows: own.rows.as_ptr(),
            words: own.words.as_ptr(),
            end: (own.words.len() as u64 + 1).saturating_sub(columns),
        };
        shard.own_rows.iter().zip(columns).map(own).collect()
    }
}

impl<'c, 's> Context<'c, 's> {
    /// A context for these entries, each of which must lie within the shard's rows and records.
    ///
    /// Panics where one does not: generated code relies on it.
    pub(crate) fn new(twin: &'c Twin, shard: &'c mut Shard<'s>, entries: Entries<'c>) -> Context<'c, 's> {
        let mut buffers = Buffers {
            resets: vec![0; twin.plan.resets.len().div_ceil(64)],
            columns: twin.column_pointers(shard),
            own_rows: twin.own_columns(shard),
            registers: vec![0; twin.plan.values.len()],
            arguments: vec![0; twin.arguments_max],
        };
        assert!(shard.faults.len() >= twin.fault_count, "a counter for every place where faults are counted");
        twin.check_entries(shard, entries);
        Context {
            row: shard.rows.as_mut_ptr(),
            now: 0,
            stream: 0,
            record: 0,
            at: 0,
            place: 0,
            due_ticks: std::ptr::null(),
            resets: buffers.resets.as_mut_ptr(),
            rows: shard.rows.as_mut_ptr(),
            times: entries.times.as_ptr(),
            slots: entries.slots.as_ptr(),
            records: entries.records.as_ptr(),
            streams: entries.streams.as_ptr(),
            columns: buffers.columns.as_ptr(),
            own_rows: buffers.own_rows.as_ptr(),
            faults: shard.faults.as_mut_ptr(),
            registers: buffers.registers.as_mut_ptr(),
            arguments: buffers.arguments.as_mut_ptr(),
            heap: shard.heap.words.as_mut_ptr(),
            rust: Inside {
                twin,
                shard,
                entries,
                is_event: false,
                position: BEHIND_EVENTS,
                buffers,
                due: Due::default(),
                solving: Solving::default(),
            },
        }
    }

    /// Runs code for events from an entry on up to another.
    pub(crate) fn run_events(&mut self, code: EventsCode, at: usize, end: usize) {
        debug_assert!(end <= self.rust.entries.len(), "the code reads entries up to its end");
        self.rust.is_event = true;
        // SAFETY: the code was made for this twin's plan and its memory is held by `Twin`. `new` has checked that
        // rows, records and counters which it reaches through the entries exist, and sized the buffers for the plan.
        // The slices behind the raw pointers are borrowed by `self`; neither side keeps a reference across the call.
        unsafe { code(self, at as u64, end as u64) }
    }

    /// A word of a row.
    pub(crate) fn row_word(&self, word: usize) -> Word {
        self.rust.shard.rows.get(word).copied().unwrap_or(0)
    }

    /// Asks the machine to have a word of a row in its cache soon.
    pub(crate) fn fetch(&self, word: usize) {
        fetch(self.rows.wrapping_add(word));
    }

    /// The same of the first lines of the block whose handle is a word of a row.
    pub(crate) fn fetch_block(&self, word: usize) {
        let handle = self.row_word(word);
        let block = twin_operators::heap::slice(self.rust.shard.heap, handle);
        block.chunks(8).take(crate::touch::LINES_OF_BLOCK).for_each(|line| fetch(line.as_ptr()));
    }

    /// Runs code for one step of the twin and time that the context is set to.
    pub(crate) fn run_step(&mut self, code: StepCode, due: &Due) {
        self.due_ticks = due.ticks.as_ptr();
        // SAFETY: as in `run_events`; the row and the ticks that are due have just been set.
        unsafe { code(self) }
    }

    /// Runs code that looks at a block's right side, within a step.
    pub(crate) fn run_look(&mut self, code: StepCode) {
        // SAFETY: as in `run_events`; the step around it has set the context. Its results go to the arguments, of
        // which there are as many as any look has results.
        unsafe { code(self) }
    }

    /// Sets the context to an entry's twin.
    pub(crate) fn select(&mut self, at: usize) {
        let entries = self.rust.entries;
        self.at = at as u64;
        self.stream = entries.streams.get(at).copied().unwrap_or(i64::MIN);
        let words = self.rust.twin.plan.layout.words as usize;
        self.row = self.rust.shard.rows[entries.slots[at] as usize * words..][..words].as_mut_ptr();
    }

    /// Works on the twin's row and what hangs on it. The heap's words may come to lie elsewhere, so it is only reached
    /// through here.
    pub(crate) fn with_heap<T>(&mut self, work: impl FnOnce(&mut [Word], &mut Heap) -> T) -> T {
        let words = self.rust.twin.plan.layout.words as usize;
        let from = self.slot() as usize * words;
        let shard = &mut *self.rust.shard;
        let result = work(&mut shard.rows[from..from + words], shard.heap);
        self.heap = self.rust.shard.heap.words.as_mut_ptr();
        result
    }

    /// The entry that made the step happen.
    pub(crate) fn entry(&self) -> Entry {
        self.rust.entries.get(self.at as usize)
    }

    /// The row of the twin that it happens to.
    pub(crate) fn slot(&self) -> u32 {
        self.rust.entries.slots[self.at as usize]
    }

    /// What it is.
    pub(crate) fn kind(&self) -> Kind {
        self.rust.entries.kind(self.at as usize)
    }
}

/// Asks the machine to have what lies at an address in its cache soon.
fn fetch(address: *const Word) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch only ever fills the cache; it neither reads nor writes for the program, whatever the
    // address.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast())
    };
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}
