//! One twin type: its keys, its shards, and how records of the log come to them.

use crate::exprs::{RecordScope, evaluate};
use crate::intake::{Intake, TopicLog};
use crate::interner::{Interner, Key, NO_SLOT};
use crate::log::{Reject, RejectReason};
use crate::prepare::{Prepared, Topic};
use crate::round::{Record, Records, SetAside};
use crate::shape::Shape;
use crate::shard::{Form, ShardState};
use crate::stream::Reached;
use crate::tables::TableStore;
use crate::wire::decoded;
use twin_plan::kernel::{Keys, OwnRow};
use twin_plan::{Input, NodeKind, Plan, TwinPlan};
use twin_types::{Scalar, Word, words};

/// A twin type as it runs.
pub(crate) struct TwinState {
    /// Its place in the plan.
    pub at: usize,
    pub form: Form,
    /// Its keys; slots go to shards in turn.
    pub keys: Interner,
    pub shards: Vec<ShardState>,
    /// For each table read by the twin's own key: that key there, by slot.
    pub own: Vec<Vec<u32>>,
    /// Slots of this round's records, by input, in the order of [`Intake::records`] of its source; [`NO_SLOT`] where a
    /// record has no key for it.
    pub slots: Vec<Vec<u32>>,
    /// Whether there is a [`NO_SLOT`] among them.
    pub has_keyless: bool,
    /// An earlier twin type whose records always come by the same keys, so that they have the same slots.
    pub like: Option<usize>,
    /// The twin type whose entries it shares: itself, or an earlier one.
    pub leader: usize,
    /// Twins made in this round: the first log position that speaks of them.
    pub made: Vec<Reached>,
}

impl TwinState {
    pub fn new(plan: &Plan, at: usize, shards: usize) -> TwinState {
        let twin = &plan.twins[at];
        TwinState {
            at,
            form: Form::new(plan, twin),
            keys: Interner::default(),
            shards: (0..shards).map(|_| ShardState::new(plan, twin)).collect(),
            own: vec![Vec::new(); plan.tables.len()],
            slots: vec![Vec::new(); twin.inputs.len()],
            has_keyless: false,
            like: like(plan, at),
            leader: leader(plan, at),
            made: Vec::new(),
        }
    }

    /// Brings the round's records to the twins that they are for, and makes those that are new.
    pub fn take_round(
        &mut self,
        plan: &Plan,
        intake: &Intake,
        tables: &TableStore,
        before: &[TwinState],
        set_aside: &mut Vec<SetAside>,
    ) {
        let twin = &plan.twins[self.at];
        self.begin_round();
        self.note_table_keys(twin, intake, tables);
        let like = self.like.map(|at| &before[at]);
        if let Some(other) = like {
            self.follow_keys(twin, other, tables);
        }
        for (number, input) in twin.inputs.iter().enumerate() {
            let source = input.source as usize;
            let records = intake.records(source);
            let log = &intake.sources[source];
            let route = Route { plan, twin, number, input, log, rows: log.rows() };
            match like {
                // A record without a key is set aside for each of them.
                Some(other) if other.has_keyless => {
                    let keyless =
                        records.iter().zip(&other.slots[number]).filter(|(_, slot)| **slot == NO_SLOT);
                    let topic = Topic::source(plan, source, true);
                    set_aside.extend(keyless.map(|(record, _)| route.keyless(&topic, &record)));
                }
                Some(_) => {}
                None => {
                    self.take_input(&route, records, tables, set_aside);
                }
            }
        }
        if !twin.silences.is_empty() {
            self.start_silences();
        }
        self.find_own_rows(twin, tables, intake.round.begin);
    }

    /// Looks up the tables' rows under the twins' own keys, as far as they may have changed.
    fn find_own_rows(&mut self, twin: &TwinPlan, tables: &TableStore, begin: u64) {
        let shards = self.shards.len();
        for at in twin.tables.iter().filter(|table| table.own_key).map(|table| table.table as usize) {
            let table = &tables.tables[at];
            let row_of = |slot: usize| match self.own[at][slot] {
                NO_SLOT => OwnRow::ASK,
                key => table.own_row(key, begin),
            };
            let known: usize = self.shards.iter().map(|shard| shard.own_rows[at].len()).sum();
            let changed = table.changed();
            // Where most of it is new, keys need not be looked up.
            let is_new = changed.len() * 8 > known;
            let slots = changed.filter(|_| !is_new).filter_map(|key| self.keys.find_of(&table.keys, key));
            let slots = slots.map(|slot| slot as usize).filter(|slot| *slot < known);
            for slot in slots.chain(if is_new { 0..known } else { 0..0 }) {
                self.shards[slot % shards].own_rows[at][slot / shards] = row_of(slot);
            }
            for slot in known..self.keys.len() {
                self.shards[slot % shards].own_rows[at].push(row_of(slot));
            }
        }
    }

    /// Takes over what another twin type found out about the same keys.
    fn follow_keys(&mut self, twin: &TwinPlan, other: &TwinState, tables: &TableStore) {
        let known = self.keys.len() as u32;
        for (n, at) in (0..).zip(&other.made) {
            self.keys.intern(other.keys.text(known + n));
            self.make(twin, n, *at, tables);
        }
        self.has_keyless = other.has_keyless;
        if self.leader == self.at {
            self.slots.clone_from(&other.slots);
        }
    }

    /// Forgets what the last round brought.
    pub fn begin_round(&mut self) {
        self.made.clear();
        self.has_keyless = false;
        self.slots.iter_mut().for_each(Vec::clear);
    }

    /// Limits of silence of new twins start where the log first speaks of them.
    fn start_silences(&mut self) {
        let shards = self.shards.len();
        let first = self.keys.len() - self.made.len();
        for (slot, at) in (first..).zip(&self.made) {
            self.shards[slot % shards].silences.made.push(((slot / shards) as u32, *at));
        }
    }

    fn take_input(
        &mut self,
        route: &Route<'_>,
        records: Records<'_>,
        tables: &TableStore,
        set_aside: &mut Vec<SetAside>,
    ) {
        let computed = route.computed_keys(records);
        let topic = Topic::source(route.plan, route.input.source as usize, true);
        let (ty, names) = route.key_form(&topic);
        let column = route.key_column(&topic);
        let batch = &route.rows.chunk.batch;
        let known = (self.keys.len() - self.made.len()) as u32;
        let mut slots = std::mem::take(&mut self.slots[route.number]);
        if ty == Scalar::String {
            self.keys.begin_batch();
        }
        if computed.is_none() && matches!(ty, Scalar::Int | Scalar::Timestamp | Scalar::Duration) {
            self.take_known_numbers(column, records, known, &mut slots);
        }
        // Passing over records costs something too, so that is done only where some are left.
        let left = if slots.len() == records.len() { Records::default() } else { records };
        for (n, record) in left.iter().enumerate().skip(slots.len()) {
            let word = computed.as_ref().map_or_else(|| column[record.row as usize], |words| words[n]);
            let Some(key) = Key::of_word(word, ty, names, &route.plan.texts) else {
                set_aside.push(route.keyless(&topic, &record));
                self.has_keyless = true;
                slots.push(NO_SLOT);
                continue;
            };
            let slot = key.intern(&mut self.keys, batch);
            if slot >= known {
                let at = Reached { position: record.position, stream: record.stream };
                self.make(route.twin, slot - known, at, tables);
            }
            slots.push(slot);
        }
        self.slots[route.number] = slots;
    }

    /// The slots of records whose keys are numbers, as far as they were known before the round: most of all keys are.
    fn take_known_numbers(&self, column: &[Word], records: Records<'_>, known: u32, slots: &mut Vec<u32>) {
        slots.reserve(records.len());
        for words in records.streaks.iter().flat_map(|streak| column[streak.range()].chunks(256)) {
            let begin = slots.len();
            slots.extend(
                words.iter().map(|word| self.keys.known_int(words::to_i64(*word)).unwrap_or(NO_SLOT)),
            );
            // Looked at all together, since it is hardly ever so.
            if slots[begin..].iter().fold(false, |any, slot| any | (*slot >= known)) {
                let new = slots[begin..].iter().position(|slot| *slot >= known);
                return slots.truncate(begin + new.unwrap_or(0));
            }
        }
    }

    /// Keys that are new to tables: a twin for each where the program says so, and who has them as own key.
    fn note_table_keys(&mut self, twin: &TwinPlan, intake: &Intake, tables: &TableStore) {
        let known = (self.keys.len() - self.made.len()) as u32;
        for new in &intake.round.new_keys {
            let text = tables.tables[new.table as usize].keys.text(new.key);
            let slot = if twin.for_each == Some(new.table) {
                let slot = self.keys.intern(text);
                if slot >= known {
                    let at = Reached { position: new.position, stream: new.stream };
                    self.make(twin, slot - known, at, tables);
                }
                slot
            } else {
                let keys = &tables.tables[new.table as usize].keys;
                let Some(slot) = self.keys.find_of(keys, new.key) else { continue };
                slot
            };
            if let Some(own) = self.own[new.table as usize].get_mut(slot as usize) {
                *own = new.key;
            }
        }
    }

    /// Makes the `n`th new twin of the round, unless that was done; inputs are looked at one after the other, so it may
    /// turn out that the log spoke of it before.
    fn make(&mut self, twin: &TwinPlan, n: u32, at: Reached, tables: &TableStore) {
        if let Some(made) = self.made.get_mut(n as usize) {
            if at.position < made.position {
                *made = at;
            }
            return;
        }
        self.made.push(at);
        let slot = self.keys.len() as u32 - 1;
        for table in twin.tables.iter().filter(|t| t.own_key) {
            let key = tables.tables[table.table as usize].keys.find_of(&self.keys, slot);
            self.own[table.table as usize].push(key.unwrap_or(NO_SLOT));
        }
    }

    /// How many events of a source wait, and the greatest age of a row that one of them needs.
    pub fn waiting(&self, plan: &Plan, source: usize, age: impl Fn(u32) -> u32) -> (usize, u32) {
        let (pending, queued) = self.waits_for(plan, source);
        let (mut count, mut oldest) = (0, 0);
        for shard in &self.shards {
            for one in shard.pending.iter().filter(|one| pending[one.input as usize]) {
                (count, oldest) = (count + 1, oldest.max(age(one.row)));
            }
            if queued {
                let calendar = &shard.queue.calendar;
                count += calendar.len();
                oldest = calendar.oldest_rows().map(&age).fold(oldest, u32::max);
            }
        }
        (count, oldest)
    }

    /// Numbers of the rows of a source that waiting events need.
    pub fn waiting_rows(&self, plan: &Plan, source: usize) -> impl Iterator<Item = u32> {
        let (pending, queued) = self.waits_for(plan, source);
        self.shards.iter().flat_map(move |shard| {
            let pending = shard.pending.iter().filter({
                let pending = pending.clone();
                move |one| pending[one.input as usize]
            });
            let queued = shard.queue.calendar.iter().filter(move |_| queued);
            pending.map(|one| one.row).chain(queued.map(|waiting| waiting.row))
        })
    }

    /// The rows of a source have new numbers.
    pub fn renumber(&mut self, plan: &Plan, source: usize, number: impl Fn(u32) -> u32) {
        let (pending, queued) = self.waits_for(plan, source);
        for shard in &mut self.shards {
            for one in shard.pending.iter_mut().filter(|one| pending[one.input as usize]) {
                one.row = number(one.row);
            }
            if queued {
                shard.queue.calendar.rows_mut().for_each(|row| *row = number(*row));
            }
        }
    }

    /// Of which inputs events are of a source, and whether those that wait in the queue are.
    fn waits_for(&self, plan: &Plan, source: usize) -> (Vec<bool>, bool) {
        let inputs = &plan.twins[self.at].inputs;
        let pending: Vec<_> = inputs.iter().map(|input| input.source as usize == source).collect();
        let queued = pending.first().copied().unwrap_or(false);
        (pending, queued)
    }
}

/// How many of so many twins a shard has.
pub(crate) fn twins_of(twins: usize, shard: usize, shards: usize) -> usize {
    (twins + shards - 1 - shard) / shards
}

/// The first twin type before this one whose keys come from the same places; it is like no other itself.
fn like(plan: &Plan, at: usize) -> Option<usize> {
    (0..at).find(|before| has_same_keys(plan, *before, at))
}

/// The first twin type to which the same happens in the same order.
fn leader(plan: &Plan, at: usize) -> usize {
    let is_queued = |at: usize| Form::new(plan, &plan.twins[at]).is_queued;
    let before = (0..at).find(|before| has_same_keys(plan, *before, at) && is_queued(*before));
    before.filter(|_| is_queued(at)).unwrap_or(at)
}

fn has_same_keys(plan: &Plan, one: usize, other: usize) -> bool {
    let (one, other) = (&plan.twins[one], &plan.twins[other]);
    let comes_by = |twin: &TwinPlan| twin.inputs.iter().map(|i| (i.source, i.by)).collect::<Vec<_>>();
    one.for_each.is_none() && other.for_each.is_none() && comes_by(one) == comes_by(other)
}

/// One input of a twin, over the rows of its source.
struct Route<'a> {
    plan: &'a Plan,
    twin: &'a TwinPlan,
    number: usize,
    input: &'a Input,
    log: &'a TopicLog,
    /// Its rows of this round.
    rows: &'a Prepared,
}

impl<'a> Route<'a> {
    /// The column that is the key, if it is one.
    fn by_column(&self, topic: &Topic<'a>) -> Option<usize> {
        match topic.exprs.get(self.input.by?).kind {
            NodeKind::Field(_, column) => Some(column as usize),
            _ => None,
        }
    }

    /// What the key is, and an enum's texts.
    fn key_form(&self, topic: &Topic<'a>) -> (Scalar, &'a [String]) {
        match (self.input.by, self.by_column(topic)) {
            (None, _) => topic.key_form(),
            (Some(_), Some(column)) => (topic.columns[column].ty, &topic.columns[column].texts),
            (Some(by), None) => {
                let ty = topic.exprs.get(by).ty;
                (ty, crate::value::names(ty, &self.plan.enums))
            }
        }
    }

    /// The words of the key by row; empty where they are computed.
    fn key_column(&self, topic: &Topic<'a>) -> &'a [Word] {
        match (self.input.by, self.by_column(topic)) {
            (None, _) => topic.key_words(self.rows),
            (Some(_), Some(column)) => &self.rows.chunk.batch.columns[column],
            (Some(_), None) => &[],
        }
    }

    /// The words of the key by record, where it is an expression.
    fn computed_keys(&self, records: Records<'_>) -> Option<Vec<Word>> {
        let by = self.input.by?;
        let exprs = &self.plan.sources[self.input.source as usize].exprs;
        if matches!(exprs.get(by).kind, NodeKind::Field(..)) {
            return None;
        }
        let (batch, literals) = (&self.rows.chunk.batch, self.plan.texts.as_slice());
        let words = records.iter().map(|record| {
            let scope = RecordScope { batch, row: record.row as usize, literals };
            evaluate(exprs, by, &scope, &mut [])
        });
        Some(words.collect())
    }

    /// A record that has no key for this twin; it may have one for others.
    fn keyless(&self, topic: &Topic<'_>, record: &Record) -> SetAside {
        let place = self.log.place(record.number);
        let shape = Shape::of_columns(topic.columns);
        SetAside {
            position: record.position,
            source: topic.name.to_string(),
            partition: self.log.partition(place),
            reject: Reject {
                row: record.row,
                offset: self.log.offset(place),
                key: None,
                reason: RejectReason::MissingKey,
                detail: format!("it has no key for `{}.{}`", self.twin.name, self.input.name),
                raw: decoded(self.plan, topic.columns, &shape, |at| self.log.find(at, place)),
            },
        }
    }
}

/// The keys of a shard's twins.
pub(crate) struct ShardKeys<'a> {
    pub keys: &'a Interner,
    pub shard: u32,
    pub shards: u32,
}

impl Keys for ShardKeys<'_> {
    fn text(&self, slot: u32) -> &[u8] {
        self.keys.text(slot * self.shards + self.shard)
    }

    fn int(&self, slot: u32) -> Word {
        self.keys.number(slot * self.shards + self.shard)
    }
}
