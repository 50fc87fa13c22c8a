//! The merged log: all partitions of all sources and tables, by the event time of their next records.
//!
//! At equal times a table's record comes before an event; then the order in which twins list their inputs decides,
//! then the partition. Every record, set aside or not, has a position in this log. A record without a time (because it was
//! set aside) comes right after the one before it in its partition.
//!
//! A round is a stretch of the log. Where one partition is all there is to read, its rows are used where the reader
//! put them; otherwise the rows of a round are gathered in the order of the log.

use crate::log::{LogError, Progress, Reject};
use crate::partition::{Faults, Head, Partition};
use crate::prepare::{Fate, Prepared, Span, Topic};
use crate::reject::set_aside;
use crate::stream::Stream;
use crate::tables::{TableStore, Version, is_first, row_of};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use twin_plan::Plan;
use twin_plan::kernel::Batch;

/// An event that goes to the twins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Log position.
    pub position: u64,
    /// Event time.
    pub time: i64,
    /// The stream clock there.
    pub stream: i64,
    /// Row in its source's batch.
    pub row: u32,
}

/// A record that was set aside, in the order of the log.
#[derive(Clone, Debug)]
pub(crate) struct SetAside {
    pub position: u64,
    /// Name of the source or table.
    pub source: String,
    pub partition: u32,
    pub reject: Reject,
}

/// A key that a table had not seen before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewKey {
    pub table: u32,
    pub key: u32,
    pub position: u64,
    pub stream: i64,
}

/// One source or table.
pub(crate) struct TopicLog {
    pub partitions: Vec<Partition>,
    /// The rows that twins refer to, where they are gathered from several partitions.
    pub gathered: Option<Prepared>,
    /// Space for the next rows.
    spare: Prepared,
    /// Rows of this round, as partition and row, that are not gathered yet.
    taken: Vec<(u32, u32)>,
    /// Whether a record without the source's key is set aside.
    needs_key: bool,
    /// By column, whether it is needed of records that have waited.
    needed_late: Vec<bool>,
    pub faults: Faults,
}

impl TopicLog {
    fn new(
        readers: Vec<Box<dyn crate::RecordReader>>,
        needs_key: bool,
        needed_late: Vec<bool>,
        places: usize,
    ) -> TopicLog {
        let columns = needed_late.len();
        let partitions = readers.into_iter().enumerate();
        TopicLog {
            partitions: partitions.map(|(n, reader)| Partition::new(reader, n as u32, columns)).collect(),
            gathered: None,
            spare: Prepared::new(columns),
            taken: Vec::new(),
            needs_key,
            needed_late,
            faults: Faults {
                columns: vec![Default::default(); columns],
                places: vec![0; places],
                unknown_filters: 0,
            },
        }
    }

    /// The rows that twins refer to.
    pub fn rows(&self) -> &Prepared {
        self.gathered.as_ref().unwrap_or_else(|| &self.partitions[0].ahead)
    }

    /// The same as the kernel sees them.
    pub fn batch(&self) -> &Batch {
        &self.rows().chunk.batch
    }

    /// Copies the rows that were taken to where twins find them.
    fn gather(&mut self, columns: &[twin_plan::Column]) {
        let Some(gathered) = &mut self.gathered else { return };
        let from: Vec<&Prepared> = self.partitions.iter().map(|p| &p.ahead).collect();
        gathered.append(&from, &self.taken, columns);
        self.taken.clear();
    }
}

/// What was read in a round.
#[derive(Debug, Default)]
pub(crate) struct Round {
    /// Events by source.
    pub records: Vec<Vec<Record>>,
    /// What was set aside.
    pub set_aside: Vec<SetAside>,
    /// Keys new to their tables.
    pub new_keys: Vec<NewKey>,
}

/// A partition in the merge: whether it is a source's (tables go first), the place of that (see [`places_of_sources`]), the
/// number of the partition, and which source or table it is.
type Rank = (bool, u32, u32, u32);

/// Behind everything.
const LAST: (i64, Rank) = (i64::MAX, (true, u32::MAX, u32::MAX, u32::MAX));

/// The reading side of a run.
pub(crate) struct Intake {
    pub sources: Vec<TopicLog>,
    pub tables: Vec<TopicLog>,
    /// The next position of the log.
    pub position: u64,
    pub stream: Stream,
    /// Events accepted.
    pub events: u64,
    pub round: Round,
    span: Span,
    /// Records of a round, and of one reading.
    rows: usize,
    /// There is one partition of events, and it is used in place.
    pub is_direct: bool,
    heads: BinaryHeap<Reverse<(i64, Rank)>>,
    /// Where each source stands among the inputs.
    places: Vec<u32>,
}

impl Intake {
    /// `needed` says for each source whether the twins use its own key, and which columns they use of records that have
    /// waited.
    pub fn new(
        plan: &Plan,
        inputs: crate::Inputs,
        needed: (&[bool], &[Vec<bool>]),
        span: Span,
        rows: usize,
    ) -> Intake {
        let is_direct = inputs.sources.iter().map(Vec::len).sum::<usize>() == 1;
        let places = plan.faults.len();
        let sources = inputs.sources.into_iter().zip(&plan.sources).zip(needed.0).zip(needed.1);
        let sources = sources.map(|(((readers, source), needs_key), needed_late)| {
            let is_gathered = !(is_direct && readers.len() == 1);
            let mut log = TopicLog::new(readers, *needs_key, needed_late.clone(), places);
            log.gathered = is_gathered.then(|| gathering(source.columns.len()));
            log
        });
        let tables = inputs.tables.into_iter().zip(&plan.tables);
        let tables = tables
            .map(|(readers, table)| TopicLog::new(readers, true, vec![true; table.columns.len()], places));
        Intake {
            sources: sources.collect(),
            tables: tables.collect(),
            position: 0,
            stream: Stream::new(0, crate::stream::NOT_STARTED),
            events: 0,
            round: Round { records: vec![Vec::new(); plan.sources.len()], ..Round::default() },
            span,
            rows: rows.max(1),
            is_direct,
            heads: BinaryHeap::new(),
            places: places_of_sources(plan),
        }
    }

    /// Whether the rows of a source that are still needed have to be moved before the next round.
    pub fn must_move(&self, source: usize) -> bool {
        let log = &self.sources[source];
        log.gathered.is_some() || log.partitions[0].head().is_none()
    }

    /// Makes room for the next round: the rows listed (by source) stay, everything else that was used is dropped.
    ///
    /// Afterwards the `n`th kept row of a source has the number `first + n`; `first` is what is returned. Sources
    /// that need not move are left alone and give `None`.
    pub fn make_room(&mut self, plan: &Plan, kept: &[Vec<u32>]) -> Result<Vec<Option<u32>>, LogError> {
        let mut firsts = Vec::with_capacity(self.sources.len());
        for (at, kept) in kept.iter().enumerate() {
            firsts.push(if self.must_move(at) { Some(self.move_rows(plan, at, kept)?) } else { None });
        }
        Ok(firsts)
    }

    fn move_rows(&mut self, plan: &Plan, at: usize, kept: &[u32]) -> Result<u32, LogError> {
        let log = &mut self.sources[at];
        let topic = Topic::source(plan, at, log.needs_key);
        log.spare.clear();
        if let Some(gathered) = &mut log.gathered {
            log.spare.partitions.get_or_insert_default();
            std::mem::swap(gathered, &mut log.spare);
            gathered.append_rows(&log.spare, kept, topic.columns, &log.needed_late);
            return Ok(0);
        }
        // The reader begins with an empty chunk, so that it may hand over one that it has filled ahead of time; what
        // is kept goes behind its records.
        let partition = &mut log.partitions[0];
        log.spare.number = partition.ahead.number;
        std::mem::swap(&mut partition.ahead, &mut log.spare);
        (partition.fresh, partition.row, partition.reject) = (0, 0, 0);
        partition.fill(&topic, self.span, self.rows.max(kept.len()), &mut log.faults)?;
        let first = partition.ahead.chunk.rows() as u32;
        partition.ahead.append_rows(&log.spare, kept, topic.columns, &log.needed_late);
        Ok(first)
    }

    /// Reads a round of the log: at least so many records, unless less is left. `false`: nothing was left.
    ///
    /// Of the first record's time `horizon` makes the last one that belongs to the round; it may take its time.
    pub fn read_round(
        &mut self,
        plan: &Plan,
        tables: &mut TableStore,
        at_least: usize,
        horizon: impl FnOnce(i64) -> i64,
    ) -> Result<bool, LogError> {
        self.begin_round(self.position);
        self.find_heads(plan, tables)?;
        let horizon = self.heads.peek().map_or(i64::MAX, |Reverse((time, _))| horizon(*time));
        let begin = self.position;
        let end = begin + self.rows.max(at_least) as u64;
        while self.position < end {
            let Some(Reverse((_, rank))) = self.heads.peek().copied().filter(|next| next.0.0 <= horizon)
            else {
                break;
            };
            self.heads.pop();
            let until = self.heads.peek().map_or(LAST, |Reverse(head)| *head).min((horizon, LAST.1));
            if rank.0 {
                self.take_events(plan, rank, until, end);
            } else {
                self.take_row(plan, tables, rank);
            }
            let must_end = !self.push_head(plan, tables, rank)?;
            if must_end {
                break;
            }
        }
        for (log, source) in self.sources.iter_mut().zip(&plan.sources) {
            log.gather(&source.columns);
        }
        self.stream.end_round();
        Ok(self.position > begin)
    }

    fn begin_round(&mut self, position: u64) {
        self.stream.begin_round(position);
        self.round.records.iter_mut().for_each(Vec::clear);
        self.round.set_aside.clear();
        self.round.new_keys.clear();
    }

    /// The log has ended: a last round, at this position, in which nothing is read.
    pub fn begin_end(&mut self, position: u64) {
        self.begin_round(position);
        self.stream.end_round();
    }

    /// Looks at the next record of every partition.
    fn find_heads(&mut self, plan: &Plan, tables: &TableStore) -> Result<(), LogError> {
        self.heads.clear();
        for (is_source, logs) in [(false, self.tables.len()), (true, self.sources.len())] {
            for log in 0..logs {
                let topic = if is_source { &self.sources[log] } else { &self.tables[log] };
                for partition in 0..topic.partitions.len() {
                    let place = if is_source { self.places[log] } else { log as u32 };
                    self.push_head(plan, tables, (is_source, place, partition as u32, log as u32))?;
                }
            }
        }
        Ok(())
    }

    /// Puts a partition's next record into the merge, reading ahead for it. `false`: the round must end here, because
    /// its next record is not known and room has to be made for it.
    fn push_head(&mut self, plan: &Plan, tables: &TableStore, rank: Rank) -> Result<bool, LogError> {
        let (is_source, _, number, at) = rank;
        let (at, number) = (at as usize, number as usize);
        let log = if is_source { &mut self.sources[at] } else { &mut self.tables[at] };
        let topic = match is_source {
            true => Topic::source(plan, at, log.needs_key),
            false => Topic::table(plan, at),
        };
        if log.partitions[number].head().is_none() {
            if is_source && self.is_direct {
                return Ok(log.partitions[number].is_done);
            }
            log.gather(topic.columns);
            let rows = (self.rows / log.partitions.len()).max(READ_AT_LEAST.min(self.rows));
            if !log.partitions[number].fill(&topic, self.span, rows, &mut log.faults)? {
                return Ok(true);
            }
        }
        let partition = &log.partitions[number];
        let time = match (is_source, partition.head()) {
            (false, Some(Head::Record(row))) => table_time(&topic, tables, at, partition, row),
            _ => partition.head_time(),
        };
        self.heads.push(Reverse((time, rank)));
        Ok(true)
    }

    /// Takes events of a partition as long as no other partition's turn comes.
    fn take_events(&mut self, plan: &Plan, rank: Rank, until: (i64, Rank), end: u64) {
        let (source, number) = (rank.3 as usize, rank.2 as usize);
        let log = &mut self.sources[source];
        let topic = Topic::source(plan, source, log.needs_key);
        let gathered = log.gathered.as_ref().map(|g| g.chunk.rows());
        let partition = &mut log.partitions[number];
        if partition.ahead.is_plain && gathered.is_none() {
            let most = (end - self.position) as usize;
            return self.events_in_place(source, number, (until, rank), most);
        }
        while self.position < end {
            let row = match partition.head() {
                None => return,
                Some(Head::Reject(at)) => {
                    self.round.set_aside.push(set_aside(&topic, self.position, partition, at));
                    partition.reject += 1;
                    self.position += 1;
                    continue;
                }
                Some(Head::Record(row)) => row,
            };
            if (partition.head_time(), rank) > until {
                return;
            }
            let (time, position) = (partition.ahead.times[row], self.position);
            self.position += 1;
            partition.row += 1;
            match partition.ahead.fates[row] {
                Fate::Pass => {
                    let stream = self.stream.see(position, time);
                    self.events += 1;
                    let row = match gathered {
                        None => row,
                        Some(rows) => {
                            log.taken.push((number as u32, row as u32));
                            rows + log.taken.len() - 1
                        }
                    };
                    self.round.records[source].push(Record { position, time, stream, row: row as u32 });
                }
                Fate::Filtered => {
                    self.stream.see(position, time);
                    self.events += 1;
                }
                Fate::Beyond => {
                    self.stream.see(position, self.span.to);
                }
                Fate::Skipped => {}
                Fate::MissingKey | Fate::MissingTime | Fate::Future => {
                    let reject = crate::reject::describe(&topic, &partition.ahead, row);
                    let (source, partition) = (topic.name.to_string(), number as u32);
                    self.round.set_aside.push(SetAside { position, source, partition, reject });
                }
            }
        }
    }

    /// The same for records that all pass and stay where they are: nothing but the clock is to be looked at.
    fn events_in_place(
        &mut self,
        source: usize,
        number: usize,
        (until, rank): ((i64, Rank), Rank),
        most: usize,
    ) {
        let partition = &mut self.sources[source].partitions[number];
        let rows = partition.row..partition.fresh.min(partition.row + most);
        let records = &mut self.round.records[source];
        records.reserve(rows.len());
        let mut row = rows.start;
        for time in &partition.ahead.times[rows.clone()] {
            if *time >= until.0 && (*time, rank) > until {
                break;
            }
            let stream = self.stream.see(self.position, *time);
            records.push(Record { position: self.position, time: *time, stream, row: row as u32 });
            self.position += 1;
            row += 1;
        }
        self.events += (row - rows.start) as u64;
        partition.row = row;
    }

    /// Takes one record of a table.
    fn take_row(&mut self, plan: &Plan, tables: &mut TableStore, rank: Rank) {
        let (at, number) = (rank.3 as usize, rank.2 as usize);
        let topic = Topic::table(plan, at);
        let partition = &mut self.tables[at].partitions[number];
        let position = self.position;
        self.position += 1;
        let row = match partition.head() {
            None => return,
            Some(Head::Reject(reject)) => {
                self.round.set_aside.push(set_aside(&topic, position, partition, reject));
                partition.reject += 1;
                return;
            }
            Some(Head::Record(row)) => row,
        };
        let time = table_time(&topic, tables, at, partition, row);
        partition.row += 1;
        let Some(key) = topic.key_of(&partition.ahead, row) else {
            let reject = crate::reject::describe(&topic, &partition.ahead, row);
            let (source, partition) = (topic.name.to_string(), number as u32);
            self.round.set_aside.push(SetAside { position, source, partition, reject });
            return;
        };
        let table = &mut tables.tables[at];
        let known = table.keys.len();
        let key = key.intern_text(&mut table.keys, &partition.ahead.chunk.batch);
        partition.is_at_start &= is_first(table, Some(key));
        let is_deleted = partition.ahead.chunk.deleted.binary_search(&(row as u32)).is_ok();
        let row = (!is_deleted).then(|| row_of(&plan.tables[at], &partition.ahead.chunk.batch, row));
        table.put(key, Version { position, time, row });
        if table.keys.len() > known {
            let stream = self.stream.now();
            self.round.new_keys.push(NewKey { table: at as u32, key, position, stream });
        }
    }

    /// How far all readers are.
    pub fn progress(&self) -> Progress {
        let all = self.sources.iter().chain(&self.tables).flat_map(|log| &log.partitions);
        let mut sum = Progress { done: 0, total: Some(0) };
        for progress in all.map(|p| p.reader.progress()) {
            sum.done += progress.done;
            sum.total = sum.total.zip(progress.total).map(|(a, b)| a + b);
        }
        sum
    }
}

/// The place of each source: where the twins first list it among their inputs. So a twin sees events of one time in
/// the order of its inputs, also where nothing waits.
fn places_of_sources(plan: &Plan) -> Vec<u32> {
    let mut places = vec![u32::MAX; plan.sources.len()];
    for (place, input) in (0..).zip(plan.twins.iter().flat_map(|twin| &twin.inputs)) {
        let known = &mut places[input.source as usize];
        *known = place.min(*known);
    }
    places
}

/// Fewer records than this are not worth a reading.
const READ_AT_LEAST: usize = 1024;

fn gathering(columns: usize) -> Prepared {
    let mut prepared = Prepared::new(columns);
    prepared.partitions = Some(Vec::new());
    prepared
}

/// When a table's record counts: its own time, or the beginning for the first record of a key at the start of
/// the input. The start ends with the first key that comes again.
fn table_time(topic: &Topic<'_>, tables: &TableStore, at: usize, partition: &Partition, row: usize) -> i64 {
    let batch = &partition.ahead.chunk.batch;
    let key = topic.key_of(&partition.ahead, row);
    let known = key.and_then(|key| tables.tables[at].keys.get(key.text(batch).as_bytes()));
    if partition.is_at_start && is_first(&tables.tables[at], known) {
        return crate::prepare::BEGINNING;
    }
    partition.ahead.times[row]
}
