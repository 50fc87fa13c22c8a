//! Runs tests: each is lowered with what it watches, fed, run by the engine, and judged.

use crate::against::{Incident, read_incidents};
use crate::clock::Clock;
use crate::feed::{Feed, feed, key_text};
use crate::judge::{Judge, judge};
use crate::memory::LastMoment;
use crate::observe::{Observed, Seen};
use crate::recording::{Partitions, first_event, open_recording, open_table};
use crate::report::{Outcome, TestReport};
use crate::watch::{Watch, watch};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant;
use twin_analysis::hir::{Const, Program, SourceId, TableId, Test, TestReplay, TestTarget};
use twin_diagnostics::{SourceMap, Span};
use twin_engine::{Engine, Inputs, Options, Summary};
use twin_lowering::{Setting, Settings, lower_watched};
use twin_plan::Plan;
use twin_plan::kernel::Kernel;
use twin_syntax::ast::ItemKind;
use twin_types::{Library, Scalar};

/// Makes a kernel for each twin of a plan, or says in words why it cannot.
pub type MakeKernels<'a> = &'a (dyn Fn(&Plan) -> Result<Vec<Box<dyn Kernel>>, String> + Sync);

/// A program with what its tests need.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// The program, without errors.
    pub program: &'a Program,
    /// Its library.
    pub library: &'a Library,
    /// Its texts.
    pub sources: &'a SourceMap,
    /// The folder from which a test names its recordings; none for a program without one.
    pub folder: Option<&'a Path>,
    /// Recorded tables by name, for tests that replay: partitions, each of one or several files.
    pub tables: &'a BTreeMap<String, Partitions>,
    /// What carries the steps out.
    pub kernels: MakeKernels<'a>,
    /// How many tests may run at a time.
    pub threads: usize,
}

/// The tests of a program whose name contains a text, in the order in which they stand; those of the library are
/// not the program's.
pub fn select<'a>(program: &'a Program, sources: &SourceMap, filter: &str) -> Vec<&'a Test> {
    let is_own = |test: &&Test| sources.file(test.span.file).name.ends_with(".twin");
    program.tests.iter().filter(is_own).filter(|test| test.name.contains(filter)).collect()
}

/// Runs tests, several at a time, and tells of each in the order given as soon as it and all before it are done.
pub fn run(setup: &Setup<'_>, tests: &[&Test], mut done: impl FnMut(&TestReport)) -> Vec<TestReport> {
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..setup.threads.clamp(1, tests.len().max(1)) {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                while let Some(test) = tests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let at = tests.iter().position(|other| std::ptr::eq(*other, *test)).unwrap_or_default();
                    // Whoever listens waits for all of them.
                    let _ = send.send((at, run_one(setup, test)));
                }
            });
        }
        drop(send);
        let mut reports = Vec::new();
        let mut waiting = BTreeMap::new();
        for (at, report) in receive {
            waiting.insert(at, report);
            while let Some(report) = waiting.remove(&reports.len()) {
                done(&report);
                reports.push(report);
            }
        }
        reports
    })
}

fn run_one(setup: &Setup<'_>, test: &Test) -> TestReport {
    let watch = Instant::now();
    let outcome = outcome(setup, test).unwrap_or_else(Outcome::Broken);
    TestReport { name: test.name.clone(), span: test.span, seconds: watch.elapsed().as_secs_f64(), outcome }
}

fn outcome(setup: &Setup<'_>, test: &Test) -> Result<Outcome, String> {
    refuse_unbuilt(setup, test)?;
    let watch = watch(setup.program, setup.sources, test);
    let mut plan = lower_watched(
        setup.program,
        setup.library,
        setup.sources,
        &settings(setup.program, test),
        &watch.probes,
    );
    let key = test.subject.as_ref().and_then(|subject| key_text(&subject.key));
    let incidents = incidents(setup, test, &plan)?;
    let log = match &test.replay {
        Some(replay) => replayed(setup, test, replay, &plan)?,
        None => fed(setup.program, test, &mut plan),
    };
    let clock = Clock::new(setup.program, test, log.base);
    let observed = Observed::default();
    let (summary, seen) = run_engine(setup, plan, log, &watch, &observed, key.as_deref())?;
    let judge_of = Judge {
        program: setup.program,
        sources: setup.sources,
        test,
        clock: &clock,
        watch: &watch,
        seen: &seen,
        key: key.as_deref(),
        incidents: &incidents,
    };
    let failures = judge(&judge_of);
    Ok(match failures.is_empty() {
        true => Outcome::Passed,
        false => Outcome::Failed { failures, notes: notes(&summary) },
    })
}

/// What no run can carry out yet stands in the way of tests, unless it is another twin's alone.
fn refuse_unbuilt(setup: &Setup<'_>, test: &Test) -> Result<(), String> {
    let program = setup.program;
    let own = test.subject.as_ref().map(|subject| program.twins[subject.twin.index()].name.as_str());
    let is_others = |span: &Span| {
        own.is_some() && twin_around(setup.sources, *span).is_some_and(|t| Some(t.as_str()) != own)
    };
    // Scenarios are no part of what a test runs.
    let is_in_the_way = |(what, span): &&(String, Span)| !what.starts_with("scenario ") && !is_others(span);
    match program.not_built.iter().find(is_in_the_way) {
        Some((what, _)) => Err(format!("{what} is checked, but cannot be run yet")),
        None => Ok(()),
    }
}

/// The twin in whose declaration a place lies.
fn twin_around(sources: &SourceMap, place: Span) -> Option<String> {
    let file = sources.file(place.file);
    let parse = twin_syntax::parse(place.file, &file.text);
    parse.module.items.into_iter().find_map(|item| match item.kind {
        ItemKind::Twin(twin) if (item.span.start..item.span.end).contains(&place.start) => {
            Some(twin.name.text)
        }
        _ => None,
    })
}

/// The params that the test sets; whatever a run may set besides is not the test's.
fn settings(program: &Program, test: &Test) -> Settings {
    let mut settings = Settings { version: "test".to_string(), ..Settings::default() };
    let Some(subject) = &test.subject else { return settings };
    let twin = &program.twins[subject.twin.index()];
    for (signal, values) in &subject.params {
        let signal = &twin.signals[signal.index()];
        let mut set: Vec<Setting> = values.iter().zip(signal.ty.flatten()).map(setting).collect();
        let setting = match (set.len(), signal.ty.scalar()) {
            (1, Some(_)) => set.remove(0),
            _ => Setting::Several(set),
        };
        settings.params.insert((twin.name.clone(), signal.name.clone()), setting);
    }
    settings
}

fn setting((value, scalar): (&Const, Scalar)) -> Setting {
    match value {
        Const::Word(word) => Setting::Word(*word),
        Const::Text(text) => Setting::Text(text.clone()),
        Const::Absent => Setting::Word(scalar.absent()),
    }
}

fn incidents(setup: &Setup<'_>, test: &Test, plan: &Plan) -> Result<Vec<Incident>, String> {
    let Some(TestReplay { source, against: Some((_, file)), .. }) = &test.replay else {
        return Ok(Vec::new());
    };
    read_incidents(&plan.sources[source.index()], &plan.texts, file, setup.folder)
}

/// What a test reads.
struct Log {
    inputs: Inputs,
    /// Where its beginning lies.
    base: i64,
    /// Up to where clocks go on.
    until: Option<i64>,
    /// The latest event that is to be applied.
    latest: i64,
}

/// The lines of a test; its beginning is the epoch.
fn fed(program: &Program, test: &Test, plan: &mut Plan) -> Log {
    let mut latest = test.until_ns;
    let mut inputs = Inputs::default();
    let mut feeds: Vec<Feed> = Vec::new();
    for at in 0..plan.sources.len() {
        let feed = feed(program, test, TestTarget::Source(SourceId(at as u32)), plan);
        latest = latest.max(feed.latest(&plan.sources[at].time).unwrap_or(i64::MIN));
        feeds.push(feed);
    }
    inputs.sources.extend(feeds.into_iter().map(|feed| vec![Box::new(feed) as _]));
    for at in 0..plan.tables.len() {
        let feed = feed(program, test, TestTarget::Table(TableId(at as u32)), plan);
        inputs.tables.push(vec![Box::new(feed)]);
    }
    Log { inputs, base: 0, until: Some(test.until_ns), latest }
}

/// A recording, with the tables that the project binds.
fn replayed(setup: &Setup<'_>, test: &Test, replay: &TestReplay, plan: &Plan) -> Result<Log, String> {
    let source = replay.source.index();
    let open = || open_recording(plan, source, &replay.file, setup.folder);
    let base = first_event(plan, source, open()?)?.unwrap_or(0);
    let mut inputs = Inputs::default();
    inputs.sources.extend(plan.sources.iter().map(|_| Vec::new()));
    inputs.sources[source].push(open()?);
    for (at, table) in plan.tables.iter().enumerate() {
        let partitions = setup.tables.get(&table.name).cloned().unwrap_or_default();
        inputs.tables.push(open_table(plan, at, &partitions)?);
    }
    // A recording ends as it does elsewhere, unless the test says how long time goes on.
    let until = (test.until_ns > 0).then(|| base.saturating_add(test.until_ns));
    Ok(Log { inputs, base, until, latest: until.unwrap_or(i64::MAX) })
}

fn run_engine(
    setup: &Setup<'_>,
    mut plan: Plan,
    log: Log,
    watch: &Watch,
    observed: &Observed,
    key: Option<&str>,
) -> Result<(Summary, Seen), String> {
    let Log { mut inputs, until, latest, .. } = log;
    if let Some(until) = until {
        LastMoment::add_source(&mut plan);
        inputs.sources.push(vec![Box::new(LastMoment { time: Some(until) })]);
    }
    // Events at the end itself are applied, so the run ends one nanosecond later.
    let to = until.map(|until| until.max(latest).saturating_add(1));
    // What is looked at are words, whatever they count.
    plan.sources.iter_mut().for_each(|source| source.counts = None);
    let kernels = (setup.kernels)(&plan)?;
    let writers = observed.writers(&plan, setup.program.sinks.len(), watch, key);
    let options = Options { to, ..Options::default() };
    let engine = Engine::new(Arc::new(plan), kernels, inputs, writers, options);
    let summary = engine.and_then(Engine::run).map_err(|error| error.to_string())?;
    Ok((summary, observed.take()))
}

/// What else happened that a reader of a failure should know.
fn notes(summary: &Summary) -> Vec<String> {
    let records = |count: u64| format!("{count} record{}", if count == 1 { "" } else { "s" });
    let mut notes = Vec::new();
    if summary.late > 0 {
        notes.push(format!("{} came too late to be applied", records(summary.late)));
    }
    for (reason, count) in &summary.rejects {
        notes.push(format!("{} set aside: {}", records(*count), reason.replace('_', " ")));
    }
    for (place, count) in &summary.faults_by {
        let times = if *count == 1 { "once".to_string() } else { format!("{count} times") };
        notes.push(format!("absent, {place}: {times}"));
    }
    notes
}
