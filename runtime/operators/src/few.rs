//! A trailing window's samples in the row, while they are few: see [`twin_plan::few`].

use crate::accumulators::extremes;
use crate::windows::Sample;
use twin_plan::few::{Edge, PLACES};
use twin_plan::{Few, Slot, few};
use twin_types::{Word, words};

const MANY: usize = PLACES as usize;

/// Adds a sample, if there is room.
pub(crate) fn add(places: Few, row: &mut [Word], edge: Edge, sample: &Sample<'_>) -> bool {
    let next = row[places.next().index()] as usize;
    let time = &mut row[places.times().index() + next];
    if *time as i64 >= edge.at(sample.t_ns) {
        return false;
    }
    *time = sample.t_ns as Word;
    row[places.samples().index() + next] = sample.x;
    row[places.next().index()] = ((next + 1) % MANY) as Word;
    true
}

/// Takes out all samples, oldest first. There is one in every place.
pub(crate) fn take(places: Few, row: &mut [Word]) -> [Sample<'static>; MANY] {
    let next = row[places.next().index()] as usize;
    let taken = std::array::from_fn(|n| sample(places, row, (next + n) % MANY));
    clear(places, row);
    taken
}

/// Empties all places.
pub(crate) fn clear(places: Few, row: &mut [Word]) {
    let first = places.next().index();
    row[first..first + few::WORDS as usize].copy_from_slice(&few::at_first());
}

/// What is in the places from a time on.
pub(crate) struct Contents<'a> {
    pub places: Few,
    pub row: &'a [Word],
    pub edge: i64,
}

impl Contents<'_> {
    /// The samples in the window, in the order of their places.
    pub fn samples(&self) -> impl Iterator<Item = Sample<'static>> + '_ {
        let samples = (0..MANY).map(|place| sample(self.places, self.row, place));
        samples.filter(|sample| sample.t_ns >= self.edge)
    }

    /// Adds all of them to an accumulator of extremes.
    pub fn merge(&self, into: &mut [Word]) {
        self.samples().for_each(|sample| extremes::add_min_max(into, words::to_f64(sample.x)));
    }
}

fn sample(places: Few, row: &[Word], place: usize) -> Sample<'static> {
    let word = |from: Slot| row[from.index() + place];
    Sample { t_ns: word(places.times()) as i64, x: word(places.samples()), y: 0, text: &[] }
}
