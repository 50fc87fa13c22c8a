//! The native kernel of one twin.

use crate::abi::{Context, EventsCode, StepCode};
use crate::jit::Code;
use crate::touch::{Cursor, Touched};
use std::sync::Arc;
use twin_operators::ticks::{self, Until};
use twin_operators::windows::Shape;
use twin_plan::TwinPlan;
use twin_plan::kernel::{Entries, Kernel, Shard, What};
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
    /// Whether steps look at the stream clock.
    pub(crate) looks_at_stream: bool,
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
    fn run(&self, shard: &mut Shard<'_>, entries: Entries<'_>) {
        if entries.is_empty() {
            return;
        }
        let mut context = Context::new(&self.twin, shard, entries);
        if entries.kinds.is_empty() {
            return context.events(0, 0, entries.len());
        }
        let mut at = 0;
        while at < entries.len() {
            let kind = entries.kinds[at];
            if kind.what == What::Event {
                let run = entries.kinds[at..].iter().take_while(|other| **other == kind).count();
                context.events(kind.input, at, at + run);
                at += run;
                continue;
            }
            if at % self.twin.fetch_ahead.max(1) == 0 {
                context.fetch_rows_behind(at);
            }
            context.select(at);
            let (time, record) = (entries.times[at], entries.records[at]);
            match kind.what {
                What::Event => unreachable!("events are run above"),
                What::Advance => context.move_clock(time),
                What::Quiet => context.quiet(record),
                What::Read => {
                    let plan = &self.twin.plan;
                    ticks::note_read(context.row_mut(), plan, u32::from(kind.input), time);
                }
            }
            at += 1;
        }
    }
}

/// Rows of fewer words all together stay in the cache by themselves.
const FETCHED_WORDS_MIN: usize = 1 << 17;

impl Context<'_, '_> {
    /// Events of one input from an entry on up to another. While some are carried out, the rows of the next are on
    /// their way into the cache.
    fn events(&mut self, input: u16, mut at: usize, end: usize) {
        let twin = self.rust.twin;
        let (code, touched) = (twin.functions.events[input as usize], &twin.touched[input as usize]);
        let (entries, ahead) = (self.rust.entries, touched.turn(twin.fetch_ahead));
        if ahead == 0 || self.rust.shard.rows.len() < FETCHED_WORDS_MIN {
            return self.run_events(code, at, end);
        }
        let mut cursor = Cursor::default();
        // Rows two turns ahead, and what they lead to one ahead: each is there when it is looked at.
        let some = |at: usize| entries.part(end.min(at), end.min(at + ahead));
        touched.fetch(self, some(at), &mut cursor);
        touched.fetch(self, some(at + ahead), &mut cursor);
        touched.fetch_behind(self, some(at), &mut cursor);
        while at < end {
            touched.fetch(self, some(at + 2 * ahead), &mut cursor);
            touched.fetch_behind(self, some(at + ahead), &mut cursor);
            let next = end.min(at + ahead);
            self.run_events(code, at, next);
            at = next;
        }
    }

    /// Other steps than events': the rows of the next ones are on their way while these are carried out.
    fn fetch_rows_behind(&mut self, at: usize) {
        let twin = self.rust.twin;
        let (entries, ahead) = (self.rust.entries, twin.fetch_ahead);
        let Some(touched) = twin.touched.first() else { return };
        if ahead > 0 && self.rust.shard.rows.len() >= FETCHED_WORDS_MIN {
            let first = entries.len().min(at + ahead);
            touched.fetch_rows(self, entries.part(first, entries.len().min(first + ahead)));
        }
    }

    fn move_clock(&mut self, time: i64) {
        self.advance(Until::Through(time));
        ticks::end_advance(self.row_mut(), time);
    }
}

impl Twin {
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
    pub(crate) fn check_entries(&self, shard: &Shard<'_>, entries: Entries<'_>) {
        let words = self.plan.layout.words as usize;
        let rows = shard.rows.len() / words.max(1);
        let Entries { times, slots, records, kinds, streams } = entries;
        assert!(shard.batches.len() >= self.plan.inputs.len(), "a batch per input");
        assert!(slots.len() == times.len() && records.len() == times.len(), "columns of one length");
        assert!(kinds.is_empty() || kinds.len() == times.len(), "a kind for every entry");
        let sees_stream = streams.len() == times.len() || !self.looks_at_stream;
        assert!(sees_stream, "the stream clock for every entry");
        assert!(are_below(slots, rows), "an entry's row exists");
        for table in self.plan.tables.iter().filter(|table| table.own_key) {
            let own = shard.own_rows.get(table.table as usize).map_or(0, |own| own.rows.len());
            assert!(own >= rows, "a row of the table for every twin, or that it has to be asked for");
        }
        let rows_of = |input: u16| shard.batches.get(input as usize).map_or(0, |batch| batch.rows);
        if kinds.is_empty() {
            assert!(are_below(records, rows_of(0)), "an entry's record exists");
        }
        for (kind, record) in kinds.iter().zip(records) {
            assert!((kind.input as usize) < self.plan.inputs.len(), "an entry's input exists");
            let exists = kind.what != What::Event || (*record as usize) < rows_of(kind.input);
            assert!(exists, "an entry's record exists");
        }
    }
}

/// Whether all numbers are below a limit.
fn are_below(numbers: &[u32], limit: usize) -> bool {
    let Ok(limit) = i32::try_from(limit) else {
        return numbers.iter().all(|number| (*number as usize) < limit);
    };
    // Signs say it, several at a time: of the number itself, where it is too large for one, and of what is left below the
    // limit.
    let last = limit - 1;
    numbers.iter().fold(0, |any, number| any | *number as i32 | last.wrapping_sub(*number as i32)) >= 0
}

#[cfg(test)]
mod tests {
    use super::are_below;

    #[test]
    fn numbers_are_below_a_limit_or_not() {
        assert!(are_below(&[0, 6, 3], 7) && are_below(&[], 0));
        for (numbers, limit) in
            [([0, 7], 7), ([0, 0], 0), ([u32::MAX, 1], 7), ([1 << 31, 1], i32::MAX as usize)]
        {
            assert!(!are_below(&numbers, limit));
        }
        assert!(are_below(&[u32::MAX], 1 << 33));
    }
}
