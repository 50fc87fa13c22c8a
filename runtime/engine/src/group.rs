//! Groups what happens in a round by twin, so that each twin's row is fetched once, and orders it within each.

use std::cmp::Ordering;
use twin_plan::kernel::{Entry, What};

/// Scratch space of grouping.
#[derive(Debug, Default)]
pub(crate) struct Grouping {
    /// Where the next entry of each twin goes.
    places: Vec<u32>,
    grouped: Vec<Entry>,
}

/// Longer groups are sorted by merging.
const INSERTION_MAX: usize = 24;

impl Grouping {
    /// The entries, twin by twin; in each in order, unless they come in order.
    pub fn group(&mut self, entries: &mut Vec<Entry>, twins: usize, must_order: bool) -> Vec<Entry> {
        let mut grouped = std::mem::take(&mut self.grouped);
        if entries.len() <= 1 {
            std::mem::swap(&mut grouped, entries);
            return grouped;
        }
        self.places.clear();
        self.places.resize(twins + 1, 0);
        for entry in entries.iter() {
            self.places[entry.slot as usize + 1] += 1;
        }
        let mut sum = 0;
        for place in &mut self.places {
            sum += *place;
            *place = sum;
        }
        grouped.clear();
        grouped.resize(entries.len(), entries[0]);
        for entry in entries.iter() {
            let place = &mut self.places[entry.slot as usize];
            grouped[*place as usize] = *entry;
            *place += 1;
        }
        if must_order {
            each_group(&mut grouped, order);
        }
        grouped
    }

    /// Keeps the space for the next round.
    pub fn give_back(&mut self, mut grouped: Vec<Entry>) {
        grouped.clear();
        self.grouped = grouped;
    }
}

/// Calls for the entries of each twin.
fn each_group(entries: &mut [Entry], mut call: impl FnMut(&mut [Entry])) {
    let mut begin = 0;
    while begin < entries.len() {
        let slot = entries[begin].slot;
        let mut end = begin + 1;
        while end < entries.len() && entries[end].slot == slot {
            end += 1;
        }
        call(&mut entries[begin..end]);
        begin = end;
    }
}

/// Puts the entries of one twin in order. They nearly are.
pub(crate) fn order(entries: &mut [Entry]) {
    if entries.len() > INSERTION_MAX {
        entries.sort_by(compare);
        return;
    }
    for at in 1..entries.len() {
        let mut to = at;
        while to > 0 && compare(&entries[to], &entries[to - 1]) == Ordering::Less {
            entries.swap(to, to - 1);
            to -= 1;
        }
    }
}

/// The order of what happens to one twin. At one log position a record is read first; what the position releases or
/// makes due follows by time, events before limits of silence.
fn compare(a: &Entry, b: &Entry) -> Ordering {
    a.trigger.cmp(&b.trigger).then_with(|| {
        let rank = |e: &Entry| (e.what != What::Read, if e.what == What::Read { 0 } else { e.time });
        rank(a)
            .cmp(&rank(b))
            .then((a.what == What::Quiet).cmp(&(b.what == What::Quiet)))
            .then(a.input.cmp(&b.input))
            .then(a.position.cmp(&b.position))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(slot: u32, trigger: u64, time: i64, position: u64) -> Entry {
        Entry { time, trigger, position, stream: 0, slot, record: 0, input: 0, what: What::Event }
    }

    #[test]
    fn each_twin_gets_its_own_in_order() {
        let mut entries = vec![
            entry(1, 5, 50, 1),
            entry(0, 5, 40, 2),
            entry(1, 5, 45, 3),
            entry(1, 4, 60, 4),
            entry(0, 5, 40, 1),
        ];
        let mut grouping = Grouping::default();
        let grouped = grouping.group(&mut entries, 2, true);
        let seen: Vec<_> = grouped.iter().map(|e| (e.slot, e.trigger, e.time, e.position)).collect();
        assert_eq!(seen, [(0, 5, 40, 1), (0, 5, 40, 2), (1, 4, 60, 4), (1, 5, 45, 3), (1, 5, 50, 1)]);
    }

    #[test]
    fn long_groups_come_out_as_short_ones() {
        let mut long: Vec<_> = (0..200).map(|n| entry(0, 200 - n / 3, (n * 7 % 13) as i64, n)).collect();
        let mut expected = long.clone();
        expected.sort_by_key(|e| (e.trigger, e.time, e.position));
        order(&mut long);
        assert_eq!(
            long.iter().map(|e| e.position).collect::<Vec<_>>(),
            expected.iter().map(|e| e.position).collect::<Vec<_>>()
        );
    }
}
