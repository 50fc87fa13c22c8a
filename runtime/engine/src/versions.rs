//! The rows of a table, as they stand at every log position that may still matter.
//!
//! Nearly every row has one version that matters, so of each key the newest lies side by side with the others'. What
//! came before it is kept apart for as long as a step may see it.

use std::collections::BTreeMap;
use twin_plan::TablePlan;
use twin_plan::kernel::{Batch, OwnRow, text_parts};
use twin_types::{Scalar, Word};

/// A version of a row that is not the newest.
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

/// See above.
#[derive(Clone, Debug, Default)]
pub(crate) struct Versions {
    /// Words of a row.
    pub columns: usize,
    /// By key, the newest version: the last by time, then position.
    pub newest: Vec<Newest>,
    /// Their words, as many for each as there are columns.
    pub words: Vec<Word>,
    /// Their texts, by key, as far as there are any.
    pub texts: Vec<Box<[u8]>>,
    /// By key, the versions before the newest, oldest first.
    pub earlier: BTreeMap<u32, Vec<Version>>,
}

/// The newest version of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Newest {
    pub position: u64,
    pub time: i64,
    pub form: Form,
}

/// What a newest version is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Form {
    /// There is none.
    Missing,
    /// The key was deleted.
    Deleted,
    /// Words.
    Plain,
    /// Words, some of which are texts.
    WithTexts,
}

impl Form {
    /// All of them, by number.
    pub const ALL: [Form; 4] = [Form::Missing, Form::Deleted, Form::Plain, Form::WithTexts];
}

/// Before there is a version: never seen.
const NO_VERSION: Newest = Newest { position: u64::MAX, time: i64::MAX, form: Form::Missing };

impl Versions {
    /// No rows, of so many words.
    pub fn new(columns: usize) -> Versions {
        Versions { columns, ..Versions::default() }
    }

    /// Whether there are words for every row, texts where it says so, and a newest version where there are earlier ones.
    pub fn is_sound(&self) -> bool {
        let Versions { columns, newest, words, texts, earlier } = self;
        let has_texts = |at: usize| newest[at].form != Form::WithTexts || at < texts.len();
        newest.len().checked_mul(*columns) == Some(words.len())
            && (0..newest.len()).all(has_texts)
            && earlier.keys().all(|key| (*key as usize) < newest.len())
    }

    /// Whether a key has a row, or had one.
    pub fn has(&self, key: u32) -> bool {
        self.newest.get(key as usize).is_some_and(|newest| newest.form != Form::Missing)
    }

    /// Drops versions that nothing can see any more that looks no further back than to a time.
    pub fn prune(&mut self, bound: i64) {
        let newest = &self.newest;
        self.earlier.retain(|key, versions| {
            let visible = versions.partition_point(|version| version.time <= bound);
            let is_past = newest[*key as usize].time <= bound;
            versions.drain(..if is_past { visible } else { visible.saturating_sub(1) });
            !versions.is_empty()
        });
    }

    /// The newest version of a key's row for steps of a round that begins at a position.
    pub fn own_row(&self, key: u32, begin: u64) -> OwnRow {
        match self.newest.get(key as usize) {
            Some(newest) if newest.form == Form::Plain && newest.position < begin => {
                OwnRow { from: newest.time, first: u64::from(key) * self.columns as u64 }
            }
            _ => OwnRow::ASK,
        }
    }

    /// A record of the table's log, or its deletion, is a new version of a key's row.
    pub fn put(&mut self, key: u32, position: u64, time: i64, record: Option<Record<'_>>) {
        let place = key as usize;
        if self.newest.len() <= place {
            self.newest.resize(place + 1, NO_VERSION);
            self.words.resize((place + 1) * self.columns, 0);
        }
        let before = self.newest[place];
        if before.form != Form::Missing && time < before.time {
            let version = Version { position, time, row: record.map(|record| record.row()) };
            let versions = self.earlier.entry(key).or_default();
            let at = versions.partition_point(|other| other.time <= time);
            versions.insert(at, version);
            return;
        }
        if before.form != Form::Missing {
            let row =
                self.newest_row(place).map(|(words, texts)| Row { words: words.into(), texts: texts.into() });
            let version = Version { position: before.position, time: before.time, row };
            self.earlier.entry(key).or_default().push(version);
        }
        let form = record.map_or(Form::Deleted, |record| self.write_newest(place, record));
        self.newest[place] = Newest { position, time, form };
    }

    /// Writes the words of a key's newest version, and its texts.
    fn write_newest(&mut self, place: usize, record: Record<'_>) -> Form {
        let mut own = Batch::default();
        let words = &mut self.words[place * self.columns..(place + 1) * self.columns];
        words.iter_mut().zip(record.words(&mut own)).for_each(|(to, word)| *to = word);
        if own.texts.is_empty() && self.texts.len() <= place {
            return Form::Plain;
        }
        self.texts.resize(self.texts.len().max(place + 1), Box::default());
        self.texts[place] = own.texts.into();
        if self.texts[place].is_empty() { Form::Plain } else { Form::WithTexts }
    }

    /// The words and texts of a key's newest version; `None`: there is none, or it is a deletion.
    fn newest_row(&self, place: usize) -> Option<(&[Word], &[u8])> {
        let form = self.newest.get(place)?.form;
        let words = &self.words[place * self.columns..(place + 1) * self.columns];
        match form {
            Form::Missing | Form::Deleted => None,
            Form::Plain => Some((words, &[])),
            Form::WithTexts => Some((words, &self.texts[place])),
        }
    }

    /// The row of a key as the newest version shows it that is not newer than `time` and stands before a position.
    pub fn seen(&self, key: u32, position: u64, time: i64) -> Option<(&[Word], &[u8])> {
        let newest = self.newest.get(key as usize)?;
        if newest.position < position && newest.time <= time {
            return self.newest_row(key as usize);
        }
        let mut versions = self.earlier.get(&key)?.iter().rev();
        let seen = versions.find(|version| version.position < position && version.time <= time)?;
        seen.row.as_ref().map(|row| (&*row.words, &*row.texts))
    }

    /// Whether the newest version of a key is what a step at a position sees, without a look at the stream clock.
    pub fn is_newest(&self, key: u32, position: u64, now: i64) -> bool {
        let newest = self.newest.get(key as usize);
        newest.is_some_and(|newest| newest.position < position && newest.time <= now)
    }

    /// The words of the newest version of a row, if every step of a round sees that at `now` and it has no texts.
    pub fn plain(&self, key: usize, begin: u64, now: i64) -> Option<&[Word]> {
        let newest = self.newest.get(key)?;
        let is_seen = newest.form == Form::Plain && newest.position < begin && newest.time <= now;
        is_seen.then(|| &self.words[key * self.columns..(key + 1) * self.columns])
    }
}

/// A record of a table's log.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a> {
    pub plan: &'a TablePlan,
    pub batch: &'a Batch,
    pub at: usize,
}

impl<'a> Record<'a> {
    /// Its words; texts of the batch are copied to another.
    fn words<'b>(&self, own: &'b mut Batch) -> impl Iterator<Item = Word> + use<'a, 'b> {
        let Record { plan, batch, at } = *self;
        plan.columns.iter().zip(&batch.columns).map(move |(column, words)| {
            let word = words[at];
            if column.ty == Scalar::String && column.ty.is_present(word) && text_parts(word).0 == 0 {
                own.add_text(batch.text(word))
            } else {
                word
            }
        })
    }

    /// Its words and texts, taken out of the batch.
    fn row(&self) -> Row {
        let mut own = Batch::default();
        let words = self.words(&mut own).collect();
        Row { words, texts: own.texts.into() }
    }
}
