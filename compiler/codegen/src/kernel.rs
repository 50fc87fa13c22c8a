//! The native kernel of one twin.

use crate::abi::{Context, EventsCode, StepCode};
use crate::jit::Code;
use crate::touch::{Cursor, Touched};
use std::sync::Arc;
use twin_operators::ticks::{self, Until};
use twin_operators::windows::Shape;
use twin_plan::TwinPlan;
use twin_plan::kernel::{Entry, Kernel, Shard, What};
use twin_types::{Scalar, Word};

/// A twin's plan and its code.
pub(crate) struct Twin {
    pub(crate) plan: TwinPlan,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) functions: Functions,
    /// By output: which arguments are texts.
    pub(crate) text_arguments: Vec<Vec<u32>>,
    /// Scalars of every table's columns.
    pub(crate) table_columns: Vec<Vec<Scalar>>,
    /// Most arguments or results of a helper.
    pub(crate) arguments_max: usize,
    /// How many places there are where faults are counted.
    pub(crate) fault_count: usize,
    /// By input: what its steps use of a row.
    pub(crate) touched: Vec<Touched>,
    /// See [`crate::Options::fetch_ahead`].
    pub(crate) fetch_ahead: usize,
    /// What the functions are part of; it must live as long as they are called.
    pub(crate) _code: Arc<Code>,
}

/// Entry points of a twin's code.
pub(crate) struct Functions {
    /// By input.
    pub(crate) events: Vec<EventsCode>,
    pub(crate) instant: StepCode,
    pub(crate) quiet: StepCode,
    /// What the operators' solver calls, by variant: an integration in a kind of step.
    pub(crate) looks: Vec<Looks>,
}

/// Looks at a block's right side.
pub(crate) struct Looks {
    pub(crate) derivatives: StepCode,
    pub(crate) whens: Vec<WhenLooks>,
}

/// Looks at a discontinuity.
pub(crate) struct WhenLooks {
    pub(crate) holds: StepCode,
    pub(crate) roots: StepCode,
    pub(crate) jump: StepCode,
}

/// Native code of one twin, as a kernel.
pub struct NativeTwin {
    pub(crate) twin: Twin,
}

impl Kernel for NativeTwin {
    fn run(&self, shard: &mut Shard<'_>, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        let mut context = Context::new(&self.twin, shard, entries);
        let mut at = 0;
        while at < entries.len() {
            let entry = &entries[at];
            if entry.what == What::Event {
                at = context.events(at);
                continue;
            }
            context.select(at);
            match entry.what {
                What::Event => unreachable!("events are run above"),
                What::Advance => context.move_clock(entry.time),
                What::Quiet => context.quiet(entry.record),
                What::Read => {
                    let plan = &self.twin.plan;
                    ticks::note_read(context.row_mut(), plan, u32::from(entry.input), entry.time);
                }
            }
            at += 1;
        }
    }
}

/// Rows of fewer words all together stay in the cache by themselves.
const FETCHED_WORDS_MIN: usize = 1 << 16;

impl Context<'_, '_> {
    /// Events of one input from an entry on; gives the first entry that is left. While some are carried out, the rows
    /// of the next are on their way into the cache.
    fn events(&mut self, mut at: usize) -> usize {
        let twin = self.rust.twin;
        let input = self.rust.entries[at].input as usize;
        let (code, touched) = (twin.functions.events[input], &twin.touched[input]);
        let (entries, ahead) = (self.rust.entries, twin.fetch_ahead);
        if ahead == 0 || self.rust.shard.rows.len() < FETCHED_WORDS_MIN {
            return self.run_events(code, at, entries.len());
        }
        let mut cursor = Cursor::default();
        touched.fetch(self, &entries[at..entries.len().min(at + ahead)], &mut cursor);
        loop {
            let end = entries.len().min(at + ahead);
            touched.fetch(self, &entries[end..entries.len().min(end + ahead)], &mut cursor);
            at = self.run_events(code, at, end);
            if at < end || at == entries.len() {
                return at;
            }
        }
    }

    fn move_clock(&mut self, time: i64) {
        self.advance(Until::Through(time));
        ticks::end_advance(self.row_mut(), time);
    }
}

impl Twin {
    /// The slot of a window's handle.
    pub(crate) fn window_handle(&self, window: u64) -> usize {
        self.plan.windows[window as usize].heap.expect("a window with rings has a handle").index()
    }

    /// Where the words of each column begin, input by input.
    pub(crate) fn column_pointers(&self, shard: &Shard<'_>) -> Vec<*const Word> {
        let mut pointers = Vec::new();
        for (input, batch) in self.plan.inputs.iter().zip(shard.batches) {
            for column in &input.columns {
                let words = &batch.columns[*column as usize];
                assert!(words.len() >= batch.rows, "a column has a word per record");
                pointers.push(words.as_ptr());
            }
        }
        pointers
    }

    /// Makes sure that every row and record that entries name exists: generated code does not look.
    pub(crate) fn check_entries(&self, shard: &Shard<'_>, entries: &[Entry]) {
        let words = self.plan.layout.words as usize;
        let rows = shard.rows.len() / words.max(1);
        assert!(shard.batches.len() >= self.plan.inputs.len(), "a batch per input");
        // Without branches, so that it costs next to nothing.
        let (mut slot_max, mut is_wrong) = (0, false);
        for entry in entries {
            slot_max = slot_max.max(entry.slot);
            let records = shard.batches.get(entry.input as usize).map_or(0, |batch| batch.rows);
            is_wrong |= entry.what == What::Event && entry.record as usize >= records;
            is_wrong |= entry.input as usize >= self.plan.inputs.len();
        }
        assert!(!is_wrong, "an entry's input and record exist");
        assert!((slot_max as usize) < rows, "an entry's row exists");
    }
}
