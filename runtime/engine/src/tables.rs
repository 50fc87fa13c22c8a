//! Tables as they stand at every log position that may still matter.
//!
//! A version of a row is seen by a step when it stands before the step in the log and its time is not behind the
//! step's: `T ≤ max(now, S − lateness)`, where S is the stream clock just before the log position that made the
//! step happen and lateness the largest of the program. For an event that waited that is its own time; for a
//! straggler it is as far back as versions are kept, so that memory has a bound. The newest such version counts.

use crate::interner::{Interner, NO_SLOT};
use crate::moment::Moments;
use crate::stream::Stream;
use twin_plan::kernel::{Batch, OwnRow, TableKey, Tables, text_parts};
use twin_plan::{Plan, TablePlan};
use twin_types::{Scalar, Word};

/// One version of a row.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    /// Where it stands in the log.
    pub position: u64,
    /// From when on it counts.
    pub time: i64,
    /// Its words; `None`: the key was deleted.
    pub row: Option<Row>,
}

/// The words of a row with their texts (handles are into these).
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub words: Box<[Word]>,
    pub texts: Box<[u8]>,
}

/// One table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Its keys.
    pub keys: Interner,
    /// Versions by key, oldest first (by time, then position).
    pub versions: Vec<Vec<Version>>,
    /// Keys that have more than one version.
    pub crowded: Vec<u32>,
    /// By key, the newest version once more, all of them side by side: what is nearly always looked at.
    newest: Vec<Newest>,
    /// Their words, as many for each as there are columns.
    words: Vec<Word>,
    columns: usize,
    /// Keys that got a version in this round, and in the one before.
    changed: [Vec<u32>; 2],
}

/// The newest version of a row.
#[derive(Clone, Copy, Debug)]
struct Newest {
    position: u64,
    time: i64,
    /// Whether its words lie side by side with the others': it is there and has no texts.
    is_plain: bool,
}

/// Before there is a version: never seen.
const NO_VERSION: Newest = Newest { position: u64::MAX, time: i64::MAX, is_plain: false };

/// All tables of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableStore {
    /// By their place in the plan.
    pub tables: Vec<Table>,
    /// The largest lateness of the program.
    pub lateness: i64,
}

impl TableStore {
    pub fn new(plan: &Plan) -> TableStore {
        TableStore {
            tables: plan.tables.iter().map(|_| Table::default()).collect(),
            lateness: plan.sources.iter().map(|s| s.lateness_ns).max().unwrap_or(0),
        }
    }

    /// Drops versions that nothing can see any more when the stream clock shows `stream`.
    pub fn prune(&mut self, stream: i64) {
        let bound = stream.saturating_sub(self.lateness);
        for table in &mut self.tables {
            let Table { versions, crowded, .. } = table;
            crowded.retain(|key| {
                let versions = &mut versions[*key as usize];
                let visible = versions.partition_point(|v| v.time <= bound);
                versions.drain(..visible.saturating_sub(1));
                versions.len() > 1
            });
        }
    }
}

impl Table {
    /// Another round begins.
    pub fn begin_round(&mut self) {
        self.changed.swap(0, 1);
        self.changed[0].clear();
    }

    /// Keys whose newest version steps of this round may see otherwise than those of the round before.
    pub fn changed(&self) -> impl ExactSizeIterator<Item = u32> + Clone {
        let (now, before) = (self.changed[0].as_slice(), self.changed[1].as_slice());
        (0..now.len() + before.len()).map(|at| if at < now.len() { now[at] } else { before[at - now.len()] })
    }

    /// The newest version of a key's row for steps of a round that begins at a position.
    pub fn own_row(&self, key: u32, begin: u64) -> OwnRow {
        match self.newest.get(key as usize) {
            Some(newest) if newest.is_plain && newest.position < begin => {
                OwnRow { from: newest.time, first: u64::from(key) * self.columns as u64 }
            }
            _ => OwnRow::ASK,
        }
    }

    /// The words that [`Table::own_row`] speaks of.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// A new version of a key's row.
    pub fn put(&mut self, key: u32, version: Version) {
        if self.versions.len() <= key as usize {
            self.versions.resize(key as usize + 1, Vec::new());
        }
        let versions = &mut self.versions[key as usize];
        if versions.is_empty() {
            // Most rows come once.
            versions.reserve_exact(1);
        }
        let at = versions.partition_point(|v| v.time <= version.time);
        versions.insert(at, version);
        if versions.len() == 2 {
            self.crowded.push(key);
        }
        self.note_newest(key as usize);
        self.changed[0].push(key);
    }

    /// A table of these keys and versions.
    pub fn from_parts(keys: Interner, versions: Vec<Vec<Version>>, crowded: Vec<u32>) -> Table {
        let mut table = Table { keys, versions, crowded, ..Table::default() };
        (0..table.versions.len()).for_each(|key| table.note_newest(key));
        table
    }

    fn note_newest(&mut self, key: usize) {
        let Some(version) = self.versions[key].last() else { return };
        self.newest.resize(self.newest.len().max(key + 1), NO_VERSION);
        let Version { position, time, row } = version;
        let plain = row.as_ref().filter(|row| row.texts.is_empty());
        self.newest[key] = Newest { position: *position, time: *time, is_plain: plain.is_some() };
        if let Some(row) = plain {
            self.columns = row.words.len();
            let place = key * self.columns..(key + 1) * self.columns;
            self.words.resize(self.words.len().max(place.end), 0);
            self.words[place].copy_from_slice(&row.words);
        }
    }

    /// The words of the newest version of a row, if every step of a round sees that at `now` and it has no texts.
    fn plain(&self, key: usize, begin: u64, now: i64) -> Option<&[Word]> {
        let newest = self.newest.get(key)?;
        let is_seen = newest.is_plain && newest.position < begin && newest.time <= now;
        is_seen.then(|| &self.words[key * self.columns..(key + 1) * self.columns])
    }
}

/// The words of a record, taken out of its batch.
pub(crate) fn row_of(plan: &TablePlan, batch: &Batch, at: usize) -> Row {
    let mut own = Batch::default();
    let words = plan.columns.iter().zip(&batch.columns).map(|(column, words)| {
        let word = words[at];
        if column.ty == Scalar::String && column.ty.is_present(word) && text_parts(word).0 == 0 {
            own.add_text(batch.text(word))
        } else {
            word
        }
    });
    let words = words.collect();
    Row { words, texts: own.texts.into() }
}

/// Tables as the twins of one shard see them in one call of the kernel.
pub(crate) struct TableView<'a> {
    pub plan: &'a Plan,
    pub store: &'a TableStore,
    pub stream: &'a Stream,
    /// For each table the twin's own key there, by slot.
    pub own: &'a [Vec<u32>],
    /// Which shard of how many.
    pub shard: (u32, u32),
    /// The log position at which the round begins: what stood in a table by then, every step has behind it.
    pub begin: u64,
    /// When the entries of the call happen.
    pub moments: Moments<'a>,
}

impl TableView<'_> {
    fn key(&self, table: u32, key: TableKey<'_>) -> Option<u32> {
        let keys = &self.store.tables[table as usize].keys;
        match key {
            TableKey::Own(row) => {
                let slot = row * self.shard.1 + self.shard.0;
                self.own.get(table as usize)?.get(slot as usize).copied().filter(|key| *key != NO_SLOT)
            }
            TableKey::Text(text) => keys.get(text),
            TableKey::Int(number) => match key_names(self.plan, table) {
                Some(names) => keys.get(names.get(usize::try_from(number).ok()?)?.as_bytes()),
                None => keys.find_int(number),
            },
        }
    }
}

/// The texts of a table's key, where that is an enum.
fn key_names(plan: &Plan, table: u32) -> Option<&[String]> {
    let topic = crate::prepare::Topic::table(plan, table as usize);
    let (ty, names) = topic.key_form();
    matches!(ty, Scalar::Enum(_)).then_some(names)
}

impl TableView<'_> {
    /// The row that a step at a log position sees.
    pub fn row_at(&self, table: u32, key: TableKey<'_>, trigger: u64, now: i64) -> Option<(&[Word], &[u8])> {
        self.seen(table, self.key(table, key)?, trigger, now)
    }

    fn seen(&self, table: u32, key: u32, trigger: u64, now: i64) -> Option<(&[Word], &[u8])> {
        let table = &self.store.tables[table as usize];
        let versions = table.versions.get(key as usize)?;
        let newest = versions.last()?;
        let seen = if newest.position < trigger && newest.time <= now {
            newest
        } else {
            let before = self.stream.before(trigger);
            let bound = now.max(before.saturating_sub(self.store.lateness));
            versions.iter().rev().find(|v| v.position < trigger && v.time <= bound)?
        };
        seen.row.as_ref().map(|row| (&*row.words, &*row.texts))
    }
}

impl Tables for TableView<'_> {
    fn row(&self, table: u32, key: TableKey<'_>, at: usize, now: i64) -> Option<(&[Word], &[u8])> {
        let key = self.key(table, key)?;
        if let Some(words) = self.store.tables[table as usize].plain(key as usize, self.begin, now) {
            return Some((words, &[]));
        }
        self.seen(table, key, self.moments.positions(at).0, now)
    }
}

/// Whether a key's first record at the start of the input counts from the beginning: it is read before its time comes.
pub(crate) fn is_first(table: &Table, key: Option<u32>) -> bool {
    key.is_none_or(|key| table.versions.get(key as usize).is_none_or(Vec::is_empty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Moment;
    use crate::prepare::BEGINNING;

    fn row(word: Word) -> Option<Row> {
        Some(Row { words: [word].into(), texts: [].into() })
    }

    #[test]
    fn a_step_sees_what_stood_before_it_and_is_not_newer() {
        let plan = Plan { tables: vec![crate::testing::table_plan("limits")], ..Plan::default() };
        let mut store = TableStore::new(&plan);
        store.lateness = 10;
        let key = store.tables[0].keys.intern(b"a");
        store.tables[0].put(key, Version { position: 0, time: BEGINNING, row: row(1) });
        store.tables[0].put(key, Version { position: 5, time: 50, row: row(2) });
        store.tables[0].put(key, Version { position: 9, time: 90, row: row(3) });
        let mut stream = Stream::new(0, 40);
        for (position, time) in [(6, 60), (10, 100)] {
            stream.see(position, time);
        }
        let see = |store: &TableStore, trigger, now| {
            let moment = Moment { trigger, position: trigger, stream: now };
            let moments = Moments::Known(std::slice::from_ref(&moment));
            let (own, shard, begin) = (&[][..], (0, 1), trigger.min(8));
            let view = TableView { plan: &plan, store, stream: &stream, own, shard, begin, moments };
            view.row(0, TableKey::Text(b"a"), 0, now).map(|(words, _)| words[0])
        };
        assert_eq!(see(&store, 4, 45), Some(1));
        assert_eq!(see(&store, 6, 60), Some(2));
        assert_eq!(see(&store, 10, 100), Some(3));
        assert_eq!(see(&store, 10, 49), Some(2), "as far back as versions are kept");
        assert_eq!(see(&store, 7, 20), Some(2));
        store.prune(100);
        assert_eq!(store.tables[0].versions[0].len(), 1);
        assert_eq!(see(&store, 11, 20), Some(3));
    }
}
