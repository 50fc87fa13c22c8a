//! Windows that keep their samples: (t − W, t], [t − W, t] and the last N, by one two-stack scheme.
//!
//! The samples of a ring are in two parts. Each of the older ones holds the accumulators of itself and all older-part
//! samples after it; the newer ones are plain, with one set of accumulators for all of them. A read merges the
//! accumulators of the oldest sample with those of the newer part: oldest to newest, never by subtraction, so
//! rounding does not pile up. When the older part is used up, the newer part becomes the older one: every sample is
//! turned once, so a step costs the same for long windows as for short ones.
//!
//! ```text
//! directory   a handle per key and ring
//! ring        oldest, samples, older samples, prior known, prior x, prior y, newer accumulators, then the samples
//! sample      time, then arguments and accumulators (in one place, where the arguments are not needed later)
//! ```

use crate::accumulators::{self, Reading, Room, Span, kept, time_weighted};
use crate::heap;
use crate::windows::{Sample, Shape};
use twin_plan::kernel::Heap;
use twin_plan::{Accumulator, Extent, Lane, TwinPlan, WindowPlan};
use twin_types::{Aggregate, Scalar, Word, words};

const OLDEST: usize = 0;
const SAMPLES: usize = 1;
const OLDER: usize = 2;
const HAS_PRIOR: usize = 3;
const PRIOR: usize = 4;
const HEAD: usize = 6;
/// Room for so many samples at first.
const FIRST_ROOM: usize = 4;

/// Lanes that take the same samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// The lanes' numbers; the first stands for all of them when arguments and filter are evaluated.
    pub lanes: Vec<usize>,
    /// Accumulator of each lane and where its words are among those of a sample; counts and kept samples have none.
    pub accumulators: Vec<Option<(Accumulator, usize)>>,
    /// How many arguments a sample has.
    pub arguments: usize,
    /// Words of all accumulators.
    pub accumulator_words: usize,
    /// Where accumulators begin in a sample.
    pub accumulators_at: usize,
    /// Words of a sample.
    pub sample_words: usize,
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
    let mut rings: Vec<Ring> = Vec::new();
    for (number, lane) in window.lanes.iter().enumerate() {
        let takes_the_same = |ring: &Ring| {
            let first = &window.lanes[ring.lanes[0]];
            first.args == lane.args && first.filter == lane.filter && form(first) == form(lane)
        };
        match rings.iter_mut().find(|ring| takes_the_same(ring)) {
            Some(ring) => ring.lanes.push(number),
            None => rings.push(ring_of(number, lane.args.len())),
        }
    }
    rings.iter_mut().for_each(|ring| measure(ring, window));
    rings
}

fn ring_of(lane: usize, arguments: usize) -> Ring {
    let lanes = vec![lane];
    let accumulators = Vec::new();
    Ring { lanes, accumulators, arguments, accumulator_words: 0, accumulators_at: 0, sample_words: 0 }
}

/// Fills in where the words of a sample are.
fn measure(ring: &mut Ring, window: &WindowPlan) {
    let mut keeps_arguments = false;
    for &lane in &ring.lanes {
        let accumulator = window.lanes[lane].accumulator;
        // The number of samples is the count; kept samples are read from the ring itself.
        let has_words = !matches!(accumulator, Accumulator::Count | Accumulator::Kept);
        keeps_arguments |= accumulator == Accumulator::Kept || accumulators::weighs_time(accumulator);
        ring.accumulators.push(has_words.then_some((accumulator, ring.accumulator_words)));
        if has_words {
            ring.accumulator_words += accumulator.words() as usize;
        }
    }
    ring.accumulators_at = if keeps_arguments { 1 + ring.arguments } else { 1 };
    ring.sample_words = (ring.accumulators_at + ring.accumulator_words).max(1 + ring.arguments);
}

/// Lets go of what is no longer in the window at `now_ns`, in all rings.
pub fn pass(heap: &mut Heap, shape: &Shape, directory: Word, now_ns: i64) {
    let Extent::Trailing { span_ns, closed } = shape.extent else { return };
    if directory == 0 {
        return;
    }
    let edge = now_ns.saturating_sub(span_ns);
    for place in 0..shape.keys * shape.rings.len() {
        let handle = heap::slice(heap, directory)[place];
        let block = heap::slice_mut(heap, handle);
        if !block.is_empty() {
            let ring = &shape.rings[place % shape.rings.len()];
            drop_oldest(ring, block, |t_ns, _| if closed { t_ns < edge } else { t_ns <= edge });
        }
    }
}

/// Takes in a sample of a ring. In a trailing window [`pass`] goes before.
pub fn feed(heap: &mut Heap, shape: &Shape, directory: &mut Word, key: usize, ring: usize, sample: Sample) {
    if *directory == 0 {
        *directory = heap::alloc(heap, shape.keys * shape.rings.len());
    }
    let place = key * shape.rings.len() + ring;
    let ring = &shape.rings[ring];
    let mut handle = heap::slice(heap, *directory)[place];
    if let Extent::Samples(most) = shape.extent {
        let block = heap::slice_mut(heap, handle);
        if !block.is_empty() {
            drop_oldest(ring, block, |_, samples| samples >= most as usize);
        }
    }
    handle = with_room(heap, ring, handle);
    heap::slice_mut(heap, *directory)[place] = handle;
    push(ring, heap::slice_mut(heap, handle), sample);
}

/// Reads an aggregate of a lane.
#[allow(
    clippy::too_many_arguments,
    reason = "each says where the value comes from; a struct would only rename them"
)]
pub fn read(
    heap: &Heap,
    shape: &Shape,
    directory: Word,
    window: &WindowPlan,
    lane: usize,
    (key, bin): (usize, usize),
    now_ns: i64,
    reading: &Reading<'_>,
) -> Word {
    let (place, ring) = shape
        .rings
        .iter()
        .enumerate()
        .find(|(_, ring)| ring.lanes.contains(&lane))
        .expect("every lane of a window with rings is in one");
    let place = key * shape.rings.len() + place;
    let handle = heap::slice(heap, directory).get(place).copied().unwrap_or(0);
    let block = heap::slice(heap, handle);
    let samples = block.get(SAMPLES).map_or(0, |&n| n as usize);
    let accumulator = window.lanes[lane].accumulator;
    if accumulator == Accumulator::Count || reading.aggregate == Aggregate::Count {
        return accumulators::from_count(samples as u64, reading.result);
    }
    if accumulator == Accumulator::Kept {
        let mut kept: Vec<Word> = (0..samples).map(|n| block[sample_at(ring, block, n) + 1]).collect();
        return kept::finish(reading, &mut kept);
    }
    let at_lane = ring.lanes.iter().position(|&l| l == lane).expect("it was found by this lane");
    let (_, offset) = ring.accumulators[at_lane].expect("only counts and kept samples have no words");
    let mut room = Room::new();
    let merged = room.words(accumulator.words() as usize);
    if !block.is_empty() {
        merge_parts(ring, block, accumulator, offset, merged);
    }
    let start_ns = match shape.extent {
        Extent::Trailing { span_ns, .. } => Some(now_ns.saturating_sub(span_ns)),
        _ => None,
    };
    accumulators::finish(accumulator, reading, merged, Span { start_ns, end_ns: now_ns }, bin)
}

/// Gives back everything.
pub fn clear(heap: &mut Heap, shape: &Shape, directory: &mut Word) {
    if *directory != 0 {
        for place in 0..shape.keys * shape.rings.len() {
            let handle = heap::slice(heap, *directory)[place];
            heap::free(heap, handle);
        }
    }
    heap::free(heap, *directory);
    *directory = 0;
}

/// Older part, then newer part, and what was in force before both.
fn merge_parts(ring: &Ring, block: &[Word], accumulator: Accumulator, offset: usize, merged: &mut [Word]) {
    let words = merged.len();
    if block[OLDER] > 0 {
        let at = sample_at(ring, block, 0) + ring.accumulators_at + offset;
        merged.copy_from_slice(&block[at..at + words]);
    }
    accumulators::merge(accumulator, merged, &block[HEAD + offset..HEAD + offset + words]);
    if block[HAS_PRIOR] != 0 {
        let prior = words::to_f64(block[PRIOR]);
        match accumulator {
            Accumulator::Hold => time_weighted::set_prior_hold(merged, prior),
            Accumulator::TimeAbove(level) => time_weighted::set_prior_above(merged, prior, level),
            _ => {}
        }
    }
}

/// How many samples there is room for.
fn room(ring: &Ring, block: &[Word]) -> usize {
    block.len().saturating_sub(HEAD + ring.accumulator_words) / ring.sample_words
}

/// Where sample number `n`, counted from the oldest, lies.
fn sample_at(ring: &Ring, block: &[Word], n: usize) -> usize {
    let place = (block[OLDEST] as usize + n) % room(ring, block);
    HEAD + ring.accumulator_words + place * ring.sample_words
}

/// The ring's block with room for one sample more.
fn with_room(heap: &mut Heap, ring: &Ring, handle: Word) -> Word {
    let head = HEAD + ring.accumulator_words;
    if handle == 0 {
        return heap::alloc(heap, head + FIRST_ROOM * ring.sample_words);
    }
    let block = heap::slice(heap, handle);
    let samples = block[SAMPLES] as usize;
    if samples < room(ring, block) {
        return handle;
    }
    // A ring that turns cannot be copied as it stands: oldest first, into a new block.
    let larger = heap::alloc(heap, block_words_after(ring, samples));
    let old = heap::slice(heap, handle).to_vec();
    let new = heap::slice_mut(heap, larger);
    new[..head].copy_from_slice(&old[..head]);
    new[OLDEST] = 0;
    for n in 0..samples {
        let from = sample_at(ring, &old, n);
        let to = head + n * ring.sample_words;
        new[to..to + ring.sample_words].copy_from_slice(&old[from..from + ring.sample_words]);
    }
    heap::free(heap, handle);
    larger
}

fn block_words_after(ring: &Ring, samples: usize) -> usize {
    HEAD + ring.accumulator_words + (samples + 1) * ring.sample_words
}

/// Appends a sample to the newer part.
fn push(ring: &Ring, block: &mut [Word], sample: Sample) {
    let at = sample_at(ring, block, block[SAMPLES] as usize);
    block[at] = sample.t_ns as Word;
    if ring.arguments > 0 {
        block[at + 1] = sample.x;
    }
    if ring.arguments > 1 {
        block[at + 2] = sample.y;
    }
    block[SAMPLES] += 1;
    for &(accumulator, offset) in ring.accumulators.iter().flatten() {
        let words = accumulator.words() as usize;
        let newer = &mut block[HEAD + offset..HEAD + offset + words];
        accumulators::add(accumulator, newer, sample.t_ns, sample.x, sample.y);
    }
}

/// Drops samples from the oldest on, as long as `is_out` says so of a sample's time and the number of samples.
fn drop_oldest(ring: &Ring, block: &mut [Word], is_out: impl Fn(i64, usize) -> bool) {
    let is_oldest_out = |block: &[Word]| {
        let samples = block[SAMPLES] as usize;
        samples > 0 && is_out(block[sample_at(ring, block, 0)] as i64, samples)
    };
    while block[OLDER] > 0 && is_oldest_out(block) {
        drop_one(ring, block);
        block[OLDER] -= 1;
    }
    if block[OLDER] == 0 && is_oldest_out(block) {
        while is_oldest_out(block) {
            drop_one(ring, block);
        }
        turn(ring, block);
    }
}

fn drop_one(ring: &Ring, block: &mut [Word]) {
    let at = sample_at(ring, block, 0);
    if ring.accumulators_at > ring.arguments && ring.arguments > 0 {
        block[HAS_PRIOR] = 1;
        block[PRIOR] = block[at + 1];
    }
    block[OLDEST] = ((block[OLDEST] as usize + 1) % room(ring, block)) as Word;
    block[SAMPLES] -= 1;
}

/// Makes the newer part, of which there is only plain samples, the older one: from the newest back, every sample's
/// accumulators are its own with the next sample's merged into them.
fn turn(ring: &Ring, block: &mut [Word]) {
    let samples = block[SAMPLES] as usize;
    let mut after = vec![0; ring.accumulator_words];
    let mut here = vec![0; ring.accumulator_words];
    for n in (0..samples).rev() {
        let at = sample_at(ring, block, n);
        let t_ns = block[at] as i64;
        let x = if ring.arguments > 0 { block[at + 1] } else { 0 };
        let y = if ring.arguments > 1 { block[at + 2] } else { 0 };
        here.fill(0);
        for &(accumulator, offset) in ring.accumulators.iter().flatten() {
            let words = offset..offset + accumulator.words() as usize;
            accumulators::add(accumulator, &mut here[words.clone()], t_ns, x, y);
            accumulators::merge(accumulator, &mut here[words.clone()], &after[words]);
        }
        let to = at + ring.accumulators_at;
        block[to..to + ring.accumulator_words].copy_from_slice(&here);
        std::mem::swap(&mut here, &mut after);
    }
    block[OLDER] = samples as Word;
    block[HEAD..HEAD + ring.accumulator_words].fill(0);
}
