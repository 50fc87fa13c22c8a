//! Time: what is due before an event, instants, the end of a step.

use crate::abi::Context;
use twin_operators::ticks::{Due, Until};
use twin_operators::{resets, ticks};
use twin_plan::ResetId;
use twin_plan::kernel::{BEHIND_EVENTS, LateEntry};

/// See [`super::Helper::Prepare`].
pub(super) extern "C" fn prepare(context: &mut Context<'_, '_>, at: u64) -> i64 {
    context.select(at as usize);
    let time = context.rust.entries.times[at as usize];
    let clock = ticks::clock(context.row_mut());
    if time < clock {
        context.rust.shard.late.push(LateEntry { at: at as u32, clock });
        return 0;
    }
    context.advance(Until::Event(time));
    let twin = context.rust.twin;
    ticks::begin_event(context.row_mut(), &twin.plan, time);
    context.rust.is_event = true;
    1
}

/// See [`super::Helper::Resets`].
pub(super) extern "C" fn resets(context: &mut Context<'_, '_>) {
    for word in 0..context.rust.buffers.resets.len() {
        let mut bits = std::mem::take(&mut context.rust.buffers.resets[word]);
        while bits != 0 {
            let number = word as u32 * 64 + bits.trailing_zeros();
            let twin = context.rust.twin;
            context.with_heap(|row, heap| {
                resets::run(row, heap, &twin.plan, &twin.shapes, ResetId(number));
            });
            bits &= bits - 1;
        }
    }
}

impl Context<'_, '_> {
    /// Runs instants of the twin that the context is set to.
    pub(crate) fn advance(&mut self, until: Until) {
        let twin = self.rust.twin;
        let mut due = std::mem::take(&mut self.rust.due);
        self.rust.is_event = false;
        ticks::advance(self, |context| context.row_mut(), &twin.plan, until, &mut due, Context::instant);
        self.rust.due = due;
    }

    fn instant(&mut self, due: &Due) {
        self.now = due.time;
        self.place = 0;
        self.rust.position = due.position();
        self.run_step(self.rust.twin.functions.instant, due);
    }

    /// Runs the quiet step of a limit of silence.
    pub(crate) fn quiet(&mut self, silence: u32) {
        let twin = self.rust.twin;
        ticks::note_silence(self.row_mut(), &twin.plan, silence);
        self.now = self.entry().time;
        self.place = 0;
        self.rust.is_event = false;
        self.rust.position = BEHIND_EVENTS;
        self.run_step(twin.functions.quiet, &Due::default());
    }
}
