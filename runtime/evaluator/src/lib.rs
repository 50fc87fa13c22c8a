//! The kernel that walks the plan: slow, obvious, safe.
//!
//! Enter rows, records and a list of things that happen; out come changed rows and written records. It is the meaning
//! of a plan in code: native code must say the same to the last bit. It never decides which steps happen beyond what
//! the twin's own clock says, and knows nothing of topics, batches or threads.

mod expressions;
mod integrate;
mod prims;
mod statements;
mod step;
mod windows;

use step::{Kind, Step};
use twin_operators::ticks::{self, Due, Until};
use twin_operators::windows::Shape;
use twin_plan::TwinPlan;
use twin_plan::kernel::{Entries, Entry, Kernel, LateEntry, Shard, What};
use twin_types::Word;

/// Evaluates the plan of one twin.
#[derive(Clone, Debug)]
pub struct Evaluator {
    /// How each of the twin's windows is kept.
    shapes: Vec<Shape>,
}

impl Evaluator {
    /// An evaluator for this twin; [`Kernel::run`] must be given shards of the same.
    pub fn new(plan: &TwinPlan) -> Evaluator {
        Evaluator { shapes: twin_operators::windows::shapes(plan) }
    }
}

impl Kernel for Evaluator {
    fn run(&self, shard: &mut Shard<'_>, entries: Entries<'_>) {
        let mut due = Due::default();
        for (at, entry) in (0u32..).zip(entries.iter()) {
            let entry = &At { at, entry };
            match entry.kind.what {
                What::Event => {
                    let clock = ticks::clock(row(shard, entry.slot));
                    if entry.time < clock {
                        shard.late.push(LateEntry { at, clock });
                    } else {
                        self.event(shard, entry, &mut due);
                    }
                }
                What::Advance => {
                    self.advance(shard, entry, Until::Through(entry.time), &mut due);
                    ticks::end_advance(row(shard, entry.slot), entry.time);
                }
                What::Quiet => {
                    let plan = shard.plan;
                    ticks::note_silence(row(shard, entry.slot), plan, entry.record);
                    Step::new(shard, &self.shapes, entry, entry.time, Kind::Quiet).run();
                }
                What::Read => {
                    let plan = shard.plan;
                    ticks::note_read(row(shard, entry.slot), plan, u32::from(entry.kind.input), entry.time);
                }
            }
        }
    }
}

/// An entry, and its place in the call.
pub(crate) struct At {
    pub at: u32,
    pub entry: Entry,
}

impl std::ops::Deref for At {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.entry
    }
}

impl Evaluator {
    /// Instants before the event, then its own step.
    fn event(&self, shard: &mut Shard<'_>, entry: &At, due: &mut Due) {
        self.advance(shard, entry, Until::Event(entry.time), due);
        let plan = shard.plan;
        ticks::begin_event(row(shard, entry.slot), plan, entry.time);
        let mut step = Step::new(shard, &self.shapes, entry, entry.time, Kind::Event);
        step.keep_columns();
        step.run();
    }

    /// Everything that is due, moment by moment.
    fn advance(&self, shard: &mut Shard<'_>, entry: &At, until: Until, due: &mut Due) {
        let plan = shard.plan;
        ticks::advance(
            shard,
            |shard| row(shard, entry.slot),
            plan,
            until,
            due,
            |shard, due| Step::new(shard, &self.shapes, entry, due.time, Kind::Instant(due)).run(),
        );
    }
}

/// The row of a twin.
fn row<'s>(shard: &'s mut Shard<'_>, slot: u32) -> &'s mut [Word] {
    let words = shard.plan.layout.words as usize;
    &mut shard.rows[slot as usize * words..][..words]
}
