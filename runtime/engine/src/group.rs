//! Groups what happens in a round by twin, so that each twin's row is fetched once, and orders it within each.

use crate::moment::Happening;
use std::cmp::Ordering;
use twin_plan::kernel::What;

/// Scratch space of grouping, and where the groups are.
#[derive(Debug, Default)]
pub(crate) struct Grouping {
    /// Afterwards: where the group of each twin ends.
    ends: Vec<u32>,
    grouped: Vec<Happening>,
}

/// Longer groups are sorted by merging.
const INSERTION_MAX: usize = 24;

const NOTHING: Happening = Happening {
    time: 0,
    trigger: 0,
    position: 0,
    stream: 0,
    slot: 0,
    record: 0,
    input: 0,
    what: What::Event,
};

impl Grouping {
    /// The entries, twin by twin, in each in order.
    pub fn group(&mut self, entries: &[Happening], twins: usize) -> Vec<Happening> {
        self.count(twins, entries.iter().map(|entry| entry.slot));
        let mut grouped = self.space(entries.len());
        for entry in entries {
            grouped[self.place(entry.slot)] = *entry;
        }
        for (_, group) in self.groups(&mut grouped) {
            order(group);
        }
        grouped
    }

    /// Finds where each twin's group begins.
    fn count(&mut self, twins: usize, slots: impl Iterator<Item = u32>) {
        self.ends.clear();
        self.ends.resize(twins + 1, 0);
        slots.for_each(|slot| self.ends[slot as usize + 1] += 1);
        let mut sum = 0;
        for end in &mut self.ends {
            sum += *end;
            *end = sum;
        }
    }

    fn space(&mut self, entries: usize) -> Vec<Happening> {
        let mut grouped = std::mem::take(&mut self.grouped);
        // What lies there is written over; only what is missing has to be filled.
        grouped.resize(entries, NOTHING);
        grouped
    }

    /// The next place in a twin's group.
    #[inline]
    fn place(&mut self, slot: u32) -> usize {
        let end = &mut self.ends[slot as usize];
        *end += 1;
        *end as usize - 1
    }

    /// The groups of what was grouped last: where each begins, and its entries.
    fn groups<'a>(
        &'a self,
        grouped: &'a mut [Happening],
    ) -> impl Iterator<Item = (usize, &'a mut [Happening])> {
        let mut rest = grouped;
        let mut begin = 0;
        self.ends[..self.ends.len() - 1].iter().filter_map(move |end| {
            let count = *end as usize - begin;
            let (group, others) = std::mem::take(&mut rest).split_at_mut(count);
            rest = others;
            begin += count;
            (count > 0).then_some((begin - count, group))
        })
    }

    /// Keeps the space for the next round.
    pub fn give_back(&mut self, grouped: Vec<Happening>) {
        self.grouped = grouped;
    }
}

/// Puts the entries of one twin in order. They nearly are.
pub(crate) fn order(entries: &mut [Happening]) {
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
fn compare(a: &Happening, b: &Happening) -> Ordering {
    a.trigger.cmp(&b.trigger).then_with(|| {
        let rank = |e: &Happening| (e.what != What::Read, if e.what == What::Read { 0 } else { e.time });
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

    fn entry(slot: u32, trigger: u64, time: i64, position: u64) -> Happening {
        Happening { time, trigger, position, slot, ..NOTHING }
    }

    #[test]
    fn each_twin_gets_its_own_in_order() {
        let entries = [
            entry(1, 5, 50, 1),
            entry(0, 5, 40, 2),
            entry(1, 5, 45, 3),
            entry(1, 4, 60, 4),
            entry(0, 5, 40, 1),
        ];
        let mut grouping = Grouping::default();
        let grouped = grouping.group(&entries, 3);
        let seen: Vec<_> = grouped.iter().map(|e| (e.slot, e.trigger, e.time, e.position)).collect();
        assert_eq!(seen, [(0, 5, 40, 1), (0, 5, 40, 2), (1, 4, 60, 4), (1, 5, 45, 3), (1, 5, 50, 1)]);
    }

    #[test]
    fn long_groups_come_out_as_short_ones() {
        let mut long: Vec<_> = (0..200).map(|n| entry(0, 200 - n / 3, (n * 7 % 13) as i64, n)).collect();
        let mut expected = long.clone();
        expected.sort_by_key(|e| (e.trigger, e.time, e.position));
        order(&mut long);
        let positions = |entries: &[Happening]| entries.iter().map(|e| e.position).collect::<Vec<_>>();
        assert_eq!(positions(&long), positions(&expected));
    }
}
