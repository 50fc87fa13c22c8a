//! The loop: read a round of the log, let it happen to the twins, write what they say.

use crate::ahead::AheadReader;
use crate::clock::{Pace, Stopwatch};
use crate::collect::Collecting;
use crate::error::EngineError;
use crate::intake::Intake;
use crate::interner::Interner;
use crate::late::{write_late, write_rejects};
use crate::log::{LogError, Progress, RecordReader, RecordWriter};
use crate::moment::Places;
use crate::prepare::{BEGINNING, Span};
use crate::render::Renderer;
use crate::ring::Ring;
use crate::round::SetAside;
use crate::shard::{Events, InputEvents, Member, Surroundings, run_round};
use crate::sinks::Sinks;
use crate::stream::NOT_STARTED;
use crate::summary::{Counts, Summary, summary};
use crate::tables::TableStore;
use crate::twin::{ShardKeys, TwinState, twins_of};
use crate::work::{both, in_parallel};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use twin_plan::kernel::{Batch, Kernel};
use twin_plan::{Plan, TwinPlan};

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
        let ahead = |reader: Box<dyn RecordReader>| -> Box<dyn RecordReader> {
            if reader.works_ahead() { reader } else { Box::new(AheadReader::new(reader)) }
        };
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
    /// Records in a round, for each thread. No result depends on it.
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
    collecting: Collecting,
    renderer: Renderer,
    set_aside: Vec<SetAside>,
    /// Whether the next round is read while one is written: where whoever reads decodes, that is worth a thread. To take
    /// over what another thread has decoded is not.
    reads_on: bool,
    /// The next round has been read.
    is_read: bool,
    /// Events of the run that this one goes on from.
    pub(crate) events_before: u64,
}

/// What a record takes on its way from a twin to its sink, more or less.
const RECORD_WORDS: usize = 16;

/// No event waits for the row.
const UNUSED: u32 = u32::MAX;

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
        let reads_on =
            options.threads > 1 && inputs.sources.iter().flatten().any(|reader| reader.works_ahead());
        let inputs = if options.threads > 1 { inputs.read_ahead(options.threads) } else { inputs };
        let shards = options.threads.max(1);
        // What is done by one thread for a round, such as starting the others, should not weigh more with more of them.
        let rows = options.rows.saturating_mul(shards);
        let span = Span { from: options.from.unwrap_or(i64::MIN), to: options.to.unwrap_or(i64::MAX) };
        let mut engine = Engine {
            intake: Intake::new(&plan, inputs, &needs_key(&plan), span, rows),
            tables: TableStore::new(&plan),
            twins: (0..plan.twins.len()).map(|at| TwinState::new(&plan, at, shards)).collect(),
            sinks: Sinks::new(&plan, writers),
            counts: Counts::new(&plan),
            plan,
            kernels,
            pace: options.speed.map(Pace::new),
            options,
            collecting: Collecting::default(),
            renderer: Renderer::default(),
            set_aside: Vec::new(),
            reads_on,
            is_read: false,
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
        while !is_stopped || self.is_read {
            let is_due = self.options.checkpoint.is_some()
                && match self.options.every {
                    Every::Rounds(n) => (rounds + 1) % n.max(1) == 0,
                    Every::Seconds(s) => watch.seconds() - last_checkpoint >= s,
                };
            let may_read_on = self.reads_on && !is_due && !is_stopped && self.pace.is_none();
            if !self.run_round(may_read_on)? {
                break;
            }
            rounds += 1;
            self.report(watch.seconds());
            if is_due {
                self.write_checkpoint()?;
                last_checkpoint = watch.seconds();
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

    /// One round of the log; `false`: nothing was left. Where it may read on, the next round is read while this one is
    /// written.
    pub fn run_round(&mut self, may_read_on: bool) -> Result<bool, EngineError> {
        if !std::mem::take(&mut self.is_read) {
            self.make_room();
            let (pace, stop) = (&mut self.pace, &self.options.stop);
            // Rows of tables that count from the beginning are nothing to wait for.
            let horizon = |first| match pace {
                Some(pace) if first > BEGINNING => pace.wait(first, || stop.load(Ordering::Relaxed)),
                Some(_) => BEGINNING,
                None => i64::MAX,
            };
            if !self.intake.read_round(&self.plan, &mut self.tables, horizon)? {
                return Ok(false);
            }
        }
        self.set_aside.append(&mut self.intake.round.set_aside);
        for at in 0..self.twins.len() {
            let (before, rest) = self.twins.split_at_mut(at);
            rest[0].take_round(&self.plan, &self.intake, &self.tables, before, &mut self.set_aside);
        }
        self.each_shard(None, run_round);
        self.tables.prune(self.intake.stream.now());
        if may_read_on {
            self.write_out_and_read_on()?
        } else {
            self.write_out()?
        }
        Ok(true)
    }

    /// Writes what the round brought, and reads the next one meanwhile.
    fn write_out_and_read_on(&mut self) -> Result<(), EngineError> {
        // The values of late events lie where the next ones come to.
        write_late(&self.plan, &self.intake, &self.twins, &mut self.sinks, &mut self.counts);
        self.make_room();
        let Engine { plan, intake, tables, twins, sinks, counts, collecting, renderer, set_aside, .. } = self;
        let write = || write_records(plan, twins, (collecting, renderer), set_aside, sinks, counts);
        let read = || intake.read_round(plan, tables, |_| i64::MAX);
        let (written, read) = both(self.options.threads, write, read);
        written?;
        self.is_read = read?;
        Ok(())
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
        let position = self.intake.position;
        self.intake.position += 1;
        self.intake.begin_end(position);
        self.twins.iter_mut().for_each(TwinState::begin_round);
        self.each_shard(Some(position), run_round);
        self.write_out()?;
        if let Some(to) = self.options.to
            && !self.advance_to(to)?
        {
            return Ok(false);
        }
        let position = self.intake.position;
        self.intake.position += 1;
        self.each_member(|member| member.state.close_captures(&member.around, position));
        self.write_out()?;
        Ok(true)
    }

    /// Moves every twin's clock to `to`, a stretch of time after the other, so that what is written in one go
    /// has a bound. All of it happens at one log position; there it is ordered by time. `false`: it was asked to stop.
    fn advance_to(&mut self, to: i64) -> Result<bool, EngineError> {
        // Every row is visited in every stretch; that should be worth it. What is written may take as much memory as the
        // rows.
        let aimed_at = |twin: &TwinState| {
            let words = self.plan.twins[twin.at].layout.words as usize;
            let twins: usize = twin.shards.iter().map(|shard| shard.twins).sum();
            twins.saturating_mul((words / RECORD_WORDS).max(4))
        };
        let records_aimed_at = self.twins.iter().map(aimed_at).sum::<usize>().max(1 << 16);
        let position = self.intake.position;
        self.intake.position += 1;
        let mut due = self.earliest_due().min(to);
        let mut stretch = (to.saturating_sub(due) / 16).max(1);
        loop {
            let until = due.saturating_add(stretch).min(to);
            let stop = Arc::clone(&self.options.stop);
            self.each_member(|member| {
                if !stop.load(Ordering::Relaxed) {
                    member.state.advance_all(until, &member.around, position);
                }
            });
            if self.is_stopped() {
                return Ok(false);
            }
            let shards = || self.twins.iter().flat_map(|twin| &twin.shards);
            let records: usize = shards().map(|shard| shard.outputs.heads.len()).sum();
            due = shards().map(|shard| shard.next_due).min().unwrap_or(to).min(to);
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

    /// When the first timer of all is due.
    fn earliest_due(&self) -> i64 {
        let dues = self.twins.iter().flat_map(|twin| {
            let words = self.plan.twins[twin.at].layout.words as usize;
            twin.shards.iter().map(move |shard| shard.earliest_due(0..shard.twins, words))
        });
        dues.min().unwrap_or(i64::MAX)
    }

    /// Lets something happen to every shard of every twin type by itself.
    fn each_member(&mut self, call: impl Fn(&mut Member<'_>) + Sync) {
        self.each_shard(None, |members| members.iter_mut().for_each(&call));
    }

    /// Lets something happen to every shard, on as many threads as the run has; twin types that share their entries
    /// go together.
    fn each_shard(&mut self, end: Option<u64>, call: impl Fn(&mut [Member<'_>]) + Sync) {
        let mut shards: Vec<_> = self.twins.iter_mut().map(|twin| std::mem::take(&mut twin.shards)).collect();
        let (plan, twins) = (&self.plan, &self.twins);
        let batches: Vec<Vec<&Batch>> =
            plan.twins.iter().map(|twin| batches_of(twin, &self.intake)).collect();
        let keys: Vec<Vec<ShardKeys<'_>>> =
            twins.iter().zip(&shards).map(|(twin, shards)| shard_keys(&twin.keys, shards.len())).collect();
        let mut tasks: Vec<Vec<Member<'_>>> = Vec::new();
        let mut task_of = vec![0; twins.len()];
        for (at, states) in shards.iter_mut().enumerate() {
            let leader = twins[at].leader;
            task_of[at] = if leader == at { tasks.len() } else { task_of[leader] };
            for (number, (state, keys)) in states.iter_mut().zip(&keys[at]).enumerate() {
                let member = Member { state, around: self.surroundings(at, keys, &batches[at], end) };
                match tasks.get_mut(task_of[at] + number) {
                    Some(task) if leader != at => task.push(member),
                    _ => tasks.push(vec![member]),
                }
            }
        }
        in_parallel(self.options.threads, tasks, |mut members| call(&mut members));
        for (twin, shards) in self.twins.iter_mut().zip(shards) {
            twin.shards = shards;
        }
    }

    /// What a shard of a twin type needs; `keys` says which shard it is.
    fn surroundings<'a>(
        &'a self,
        at: usize,
        keys: &'a ShardKeys<'_>,
        batches: &'a [&'a Batch],
        end: Option<u64>,
    ) -> Surroundings<'a> {
        let Engine { plan, intake, twins, .. } = self;
        let twin = &twins[at];
        Surroundings {
            plan,
            twin: &plan.twins[at],
            form: &twin.form,
            kernel: &*self.kernels[at],
            batches,
            keys,
            tables: &self.tables,
            own: &twin.own,
            stream: &intake.stream,
            events: events(plan, intake, &twins[twin.leader]),
            shard: (keys.shard, keys.shards),
            twins: twins_of(twin.keys.len(), keys.shard as usize, keys.shards as usize),
            begin: intake.round.begin,
            end,
        }
    }

    /// Writes what the round brought: records of twins, late events, what was set aside.
    fn write_out(&mut self) -> Result<(), EngineError> {
        write_late(&self.plan, &self.intake, &self.twins, &mut self.sinks, &mut self.counts);
        let Engine { plan, twins, sinks, counts, collecting, renderer, set_aside, .. } = self;
        write_records(plan, twins, (collecting, renderer), set_aside, sinks, counts)?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), EngineError> {
        for (_, writer) in self.sinks.writers() {
            writer.flush()?;
        }
        Ok(())
    }

    /// Makes room for the rows of the next round.
    fn make_room(&mut self) {
        for source in 0..self.plan.sources.len() {
            if self.intake.has_room(source) {
                continue;
            }
            let mut events = 0;
            if let Some(ring) = &mut self.intake.sources[source].ring {
                let mut age = 0;
                for twin in &self.twins {
                    let (count, oldest) = twin.waiting(&self.plan, source, |row| ring.age(row));
                    (events, age) = (events + count, age.max(oldest));
                }
                ring.forget(age);
            }
            if self.intake.should_move(source, events) {
                self.move_together(source);
            }
            self.intake.grow(source);
        }
    }

    /// Drops the rows of a source that no waiting event needs.
    pub(crate) fn move_together(&mut self, source: usize) {
        let Some(ring) = &self.intake.sources[source].ring else { return };
        let next = ring.next();
        // By age, so that nothing has to be sorted or searched for.
        let mut number_of = vec![UNUSED; ring.used() + 1];
        for row in self.twins.iter().flat_map(|twin| twin.waiting_rows(&self.plan, source)) {
            number_of[ring.age(row) as usize] = 0;
        }
        let mut kept = Vec::new();
        let used = number_of.iter_mut().enumerate().rev().filter(|(_, number)| **number != UNUSED);
        for (age, number) in used {
            *number = kept.len() as u32;
            kept.push(next.wrapping_sub(age as u32));
        }
        if let Some(ring) = &mut self.intake.sources[source].ring {
            ring.move_together(&kept, &self.plan.sources[source].columns);
        }
        for twin in &mut self.twins {
            twin.renumber(&self.plan, source, |row| number_of[next.wrapping_sub(row) as usize]);
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

/// Writes what twins and what was set aside bring to the sinks, and with it all that is there already.
fn write_records(
    plan: &Plan,
    twins: &[TwinState],
    (collecting, renderer): (&mut Collecting, &mut Renderer),
    set_aside: &mut Vec<SetAside>,
    sinks: &mut Sinks,
    counts: &mut Counts,
) -> Result<(), LogError> {
    collecting.collect(twins);
    renderer.render(plan, twins, collecting, sinks, counts);
    write_rejects(set_aside, sinks, counts);
    sinks.write_round()
}

/// The records that a twin type's inputs refer to.
fn batches_of<'a>(twin: &TwinPlan, intake: &'a Intake) -> Vec<&'a Batch> {
    twin.inputs.iter().map(|input| &intake.sources[input.source as usize].kept_rows().chunk.batch).collect()
}

/// The keys of each shard.
fn shard_keys(keys: &Interner, shards: usize) -> Vec<ShardKeys<'_>> {
    (0..shards as u32).map(|shard| ShardKeys { keys, shard, shards: shards as u32 }).collect()
}

/// The events of a round for a twin type.
fn events<'a>(plan: &Plan, intake: &'a Intake, twin: &'a TwinState) -> Events<'a> {
    let inputs = plan.twins[twin.at].inputs.iter().zip(&twin.slots).map(|(input, slots)| {
        let source = input.source as usize;
        let records = intake.records(source);
        let ring = intake.sources[source].ring.as_ref();
        let places = ring.map_or(Places::Round(records), Places::Ring);
        let lap = ring.map(Ring::lap).unwrap_or_default();
        let rows = intake.sources[source].kept_rows();
        InputEvents { records, slots, has_keyless: twin.has_keyless, places, ring, lap, rows }
    });
    Events { inputs: inputs.collect() }
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

fn check_inputs(plan: &Plan, kernels: &[Box<dyn Kernel>], inputs: &Inputs) -> Result<(), EngineError> {
    let fits = kernels.len() == plan.twins.len()
        && inputs.sources.len() == plan.sources.len()
        && inputs.tables.len() == plan.tables.len();
    if fits { Ok(()) } else { Err(EngineError::Misfit) }
}
