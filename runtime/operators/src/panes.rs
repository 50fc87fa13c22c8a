//! Windows kept as a ring of panes in the row: `over W every P`, `each W`.
//!
//! Pane number p is [p · L, (p + 1) · L) since the epoch and lies at place p mod count; its stamp says which one is
//! there. A tick at T reads the panes of [T − W, T), oldest to newest. Ticks come before events of their time, so a
//! ring of exactly as many panes as the window has never lacks one.

use crate::accumulators::{self, Span, WORDS_MAX, kept};
use crate::windows::Sample;
use twin_plan::kernel::Heap;
use twin_plan::layout::NEVER;
use twin_plan::{Accumulator, Extent, WindowPlan};
use twin_types::Word;

fn extent(window: &WindowPlan) -> (i64, usize) {
    match window.extent {
        Extent::Panes { pane_ns, count } => (pane_ns, count as usize),
        _ => unreachable!("only windows of panes come here"),
    }
}

fn stamps_at(window: &WindowPlan) -> usize {
    window.stamps.expect("a window of panes has stamps").index()
}

/// First word of the accumulator of a lane, a key and a place in the ring.
pub fn accumulator_at(window: &WindowPlan, lane: usize, key: usize, place: usize) -> usize {
    let (_, count) = extent(window);
    let lane = &window.lanes[lane];
    let first = lane.slot.expect("a lane of panes has its accumulators in the row").index();
    first + (key * count + place) * lane.accumulator.words() as usize
}

/// The place of the pane that `t_ns` lies in, opened if it is not; `None` where a newer pane is already there.
///
/// Native code compares the stamp itself and calls this only where it differs.
pub fn open(row: &mut [Word], heap: &mut Heap, window: &WindowPlan, t_ns: i64) -> Option<usize> {
    let (pane_ns, count) = extent(window);
    let pane = t_ns.div_euclid(pane_ns);
    let place = pane.rem_euclid(count as i64) as usize;
    let stamps = stamps_at(window);
    let stamp = row[stamps + place] as i64;
    if stamp == pane {
        return Some(place);
    }
    if stamp != NEVER && stamp > pane {
        return None;
    }
    let before = newest_before(row, window, pane);
    let keys = window.by.map_or(1, |(_, _, keys)| keys as usize);
    for lane in 0..window.lanes.len() {
        for key in 0..keys {
            begin(row, heap, window, lane, key, place, before);
        }
    }
    row[stamps + place] = pane as Word;
    Some(place)
}

/// The place of the newest pane before `pane`.
fn newest_before(row: &[Word], window: &WindowPlan, pane: i64) -> Option<usize> {
    let (_, count) = extent(window);
    let stamps = &row[stamps_at(window)..][..count];
    (0..count)
        .filter(|&place| stamps[place] as i64 != NEVER && (stamps[place] as i64) < pane)
        .max_by_key(|&place| stamps[place] as i64)
}

/// Empties an accumulator for a new pane and tells it what was in force before.
fn begin(
    row: &mut [Word],
    heap: &mut Heap,
    window: &WindowPlan,
    lane: usize,
    key: usize,
    place: usize,
    before: Option<usize>,
) {
    let accumulator = window.lanes[lane].accumulator;
    let words = accumulator.words() as usize;
    let at = accumulator_at(window, lane, key, place);
    if accumulator == Accumulator::Kept {
        kept::clear(heap, &mut row[at]);
        return;
    }
    let mut earlier = [0; WORDS_MAX];
    let carried = before.filter(|_| accumulators::weighs_time(accumulator));
    if let Some(before) = carried {
        let from = accumulator_at(window, lane, key, before);
        earlier[..words].copy_from_slice(&row[from..from + words]);
    }
    row[at..at + words].fill(0);
    if carried.is_some() {
        accumulators::carry(accumulator, &mut row[at..at + words], &earlier);
    }
}

/// Takes in a sample.
pub fn add(row: &mut [Word], heap: &mut Heap, window: &WindowPlan, lane: usize, key: usize, sample: Sample) {
    let Some(place) = open(row, heap, window, sample.t_ns) else { return };
    let accumulator = window.lanes[lane].accumulator;
    let at = accumulator_at(window, lane, key, place);
    match accumulator {
        Accumulator::Kept => kept::add(heap, &mut row[at], sample.x, None),
        other => {
            let held = &mut row[at..at + other.words() as usize];
            accumulators::add(other, held, sample.t_ns, sample.x, sample.y);
        }
    }
}

/// Empties all panes.
pub fn clear(row: &mut [Word], heap: &mut Heap, window: &WindowPlan) {
    let (_, count) = extent(window);
    let keys = window.by.map_or(1, |(_, _, keys)| keys as usize);
    for place in 0..count {
        for lane in 0..window.lanes.len() {
            for key in 0..keys {
                begin(row, heap, window, lane, key, place, None);
            }
        }
    }
    row[stamps_at(window)..][..count].fill(NEVER as Word);
}

/// From when to when a window lasts that is read at `now_ns`.
pub fn span(pane_ns: i64, count: u32, now_ns: i64) -> Span {
    let end = now_ns.div_euclid(pane_ns);
    let begin = end.saturating_sub(i64::from(count));
    Span { start_ns: Some(begin.wrapping_mul(pane_ns)), end_ns: end.wrapping_mul(pane_ns) }
}

/// The number of the first pane of [now − W, now), and the places of those that are there, oldest first.
fn places<'a>(
    row: &'a [Word],
    window: &WindowPlan,
    now_ns: i64,
) -> (i64, impl Iterator<Item = usize> + use<'a>) {
    let (pane_ns, count) = extent(window);
    let stamps = &row[stamps_at(window)..][..count];
    let end = now_ns.div_euclid(pane_ns);
    let begin = end.saturating_sub(count as i64);
    let first = begin.rem_euclid(count as i64) as usize;
    let in_ring = (first..count).chain(0..first);
    let there = (begin..end).zip(in_ring).filter(|&(pane, place)| stamps[place] as i64 == pane);
    (begin, there.map(|(_, place)| place))
}

/// The samples that a lane keeps under a key in [now − W, now), oldest first.
pub fn collect(
    row: &[Word],
    heap: &Heap,
    window: &WindowPlan,
    lane: usize,
    key: usize,
    now_ns: i64,
    into: &mut Vec<Word>,
) {
    for place in places(row, window, now_ns).1 {
        kept::collect(heap, row[accumulator_at(window, lane, key, place)], into);
    }
}

/// Merges a lane's accumulators under a key over [now − W, now) into `merged`, which is empty.
pub fn merge(row: &[Word], window: &WindowPlan, lane: usize, key: usize, now_ns: i64, merged: &mut [Word]) {
    let accumulator = window.lanes[lane].accumulator;
    let words = accumulator.words() as usize;
    let (begin, places) = places(row, window, now_ns);
    let mut is_empty = true;
    for place in places {
        let at = accumulator_at(window, lane, key, place);
        accumulators::merge(accumulator, merged, &row[at..at + words]);
        is_empty = false;
    }
    if is_empty
        && accumulators::weighs_time(accumulator)
        && let Some(before) = newest_before(row, window, begin)
    {
        let at = accumulator_at(window, lane, key, before);
        accumulators::carry(accumulator, merged, &row[at..at + words]);
    }
}
