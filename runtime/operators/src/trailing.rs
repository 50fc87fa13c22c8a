//! Windows that keep their samples: (t − W, t], [t − W, t] and the last N, by one two-stack scheme.
//!
//! The samples of a ring are in two parts. Each of the older ones holds the accumulators of itself and all older-part
//! samples after it; the newer ones are plain, with one set of accumulators for all of them. A read merges the
//! accumulators of the oldest sample with those of the newer part: oldest to newest, never by subtraction, so
//! rounding does not pile up. When the older part is used up, the newer part becomes the older one: every sample is
//! turned once, so a step costs the same for long windows as for short ones.
//!
//! ```text
//! directory   a handle per key and ring; where there is one ring only, the window's handle is the ring's
//! ring        oldest, samples, older samples, room, prior known, prior x, newer accumulators, then the samples
//! sample      time, then arguments, text and accumulators (in one place, where the arguments are not needed later)
//! ```

use crate::accumulators::{self, Room, time_weighted};
use crate::windows::{Sample, Shape};
use crate::{few, heap};
use twin_plan::few::Edge;
use twin_plan::kernel::Heap;
use twin_plan::{Accumulator, Extent, Lane, TwinPlan, WindowPlan};
use twin_types::{Scalar, Word, words};

/// Word of a ring: the place of its oldest sample.
pub const OLDEST: usize = 0;
/// Word of a ring: how many samples there are.
pub const SAMPLES: usize = 1;
/// Word of a ring: how many of them are in the older part.
pub const OLDER: usize = 2;
/// Word of a ring: how many samples there is room for.
pub const ROOM: usize = 3;
const HAS_PRIOR: usize = 4;
const PRIOR: usize = 5;
/// Words of a ring before the newer part's accumulators.
pub const HEAD: usize = 6;
/// Room for so many samples at first.
const FIRST_ROOM: usize = 4;

/// Lanes that take the same samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// The lanes' numbers; the first stands for all of them when arguments and filter are evaluated.
    pub lanes: Vec<usize>,
    /// How many arguments a sample has.
    pub arguments: usize,
    /// Words of a sample's text, where its first argument is one that is kept.
    pub text_words: usize,
    /// Words of a sample.
    pub sample_words: usize,
    /// What a sample's accumulators are; counts and kept samples need none.
    pub held: Vec<Held>,
    /// Words of all accumulators.
    pub accumulator_words: usize,
    /// Where accumulators begin in a sample.
    pub accumulators_at: usize,
    /// Whether a sample's arguments stay beside its accumulators.
    pub keeps_arguments: bool,
}

/// One of a sample's accumulators.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Its family.
    pub accumulator: Accumulator,
    /// The lane's number.
    pub lane: usize,
    /// Its first word among the accumulators' words.
    pub from: usize,
    /// The one after its last.
    pub to: usize,
}

/// The rings of a window: one for each pair of arguments and filter. Lanes that take whole numbers in another form
/// ([`accumulators::sample_word`]) have their own.
pub fn rings(plan: &TwinPlan, window: &WindowPlan) -> Vec<Ring> {
    let form = |lane: &Lane| -> Vec<bool> {
        let forms = lane.args.iter().enumerate().map(|(argument, &arg)| {
            plan.exprs.get(arg).ty != Scalar::Real && accumulators::passes_on(lane.accumulator, argument)
        });
        forms.collect()
    };
    let mut shared: Vec<Vec<usize>> = Vec::new();
    for (number, lane) in window.lanes.iter().enumerate() {
        let takes_the_same = |lanes: &Vec<usize>| {
            let first = &window.lanes[lanes[0]];
            first.args == lane.args && first.filter == lane.filter && form(first) == form(lane)
        };
        match shared.iter_mut().find(|lanes| takes_the_same(lanes)) {
            Some(lanes) => lanes.push(number),
            None => shared.push(vec![number]),
        }
    }
    shared.into_iter().map(|lanes| ring(window, lanes)).collect()
}

/// Where the words of a sample are.
fn ring(window: &WindowPlan, lanes: Vec<usize>) -> Ring {
    let arguments = window.lanes[lanes[0]].args.len();
    let (mut held, mut words, mut text_words, mut keeps_arguments) = (Vec::new(), 0, 0, false);
    for &lane in &lanes {
        let accumulator = window.lanes[lane].accumulator;
        keeps_arguments |= accumulator == Accumulator::Kept || accumulators::weighs_time(accumulator);
        if let Accumulator::Text(_, room) = accumulator {
            text_words = room.div_ceil(8) as usize;
        }
        // The number of samples is the count; kept samples are read from the ring itself.
        if !matches!(accumulator, Accumulator::Count | Accumulator::Kept) {
            let from = words;
            words += accumulator.words() as usize;
            held.push(Held { accumulator, lane, from, to: words });
        }
    }
    let given = 1 + arguments + text_words;
    let accumulators_at = if keeps_arguments { given } else { 1 };
    let sample_words = (accumulators_at + words).max(given);
    Ring {
        lanes,
        arguments,
        text_words,
        sample_words,
        held,
        accumulator_words: words,
        accumulators_at,
        keeps_arguments,
    }
}

/// The handle of a ring; 0 where nothing has come yet.
fn ring_handle(heap: &Heap, shape: &Shape, window: Word, key: usize, ring: usize) -> Word {
    if shape.has_one_ring() {
        return window;
    }
    heap::slice(heap, window).get(key * shape.rings.len() + ring).copied().unwrap_or(0)
}

/// From when on samples are in a trailing window.
pub(crate) fn edge(extent: &Extent) -> Option<Edge> {
    match *extent {
        Extent::Trailing { span_ns, closed } => Some(Edge::of(span_ns, closed)),
        _ => None,
    }
}

/// Lets go of what is no longer in the window at `now_ns`, in all rings; of few samples, whoever reads them does.
pub fn pass(row: &[Word], heap: &mut Heap, shape: &Shape, now_ns: i64) {
    let Some(edge) = edge(&shape.extent) else { return };
    let edge = edge.at(now_ns);
    let window = row[shape.handle_at()];
    for key in 0..shape.keys {
        for (number, ring) in shape.rings.iter().enumerate() {
            let handle = ring_handle(heap, shape, window, key, number);
            let block = heap::slice_mut(heap, handle);
            if !block.is_empty() {
                drop_oldest(ring, block, |t_ns, _| t_ns < edge);
            }
        }
    }
}

/// Takes in a sample of a ring. In a trailing window [`pass`] goes before.
pub fn feed(
    row: &mut [Word],
    heap: &mut Heap,
    shape: &Shape,
    (key, ring): (usize, usize),
    sample: Sample<'_>,
) {
    if let Some((places, edge)) = shape.few_in(row) {
        if few::add(places, row, edge, &sample) {
            return;
        }
        for older in few::take(places, row) {
            feed_ring(&mut row[shape.handle_at()], heap, shape, (key, ring), older);
        }
    }
    feed_ring(&mut row[shape.handle_at()], heap, shape, (key, ring), sample);
}

/// The same of samples that are on the heap. `window` is the window's handle.
fn feed_ring(
    window: &mut Word,
    heap: &mut Heap,
    shape: &Shape,
    (key, number): (usize, usize),
    sample: Sample<'_>,
) {
    if *window == 0 && !shape.has_one_ring() {
        *window = heap::alloc(heap, shape.keys * shape.rings.len());
    }
    let ring = &shape.rings[number];
    let mut handle = ring_handle(heap, shape, *window, key, number);
    if let Extent::Samples(most) = shape.extent {
        let block = heap::slice_mut(heap, handle);
        if !block.is_empty() {
            drop_oldest(ring, block, |_, samples| samples >= most as usize);
        }
    }
    let block = heap::slice(heap, handle);
    if block.is_empty() || block[SAMPLES] == block[ROOM] {
        handle = with_room(heap, ring, handle);
        if shape.has_one_ring() {
            *window = handle;
        } else {
            heap::slice_mut(heap, *window)[key * shape.rings.len() + number] = handle;
        }
    }
    push(ring, heap::slice_mut(heap, handle), sample);
}

/// What one ring of a window holds, to read from.
pub(crate) enum Contents<'a> {
    /// The ring's block; empty where nothing has come yet.
    Ring(&'a Ring, &'a [Word]),
    /// Few samples in the row.
    Few(few::Contents<'a>),
}

/// What the ring of a lane holds under a key at `now_ns`.
pub(crate) fn contents<'a>(
    (row, heap): (&'a [Word], &'a Heap),
    shape: &'a Shape,
    (lane, key): (usize, usize),
    now_ns: i64,
) -> Contents<'a> {
    if let Some((places, edge)) = shape.few_in(row) {
        return Contents::Few(few::Contents { places, row, edge: edge.at(now_ns) });
    }
    let number = shape.ring_of_lane[lane];
    let handle = ring_handle(heap, shape, row[shape.handle_at()], key, number);
    Contents::Ring(&shape.rings[number], heap::slice(heap, handle))
}

impl Contents<'_> {
    /// How many samples there are.
    pub fn count(&self) -> usize {
        match self {
            Contents::Ring(_, block) => block.get(SAMPLES).map_or(0, |&samples| samples as usize),
            Contents::Few(few) => few.samples().count(),
        }
    }

    /// The samples, oldest first.
    pub fn collect(&self, into: &mut Vec<Word>) {
        match self {
            Contents::Ring(ring, block) => {
                into.extend((0..self.count()).map(|n| block[sample_at(ring, block, n) + 1]));
            }
            Contents::Few(few) => into.extend(few.samples().map(|sample| sample.x)),
        }
    }

    /// Merges a lane's accumulators into `merged`, which is empty: older part, then newer part, and what was in force
    /// before both.
    pub fn merge(&self, lane: usize, merged: &mut [Word]) {
        let (ring, block) = match self {
            Contents::Ring(ring, block) => (ring, block),
            Contents::Few(few) => return few.merge(merged),
        };
        let Some(held) = ring.held.iter().find(|held| held.lane == lane) else { return };
        if block.is_empty() {
            return;
        }
        let newer = &block[HEAD + held.from..HEAD + held.to];
        if block[OLDER] > 0 {
            let at = sample_at(ring, block, 0) + ring.accumulators_at;
            merged.copy_from_slice(&block[at + held.from..at + held.to]);
            accumulators::merge(held.accumulator, merged, newer);
        } else {
            merged.copy_from_slice(newer);
        }
        if block[HAS_PRIOR] != 0 {
            let prior = words::to_f64(block[PRIOR]);
            match held.accumulator {
                Accumulator::Hold => time_weighted::set_prior_hold(merged, prior),
                Accumulator::TimeAbove(level) => time_weighted::set_prior_above(merged, prior, level),
                _ => {}
            }
        }
    }
}

/// Gives back everything.
pub fn clear(row: &mut [Word], heap: &mut Heap, shape: &Shape) {
    if let Some((places, _)) = shape.few_in(row) {
        few::clear(places, row);
    }
    let window = &mut row[shape.handle_at()];
    if !shape.has_one_ring() {
        for place in 0..heap::slice(heap, *window).len() {
            let handle = heap::slice(heap, *window)[place];
            heap::free(heap, handle);
        }
    }
    heap::free(heap, *window);
    *window = 0;
}

/// Where sample number `n`, counted from the oldest, lies; `n` is at most the room.
#[inline]
fn sample_at(ring: &Ring, block: &[Word], n: usize) -> usize {
    let room = block[ROOM] as usize;
    let place = block[OLDEST] as usize + n;
    let place = if place >= room { place - room } else { place };
    HEAD + ring.accumulator_words + place * ring.sample_words
}

/// The ring's block with room for one sample more.
#[cold]
fn with_room(heap: &mut Heap, ring: &Ring, handle: Word) -> Word {
    let head = HEAD + ring.accumulator_words;
    let old = heap::slice(heap, handle).to_vec();
    let samples = old.get(SAMPLES).map_or(0, |&samples| samples as usize);
    let larger = heap::alloc(heap, head + (samples + 1).max(FIRST_ROOM) * ring.sample_words);
    let new = heap::slice_mut(heap, larger);
    if !old.is_empty() {
        new[..head].copy_from_slice(&old[..head]);
    }
    // A ring that turns cannot be copied as it stands: the oldest comes first.
    for n in 0..samples {
        let from = sample_at(ring, &old, n);
        let to = head + n * ring.sample_words;
        new[to..to + ring.sample_words].copy_from_slice(&old[from..from + ring.sample_words]);
    }
    new[OLDEST] = 0;
    new[ROOM] = ((new.len() - head) / ring.sample_words) as Word;
    heap::free(heap, handle);
    larger
}

/// Appends a sample to the newer part.
fn push(ring: &Ring, block: &mut [Word], sample: Sample<'_>) {
    let at = sample_at(ring, block, block[SAMPLES] as usize);
    let given = [sample.t_ns as Word, sample.x, sample.y];
    block[at..=at + ring.arguments].copy_from_slice(&given[..=ring.arguments]);
    block[at + 1 + ring.arguments..][..ring.text_words].copy_from_slice(sample.text);
    block[SAMPLES] += 1;
    for held in &ring.held {
        let newer = &mut block[HEAD + held.from..HEAD + held.to];
        accumulators::add(held.accumulator, newer, &sample);
    }
}

/// Drops samples from the oldest on, as long as `is_out` says so of a sample's time and the number of samples.
fn drop_oldest(ring: &Ring, block: &mut [Word], is_out: impl Fn(i64, usize) -> bool) {
    let is_oldest_out = |block: &[Word]| {
        let samples = block[SAMPLES] as usize;
        samples > 0 && is_out(block[sample_at(ring, block, 0)] as i64, samples)
    };
    while is_oldest_out(block) {
        if block[OLDER] == 0 {
            // All that is left is plain: what is out goes as it is, the rest becomes the older part.
            while is_oldest_out(block) {
                drop_one(ring, block);
            }
            turn(ring, block);
            return;
        }
        drop_one(ring, block);
        block[OLDER] -= 1;
    }
}

fn drop_one(ring: &Ring, block: &mut [Word]) {
    if ring.keeps_arguments {
        block[HAS_PRIOR] = 1;
        block[PRIOR] = block[sample_at(ring, block, 0) + 1];
    }
    let next = block[OLDEST] + 1;
    block[OLDEST] = if next == block[ROOM] { 0 } else { next };
    block[SAMPLES] -= 1;
}

/// Makes the newer part, of which there are only plain samples, the older one: from the newest back, every sample's
/// accumulators are its own with the next sample's merged into them.
fn turn(ring: &Ring, block: &mut [Word]) {
    let samples = block[SAMPLES] as usize;
    let (mut after, mut here) = (Room::new(), Room::new());
    let after = after.words(ring.accumulator_words);
    let here = here.words(ring.accumulator_words);
    for n in (0..samples).rev() {
        let at = sample_at(ring, block, n);
        let mut given = [0; 3];
        given[..=ring.arguments].copy_from_slice(&block[at..=at + ring.arguments]);
        let [t, x, y] = given;
        let text = &block[at + 1 + ring.arguments..][..ring.text_words];
        let sample = Sample { t_ns: t as i64, x, y, text };
        here.fill(0);
        for held in &ring.held {
            let words = held.from..held.to;
            accumulators::add(held.accumulator, &mut here[words.clone()], &sample);
            accumulators::merge(held.accumulator, &mut here[words.clone()], &after[words]);
        }
        let to = at + ring.accumulators_at;
        block[to..to + ring.accumulator_words].copy_from_slice(here);
        after.copy_from_slice(here);
    }
    block[OLDER] = samples as Word;
    block[HEAD..HEAD + ring.accumulator_words].fill(0);
}
