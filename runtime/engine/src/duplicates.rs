//! `duplicates: first` and `last`: of events with equal time in one twin and input, one is kept.
//!
//! Where `input … by` gathers records of several keys in a twin, only records of one of them are one another's
//! duplicates: two turbines of a farm may well speak at the same moment.

use crate::moment::Happening;
use crate::prepare::Topic;
use crate::shard::Surroundings;
use crate::stream::NOT_STARTED;
use std::collections::BTreeSet;
use twin_plan::Duplicates;
use twin_plan::kernel::What;

/// What a shard remembers of its events' times.
#[derive(Default)]
pub(crate) struct Repeats {
    /// Time of the last event, by input and twin, where the first is kept.
    pub last_times: Vec<Vec<i64>>,
    /// The sources' own keys of the events of that time, in order, where an input gathers several.
    pub keys_then: Vec<Vec<Vec<SourceKey>>>,
    /// Events dropped so far.
    pub dropped: u64,
}

/// The key that a record has in its source; records without one are alike. Where it is the twin's too it is not asked
/// for.
type SourceKey = Option<String>;

impl Repeats {
    /// Of a twin type with so many inputs.
    pub fn new(inputs: usize) -> Repeats {
        Repeats { last_times: vec![Vec::new(); inputs], keys_then: vec![Vec::new(); inputs], dropped: 0 }
    }

    /// Makes room for twins that are new.
    pub fn resize(&mut self, around: &Surroundings<'_>) {
        for (input, kind) in around.form.duplicates.iter().enumerate() {
            if *kind == Duplicates::First {
                self.last_times[input].resize(around.twins, NOT_STARTED);
                if around.twin.inputs[input].by.is_some() {
                    self.keys_then[input].resize(around.twins, Vec::new());
                }
            }
        }
    }

    /// Keeps the first or the last of events with equal time.
    ///
    /// `last` looks at events that are applied together: one that was applied before its like was read stays.
    pub fn drop_from(&mut self, ordered: &mut Vec<Happening>, around: &Surroundings<'_>) {
        let mut is_kept = Vec::with_capacity(ordered.len());
        for together in ordered.chunk_by(are_together) {
            let has_later = has_later(together, around);
            is_kept.extend(together.iter().zip(has_later).map(|(one, has_later)| {
                one.what != What::Event
                    || match around.form.duplicates[one.input as usize] {
                        Duplicates::Keep => true,
                        Duplicates::First => !self.is_again(one, around),
                        Duplicates::Last => !has_later,
                    }
            }));
        }
        let before = ordered.len();
        let mut is_kept = is_kept.into_iter();
        ordered.retain(|_| is_kept.next().unwrap_or(true));
        self.dropped += (before - ordered.len()) as u64;
    }

    /// Whether there was an event of this time and key before.
    fn is_again(&mut self, one: &Happening, around: &Surroundings<'_>) -> bool {
        let (input, slot) = (one.input as usize, one.slot as usize);
        let last = &mut self.last_times[input][slot];
        let is_same_time = *last == one.time && *last != NOT_STARTED;
        let is_new_time = one.time > *last;
        *last = (*last).max(one.time);
        let Some(keys) = self.keys_then[input].get_mut(slot) else { return is_same_time };
        if is_new_time {
            keys.clear();
        }
        if !is_new_time && !is_same_time {
            return false;
        }
        let key = source_key(one, around);
        match keys.binary_search(&key) {
            Ok(_) => true,
            Err(place) => {
                keys.insert(place, key);
                false
            }
        }
    }
}

/// Whether two neighbours have one twin and time, and are applied together.
fn are_together(one: &Happening, next: &Happening) -> bool {
    (one.slot, one.trigger, one.time) == (next.slot, next.trigger, next.time)
}

/// For each of the events that are applied together whether a later one has its input and key.
fn has_later(together: &[Happening], around: &Surroundings<'_>) -> Vec<bool> {
    let mut has_later = vec![false; together.len()];
    if together.len() == 1 {
        return has_later;
    }
    let mut seen = BTreeSet::new();
    for (at, one) in together.iter().enumerate().rev() {
        if one.what == What::Event && around.form.duplicates[one.input as usize] == Duplicates::Last {
            has_later[at] = !seen.insert((one.input, source_key(one, around)));
        }
    }
    has_later
}

/// The source's own key of an event, where its input gathers records of several.
fn source_key(one: &Happening, around: &Surroundings<'_>) -> SourceKey {
    let input = &around.twin.inputs[one.input as usize];
    input.by?;
    let topic = Topic::source(around.plan, input.source as usize, true);
    let rows = around.events.inputs[one.input as usize].rows;
    topic.key_of(rows, one.record as usize).map(|key| key.text(&rows.chunk.batch))
}
