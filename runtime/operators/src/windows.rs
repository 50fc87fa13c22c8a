//! Windows of whatever extent: taking samples, emptying, reading.
//!
//! A kernel evaluates what the lanes take and hands it over; everything else happens here. [`Shape`] is worked out
//! once per window: which lanes share samples, and what is read in which order.

use crate::accumulators::{self, Overflow, Reading, Room, Span, kept, texts};
use crate::panes::{self, Panes};
use crate::{running, trailing};
use twin_plan::few::Edge;
use twin_plan::kernel::Heap;
use twin_plan::layout::text_words;
use twin_plan::{Accumulator, Extent, FaultId, Few, Slot, TwinPlan, ValueId, WindowId, WindowPlan};
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
    /// The ring of each lane.
    pub(crate) ring_of_lane: Vec<usize>,
    /// Where the handle of its rings is; they have one.
    heap: Option<Slot>,
    /// Where few samples are, and from when on they count.
    few: Option<(Few, Edge)>,
    /// Its panes, where it has some.
    panes: Option<Panes>,
    /// What is read, lane by lane.
    reads: Vec<Read>,
}

/// One aggregate that is read from a lane, under every key.
#[derive(Clone, Debug, PartialEq)]
struct Read {
    lane: usize,
    accumulator: Accumulator,
    aggregate: Aggregate,
    constants: Vec<f64>,
    sample: Scalar,
    result: Scalar,
    fault: Option<FaultId>,
    /// How many values a key has.
    bins: usize,
    values: Vec<ValueId>,
    texts: Vec<Slot>,
}

impl Shape {
    /// The word of a row with the handle of the window's rings.
    #[inline]
    pub(crate) fn handle_at(&self) -> usize {
        self.heap.expect("a window with rings has a handle").index()
    }

    /// Where few samples are, while they are in this row.
    #[inline]
    pub(crate) fn few_in(&self, row: &[Word]) -> Option<(Few, Edge)> {
        self.few.filter(|_| row[self.handle_at()] == 0)
    }

    /// Whether all samples of the window are in one ring.
    #[inline]
    pub(crate) fn has_one_ring(&self) -> bool {
        self.keys == 1 && self.rings.len() == 1
    }
}

/// A sample: its time, and what [`crate::accumulators::sample_word`] made of the arguments. Of a text that is kept it is
/// made by [`crate::text::Packed`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// Its time.
    pub t_ns: i64,
    /// The first argument, 0 where there is none; the length of a text that is kept.
    pub x: Word,
    /// The second.
    pub y: Word,
    /// The bytes of such a text, in as many words as the longest needs.
    pub text: &'a [Word],
}

/// The shape of a window.
pub fn shape(plan: &TwinPlan, window: &WindowPlan) -> Shape {
    let rings = if has_rings(&window.extent) { trailing::rings(plan, window) } else { Vec::new() };
    let ring_of = |lane: usize| rings.iter().position(|ring| ring.lanes.contains(&lane)).unwrap_or(0);
    let ring_of_lane = (0..window.lanes.len()).map(ring_of).collect();
    let keys = window.by.map_or(1, |(_, _, keys)| keys as usize);
    Shape {
        extent: window.extent.clone(),
        keys,
        ring_of_lane,
        rings,
        heap: window.heap,
        few: window.few.zip(trailing::edge(&window.extent)),
        panes: Panes::of(window),
        reads: reads(plan, window),
    }
}

fn reads(plan: &TwinPlan, window: &WindowPlan) -> Vec<Read> {
    let mut reads = Vec::new();
    for (number, lane) in window.lanes.iter().enumerate() {
        for read in &lane.reads {
            let twin_plan::Read { aggregate, ref constants, ref values, ref texts, fault } = *read;
            reads.push(Read {
                lane: number,
                accumulator: lane.accumulator,
                aggregate,
                constants: constants.clone(),
                fault,
                sample: lane.args.first().map_or(Scalar::Real, |&x| plan.exprs.get(x).ty),
                result: values.first().map_or(Scalar::String, |value| plan.values[value.index()].ty),
                bins: bins(aggregate, lane.accumulator),
                values: values.clone(),
                texts: texts.clone(),
            });
        }
    }
    reads
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
pub fn add(
    row: &mut [Word],
    heap: &mut Heap,
    (window, shape): (&WindowPlan, &Shape),
    (lane, key): (usize, usize),
    sample: Sample<'_>,
) {
    match (&shape.panes, &window.extent) {
        (Some(panes), _) => panes.add(row, heap, lane, key, sample),
        (None, Extent::Running { max, .. }) => {
            running::add(row, heap, &window.lanes[lane], key, *max, sample)
        }
        _ => unreachable!("rings are fed by trailing::feed"),
    }
}

/// Empties a window. `now_ns` is where the next one begins, if it begins at once.
pub fn clear(row: &mut [Word], heap: &mut Heap, window: &WindowPlan, shape: &Shape, now_ns: i64) {
    match (&shape.panes, &window.extent) {
        (Some(panes), _) => panes.clear(row, heap),
        (None, &Extent::Running { carries, .. }) => {
            running::clear(row, heap, window, shape.keys, carries.then_some(now_ns));
        }
        _ => trailing::clear(row, heap, shape),
    }
}

/// Computes everything that is read from a window and hands it over, value by value: lane by lane, read by read, key
/// by key, bin by bin; with each the place where it is counted that it is absent because it is not finite. A window of
/// panes goes on to the pane of now. Texts are put into their slots.
pub fn read(
    row: &mut [Word],
    heap: &mut Heap,
    plan: &TwinPlan,
    id: WindowId,
    shape: &Shape,
    now_ns: i64,
    mut put: impl FnMut(ValueId, Word, Option<FaultId>),
) {
    let window = &plan.windows[id.index()];
    let reading = shape.panes.as_ref().map(|panes| panes.begin_read(row, heap, now_ns));
    let span = span(shape, now_ns);
    let mut lane = Merged {
        window,
        shape,
        row,
        heap,
        now_ns,
        panes: shape.panes.as_ref().zip(reading),
        place: None,
        words: Room::new(),
        samples: Vec::new(),
    };
    for read in &shape.reads {
        let Read { aggregate, ref constants, sample, result, .. } = *read;
        let wanted = Reading { aggregate, constants, sample, result };
        for (at, &value) in read.values.iter().enumerate() {
            let (key, bin) = (at / read.bins, at % read.bins);
            match lane.finish(read, key, bin, span, &wanted) {
                Ok(word) => put(value, word, None),
                Err(Overflow) => put(value, result.absent(), read.fault),
            }
        }
        for (key, &slot) in read.texts.iter().enumerate() {
            lane.finish_text(read, key, slot);
        }
    }
    if let Some((panes, reading)) = shape.panes.as_ref().zip(reading) {
        panes.end_read(row, heap, reading);
    }
}

/// How many values one key of a lane's read has.
pub fn bins(aggregate: Aggregate, accumulator: Accumulator) -> usize {
    match (aggregate, accumulator) {
        (Aggregate::Histogram, Accumulator::Histogram(_, _, bins)) => bins.max(1) as usize,
        _ => 1,
    }
}

/// From when to when the window lasts that is read now.
fn span(shape: &Shape, now_ns: i64) -> Span {
    match (&shape.panes, &shape.extent) {
        (Some(panes), _) => panes.span(now_ns),
        (None, Extent::Trailing { span_ns, .. }) => {
            Span { start_ns: Some(now_ns.saturating_sub(*span_ns)), end_ns: now_ns }
        }
        _ => Span { start_ns: None, end_ns: now_ns },
    }
}

/// A lane under a key, merged once for all that is read from it.
struct Merged<'a> {
    window: &'a WindowPlan,
    shape: &'a Shape,
    row: &'a mut [Word],
    heap: &'a Heap,
    now_ns: i64,
    panes: Option<(&'a Panes, panes::Reading)>,
    /// The lane and key at hand.
    place: Option<(usize, usize)>,
    words: Room,
    samples: Vec<Word>,
}

impl Merged<'_> {
    fn finish(
        &mut self,
        read: &Read,
        key: usize,
        bin: usize,
        span: Span,
        reading: &Reading<'_>,
    ) -> Result<Word, Overflow> {
        let has_rings = has_rings(&self.shape.extent);
        if has_rings && (read.accumulator == Accumulator::Count || read.aggregate == Aggregate::Count) {
            let contents = self.contents(read.lane, key);
            return Ok(accumulators::from_count(contents.count() as u64, read.result));
        }
        self.take(read, key, has_rings);
        if read.accumulator == Accumulator::Kept {
            return kept::finish(reading, &mut self.samples);
        }
        let words = self.words.words(read.accumulator.words() as usize);
        accumulators::finish(read.accumulator, reading, words, span, bin)
    }

    fn finish_text(&mut self, read: &Read, key: usize, slot: Slot) {
        self.take(read, key, has_rings(&self.shape.extent));
        let Accumulator::Text(_, room) = read.accumulator else { return };
        let words = self.words.words(read.accumulator.words() as usize);
        texts::finish(words, &mut self.row[slot.index()..][..text_words(room) as usize]);
    }

    fn contents(&self, lane: usize, key: usize) -> trailing::Contents<'_> {
        trailing::contents((self.row, self.heap), self.shape, (lane, key), self.now_ns)
    }

    fn take(&mut self, read: &Read, key: usize, has_rings: bool) {
        if self.place.replace((read.lane, key)) == Some((read.lane, key)) {
            return;
        }
        let Merged { window, shape, heap, now_ns, panes, .. } = *self;
        let (row, lane) = (&*self.row, read.lane);
        let contents = || trailing::contents((row, heap), shape, (lane, key), now_ns);
        if read.accumulator == Accumulator::Kept {
            self.samples.clear();
            let samples = &mut self.samples;
            return match panes {
                _ if has_rings => contents().collect(samples),
                Some((panes, reading)) => panes.collect(row, heap, (lane, key), reading, samples),
                None => running::collect(row, heap, &window.lanes[lane], key, samples),
            };
        }
        let words = self.words.words(read.accumulator.words() as usize);
        words.fill(0);
        match panes {
            _ if has_rings => contents().merge(lane, words),
            Some((panes, reading)) => panes.merge(row, (lane, key), (now_ns, reading), words),
            None => words.copy_from_slice(running::accumulator(row, &window.lanes[lane], key)),
        }
    }
}
