//! Tables as they stand at every log position that may still matter.
//!
//! A version of a row is seen by a step when it stands before the step in the log and its time is not behind the
//! step's: `T ≤ max(now, S − lateness)`, where S is the stream clock just before the log position that made the
//! step happen and lateness the largest of the program. For an event that waited that is its own time; for a
//! straggler it is as far back as versions are kept, so that memory has a bound. The newest such version counts.

use crate::interner::{Interner, NO_SLOT};
use crate::moment::Moments;
use crate::stream::Stream;
use crate::versions::{Record, Versions};
use twin_plan::Plan;
use twin_plan::kernel::{OwnRow, TableKey, Tables};
use twin_types::{Scalar, Word};

/// One table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Its keys.
    pub keys: Interner,
    /// Its rows.
    pub versions: Versions,
    /// Keys that got a version in this round, and in the one before.
    changed: [Vec<u32>; 2],
}

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
            tables: plan.tables.iter().map(|table| Table::new(table.columns.len())).collect(),
            lateness: plan.sources.iter().map(|s| s.lateness_ns).max().unwrap_or(0),
        }
    }

    /// Drops versions that nothing can see any more when the stream clock shows `stream`.
    pub fn prune(&mut self, stream: i64) {
        let bound = stream.saturating_sub(self.lateness);
        self.tables.iter_mut().for_each(|table| table.versions.prune(bound));
    }
}

impl Table {
    /// An empty table of so many columns.
    pub fn new(columns: usize) -> Table {
        Table { versions: Versions::new(columns), ..Table::default() }
    }

    /// A table of these keys and rows.
    pub fn of(keys: Interner, versions: Versions) -> Table {
        Table { keys, versions, ..Table::default() }
    }

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
        self.versions.own_row(key, begin)
    }

    /// A record of the table's log, or its deletion, is a new version of a key's row.
    pub fn put(&mut self, key: u32, position: u64, time: i64, record: Option<Record<'_>>) {
        self.versions.put(key, position, time, record);
        self.changed[0].push(key);
    }
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
        let table = &self.store.tables[table as usize].versions;
        let until = if table.is_newest(key, trigger, now) {
            now
        } else {
            now.max(self.stream.before(trigger).saturating_sub(self.store.lateness))
        };
        table.seen(key, trigger, until)
    }
}

impl Tables for TableView<'_> {
    fn row(&self, table: u32, key: TableKey<'_>, at: usize, now: i64) -> Option<(&[Word], &[u8])> {
        let key = self.key(table, key)?;
        if let Some(words) = self.store.tables[table as usize].versions.plain(key as usize, self.begin, now) {
            return Some((words, &[]));
        }
        self.seen(table, key, self.moments.positions(at).0, now)
    }
}

/// Whether a key's first record at the start of the input counts from the beginning: it is read before its time comes.
pub(crate) fn is_first(table: &Table, key: Option<u32>) -> bool {
    key.is_none_or(|key| !table.versions.has(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moment::Moment;
    use crate::prepare::BEGINNING;
    use twin_plan::kernel::Batch;

    #[test]
    fn a_step_sees_what_stood_before_it_and_is_not_newer() {
        let mut limits = crate::testing::table_plan("limits");
        limits.columns.push(crate::testing::column("limit", Scalar::Int));
        let plan = Plan { tables: vec![limits], ..Plan::default() };
        let mut store = TableStore::new(&plan);
        store.lateness = 10;
        let key = store.tables[0].keys.intern(b"a");
        let batch =
            Batch { rows: 3, columns: vec![vec![1, 2, 3]; plan.tables[0].columns.len()], ..Batch::default() };
        for (at, (position, time)) in [(0, BEGINNING), (5, 50), (9, 90)].into_iter().enumerate() {
            let record = Record { plan: &plan.tables[0], batch: &batch, at };
            store.tables[0].put(key, position, time, Some(record));
        }
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
        store.prune(89);
        assert_eq!(see(&store, 7, 20), Some(2), "what may still be seen is kept");
        store.prune(100);
        assert!(store.tables[0].versions.earlier.is_empty());
        assert_eq!(see(&store, 11, 20), Some(3));
    }
}
