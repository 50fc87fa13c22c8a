//! Windows, `lag` and flight recorders.

use crate::abi::Context;
use twin_operators::captures::{self, Closing};
use twin_operators::text::Packed;
use twin_operators::windows::{self, Sample};
use twin_operators::{lags, trailing};
use twin_plan::kernel::Heap;
use twin_plan::{Accumulator, Lane, WindowId};
use twin_types::Word;

/// See [`super::Helper::WindowAdd`].
pub(super) extern "C" fn window_add(
    context: &mut Context<'_, '_>,
    window: u64,
    lane: u64,
    key: u64,
    x: u64,
    y: u64,
) {
    let twin = context.rust.twin;
    let (window, shape) = (&twin.plan.windows[window as usize], &twin.shapes[window as usize]);
    let place = (lane as usize, key as usize);
    context.with_sample(&window.lanes[place.0], (x, y), |row, heap, sample| {
        windows::add(row, heap, (window, shape), place, sample);
    });
}

/// See [`super::Helper::WindowPass`].
pub(super) extern "C" fn window_pass(context: &mut Context<'_, '_>, window: u64) {
    let twin = context.rust.twin;
    let now = context.now;
    context.with_heap(|row, heap| trailing::pass(row, heap, &twin.shapes[window as usize], now));
}

/// See [`super::Helper::RingFeed`].
pub(super) extern "C" fn ring_feed(
    context: &mut Context<'_, '_>,
    window: u64,
    ring: u64,
    key: u64,
    x: u64,
    y: u64,
) {
    let twin = context.rust.twin;
    let shape = &twin.shapes[window as usize];
    let lane = &twin.plan.windows[window as usize].lanes[shape.rings[ring as usize].lanes[0]];
    context.with_sample(lane, (x, y), |row, heap, sample| {
        trailing::feed(row, heap, shape, (key as usize, ring as usize), sample);
    });
}

impl Context<'_, '_> {
    /// Calls `take` with what a lane takes, the bytes of a text in place of its handle.
    fn with_sample(
        &mut self,
        lane: &Lane,
        (x, y): (Word, Word),
        take: impl FnOnce(&mut [Word], &mut Heap, Sample<'_>),
    ) {
        let t_ns = self.now;
        let Accumulator::Text(_, room) = lane.accumulator else {
            return self.with_heap(|row, heap| take(row, heap, Sample { t_ns, x, y, text: &[] }));
        };
        let mut text = Packed::new(&self.text(x).unwrap_or_default(), room);
        self.with_heap(|row, heap| take(row, heap, text.sample(t_ns, y)));
    }
}

/// See [`super::Helper::WindowClear`].
pub(super) extern "C" fn window_clear(context: &mut Context<'_, '_>, window: u64) {
    let twin = context.rust.twin;
    let now = context.now;
    let (window, shape) = (&twin.plan.windows[window as usize], &twin.shapes[window as usize]);
    context.with_heap(|row, heap| windows::clear(row, heap, window, shape, now));
}

/// See [`super::Helper::WindowRead`].
pub(super) extern "C" fn window_read(context: &mut Context<'_, '_>, window: u64) {
    let twin = context.rust.twin;
    let now = context.now;
    let mut results = std::mem::take(&mut context.rust.buffers.arguments);
    let mut next = 0;
    let shape = &twin.shapes[window as usize];
    let mut overflown = Vec::new();
    context.with_heap(|row, heap| {
        windows::read(row, heap, &twin.plan, WindowId(window as u32), shape, now, |_, word, fault| {
            results[next] = word;
            next += 1;
            overflown.extend(fault);
        });
    });
    context.rust.buffers.arguments = results;
    for fault in overflown {
        context.rust.shard.faults[fault.0 as usize] += 1;
    }
}

/// See [`super::Helper::Lag`].
pub(super) extern "C" fn lag(context: &mut Context<'_, '_>, number: u64, x: u64) -> u64 {
    let twin = context.rust.twin;
    let plan = &twin.plan.lags[number as usize];
    let ty = twin.plan.exprs.get(plan.x).ty;
    let now = context.now;
    let x = ty.is_present(x).then_some(x);
    let lagging =
        context.with_heap(|row, heap| lags::take(heap, &mut row[plan.heap.index()], plan.by_ns, now, x));
    lagging.unwrap_or(ty.absent())
}

/// See [`super::Helper::CaptureFeed`].
pub(super) extern "C" fn capture_feed(context: &mut Context<'_, '_>, number: u64) {
    let twin = context.rust.twin;
    let plan = &twin.plan.captures[number as usize];
    let Some(batch) = context.batch() else { return };
    let (record, now) = (context.entry().record as usize, context.now);
    context.with_heap(|row, heap| captures::feed(row, heap, &twin.plan, plan, batch, record, now));
}

/// See [`super::Helper::CaptureOpen`].
pub(super) extern "C" fn capture_open(context: &mut Context<'_, '_>, number: u64, raised_ns: i64) {
    let twin = context.rust.twin;
    context.with_heap(|row, heap| captures::open(row, heap, &twin.plan.captures[number as usize], raised_ns));
}

/// See [`super::Helper::CaptureClose`].
pub(super) extern "C" fn capture_close(context: &mut Context<'_, '_>, number: u64) {
    let twin = context.rust.twin;
    let plan = &twin.plan.captures[number as usize];
    let closing = Closing::Passed { now_ns: context.now, is_event: context.rust.is_event };
    let mut head = context.step_head();
    let mut outputs = std::mem::take(context.rust.shard.outputs);
    context.with_heap(|row, heap| {
        captures::close(row, heap, &twin.plan, plan, closing, &mut outputs, &mut head);
    });
    *context.rust.shard.outputs = outputs;
    context.place = u64::from(head.place);
}
