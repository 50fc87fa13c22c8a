//! From decoded columns to records of the log: event time, key and fate of each, column by column.

use crate::exprs::{RecordScope, evaluate, filter};
use crate::interner::Key;
use crate::log::{Chunk, FileMark};
use crate::partition::Faults;
use twin_plan::{ExprId, Exprs, KeyPlan, Plan, SourcePlan, TablePlan, TimePlan};
use twin_types::{ABSENT_INT, ABSENT_STRING, FALSE, Scalar, TRUE, Word, words};

/// What becomes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Fate {
    /// It goes to the twins.
    Pass,
    /// The source's `where` drops it; it moves the stream clock.
    Filtered,
    /// It is at or behind the end of the run: it moves the stream clock up to there.
    Beyond,
    /// It is before the begin of the run.
    Skipped,
    /// It has no key.
    MissingKey,
    /// It has no event time.
    MissingTime,
    /// It is too far ahead of its record's timestamp.
    Future,
}

impl Fate {
    /// All of them, by number.
    pub const ALL: [Fate; 7] = [
        Fate::Pass,
        Fate::Filtered,
        Fate::Beyond,
        Fate::Skipped,
        Fate::MissingKey,
        Fate::MissingTime,
        Fate::Future,
    ];
}

/// A chunk with what the engine needs to know of each record.
#[derive(Clone, Debug, Default)]
pub(crate) struct Prepared {
    /// Decoded records.
    pub chunk: Chunk,
    /// Event times.
    pub times: Vec<i64>,
    /// Fates.
    pub fates: Vec<Fate>,
    /// Every record that was read passes, and none was set aside.
    pub is_plain: bool,
    /// Keys, where they are no column.
    pub keys: Vec<Word>,
    /// The number of the partition, where all records are of one.
    pub number: u32,
    /// Partitions record by record, where they are gathered from several.
    pub partitions: Option<Vec<u32>>,
}

/// The settings of a run that decide a record's fate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// Events before it are skipped.
    pub from: i64,
    /// Events at or behind it are not applied.
    pub to: i64,
}

/// What source and table have in common.
#[derive(Clone, Copy)]
pub(crate) struct Topic<'a> {
    pub plan: &'a Plan,
    pub name: &'a str,
    pub exprs: &'a Exprs,
    pub columns: &'a [twin_plan::Column],
    pub key: &'a KeyPlan,
    pub time: &'a TimePlan,
    pub source: Option<&'a SourcePlan>,
    /// Whether a record without this key is set aside.
    pub needs_key: bool,
}

impl<'a> Topic<'a> {
    pub fn source(plan: &'a Plan, at: usize, needs_key: bool) -> Topic<'a> {
        let source = &plan.sources[at];
        Topic {
            plan,
            name: &source.name,
            exprs: &source.exprs,
            columns: &source.columns,
            key: &source.key,
            time: &source.time,
            source: Some(source),
            needs_key,
        }
    }

    pub fn table(plan: &'a Plan, at: usize) -> Topic<'a> {
        let TablePlan { name, exprs, columns, key, time, .. } = &plan.tables[at];
        Topic { plan, name, exprs, columns, key, time, source: None, needs_key: true }
    }

    /// The scalar of the key and, for an enum, its texts.
    pub fn key_form(&self) -> (Scalar, &'a [String]) {
        match self.key {
            KeyPlan::Column(at) => {
                let column = &self.columns[*at as usize];
                (column.ty, &column.texts)
            }
            KeyPlan::Expr(id) => {
                let ty = self.exprs.get(*id).ty;
                (ty, crate::value::names(ty, &self.plan.enums))
            }
            KeyPlan::File | KeyPlan::Record => (Scalar::String, &[]),
        }
    }

    /// The key of a record.
    pub fn key_of<'b>(&self, records: &'b Prepared, row: usize) -> Option<Key<'b>>
    where
        'a: 'b,
    {
        let (ty, names) = self.key_form();
        Key::of_word(self.key_words(records)[row], ty, names, &self.plan.texts)
    }

    /// The words of the key.
    pub fn key_words<'b>(&self, records: &'b Prepared) -> &'b [Word] {
        match self.key {
            KeyPlan::Column(at) => &records.chunk.batch.columns[*at as usize],
            _ => &records.keys,
        }
    }
}

impl Prepared {
    /// Empty, for records of so many columns.
    pub fn new(columns: usize) -> Prepared {
        Prepared { chunk: Chunk::new(columns), ..Prepared::default() }
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.chunk.clear();
        self.times.clear();
        self.fates.clear();
        self.keys.clear();
        if let Some(partitions) = &mut self.partitions {
            partitions.clear();
        }
    }

    /// The number of a record's partition.
    pub fn partition(&self, row: usize) -> u32 {
        self.partitions.as_ref().map_or(self.number, |partitions| partitions[row])
    }

    /// Works out times, keys and fates of the records that have been read into the chunk.
    pub fn prepare(&mut self, topic: &Topic<'_>, span: Span, faults: &mut Faults) {
        let rows = self.chunk.rows();
        self.fates.clear();
        self.fates.resize(rows, Fate::Pass);
        self.fill_times(topic, &mut faults.places);
        self.fill_keys(topic, &mut faults.places);
        self.is_plain = self.chunk.rejects.is_empty();
        if topic.needs_key {
            self.reject_keyless(topic);
        }
        if let Some(source) = topic.source {
            self.drop_filtered(source, topic, faults);
            self.judge_times(span);
            self.reject_future(source);
        }
    }

    fn fill_times(&mut self, topic: &Topic<'_>, faults: &mut [u64]) {
        let rows = self.chunk.rows();
        self.times.clear();
        match topic.time {
            TimePlan::Column(at) => {
                let column = &self.chunk.batch.columns[*at as usize];
                self.times.extend(column.iter().map(|word| words::to_i64(*word)));
            }
            TimePlan::Expr(id) => {
                let times = each_record(topic, *id, &self.chunk, faults);
                self.times.extend(times.into_iter().map(words::to_i64));
            }
            TimePlan::Record if self.chunk.times.is_empty() => {
                self.times.resize(rows, words::to_i64(ABSENT_INT));
            }
            TimePlan::Record => self.times.extend_from_slice(&self.chunk.times),
            TimePlan::Beginning => self.times.resize(rows, BEGINNING),
        }
    }

    fn fill_keys(&mut self, topic: &Topic<'_>, faults: &mut [u64]) {
        let rows = self.chunk.rows();
        self.keys.clear();
        match topic.key {
            KeyPlan::Column(_) => {}
            KeyPlan::Expr(id) => self.keys = each_record(topic, *id, &self.chunk, faults),
            KeyPlan::File => {
                let mut marks = self.chunk.files.iter().peekable();
                let mut name = ABSENT_STRING;
                for row in 0..rows {
                    while let Some(FileMark { name: next, .. }) = marks.next_if(|m| m.row as usize <= row) {
                        name = *next;
                    }
                    self.keys.push(name);
                }
            }
            KeyPlan::Record if self.chunk.keys.is_empty() => self.keys.resize(rows, ABSENT_STRING),
            KeyPlan::Record => self.keys.extend_from_slice(&self.chunk.keys),
        }
    }

    fn reject_keyless(&mut self, topic: &Topic<'_>) {
        let (ty, _) = topic.key_form();
        let keys = match topic.key {
            KeyPlan::Column(at) => &self.chunk.batch.columns[*at as usize],
            _ => &self.keys,
        };
        if keys.iter().all(|word| ty.is_present(*word)) {
            return;
        }
        self.is_plain = false;
        for (fate, word) in self.fates.iter_mut().zip(keys) {
            if !ty.is_present(*word) {
                *fate = Fate::MissingKey;
            }
        }
    }

    fn drop_filtered(&mut self, source: &SourcePlan, topic: &Topic<'_>, faults: &mut Faults) {
        let Some(id) = source.filter else { return };
        self.is_plain = false;
        let kept = filter(&source.exprs, id, &self.chunk.batch)
            .unwrap_or_else(|| each_record(topic, id, &self.chunk, &mut faults.places));
        for (fate, kept) in self.fates.iter_mut().zip(kept) {
            if kept != TRUE && *fate == Fate::Pass {
                *fate = Fate::Filtered;
                faults.unknown_filters += u64::from(kept != FALSE);
            }
        }
    }

    /// What has no time is set aside; then the span of the run is looked at.
    fn judge_times(&mut self, span: Span) {
        let is_missing = |time: i64| time == words::to_i64(ABSENT_INT);
        if self.times.iter().all(|time| *time < span.to && *time >= span.from && !is_missing(*time)) {
            return;
        }
        self.is_plain = false;
        for (fate, time) in self.fates.iter_mut().zip(&self.times) {
            if *fate == Fate::MissingKey {
                continue;
            }
            if is_missing(*time) {
                *fate = Fate::MissingTime;
            } else if *time >= span.to {
                *fate = Fate::Beyond;
            } else if *time < span.from {
                *fate = Fate::Skipped;
            }
        }
    }

    /// What lies too far ahead of its record's own timestamp is set aside.
    fn reject_future(&mut self, source: &SourcePlan) {
        if matches!(source.time, TimePlan::Record) {
            return;
        }
        for ((fate, time), own) in self.fates.iter_mut().zip(&self.times).zip(&self.chunk.times) {
            let has_both = *own != words::to_i64(ABSENT_INT) && *time != words::to_i64(ABSENT_INT);
            if has_both && *time > own.saturating_add(source.skew_ns) && *fate != Fate::MissingKey {
                *fate = Fate::Future;
                self.is_plain = false;
            }
        }
    }

    /// Appends copies of records of another, which were its own before. Their times and fates have done their work and
    /// are not copied; nor is what stands in columns that are not needed.
    pub fn append_rows(
        &mut self,
        from: &Prepared,
        rows: &[u32],
        columns: &[twin_plan::Column],
        needed: &[bool],
    ) {
        fn pick<T: Copy>(to: &mut Vec<T>, from: &[T], rows: &[u32]) {
            to.extend(rows.iter().map(|row| from[*row as usize]));
        }
        let batch = &mut self.chunk.batch;
        for (at, column) in columns.iter().enumerate() {
            let words = &from.chunk.batch.columns[at];
            if !needed[at] {
                batch.columns[at].resize(batch.rows + rows.len(), column.ty.absent());
            } else if column.ty == Scalar::String {
                for row in rows {
                    let copy = copy_text(batch, &from.chunk.batch, words[*row as usize]);
                    batch.columns[at].push(copy);
                }
            } else {
                pick(&mut batch.columns[at], words, rows);
            }
        }
        if !from.keys.is_empty() {
            for row in rows {
                let copy = copy_text(batch, &from.chunk.batch, from.keys[*row as usize]);
                self.keys.push(copy);
            }
        }
        if from.chunk.offsets.is_empty() || !needed.iter().all(|needed| *needed) {
            self.chunk.offsets.resize(self.chunk.offsets.len() + rows.len(), 0);
        } else {
            pick(&mut self.chunk.offsets, &from.chunk.offsets, rows);
        }
        if let Some((to, from)) = self.partitions.as_mut().zip(from.partitions.as_ref()) {
            pick(to, from, rows);
        }
        batch.rows += rows.len();
    }

    /// Appends copies of records of several, each given by where it stands in `from` and its row there; without times and
    /// fates.
    pub fn append(&mut self, from: &[&Prepared], list: &[(u32, u32)], columns: &[twin_plan::Column]) {
        let batch = &mut self.chunk.batch;
        for (at, column) in columns.iter().enumerate() {
            if column.ty == Scalar::String {
                for (of, row) in list {
                    let source = &from[*of as usize].chunk.batch;
                    let word = source.columns[at][*row as usize];
                    let copy = copy_text(batch, source, word);
                    batch.columns[at].push(copy);
                }
            } else {
                let words =
                    list.iter().map(|(of, row)| from[*of as usize].chunk.batch.columns[at][*row as usize]);
                batch.columns[at].extend(words);
            }
        }
        let all = || list.iter().map(|(of, row)| (from[*of as usize], *row as usize));
        if from.iter().any(|source| !source.keys.is_empty()) {
            for (source, row) in all() {
                let copy = copy_text(batch, &source.chunk.batch, source.keys[row]);
                self.keys.push(copy);
            }
        }
        let offsets = all().map(|(source, row)| source.chunk.offsets.get(row).copied().unwrap_or(0));
        self.chunk.offsets.extend(offsets);
        if let Some(partitions) = &mut self.partitions {
            partitions.extend(all().map(|(source, row)| source.partition(row)));
        }
        batch.rows += list.len();
    }
}

/// A text of one batch, copied into another; words that are no handle of the batch stay as they are.
fn copy_text(to: &mut twin_plan::kernel::Batch, from: &twin_plan::kernel::Batch, word: Word) -> Word {
    if word >> 62 != 0 { word } else { to.add_text(from.text(word)) }
}

/// "Since the beginning of time", for records of tables.
pub(crate) const BEGINNING: i64 = i64::MIN;

fn each_record(topic: &Topic<'_>, id: ExprId, chunk: &Chunk, faults: &mut [u64]) -> Vec<Word> {
    let literals = &topic.plan.texts;
    (0..chunk.rows())
        .map(|row| {
            let scope = RecordScope { batch: &chunk.batch, row, literals };
            evaluate(topic.exprs, id, &scope, faults)
        })
        .collect()
}
