//! The merged log: all partitions of all sources and tables, by the event time of their next records.
//!
//! At equal times a table's record comes before an event; then the order in which twins list their inputs decides,
//! then the partition. Every record, set aside or not, has a position in this log. A record without a time (because it was
//! set aside) comes right after the one before it in its partition.
//!
//! A round is a stretch of the log. Where one partition is all there is to read and nothing waits, its rows are used where
//! the reader put them; otherwise they are gathered in a ring.

use crate::log::{LogError, Progress};
use crate::needed::Needed;
use crate::partition::{Faults, Head, Partition};
use crate::prepare::{Fate, Prepared, Rows, Span, Topic};
use crate::reject::set_aside;
use crate::ring::Ring;
use crate::round::{NewKey, Records, Round, SetAside, Streak};
use crate::shard::Form;
use crate::stream::Stream;
use crate::tables::{Table, TableStore, is_first};
use crate::versions::Record;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use twin_plan::Plan;
use twin_plan::kernel::Batch;

/// One source or table.
pub(crate) struct TopicLog {
    pub partitions: Vec<Partition>,
    /// The rows that twins refer to, where they are not used in place.
    pub ring: Option<Ring>,
    /// Rows of this round that are not gathered yet, and how many they are.
    taken: Vec<Rows>,
    taken_count: u32,
    /// Whether a record without the source's key is set aside.
    needs_key: bool,
    /// What is needed of its rows.
    pub needed: Needed,
    pub faults: Faults,
}

impl TopicLog {
    fn new(
        readers: Vec<Box<dyn crate::RecordReader>>,
        needs_key: bool,
        needed: Needed,
        places: usize,
    ) -> TopicLog {
        let columns = needed.late.len();
        let partitions = readers.into_iter().enumerate();
        TopicLog {
            partitions: partitions.map(|(n, reader)| Partition::new(reader, n as u32, columns)).collect(),
            ring: None,
            taken: Vec::new(),
            taken_count: 0,
            needs_key,
            needed,
            faults: Faults {
                columns: vec![Default::default(); columns],
                places: vec![0; places],
                unknown_filters: 0,
            },
        }
    }

    /// The rows of this round, with what is needed of them now.
    pub fn rows(&self) -> &Prepared {
        self.ring.as_ref().map_or_else(|| &self.partitions[0].ahead, |ring| &ring.round)
    }

    /// The rows that twins refer to, by their places.
    pub fn kept_rows(&self) -> &Prepared {
        self.ring.as_ref().map_or_else(|| &self.partitions[0].ahead, |ring| &ring.rows)
    }

    /// Where a column of the row at a place is to be found; see [`Ring::find`].
    pub fn find(&self, column: usize, place: u32) -> (&Batch, usize) {
        let direct = || (&self.partitions[0].ahead.chunk.batch, place as usize);
        self.ring.as_ref().map_or_else(direct, |ring| ring.find(column, place))
    }

    /// The place of a row, by its number.
    pub fn place(&self, number: u32) -> u32 {
        self.ring.as_ref().map(Ring::lap).unwrap_or_default().place(number)
    }

    /// The number of its partition.
    pub fn partition(&self, place: u32) -> u32 {
        self.ring.as_ref().map_or(0, |ring| ring.position(place).0)
    }

    /// Its offset there.
    pub fn offset(&self, place: u32) -> u64 {
        let direct = || self.partitions[0].ahead.chunk.offsets.get(place as usize).copied().unwrap_or(0);
        self.ring.as_ref().map_or_else(direct, |ring| ring.offset(place))
    }

    /// Copies the rows that were taken to where twins find them.
    fn gather(&mut self, columns: &[twin_plan::Column]) {
        let Some(ring) = &mut self.ring else { return };
        for rows in self.taken.drain(..) {
            ring.append(&self.partitions[rows.partition as usize].ahead, rows, columns);
        }
        self.taken_count = 0;
    }

    /// Notes rows of a partition that are to be gathered, and adds them to the round.
    fn take(&mut self, source: usize, rows: Rows, stream: i64, round: &mut Round) {
        let Rows { first, count, position, .. } = rows;
        let Some(ring) = &self.ring else {
            return round.add(source, Streak { position, stream, first, rows: count, number: first });
        };
        let number = ring.next().wrapping_add(self.taken_count);
        let first = ring.round.chunk.rows() as u32 + self.taken_count;
        round.add(source, Streak { position, stream, first, rows: count, number });
        self.taken_count += count;
        match self.taken.last_mut().filter(|last| last.goes_on(&rows)) {
            Some(last) => last.count += count,
            None => self.taken.push(rows),
        }
    }
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
    /// Most records of a round, and of one reading.
    rows: usize,
    /// As many of this one: a run begins with short rounds, so that its first outputs come at once.
    rows_now: usize,
    /// There is one partition of events, and it is used in place: a round is what it was read in.
    is_direct: bool,
    heads: BinaryHeap<Reverse<(i64, Rank)>>,
    /// Where each source stands among the inputs.
    places: Vec<u32>,
}

impl Intake {
    /// `needs_key` says for each source whether the twins use its own key.
    pub fn new(plan: &Plan, inputs: crate::Inputs, needs_key: &[bool], span: Span, rows: usize) -> Intake {
        let is_alone = inputs.sources.iter().map(Vec::len).sum::<usize>() == 1;
        let waits = plan.sources.iter().any(|source| source.lateness_ns > 0);
        let is_direct = is_alone && !waits;
        let places = plan.faults.len();
        let sources = inputs.sources.into_iter().zip(needs_key).enumerate();
        let sources = sources.map(|(at, (readers, needs_key))| {
            let is_gathered = !(is_direct && readers.len() == 1);
            let mut log = TopicLog::new(readers, *needs_key, Needed::of(plan, at), places);
            log.ring = is_gathered.then(|| Ring::new(&log.needed));
            log
        });
        let tables = inputs.tables.into_iter().zip(&plan.tables);
        let tables = tables.map(|(readers, table)| {
            TopicLog::new(
                readers,
                true,
                Needed { late: vec![true; table.columns.len()], ..Needed::default() },
                places,
            )
        });
        let mut stream = Stream::new(0, crate::stream::NOT_STARTED);
        let forms: Vec<_> = plan.twins.iter().map(|twin| (Form::new(plan, twin), twin)).collect();
        stream.is_followed = forms.iter().any(|(form, twin)| form.follows_stream(twin));
        stream.is_searched = forms.iter().any(|(form, _)| form.looks_at_stream || !form.is_direct());
        Intake {
            sources: sources.collect(),
            tables: tables.collect(),
            position: 0,
            stream,
            events: 0,
            round: Round { streaks: vec![Vec::new(); plan.sources.len()], ..Round::default() },
            span,
            rows: rows.max(1),
            rows_now: rows.clamp(1, FIRST_ROWS),
            is_direct,
            heads: BinaryHeap::new(),
            places: places_of_sources(plan),
        }
    }

    /// The events of a source in this round.
    pub fn records(&self, source: usize) -> Records<'_> {
        Records { streaks: &self.round.streaks[source], times: self.sources[source].rows().times() }
    }

    /// Whether there is room for the rows of a round of a source, and its texts are mostly of use.
    pub fn has_room(&self, source: usize) -> bool {
        let ring = self.sources[source].ring.as_ref();
        ring.is_none_or(|ring| ring.has_room(self.rows) && !ring.has_old_texts())
    }

    /// Whether rows of a source should move together before a round, where so many events wait.
    pub fn should_move(&self, source: usize, events: usize) -> bool {
        let ring = self.sources[source].ring.as_ref();
        ring.is_some_and(|ring| ring.has_old_texts() || ring.is_sparse(events, self.rows))
    }

    /// Makes room for a round of a source.
    pub fn grow(&mut self, source: usize) {
        if let Some(ring) = self.sources[source].ring.as_mut().filter(|ring| !ring.has_room(self.rows)) {
            ring.grow(self.rows);
        }
    }

    /// Reads on where rows are used in place and all of them have been.
    fn read_in_place(&mut self, plan: &Plan) -> Result<(), LogError> {
        for (at, log) in self.sources.iter_mut().enumerate().filter(|(_, log)| log.ring.is_none()) {
            let topic = Topic::source(plan, at, log.needs_key);
            log.partitions[0].fill(&topic, self.span, self.rows_now, &mut log.faults)?;
        }
        Ok(())
    }

    /// Reads a round of the log. `false`: nothing was left.
    ///
    /// Of the first record's time `horizon` makes the last one that belongs to the round; it may take its time.
    pub fn read_round(
        &mut self,
        plan: &Plan,
        tables: &mut TableStore,
        horizon: impl FnOnce(i64) -> i64,
    ) -> Result<bool, LogError> {
        self.begin_round(self.position);
        tables.tables.iter_mut().for_each(Table::begin_round);
        self.read_in_place(plan)?;
        self.find_heads(plan, tables)?;
        let horizon = self.heads.peek().map_or(i64::MAX, |Reverse((time, _))| horizon(*time));
        let begin = self.position;
        let end = begin + self.rows_now as u64;
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
        self.rows_now = (self.rows_now * 2).min(self.rows);
        Ok(self.position > begin)
    }

    fn begin_round(&mut self, position: u64) {
        self.stream.begin_round(position);
        self.round.begin(position);
        self.sources.iter_mut().filter_map(|log| log.ring.as_mut()).for_each(Ring::begin_round);
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
            let rows = (self.rows_now / log.partitions.len()).max(READ_AT_LEAST.min(self.rows_now));
            if !log.partitions[number].fill(&topic, self.span, rows, &mut log.faults)? {
                return Ok(true);
            }
        }
        let partition = &mut log.partitions[number];
        let time = match (is_source, partition.head()) {
            (false, Some(Head::Record(row))) => table_time(&topic, &tables.tables[at], partition, row),
            _ => partition.head_time(),
        };
        self.heads.push(Reverse((time, rank)));
        Ok(true)
    }

    /// Takes events of a partition as long as no other partition's turn comes.
    fn take_events(&mut self, plan: &Plan, rank: Rank, until: (i64, Rank), end: u64) {
        let (source, number) = (rank.3 as usize, rank.2 as usize);
        if self.sources[source].partitions[number].ahead.is_plain {
            let most = (end - self.position) as usize;
            return self.take_plain(source, number, (until, rank), most);
        }
        let log = &mut self.sources[source];
        let topic = Topic::source(plan, source, log.needs_key);
        while self.position < end {
            let partition = &mut log.partitions[number];
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
            let (time, position) = (partition.ahead.times()[row], self.position);
            self.position += 1;
            partition.row += 1;
            match partition.ahead.fate(row) {
                Fate::Pass => {
                    let rows = Rows { partition: number as u32, first: row as u32, count: 1, position };
                    log.take(source, rows, self.stream.now(), &mut self.round);
                    self.stream.see(position, time);
                    self.events += 1;
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

    /// The same for records that all pass: nothing but the clock is to be looked at.
    fn take_plain(&mut self, source: usize, number: usize, (until, rank): ((i64, Rank), Rank), most: usize) {
        let log = &mut self.sources[source];
        let partition = &mut log.partitions[number];
        let row = partition.row;
        let all = &partition.ahead.times()[row..partition.fresh.min(row + most)];
        let is_next = |time: &i64| *time < until.0 || (*time, rank) <= until;
        let times = match until.0 {
            i64::MAX => all,
            _ => &all[..all.iter().position(|time| !is_next(time)).unwrap_or(all.len())],
        };
        let (stream, count) = (self.stream.now(), times.len() as u32);
        self.stream.see_all(self.position, times);
        partition.row += times.len();
        let rows = Rows { partition: number as u32, first: row as u32, count, position: self.position };
        log.take(source, rows, stream, &mut self.round);
        self.position += u64::from(count);
        self.events += u64::from(count);
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
        let time = table_time(&topic, &tables.tables[at], partition, row);
        partition.counts_from = None;
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
        let record = Record { plan: &plan.tables[at], batch: &partition.ahead.chunk.batch, at: row };
        table.put(key, position, time, (!is_deleted).then_some(record));
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

/// Records of the first round.
const FIRST_ROWS: usize = 1024;

/// Fewer records than this are not worth a reading.
const READ_AT_LEAST: usize = 1024;

/// When a table's record counts: its own time, or the beginning for the first record of a key at the start of
/// the input. The start ends with the first key that comes again.
fn table_time(topic: &Topic<'_>, table: &Table, partition: &mut Partition, row: usize) -> i64 {
    // It is asked when the record gets its place in the merge and when it is taken.
    let known = table.keys.len();
    if let Some((_, time)) = partition.counts_from.filter(|(keys, _)| *keys == known) {
        return time;
    }
    let key = topic.key_of(&partition.ahead, row);
    let slot = || key.and_then(|key| key.find(&table.keys, &partition.ahead.chunk.batch));
    let is_beginning = partition.is_at_start && is_first(table, slot());
    let time = if is_beginning { crate::prepare::BEGINNING } else { partition.ahead.times()[row] };
    partition.counts_from = Some((known, time));
    time
}
