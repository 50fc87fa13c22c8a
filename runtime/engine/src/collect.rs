//! What all shards wrote in a round, in the order in which it is written out.
//!
//! By the log position that made the step happen, then step time, log position of the event (ticks before events,
//! deadlines after them), key, twin type, place in the step. No two records agree in all of these, so the number of
//! shards and of rounds cannot be seen in it.
//!
//! As much of that as goes into one number is packed into it, so that sorting moves little and compares numbers.

use crate::interner::Interner;
use crate::shard::ShardState;
use crate::twin::TwinState;
use std::cmp::Ordering;
use twin_plan::kernel::{BEFORE_EVENTS, BEHIND_EVENTS, OutputHead};

/// A record that a step wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a> {
    pub head: &'a OutputHead,
    pub twin: u32,
    pub shard: u32,
}

/// Where a record is, and its rank among those of the round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    rank: u64,
    /// Which of the shards of all twin types.
    pub shard: u32,
    /// Which of its records.
    at: u32,
}

/// The records of a round, and their order.
#[derive(Debug, Default)]
pub(crate) struct Collecting {
    places: Vec<Place>,
}

/// A shard, with twin type and number.
pub(crate) type Numbered<'a> = (u32, u32, &'a ShardState);

/// The shards of all twin types.
pub(crate) fn shards(twins: &[TwinState]) -> Vec<Numbered<'_>> {
    let mut all = Vec::new();
    for (twin, state) in (0..).zip(twins) {
        all.extend((0..).zip(&state.shards).map(|(number, shard)| (twin, number, shard)));
    }
    all
}

impl Collecting {
    /// Puts all records of the round in order.
    pub fn collect(&mut self, twins: &[TwinState]) {
        self.places.clear();
        let shards = shards(twins);
        let ranking = Ranking::of(shards.iter().flat_map(|(.., state)| &state.outputs.heads));
        for (number, (twin, shard, state)) in (0u32..).zip(&shards) {
            let place = |(at, head): (u32, &OutputHead)| {
                let prefix = || {
                    let (keys, slot) = keys(&Written { head, twin: *twin, shard: *shard }, twins);
                    keys.prefix(slot)
                };
                Place { rank: ranking.rank(head, prefix), shard: number, at }
            };
            self.places.extend((0u32..).zip(&state.outputs.heads).map(place));
        }
        self.places
            .sort_unstable_by(|a, b| a.rank.cmp(&b.rank).then_with(|| among_equals(a, b, &shards, twins)));
    }

    /// Where the records are, in order.
    pub fn in_order(&self) -> &[Place] {
        &self.places
    }
}

impl Place {
    /// The record.
    pub fn written<'a>(&self, shards: &[Numbered<'a>]) -> Written<'a> {
        let (twin, shard, state) = shards[self.shard as usize];
        Written { head: &state.outputs.heads[self.at as usize], twin, shard }
    }
}

/// The whole order, for records whose ranks are the same.
#[inline(never)]
fn among_equals(a: &Place, b: &Place, shards: &[Numbered<'_>], twins: &[TwinState]) -> Ordering {
    let (first, second) = (a.written(shards), b.written(shards));
    // `BEFORE_EVENTS` wraps around to the front.
    let moment = |head: &OutputHead| (head.trigger, head.time, head.position.wrapping_add(1));
    let key = |written: &Written<'_>| {
        let (keys, slot) = keys(written, twins);
        keys.text(slot)
    };
    moment(first.head)
        .cmp(&moment(second.head))
        .then_with(|| key(&first).cmp(key(&second)))
        // Records of one twin type, shard and key stand in the order of writing; the rest is decided before that.
        .then((a.shard, a.at).cmp(&(b.shard, b.at)))
}

/// How the order of records is packed into a number: from the highest bits down the trigger, the time, whether they come
/// before events or behind them, and the beginning of the key. What does not fit is left out, with all that follows.
#[derive(Clone, Copy, Debug, Default)]
struct Ranking {
    trigger: u64,
    trigger_bits: u32,
    time: i64,
    /// All times lie a multiple of it behind the first.
    unit: Unit,
    time_bits: u32,
    /// Bits of the time that do not fit.
    time_lost: u32,
}

/// Bits for the place before, among or behind events.
const CLASS_BITS: u32 = 2;

impl Ranking {
    fn of<'a>(heads: impl Iterator<Item = &'a OutputHead> + Clone) -> Ranking {
        let Some(first) = heads.clone().next() else { return Ranking::default() };
        let mut triggers = (first.trigger, first.trigger);
        let mut times = (first.time, first.time);
        for head in heads.clone() {
            triggers = (triggers.0.min(head.trigger), triggers.1.max(head.trigger));
            times = (times.0.min(head.time), times.1.max(head.time));
        }
        let trigger_bits = bits(triggers.1 - triggers.0);
        // At the end of a run everything happens at one position and, mostly, at round times.
        let unit = match trigger_bits {
            0 => heads.fold(0, |unit, head| common(unit, head.time.abs_diff(times.0))).max(1),
            _ => 1,
        };
        let time_bits = bits(times.1.abs_diff(times.0) / unit);
        let kept = time_bits.min(64 - trigger_bits);
        Ranking {
            trigger: triggers.0,
            trigger_bits,
            time: times.0,
            unit: Unit::of(unit),
            time_bits: kept,
            time_lost: time_bits - kept,
        }
    }

    #[inline]
    fn rank(&self, head: &OutputHead, key: impl FnOnce() -> u64) -> u64 {
        let (mut rank, mut left) = (0, 64);
        let mut put = |value: u64, bits: u32| {
            if bits > 0 {
                left -= bits;
                rank |= value << left;
            }
            left
        };
        put(head.trigger - self.trigger, self.trigger_bits);
        let since = self.unit.count(head.time.abs_diff(self.time));
        let left = put(since.checked_shr(self.time_lost).unwrap_or(0), self.time_bits);
        if self.time_lost > 0 || left < CLASS_BITS {
            return rank;
        }
        let left = put(class(head), CLASS_BITS);
        // An event's position decides before its key does.
        if left > 0 && class(head) != OF_EVENT { rank | key() >> (64 - left) } else { rank }
    }
}

/// Whether a record comes before, among or behind the events of its time.
#[inline]
fn class(head: &OutputHead) -> u64 {
    match head.position {
        BEFORE_EVENTS => 0,
        BEHIND_EVENTS => 2,
        _ => OF_EVENT,
    }
}

/// The class of events' own steps.
const OF_EVENT: u64 = 1;

/// A number of which others are multiples, and how often it is in them: multiplied by the inverse of its odd part modulo
/// 2^64, which costs less than a division.
#[derive(Clone, Copy, Debug)]
struct Unit {
    zeros: u32,
    inverse: u64,
}

impl Default for Unit {
    fn default() -> Unit {
        Unit::of(1)
    }
}

impl Unit {
    fn of(unit: u64) -> Unit {
        let zeros = unit.trailing_zeros();
        let odd = unit >> zeros;
        // Newton's iteration doubles the bits that are right, of which there are three at first.
        let inverse =
            (0..5).fold(odd, |inverse, _| inverse.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(inverse))));
        Unit { zeros, inverse }
    }

    #[inline]
    fn count(self, multiple: u64) -> u64 {
        (multiple >> self.zeros).wrapping_mul(self.inverse)
    }
}

fn bits(largest: u64) -> u32 {
    64 - largest.leading_zeros()
}

/// The greatest common divisor.
fn common(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The keys of the twin type that wrote a record, and which of them it is.
pub(crate) fn keys<'a>(written: &Written<'_>, twins: &'a [TwinState]) -> (&'a Interner, u32) {
    let twin = &twins[written.twin as usize];
    (&twin.keys, written.head.slot * twin.shards.len() as u32 + written.shard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Numbers;
    use twin_plan::OutputId;

    fn head(trigger: u64, time: i64, position: u64) -> OutputHead {
        OutputHead { trigger, time, position, slot: 0, place: 0, output: OutputId(0), first: 0, words: 0 }
    }

    /// Ranks never contradict the order, and tell apart what they have room for.
    fn check(heads: &[(OutputHead, u64)]) -> usize {
        let ranking = Ranking::of(heads.iter().map(|(head, _)| head));
        let of = |(head, key): &(OutputHead, u64)| {
            let key = if head.is_of_event() { 0 } else { *key };
            (head.trigger, head.time, head.position.wrapping_add(1), key)
        };
        let mut equal = 0;
        for a in heads {
            for b in heads {
                let ranks = ranking.rank(&a.0, || a.1).cmp(&ranking.rank(&b.0, || b.1));
                assert!(ranks == Ordering::Equal || ranks == of(a).cmp(&of(b)), "{a:?} {b:?}");
                equal += usize::from(ranks == Ordering::Equal && of(a) != of(b));
            }
        }
        equal
    }

    #[test]
    fn ranks_never_contradict_the_order() {
        let mut numbers = Numbers(1);
        for (triggers, times) in [(1, 1), (1, 30), (1000, 1 << 40), (u64::MAX, u64::MAX), (1 << 62, 5)] {
            let heads: Vec<_> = (0..60)
                .map(|_| {
                    let position = match numbers.next(3) {
                        0 => BEFORE_EVENTS,
                        1 => BEHIND_EVENTS,
                        _ => numbers.next(5),
                    };
                    let time = numbers.next(times).wrapping_add(1 << 63) as i64;
                    (head(numbers.next(triggers), time, position), numbers.next(u64::MAX))
                })
                .collect();
            check(&heads);
        }
        assert_eq!(check(&[]), 0);
        let minutes = |n: i64| (head(7, n * 60_000_000_000, BEFORE_EVENTS), u64::from_be_bytes(*b"car-1234"));
        assert_eq!(check(&[minutes(1), minutes(3), minutes(2), minutes(40)]), 0);
    }

    #[test]
    fn multiples_are_counted() {
        for unit in [1, 2, 3, 7, 10, 60_000_000_000, 1 << 62, u64::MAX] {
            for count in [0, 1, 2, 3, 1_000_003, u64::MAX / unit] {
                if let Some(multiple) = unit.checked_mul(count) {
                    assert_eq!(Unit::of(unit).count(multiple), count, "{count} times {unit}");
                }
            }
        }
    }
}
