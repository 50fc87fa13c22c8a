//! From decoded columns to records of the log: event time, key and fate of each, column by column.

use crate::codec::stored;
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
    /// Event times, where they are no column.
    times: Vec<i64>,
    /// The column that holds them.
    pub time_column: Option<u32>,
    /// Fates; empty where every record passes.
    fates: Vec<Fate>,
    /// Every record that was read passes, and none was set aside.
    pub is_plain: bool,
    /// Keys, where they are no column.
    pub keys: Vec<Word>,
    /// Whether those are texts.
    pub has_text_keys: bool,
    /// The number of the partition.
    pub number: u32,
}

/// Rows of a partition that follow one another, there and in the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub partition: u32,
    pub first: u32,
    pub count: u32,
    /// Log position of the first.
    pub position: u64,
}

impl Rows {
    /// Whether others go on where these end.
    pub fn goes_on(&self, next: &Rows) -> bool {
        self.partition == next.partition
            && self.first + self.count == next.first
            && self.position + u64::from(self.count) == next.position
    }

    /// Them as a range.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.first as usize..self.first as usize + self.count as usize
    }
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

    /// What was decoded of a record, as on the wire.
    pub fn decoded(&self, records: &Prepared, row: usize) -> String {
        let shape = crate::shape::Shape::of_columns(self.columns);
        crate::wire::decoded(self.plan, self.columns, &shape, |_| (&records.chunk.batch, row))
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
    }

    /// Event times.
    pub fn times(&self) -> &[i64] {
        match self.time_column {
            Some(column) => bytemuck::cast_slice(&self.chunk.batch.columns[column as usize]),
            None => &self.times,
        }
    }

    /// What becomes of a record.
    pub fn fate(&self, row: usize) -> Fate {
        self.fates.get(row).copied().unwrap_or(Fate::Pass)
    }

    fn set_fate(&mut self, row: usize, fate: Fate) {
        self.is_plain = false;
        self.fates.resize(self.chunk.rows(), Fate::Pass);
        self.fates[row] = fate;
    }

    /// Works out times, keys and fates of the records that have been read into the chunk.
    pub fn prepare(&mut self, topic: &Topic<'_>, span: Span, faults: &mut Faults) {
        self.fates.clear();
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
        self.time_column = None;
        match topic.time {
            TimePlan::Column(at) => self.time_column = Some(*at),
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
        self.has_text_keys = topic.key_form().0 == Scalar::String;
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
        let keys = topic.key_words(self);
        if ty.are_present(keys) {
            return;
        }
        let missing = |(row, word): (usize, &Word)| (!ty.is_present(*word)).then_some(row);
        let missing: Vec<_> = keys.iter().enumerate().filter_map(missing).collect();
        missing.into_iter().for_each(|row| self.set_fate(row, Fate::MissingKey));
    }

    fn drop_filtered(&mut self, source: &SourcePlan, topic: &Topic<'_>, faults: &mut Faults) {
        let Some(id) = source.filter else { return };
        let kept = filter(&source.exprs, id, &self.chunk.batch)
            .unwrap_or_else(|| each_record(topic, id, &self.chunk, &mut faults.places));
        for (row, kept) in kept.into_iter().enumerate() {
            if kept != TRUE && self.fate(row) == Fate::Pass {
                self.set_fate(row, Fate::Filtered);
                faults.unknown_filters += u64::from(kept != FALSE);
            }
        }
    }

    /// What has no time is set aside; then the span of the run is looked at.
    fn judge_times(&mut self, span: Span) {
        let absent = words::to_i64(ABSENT_INT);
        if are_within(self.times(), span) {
            return;
        }
        for row in 0..self.chunk.rows() {
            let time = self.times()[row];
            if self.fate(row) == Fate::MissingKey {
                continue;
            }
            if time == absent {
                self.set_fate(row, Fate::MissingTime);
            } else if time >= span.to {
                self.set_fate(row, Fate::Beyond);
            } else if time < span.from {
                self.set_fate(row, Fate::Skipped);
            }
        }
    }

    /// What lies too far ahead of its record's own timestamp is set aside.
    fn reject_future(&mut self, source: &SourcePlan) {
        if matches!(source.time, TimePlan::Record) {
            return;
        }
        let absent = words::to_i64(ABSENT_INT);
        for row in 0..self.chunk.times.len().min(self.chunk.rows()) {
            let (time, own) = (self.times()[row], self.chunk.times[row]);
            let is_ahead = own != absent && time != absent && time > own.saturating_add(source.skew_ns);
            if is_ahead && self.fate(row) != Fate::MissingKey {
                self.set_fate(row, Fate::Future);
            }
        }
    }

    /// The key of a record, where it is no column, for another batch.
    pub fn copy_key(&self, row: usize, to: &mut twin_plan::kernel::Batch) -> Word {
        let word = self.keys[row];
        if self.has_text_keys { copy_text(to, &self.chunk.batch, word) } else { word }
    }

    /// Appends copies of records of another that follow one another, with those columns that are needed, besides times,
    /// keys and offsets. Their fates have done their work and are not copied.
    pub fn append(
        &mut self,
        from: &Prepared,
        rows: std::ops::Range<usize>,
        columns: &[twin_plan::Column],
        needed: &[bool],
    ) {
        let batch = &mut self.chunk.batch;
        for (at, column) in columns.iter().enumerate().filter(|(at, _)| needed[*at]) {
            let begin = batch.columns[at].len();
            batch.columns[at].extend_from_slice(&from.chunk.batch.columns[at][rows.clone()]);
            if column.ty == Scalar::String {
                copy_texts(batch, &from.chunk.batch, at, begin..begin + rows.len());
            }
        }
        if !from.keys.is_empty() {
            self.has_text_keys = from.has_text_keys;
            self.keys.extend(rows.clone().map(|row| from.copy_key(row, batch)));
        }
        self.chunk.offsets.extend_from_slice(from.chunk.offsets.get(rows.clone()).unwrap_or_default());
        self.time_column = from.time_column;
        if self.time_column.is_none() {
            self.times.extend_from_slice(&from.times[rows.clone()]);
        }
        batch.rows += rows.len();
    }
}

/// Whether all times are known to be present and within a span. If it says no they are looked at one by one.
fn are_within(times: &[i64], span: Span) -> bool {
    // Signs of differences say it, several at a time. An absent time is so early that its distance to the span's end is
    // none that fits, which turns the sign too.
    let last = span.to.saturating_sub(1);
    let beyond = times.iter().fold(0, |any, time| any | last.wrapping_sub(*time));
    let before = || times.iter().fold(0, |any, time| any | time.wrapping_sub(span.from));
    beyond >= 0 && last >= 0 && (span.from == i64::MIN || span.from >= 0 && before() >= 0)
}

/// A text of one batch, copied into another; words that are no handle of the batch stay as they are.
pub(crate) fn copy_text(
    to: &mut twin_plan::kernel::Batch,
    from: &twin_plan::kernel::Batch,
    word: Word,
) -> Word {
    if word >> 62 != 0 { word } else { to.add_text(from.text(word)) }
}

/// Makes words of a column, which are handles of another batch, handles of this one.
pub(crate) fn copy_texts(
    to: &mut twin_plan::kernel::Batch,
    from: &twin_plan::kernel::Batch,
    column: usize,
    rows: std::ops::Range<usize>,
) {
    // Readers give equal texts one handle where that is cheap; then one copy will do.
    let mut last = (Word::MAX, Word::MAX);
    for row in rows {
        let word = to.columns[column][row];
        if word != last.0 {
            last = (word, copy_text(to, from, word));
        }
        to.columns[column][row] = last.1;
    }
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

stored!(Prepared { chunk, times, time_column, fates, is_plain, keys, has_text_keys, number });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_within_a_span_or_not() {
        let all = Span { from: i64::MIN, to: i64::MAX };
        let some = Span { from: 10, to: 20 };
        assert!(are_within(&[0, 5, i64::MAX - 1], all));
        assert!(!are_within(&[0, i64::MIN], all));
        assert!(are_within(&[10, 19], some));
        for times in [[9, 12], [12, 20], [i64::MIN, 12], [i64::MIN + 1, 12], [i64::MAX, 12]] {
            assert!(!are_within(&times, some), "{times:?}");
        }
    }
}
