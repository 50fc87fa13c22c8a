//! Windows of whatever extent: taking samples, emptying, reading.
//!
//! A kernel evaluates what the lanes take and hands it over; everything else happens here. [`Shape`] is worked out
//! once per window and says which lanes share samples.

use crate::accumulators::{Reading, Span};
use crate::{panes, running, trailing};
use twin_plan::kernel::Heap;
use twin_plan::{Accumulator, Extent, TwinPlan, ValueId, WindowId, WindowPlan};
use twin_types::{Aggregate, Scalar, Word};

/// How a window's lanes are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its extent.
    pub extent: Extent,
    /// How many keys (1 without `by`).
    pub keys: usize,
    /// Lanes that take the same samples share a ring; only trailing and sample windows have some. In the order of
    /// their first lanes.
    pub rings: Vec<trailing::Ring>,
}

/// A sample: its time, and what [`crate::accumulators::sample_word`] made of the arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Its time.
    pub t_ns: i64,
    /// The first argument, 0 where there is none.
    pub x: Word,
    /// The second.
    pub y: Word,
}

/// The shape of a window.
pub fn shape(plan: &TwinPlan, window: &WindowPlan) -> Shape {
    let rings = match window.extent {
        Extent::Trailing { .. } | Extent::Samples(_) => trailing::rings(plan, window),
        Extent::Panes { .. } | Extent::Running { .. } => Vec::new(),
    };
    let keys = window.by.map_or(1, |(_, _, keys)| keys as usize);
    Shape { extent: window.extent.clone(), keys, rings }
}

/// The shapes of all windows of a twin.
pub fn shapes(plan: &TwinPlan) -> Vec<Shape> {
    plan.windows.iter().map(|window| shape(plan, window)).collect()
}

/// Whether lanes are fed ring by ring ([`trailing::feed`]) or lane by lane ([`add`]).
pub fn has_rings(extent: &Extent) -> bool {
    matches!(extent, Extent::Trailing { .. } | Extent::Samples(_))
}

/// Takes in a sample of one lane, in a window without rings.
pub fn add(row: &mut [Word], heap: &mut Heap, window: &WindowPlan, lane: usize, key: usize, sample: Sample) {
    match window.extent {
        Extent::Panes { .. } => panes::add(row, heap, window, lane, key, sample),
        Extent::Running { max } => running::add(row, heap, &window.lanes[lane], key, max, sample),
        Extent::Trailing { .. } | Extent::Samples(_) => unreachable!("rings are fed by trailing::feed"),
    }
}

/// Empties a window. `now_ns` is where the next one begins.
pub fn clear(row: &mut [Word], heap: &mut Heap, window: &WindowPlan, shape: &Shape, now_ns: i64) {
    match window.extent {
        Extent::Panes { .. } => panes::clear(row, heap, window),
        Extent::Running { .. } => running::clear(row, heap, window, shape.keys, now_ns),
        Extent::Trailing { .. } | Extent::Samples(_) => {
            let slot = window.heap.expect("a window with rings has a handle");
            trailing::clear(heap, shape, &mut row[slot.index()]);
        }
    }
}

/// Computes everything that is read from a window and hands it over, value by value.
pub fn read(
    row: &[Word],
    heap: &Heap,
    plan: &TwinPlan,
    id: WindowId,
    shape: &Shape,
    now_ns: i64,
    mut put: impl FnMut(ValueId, Word),
) {
    let window = &plan.windows[id.index()];
    for (lane_at, lane) in window.lanes.iter().enumerate() {
        let sample = lane.args.first().map_or(Scalar::Real, |&x| plan.exprs.get(x).ty);
        for (aggregate, constants, values) in &lane.reads {
            let bins = bins(*aggregate, lane.accumulator);
            for (at, &value) in values.iter().enumerate() {
                let result = plan.values[value.index()].ty;
                let reading = Reading { aggregate: *aggregate, constants, sample, result };
                let word =
                    read_one(row, heap, window, shape, lane_at, (at / bins, at % bins), now_ns, &reading);
                put(value, word);
            }
        }
    }
}

/// How many values one key of a lane's read has.
pub fn bins(aggregate: Aggregate, accumulator: Accumulator) -> usize {
    match (aggregate, accumulator) {
        (Aggregate::Histogram, Accumulator::Histogram(_, _, bins)) => bins.max(1) as usize,
        _ => 1,
    }
}

/// One value of a lane: of a key, and for histograms of a bin.
#[allow(
    clippy::too_many_arguments,
    reason = "each says where the value comes from; a struct would only rename them"
)]
pub fn read_one(
    row: &[Word],
    heap: &Heap,
    window: &WindowPlan,
    shape: &Shape,
    lane: usize,
    (key, bin): (usize, usize),
    now_ns: i64,
    reading: &Reading<'_>,
) -> Word {
    match window.extent {
        Extent::Panes { .. } => panes::read(row, heap, window, lane, (key, bin), now_ns, reading),
        Extent::Running { .. } => {
            let span = Span { start_ns: None, end_ns: now_ns };
            running::read(row, heap, &window.lanes[lane], (key, bin), span, reading)
        }
        Extent::Trailing { .. } | Extent::Samples(_) => {
            let slot = window.heap.expect("a window with rings has a handle");
            trailing::read(heap, shape, row[slot.index()], window, lane, (key, bin), now_ns, reading)
        }
    }
}
