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
use twin_plan::kernel::{BEHIND_EVENTS, Entry, Heap, Shard};
use twin_types::Word;

/// Generated code for a run of events of one input: from the entry `at` to, at most, `end`. Gives the first entry
/// that it did not carry out: one of another kind, or `end`.
pub(crate) type EventsCode = unsafe extern "C" fn(*mut Context<'_, '_>, u64, u64) -> u64;
/// Generated code for one step of the twin that the context is set to, or for a look at the right side of a block's
/// differential equations at one moment, whose results are left in the arguments.
pub(crate) type StepCode = unsafe extern "C" fn(*mut Context<'_, '_>);

/// A twin's functions in the module, before they have addresses.
pub(crate) struct Entries {
    /// By input.
    pub(crate) events: Vec<FuncId>,
    pub(crate) instant: FuncId,
    pub(crate) quiet: FuncId,
    /// By variant: derivatives, and condition, roots and jump of every `when`.
    pub(crate) looks: Vec<(FuncId, Vec<[FuncId; 3]>)>,
}

impl Entries {
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
    entries: *const Entry,
    /// A pointer per column of each input that the twin reads.
    columns: *const *const Word,
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

/// What only helpers see.
pub(crate) struct Inside<'c, 's> {
    /// The twin's plan and code.
    pub(crate) twin: &'c Twin,
    pub(crate) shard: &'c mut Shard<'s>,
    pub(crate) entries: &'c [Entry],
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
        RESETS = resets, ROWS = rows, ENTRIES = entries, COLUMNS = columns, FAULTS = faults,
        REGISTERS = registers, ARGUMENTS = arguments, HEAP = heap,
    }

    /// Fields of an [`Entry`].
    pub(crate) const ENTRY_BYTES: i64 = size_of::<Entry>() as i64;
    pub(crate) const ENTRY_TIME: i32 = offset_of!(Entry, time) as i32;
    pub(crate) const ENTRY_STREAM: i32 = offset_of!(Entry, stream) as i32;
    pub(crate) const ENTRY_SLOT: i32 = offset_of!(Entry, slot) as i32;
    pub(crate) const ENTRY_RECORD: i32 = offset_of!(Entry, record) as i32;
    /// Input and what, read as one `u32`.
    pub(crate) const ENTRY_INPUT: i32 = offset_of!(Entry, input) as i32;
    const _: () = assert!(offset_of!(Entry, what) == offset_of!(Entry, input) + 2);
}

impl<'c, 's> Context<'c, 's> {
    /// A context for these entries, each of which must lie within the shard's rows and records.
    ///
    /// Panics where one does not: generated code relies on it.
    pub(crate) fn new(twin: &'c Twin, shard: &'c mut Shard<'s>, entries: &'c [Entry]) -> Context<'c, 's> {
        let mut buffers = Buffers {
            resets: vec![0; twin.plan.resets.len().div_ceil(64)],
            columns: twin.column_pointers(shard),
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
            entries: entries.as_ptr(),
            columns: buffers.columns.as_ptr(),
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

    /// Runs code for events from an entry on; gives the first entry that is left.
    pub(crate) fn run_events(&mut self, code: EventsCode, at: usize, end: usize) -> usize {
        debug_assert!(end <= self.rust.entries.len(), "the code reads entries up to its end");
        self.rust.is_event = true;
        // SAFETY: the code was made for this twin's plan and its memory is held by `Twin`. `new` has checked that
        // rows, records and counters which it reaches through the entries exist, and sized the buffers for the plan.
        // The slices behind the raw pointers are borrowed by `self`; neither side keeps a reference across the call.
        unsafe { code(self, at as u64, end as u64) as usize }
    }

    /// Asks the machine to have a word of a row in its cache soon.
    pub(crate) fn fetch(&self, word: usize) {
        let address = self.rows.wrapping_add(word);
        #[cfg(target_arch = "x86_64")]
        // SAFETY: a prefetch only ever fills the cache; it neither reads nor writes for the program, whatever the
        // address.
        unsafe {
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast())
        };
        #[cfg(not(target_arch = "x86_64"))]
        let _ = address;
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
        let entry = &self.rust.entries[at];
        self.at = at as u64;
        self.stream = entry.stream;
        let words = self.rust.twin.plan.layout.words as usize;
        self.row = self.rust.shard.rows[entry.slot as usize * words..][..words].as_mut_ptr();
    }

    /// Works on the twin's row and what hangs on it. The heap's words may come to lie elsewhere, so it is only reached
    /// through here.
    pub(crate) fn with_heap<T>(&mut self, work: impl FnOnce(&mut [Word], &mut Heap) -> T) -> T {
        let words = self.rust.twin.plan.layout.words as usize;
        let from = self.entry().slot as usize * words;
        let shard = &mut *self.rust.shard;
        let result = work(&mut shard.rows[from..from + words], shard.heap);
        self.heap = self.rust.shard.heap.words.as_mut_ptr();
        result
    }

    /// The entry that made the step happen.
    pub(crate) fn entry(&self) -> &Entry {
        &self.rust.entries[self.at as usize]
    }
}
