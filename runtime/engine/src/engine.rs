//! The loop: read a round of the log, let it happen to the twins, write what they say.

use crate::ahead::AheadReader;
use crate::clock::{Pace, Stopwatch};
use crate::collect::{Collecting, collect};
use crate::error::EngineError;
use crate::intake::{Intake, Record, SetAside};
use crate::late::{write_late, write_rejects};
use crate::log::{Progress, RecordReader, RecordWriter};
use crate::prepare::{BEGINNING, Span};
use crate::render::Renderer;
use crate::shard::{Events, Form, Surroundings};
use crate::sinks::Sinks;
use crate::stream::NOT_STARTED;
use crate::summary::{Counts, Summary, summary};
use crate::tables::{TableStore, TableView};
use crate::twin::{ShardKeys, TwinState};
use crate::work::in_parallel;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use twin_plan::Plan;
use twin_plan::kernel::{Batch, Kernel};

/// Where a run's records come from: partitions of each source and table, in the order of the plan.
#[derive(Default)]
pub struct Inputs {
    /// By source, by partition.
    pub sources: Vec<Vec<Box<dyn RecordReader>>>,
    /// By table, by partition.
    pub tables: Vec<Vec<Box<dyn RecordReader>>>,
}

impl Inputs {
    /// Partitions of sources are read by threads of their own, unless there are far more of them than threads.
    fn read_ahead(self, threads: usize) -> Inputs {
        if self.sources.iter().map(Vec::len).sum::<usize>() > 4 * threads {
            return self;
        }
        let ahead = |reader| Box::new(AheadReader::new(reader)) as Box<dyn RecordReader>;
        let sources = self.sources.into_iter().map(|partitions| partitions.into_iter().map(ahead).collect());
        Inputs { sources: sources.collect(), tables: self.tables }
    }
}

/// Where a run's records go, by the name of the sink; see [`crate::schemas`]. Others are counted only.
pub type Writers = BTreeMap<String, Box<dyn RecordWriter>>;

/// Is told how far a run is.
pub type OnProgress = Box<dyn FnMut(&RunProgress)>;

/// What a run is told besides.
pub struct Options {
    /// Threads for the twins.
    pub threads: usize,
    /// Records in a round. No result depends on it.
    pub rows: usize,
    /// Events before it are left out.
    pub from: Option<i64>,
    /// Events at or behind it are not applied; at the end, every twin's clock is moved to it.
    pub to: Option<i64>,
    /// How many times faster than the wall clock the recording may run; `None`: as fast as it can.
    pub speed: Option<f64>,
    /// The folder of checkpoints. If it holds one, the run goes on from there.
    pub checkpoint: Option<PathBuf>,
    /// When checkpoints are written.
    pub every: Every,
    /// Set from elsewhere, it makes the run write a checkpoint and leave.
    pub stop: Arc<AtomicBool>,
    /// Called after every round.
    pub progress: Option<OnProgress>,
}

/// When checkpoints are written, besides the end of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Every {
    /// After so many rounds.
    Rounds(u64),
    /// When so many seconds have passed.
    Seconds(f64),
}

impl Default for Options {
    fn default() -> Options {
        Options {
            threads: 1,
            rows: 1 << 15,
            from: None,
            to: None,
            speed: None,
            checkpoint: None,
            every: Every::Seconds(10.0),
            stop: Arc::default(),
            progress: None,
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunProgress {
    /// Events accepted so far.
    pub events: u64,
    /// The stream clock, once it has started.
    pub reached: Option<i64>,
    /// Alerts raised so far.
    pub alerts: u64,
    /// How much of the input has been read.
    pub read: Progress,
    /// Seconds since the run began.
    pub seconds: f64,
}

/// A run of a program.
pub struct Engine {
    pub(crate) plan: Arc<Plan>,
    kernels: Vec<Box<dyn Kernel>>,
    pub(crate) intake: Intake,
    pub(crate) tables: TableStore,
    pub(crate) twins: Vec<TwinState>,
    pub(crate) sinks: Sinks,
    pub(crate) counts: Counts,
    pub(crate) options: Options,
    pace: Option<Pace>,
    renderer: Renderer,
    collecting: Collecting,
    set_aside: Vec<SetAside>,
    /// Events of the run that this one goes on from.
    pub(crate) events_before: u64,
}

/// Rows of the sources that the next round has to keep.
struct Kept {
    rows: Vec<Vec<u32>>,
    count: usize,
}

impl Engine {
    /// A run that has not begun. `kernels` has one for each twin type of the plan.
    ///
    /// If the folder of checkpoints holds one of this program, everything is put back to where that was.
    pub fn new(
        plan: Arc<Plan>,
        kernels: Vec<Box<dyn Kernel>>,
        inputs: Inputs,
        writers: Writers,
        options: Options,
    ) -> Result<Engine, EngineError> {
        check_inputs(&plan, &kernels, &inputs)?;
        let inputs = if options.threads > 1 { inputs.read_ahead(options.threads) } else { inputs };
        let shards = options.threads.max(1);
        let span = Span { from: options.from.unwrap_or(i64::MIN), to: options.to.unwrap_or(i64::MAX) };
        let mut engine = Engine {
            intake: Intake::new(&plan, inputs, (&needs_key(&plan), &needed_late(&plan)), span, options.rows),
            tables: TableStore::new(&plan),
            twins: (0..plan.twins.len()).map(|at| TwinState::new(&plan, at, shards)).collect(),
            sinks: Sinks::new(&plan, writers),
            counts: Counts::new(&plan),
            plan,
            kernels,
            pace: options.speed.map(Pace::new),
            options,
            renderer: Renderer::default(),
            collecting: Collecting::default(),
            set_aside: Vec::new(),
            events_before: 0,
        };
        engine.resume()?;
        Ok(engine)
    }

    /// Runs to the end of the input, or until it is asked to stop.
    pub fn run(mut self) -> Result<Summary, EngineError> {
        let watch = Stopwatch::start();
        let mut last_checkpoint = 0.0;
        let mut rounds = 0;
        let mut is_stopped = self.is_stopped();
        while !is_stopped && self.run_round()? {
            rounds += 1;
            let seconds = watch.seconds();
            self.report(seconds);
            let is_due = match self.options.every {
                Every::Rounds(n) => rounds % n.max(1) == 0,
                Every::Seconds(s) => seconds - last_checkpoint >= s,
            };
            if is_due && self.options.checkpoint.is_some() {
                self.write_checkpoint()?;
                last_checkpoint = seconds;
            }
            if self.pace.is_some() {
                self.flush()?;
            }
            is_stopped = self.is_stopped();
        }
        is_stopped = self.finish(is_stopped)?;
        let mut summary = summary(&self.plan, &self.counts, &self.intake, &self.twins, &self.sinks);
        summary.is_stopped = is_stopped;
        summary.seconds = watch.seconds();
        summary.events_per_second = (summary.events - self.events_before) as f64 / summary.seconds.max(1e-9);
        Ok(summary)
    }

    /// One round of the log; `false`: nothing was left.
    pub fn run_round(&mut self) -> Result<bool, EngineError> {
        let kept = self.kept_rows();
        let firsts = self.intake.make_room(&self.plan, &kept.rows)?;
        self.renumber(&kept, &firsts);
        let (pace, stop) = (&mut self.pace, &self.options.stop);
        // Rows of tables that count from the beginning are nothing to wait for.
        let horizon = |first| match pace {
            Some(pace) if first > BEGINNING => pace.wait(first, || stop.load(Ordering::Relaxed)),
            Some(_) => BEGINNING,
            None => i64::MAX,
        };
        if !self.intake.read_round(&self.plan, &mut self.tables, kept.count, horizon)? {
            return Ok(false);
        }
        self.set_aside.append(&mut self.intake.round.set_aside);
        for at in 0..self.twins.len() {
            let (before, rest) = self.twins.split_at_mut(at);
            rest[0].take_round(&self.plan, &self.intake, &self.tables, before, &mut self.set_aside);
        }
        self.each_shard(None, |shard, around| shard.run_round(around));
        self.write_out()?;
        self.tables.prune(self.intake.stream.now());
        Ok(true)
    }

    /// What happens behind the last record; whether it was asked to stop before all of it was done.
    pub(crate) fn finish(&mut self, is_stopped: bool) -> Result<bool, EngineError> {
        let keeps = self.options.checkpoint.is_some();
        let is_pause = keeps && self.options.to.is_none();
        let is_end = !is_stopped && !is_pause;
        // An end that is broken off is no place to go on from: it begins anew from here.
        if keeps {
            self.write_checkpoint()?;
        }
        let is_done = !is_end || self.end()?;
        if keeps && is_end && is_done {
            self.write_checkpoint()?;
        }
        for (_, writer) in self.sinks.writers() {
            writer.finish()?;
        }
        Ok(is_stopped || !is_done)
    }

    /// The input has ended: what waits is applied, clocks are moved to `to`, open captures are written. `false`: it
    /// was asked to stop on the way.
    fn end(&mut self) -> Result<bool, EngineError> {
        let kept = self.kept_rows();
        let firsts = self.intake.make_room(&self.plan, &kept.rows)?;
        self.renumber(&kept, &firsts);
        let position = self.intake.position;
        self.intake.position += 1;
        self.intake.begin_end(position);
        self.twins.iter_mut().for_each(TwinState::begin_round);
        self.each_shard(Some(position), |shard, around| shard.run_round(around));
        self.write_out()?;
        if let Some(to) = self.options.to
            && !self.advance_to(to)?
        {
            return Ok(false);
        }
        let position = self.intake.position;
        self.intake.position += 1;
        self.each_shard(None, |shard, around| shard.close_captures(around, position));
        self.write_out()?;
        Ok(true)
    }

    /// Moves every twin's clock to `to`, a stretch of time after the other, so that what is written in one go
    /// has a bound. All of it happens at one log position; there it is ordered by time. `false`: it was asked to stop.
    fn advance_to(&mut self, to: i64) -> Result<bool, EngineError> {
        // Every row is visited in every stretch; that should be worth it.
        let twins: usize = self.twins.iter().flat_map(|twin| &twin.shards).map(|shard| shard.twins).sum();
        let records_aimed_at = twins.saturating_mul(4).max(1 << 16);
        let position = self.intake.position;
        self.intake.position += 1;
        let mut stretch = i64::MAX;
        loop {
            let due = self.earliest_due().min(to);
            if stretch == i64::MAX {
                stretch = (to.saturating_sub(due) / 16).max(1);
            }
            let until = due.saturating_add(stretch).min(to);
            let stop = Arc::clone(&self.options.stop);
            self.each_shard(None, |shard, around| {
                if !stop.load(Ordering::Relaxed) {
                    shard.advance_all(until, around, position);
                }
            });
            if self.is_stopped() {
                return Ok(false);
            }
            let records: usize =
                self.twins.iter().flat_map(|t| &t.shards).map(|shard| shard.outputs.heads.len()).sum();
            self.write_out()?;
            if until == to {
                return Ok(true);
            }
            if records > records_aimed_at {
                stretch = (stretch / 2).max(1);
            } else if records < records_aimed_at / 4 {
                stretch = stretch.saturating_mul(2);
            }
        }
    }

    fn earliest_due(&self) -> i64 {
        let dues = self.twins.iter().flat_map(|twin| {
            let words = self.plan.twins[twin.at].layout.words as usize;
            twin.shards.iter().filter_map(move |shard| shard.earliest_due(words))
        });
        dues.min().unwrap_or(i64::MAX)
    }

    /// Lets something happen to every shard, on as many threads as the run has.
    fn each_shard(
        &mut self,
        end: Option<u64>,
        call: impl Fn(&mut crate::shard::ShardState, &Surroundings<'_>) + Sync,
    ) {
        let (plan, intake, tables) = (&*self.plan, &self.intake, &self.tables);
        let stream = &intake.stream;
        let batches: Vec<Vec<&Batch>> = plan
            .twins
            .iter()
            .map(|twin| twin.inputs.iter().map(|i| intake.sources[i.source as usize].batch()).collect())
            .collect();
        let records: Vec<Vec<&[Record]>> = plan
            .twins
            .iter()
            .map(|twin| twin.inputs.iter().map(|i| &*intake.round.records[i.source as usize]).collect())
            .collect();
        let mut tasks = Vec::new();
        for twin in &mut self.twins {
            let shards = twin.shards.len();
            let counts: Vec<_> = (0..shards).map(|shard| twin.twins_of(shard)).collect();
            let TwinState { at, form, keys, shards: states, own, slots, .. } = twin;
            for (number, state) in states.iter_mut().enumerate() {
                tasks.push((*at, &*form, &*keys, &*own, &*slots, number, counts[number], shards, state));
            }
        }
        let kernels = &self.kernels;
        in_parallel(
            self.options.threads,
            tasks,
            |(at, form, keys, own, slots, number, twins, shards, state)| {
                let shard = (number as u32, shards as u32);
                let view =
                    TableView { plan, store: tables, stream, own, shard: (number as u32, shards as u32) };
                let keys = ShardKeys { keys, shard: number as u32, shards: shards as u32 };
                let around = Surroundings {
                    plan,
                    twin: &plan.twins[at],
                    form,
                    kernel: &*kernels[at],
                    batches: &batches[at],
                    keys: &keys,
                    tables: &view,
                    stream,
                    events: Events { records: &records[at], slots, shard },
                    twins,
                    end,
                };
                call(state, &around);
            },
        );
    }

    /// Writes what the round brought: records of twins, late events, what was set aside.
    fn write_out(&mut self) -> Result<(), EngineError> {
        collect(&self.twins, &mut self.collecting);
        let batches: Vec<&Batch> = self.intake.sources.iter().map(|log| log.batch()).collect();
        let (sinks, counts) = (&mut self.sinks, &mut self.counts);
        self.renderer.render(&self.plan, &self.twins, &batches, &self.collecting, sinks, counts);
        write_late(&self.plan, &self.intake, &self.twins, sinks, counts);
        write_rejects(&mut self.set_aside, sinks, counts);
        self.sinks.write_round()?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), EngineError> {
        for (_, writer) in self.sinks.writers() {
            writer.flush()?;
        }
        Ok(())
    }

    /// Rows that waiting events need, of the sources whose rows will move.
    fn kept_rows(&self) -> Kept {
        let mut kept = Kept { rows: vec![Vec::new(); self.plan.sources.len()], count: 0 };
        for (source, rows) in kept.rows.iter_mut().enumerate() {
            if !self.intake.must_move(source) {
                continue;
            }
            if let Some(twin) = self.sole_twin(source) {
                rows.extend(twin.waiting().map(|waiting| waiting.record));
                continue;
            }
            let mut is_kept = vec![false; self.intake.sources[source].batch().rows];
            for twin in &self.twins {
                twin.add_waiting_rows(&self.plan, source, &mut is_kept);
            }
            rows.extend((0u32..).zip(&is_kept).filter(|(_, kept)| **kept).map(|(row, _)| row));
        }
        kept.count = self.twins.iter().map(|twin| twin.waiting().count()).max().unwrap_or(0);
        kept
    }

    /// The twin type that alone reads a source, and nothing else: its rows are kept in the order in which it waits for
    /// them.
    fn sole_twin(&self, source: usize) -> Option<&TwinState> {
        let reads = |twin: &TwinState| {
            self.plan.twins[twin.at].inputs.iter().any(|input| input.source as usize == source)
        };
        let mut readers = self.twins.iter().filter(|twin| reads(twin));
        let sole = readers.next().filter(|twin| twin.form.is_queued)?;
        readers.next().is_none().then_some(sole)
    }

    fn renumber(&mut self, kept: &Kept, firsts: &[Option<u32>]) {
        for (source, (rows, first)) in kept.rows.iter().zip(firsts).enumerate() {
            let Some(first) = *first else { continue };
            if let Some(at) = self.sole_twin(source).map(|twin| twin.at) {
                let waiting = self.twins[at].shards.iter_mut().flat_map(|shard| &mut shard.waiting);
                waiting.zip(first..).for_each(|(waiting, row)| waiting.record = row);
                continue;
            }
            let Some(last) = rows.last() else { continue };
            let mut numbers = vec![0; *last as usize + 1];
            for (n, row) in rows.iter().enumerate() {
                numbers[*row as usize] = first + n as u32;
            }
            for twin in &mut self.twins {
                twin.renumber(&self.plan, source, &numbers);
            }
        }
    }

    fn report(&mut self, seconds: f64) {
        let now = self.intake.stream.now();
        let progress = RunProgress {
            events: self.intake.events,
            reached: (now != NOT_STARTED).then_some(now),
            alerts: self.counts.raised(),
            read: self.intake.progress(),
            seconds,
        };
        if let Some(call) = &mut self.options.progress {
            call(&progress);
        }
    }

    fn is_stopped(&self) -> bool {
        self.options.stop.load(Ordering::Relaxed)
    }
}

/// Which sources' own keys are needed: all but those whose inputs all come by another.
fn needs_key(plan: &Plan) -> Vec<bool> {
    let inputs = || plan.twins.iter().flat_map(|twin| &twin.inputs);
    (0..plan.sources.len() as u32)
        .map(|source| {
            let mut of_source = inputs().filter(|input| input.source == source).peekable();
            of_source.peek().is_none() || of_source.any(|input| input.by.is_none())
        })
        .collect()
}

/// For each source and column whether it is needed of records that have waited: what has waited is never late, so the
/// columns that twins read are all, but where a twin has several inputs or records its input.
fn needed_late(plan: &Plan) -> Vec<Vec<bool>> {
    let sources = plan.sources.iter().zip(0..).map(|(source, at)| {
        let mut needed = vec![false; source.columns.len()];
        for twin in &plan.twins {
            let needs_all = !Form::new(plan, twin).is_queued || !twin.captures.is_empty();
            for input in twin.inputs.iter().filter(|input| input.source == at) {
                input.columns.iter().for_each(|column| needed[*column as usize] = true);
                needed.iter_mut().for_each(|needed| *needed |= needs_all);
            }
        }
        needed
    });
    sources.collect()
}

fn check_inputs(plan: &Plan, kernels: &[Box<dyn Kernel>], inputs: &Inputs) -> Result<(), EngineError> {
    let fits = kernels.len() == plan.twins.len()
        && inputs.sources.len() == plan.sources.len()
        && inputs.tables.len() == plan.tables.len();
    if fits { Ok(()) } else { Err(EngineError::Misfit) }
}
