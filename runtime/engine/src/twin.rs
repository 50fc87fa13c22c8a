//! One twin type: its keys, its shards, and how records of the log come to them.

use crate::exprs::{RecordScope, evaluate};
use crate::intake::{Intake, Record, SetAside};
use crate::interner::{Interner, Key, NO_SLOT};
use crate::log::{Reject, RejectReason};
use crate::prepare::{Prepared, Topic};
use crate::queue::Waiting;
use crate::shard::{Form, ShardState};
use crate::stream::Reached;
use crate::tables::TableStore;
use twin_plan::kernel::Keys;
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
    /// Slots of this round's records, by input, as [`crate::intake::Round::records`] of its source; [`NO_SLOT`] where a
    /// record has no key for it.
    pub slots: Vec<Vec<u32>>,
    /// An earlier twin type whose records always come by the same keys, so that they have the same slots.
    pub like: Option<usize>,
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
            like: like(plan, at),
            made: Vec::new(),
        }
    }

    /// How many twins a shard has.
    pub fn twins_of(&self, shard: usize) -> usize {
        (self.keys.len() + self.shards.len() - 1 - shard) / self.shards.len()
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
        // A record without a key is set aside for each of them.
        let is_whole = |other: &&TwinState| other.slots.iter().flatten().all(|slot| *slot != NO_SLOT);
        if let Some(other) = self.like.map(|at| &before[at]).filter(is_whole) {
            return self.follow_keys(twin, other, tables);
        }
        for (number, input) in twin.inputs.iter().enumerate() {
            let source = input.source as usize;
            let records = &intake.round.records[source];
            if records.is_empty() {
                continue;
            }
            let route = Route { plan, twin, number, input, rows: intake.sources[source].rows() };
            self.keys.begin_batch();
            self.take_input(&route, records, tables, set_aside);
        }
        if !twin.silences.is_empty() {
            self.start_silences();
        }
    }

    /// Takes over what another twin type found out about the same keys.
    fn follow_keys(&mut self, twin: &TwinPlan, other: &TwinState, tables: &TableStore) {
        let known = self.keys.len() as u32;
        for (n, at) in (0..).zip(&other.made) {
            self.keys.intern(other.keys.text(known + n));
            self.make(twin, n, *at, tables);
        }
        self.slots.clone_from(&other.slots);
        if !twin.silences.is_empty() {
            self.start_silences();
        }
    }

    /// Forgets what the last round brought.
    pub fn begin_round(&mut self) {
        self.made.clear();
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
        records: &[Record],
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
        let records = records.iter().enumerate();
        if computed.is_none() && matches!(ty, Scalar::Int | Scalar::Timestamp | Scalar::Duration) {
            // Known numbers are most of all keys; the first that is not goes on below.
            slots.reserve(records.len());
            for (_, record) in records.clone() {
                let word = column[record.row as usize];
                match self.keys.known_int(words::to_i64(word)) {
                    Some(slot) if slot < known => slots.push(slot),
                    _ => break,
                }
            }
        }
        for (n, record) in records.skip(slots.len()) {
            let word = computed.as_ref().map_or_else(|| column[record.row as usize], |words| words[n]);
            let Some(key) = Key::of_word(word, ty, names, &route.plan.texts) else {
                set_aside.push(route.keyless(&topic, record));
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
                let Some(slot) = self.keys.get(text) else { continue };
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
            let key = tables.tables[table.table as usize].keys.get(self.keys.text(slot));
            self.own[table.table as usize].push(key.unwrap_or(NO_SLOT));
        }
    }

    /// The events that wait.
    pub fn waiting(&self) -> impl Iterator<Item = &Waiting> {
        self.shards.iter().flat_map(|shard| &shard.waiting)
    }

    /// Rows of a source's batch that waiting events need.
    pub fn add_waiting_rows(&self, plan: &Plan, source: usize, is_kept: &mut [bool]) {
        let inputs = &plan.twins[self.at].inputs;
        for entry in self.waiting() {
            if inputs[entry.input as usize].source as usize == source {
                is_kept[entry.record as usize] = true;
            }
        }
    }

    /// The rows of a source's batch have new numbers.
    pub fn renumber(&mut self, plan: &Plan, source: usize, numbers: &[u32]) {
        let inputs = &plan.twins[self.at].inputs;
        for entry in self.shards.iter_mut().flat_map(|shard| &mut shard.waiting) {
            if inputs[entry.input as usize].source as usize == source {
                entry.record = numbers[entry.record as usize];
            }
        }
    }
}

/// The first twin type before this one whose keys come from the same places.
fn like(plan: &Plan, at: usize) -> Option<usize> {
    let comes_by = |twin: &TwinPlan| twin.inputs.iter().map(|i| (i.source, i.by)).collect::<Vec<_>>();
    let twin = &plan.twins[at];
    let mut before = plan.twins[..at].iter().take_while(|_| twin.for_each.is_none());
    before.position(|other| other.for_each.is_none() && comes_by(other) == comes_by(twin))
}

/// One input of a twin, over the rows of its source.
struct Route<'a> {
    plan: &'a Plan,
    twin: &'a TwinPlan,
    number: usize,
    input: &'a Input,
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
    fn computed_keys(&self, records: &[Record]) -> Option<Vec<Word>> {
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
        let row = record.row as usize;
        SetAside {
            position: record.position,
            source: topic.name.to_string(),
            partition: self.rows.partition(row),
            reject: Reject {
                row: record.row,
                offset: self.rows.chunk.offsets.get(row).copied().unwrap_or(0),
                key: None,
                reason: RejectReason::MissingKey,
                detail: format!("it has no key for `{}.{}`", self.twin.name, self.input.name),
                raw: crate::reject::decoded(self.plan, topic.columns, self.rows, row),
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
}
