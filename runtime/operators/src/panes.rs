//! Windows kept as panes in the row: `each W` in one, `over W every P` in a ring.
//!
//! Pane number p is [p · L, (p + 1) · L) since the epoch and lies at place p mod count. The newest pane takes the
//! samples; those before it are there as well, down to the oldest of the window, though some may be empty.
//!
//! A tick at T reads the panes of [T − W, T) by one merge, however many they are. For that, panes come in blocks of
//! `count`, from each multiple of `count` on, so that a window is the end of one block and the beginning of the next.
//! When a block is full each of its panes takes in those after it, from the newest back: from then on every pane
//! holds its block's end. The beginning of the next block is merged pane by pane behind the ring. So all is merged
//! oldest to newest, and bits depend on the samples and the time alone, not on where a recording begins.
//!
//! While all panes of a window are empty a tick touches none of them: twins that are silent cost next to nothing.
//!
//! ```text
//! place          0     1     2     3     4     5     behind the ring
//! block is full  a..f  b..f  c..f  d..f  e..f  f
//! newest is i    g     h     i     d..f  e..f  f     g h
//! i is over      a tick reads d..f and g h i; then j begins at place 3
//! ```

use crate::accumulators::{self, Span, WORDS_MAX, kept};
use crate::windows::Sample;
use twin_plan::kernel::Heap;
use twin_plan::{Accumulator, Extent, WindowPlan};
use twin_types::Word;

/// Words that say which pane is the newest: where it begins; in a ring also its place, and where the newest of the
/// panes before it began that holds something.
const BEGIN: usize = 0;
const PLACE: usize = 1;
const FILLED: usize = 2;

/// Where the panes of a window are.
#[derive(Clone, Debug, PartialEq)]
pub struct Panes {
    pane_ns: i64,
    count: usize,
    keys: usize,
    newest: usize,
    lanes: Vec<Lane>,
    /// Whether a pane may be more than zeros although nothing came in it.
    is_never_blank: bool,
}

/// Where the accumulators of a lane are: key by key, the ring and what is behind it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Lane {
    accumulator: Accumulator,
    first: usize,
    words: usize,
    words_of_key: usize,
}

impl Panes {
    /// The panes of a window; `None` where it has none.
    pub fn of(window: &WindowPlan) -> Option<Panes> {
        let Extent::Panes { pane_ns, count } = window.extent else { return None };
        let lanes = window.lanes.iter().map(|lane| {
            let accumulator = lane.accumulator;
            let words = accumulator.words() as usize;
            Lane {
                accumulator,
                first: lane.slot.expect("a lane of panes has its accumulators in the row").index(),
                words,
                words_of_key: window.extent.accumulators(accumulator) as usize * words,
            }
        });
        let lanes: Vec<Lane> = lanes.collect();
        let minds_time = |lane: &Lane| {
            lane.accumulator == Accumulator::Kept || accumulators::weighs_time(lane.accumulator)
        };
        Some(Panes {
            pane_ns,
            count: count as usize,
            keys: window.by.map_or(1, |(_, _, keys)| keys as usize),
            newest: window.newest.expect("a window of panes knows its newest").index(),
            is_never_blank: lanes.iter().any(minds_time),
            lanes,
        })
    }

    fn is_ring(&self) -> bool {
        self.count > 1
    }

    /// Where the newest pane begins.
    fn begin(&self, row: &[Word]) -> i64 {
        row[self.newest + BEGIN] as i64
    }

    /// The newest pane's place.
    fn place(&self, row: &[Word]) -> usize {
        if self.is_ring() { row[self.newest + PLACE] as usize } else { 0 }
    }

    /// Whether a time lies in the pane that begins at `begin`.
    fn is_within(&self, begin: i64, t_ns: i64) -> bool {
        (t_ns.wrapping_sub(begin) as u64) < self.pane_ns as u64
    }

    /// Whether the newest pane is the last one before the pane of now.
    fn is_last(&self, row: &[Word], now_ns: i64) -> bool {
        self.is_within(self.begin(row).wrapping_add(self.pane_ns), now_ns)
    }

    /// The newest pane takes no more samples: it is merged with those before it in its block. Gives whether the window
    /// that ends with it is blank: nothing but zeros.
    fn close(&self, row: &mut [Word]) -> bool {
        let place = self.place(row);
        let mut is_filled = self.is_never_blank;
        for lane in &self.lanes {
            if lane.accumulator == Accumulator::Kept {
                continue;
            }
            for key in 0..self.keys {
                let held = &mut row[lane.first + key * lane.words_of_key..][..lane.words_of_key];
                let (ring, behind) = held.split_at_mut(self.count * lane.words);
                let newest = &ring[place * lane.words..][..lane.words];
                if self.is_never_blank || newest[0] != 0 {
                    is_filled = true;
                    accumulators::merge(lane.accumulator, behind, newest);
                }
            }
        }
        if is_filled {
            row[self.newest + FILLED] = row[self.newest + BEGIN];
            return false;
        }
        let since = row[self.newest + BEGIN].wrapping_sub(row[self.newest + FILLED]);
        since > self.pane_ns as u64 * (self.count as u64 - 1)
    }

    /// The pane after the newest, which is closed, begins. Where the window that ended is blank, so are all panes.
    fn begin_next(&self, row: &mut [Word], heap: &mut Heap, is_blank: bool) {
        let (begin, place) = (self.begin(row).wrapping_add(self.pane_ns), self.place(row));
        let is_full = place + 1 == self.count;
        let next = if is_full { 0 } else { place + 1 };
        if !is_blank {
            for lane in &self.lanes {
                for key in 0..self.keys {
                    let held = &mut row[lane.first + key * lane.words_of_key..][..lane.words_of_key];
                    if lane.accumulator == Accumulator::Kept {
                        kept::clear(heap, &mut held[next]);
                        continue;
                    }
                    if is_full {
                        self.fold(lane, held);
                    }
                    empty(lane, held, place, next);
                }
            }
        }
        row[self.newest + BEGIN] = begin as Word;
        row[self.newest + PLACE] = next as Word;
    }

    /// A block is full: each of its panes takes in those after it, and behind the ring the next block begins.
    fn fold(&self, lane: &Lane, held: &mut [Word]) {
        let words = lane.words;
        for place in (0..self.count - 1).rev() {
            let (earlier, later) = held.split_at_mut((place + 1) * words);
            accumulators::merge(lane.accumulator, &mut earlier[place * words..], &later[..words]);
        }
        empty(lane, held, self.count - 1, self.count);
    }

    /// Lets time pass until `t_ns`, which is not before the newest pane, lies in it.
    fn pass(&self, row: &mut [Word], heap: &mut Heap, t_ns: i64) {
        let newest = self.begin(row).div_euclid(self.pane_ns);
        let number = t_ns.div_euclid(self.pane_ns);
        if number.wrapping_sub(newest) as u64 >= self.count as u64 {
            return self.begin_all(row, heap, number);
        }
        for _ in newest..number {
            let is_blank = self.close(row);
            self.begin_next(row, heap, is_blank);
        }
    }

    /// All panes begin anew, as empty as a long time leaves them; pane `number` is the newest.
    fn begin_all(&self, row: &mut [Word], heap: &mut Heap, number: i64) {
        let place = self.place(row);
        for lane in &self.lanes {
            for key in 0..self.keys {
                let held = &mut row[lane.first + key * lane.words_of_key..][..lane.words_of_key];
                match lane.accumulator {
                    Accumulator::Kept => held.iter_mut().for_each(|handle| kept::clear(heap, handle)),
                    _ => empty_all(lane, held, place),
                }
            }
        }
        row[self.newest + BEGIN] = number.wrapping_mul(self.pane_ns) as Word;
        if self.is_ring() {
            row[self.newest + PLACE] = number.rem_euclid(self.count as i64) as Word;
        }
    }

    /// The place of the pane that `t_ns` lies in, which becomes the newest if it is not; `None` where a newer one is.
    ///
    /// Native code looks itself whether it is the newest and calls this only where it is not.
    fn open(&self, row: &mut [Word], heap: &mut Heap, t_ns: i64) -> Option<usize> {
        let begin = self.begin(row);
        if !self.is_within(begin, t_ns) {
            if t_ns < begin {
                return None;
            }
            self.pass(row, heap, t_ns);
        }
        Some(self.place(row))
    }

    /// Takes in a sample.
    pub fn add(&self, row: &mut [Word], heap: &mut Heap, lane: usize, key: usize, sample: Sample<'_>) {
        let Some(place) = self.open(row, heap, sample.t_ns) else { return };
        let Lane { accumulator, first, words, words_of_key } = self.lanes[lane];
        let held = &mut row[first + key * words_of_key + place * words..][..words];
        match accumulator {
            Accumulator::Kept => kept::add(heap, &mut held[0], sample.x, None),
            other => accumulators::add(other, held, &sample),
        }
    }

    /// Empties all panes.
    pub fn clear(&self, row: &mut [Word], heap: &mut Heap) {
        for lane in &self.lanes {
            let held = &mut row[lane.first..][..self.keys * lane.words_of_key];
            match lane.accumulator {
                Accumulator::Kept => held.iter_mut().for_each(|handle| kept::clear(heap, handle)),
                _ => held.fill(0),
            }
        }
    }

    /// Before a window is read at `now_ns`: a ring has the panes before now, and the newest of them is closed.
    pub fn begin_read(&self, row: &mut [Word], heap: &mut Heap, now_ns: i64) -> Reading {
        if !self.is_ring() {
            return if self.is_last(row, now_ns) { Reading::Closed } else { Reading::Blank };
        }
        if !self.is_last(row, now_ns) {
            let last_ns = now_ns.saturating_sub(self.pane_ns);
            if last_ns < self.begin(row) {
                return Reading::Open;
            }
            self.pass(row, heap, last_ns);
        }
        if self.close(row) { Reading::Blank } else { Reading::Closed }
    }

    /// After it has been read: in a ring the pane of now begins, so that its events find it open.
    pub fn end_read(&self, row: &mut [Word], heap: &mut Heap, reading: Reading) {
        if self.is_ring() && reading != Reading::Open {
            self.begin_next(row, heap, reading == Reading::Blank);
        }
    }

    /// The samples that a lane keeps under a key in [now − W, now), oldest first.
    pub fn collect(
        &self,
        row: &[Word],
        heap: &Heap,
        (lane, key): (usize, usize),
        reading: Reading,
        into: &mut Vec<Word>,
    ) {
        let Lane { first, words_of_key, .. } = self.lanes[lane];
        let handles = &row[first + key * words_of_key..][..self.count];
        let place = self.place(row);
        let (earlier, later) = match reading {
            Reading::Blank => return,
            Reading::Closed => (place + 1..self.count, 0..place + 1),
            Reading::Open => (place + 1..self.count, 0..place),
        };
        earlier.chain(later).for_each(|place| kept::collect(heap, handles[place], into));
    }

    /// Merges a lane's accumulators under a key over [now − W, now) into `merged`, which is empty.
    pub fn merge(
        &self,
        row: &[Word],
        (lane, key): (usize, usize),
        (now_ns, reading): (i64, Reading),
        merged: &mut [Word],
    ) {
        let Lane { accumulator, first, words, words_of_key } = self.lanes[lane];
        let held = &row[first + key * words_of_key..][..words_of_key];
        if !self.is_ring() {
            let is_earlier = self.begin(row).saturating_add(self.pane_ns) <= now_ns;
            match reading {
                Reading::Closed => merged.copy_from_slice(held),
                _ if is_earlier => accumulators::carry(accumulator, merged, held),
                _ => {}
            }
            return;
        }
        if reading == Reading::Blank {
            return;
        }
        let (ring, behind) = held.split_at(self.count * words);
        let next = self.place(row) + 1;
        if next == self.count {
            return merged.copy_from_slice(behind);
        }
        merged.copy_from_slice(&ring[next * words..][..words]);
        accumulators::merge(accumulator, merged, behind);
    }

    /// From when to when a window lasts that is read at `now_ns`.
    pub fn span(&self, now_ns: i64) -> Span {
        let end_ns = now_ns.div_euclid(self.pane_ns).wrapping_mul(self.pane_ns);
        let span_ns = self.pane_ns.wrapping_mul(self.count as i64);
        Span { start_ns: Some(end_ns.wrapping_sub(span_ns)), end_ns }
    }
}

/// How a window stands while it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The newest pane is the last of the window, and closed.
    Closed,
    /// The same, and there is nothing in the window.
    Blank,
    /// The pane of now has begun already: the window ends before the newest.
    Open,
}

/// Empties the accumulator at place `at` and tells it what was in force at the end of the pane at place `before`.
fn empty(lane: &Lane, held: &mut [Word], before: usize, at: usize) {
    let words = lane.words;
    if !accumulators::weighs_time(lane.accumulator) {
        return held[at * words..][..words].fill(0);
    }
    let mut earlier = [0; WORDS_MAX];
    earlier[..words].copy_from_slice(&held[before * words..][..words]);
    held[at * words..][..words].fill(0);
    accumulators::carry(lane.accumulator, &mut held[at * words..][..words], &earlier);
}

/// Empties all accumulators and tells each what was in force at the end of the pane at `place`.
fn empty_all(lane: &Lane, held: &mut [Word], place: usize) {
    if !accumulators::weighs_time(lane.accumulator) {
        return held.fill(0);
    }
    let mut earlier = [0; WORDS_MAX];
    earlier[..lane.words].copy_from_slice(&held[place * lane.words..][..lane.words]);
    held.fill(0);
    for pane in held.chunks_exact_mut(lane.words) {
        accumulators::carry(lane.accumulator, pane, &earlier);
    }
}
