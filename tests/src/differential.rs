//! One random program over one random recording, by both kernels.

use crate::random::Random;
use crate::run::{self, Outcome, WAYS, Way};
use crate::{events, programs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

/// A program and its two recordings, in a folder of their own.
pub struct Case {
    /// The program.
    pub text: String,
    samples: PathBuf,
    others: PathBuf,
    _folder: tempfile::TempDir,
}

/// The case of a seed.
pub fn case(seed: u64) -> std::io::Result<Case> {
    let mut random = Random::new(seed);
    let text = programs::program(&mut random);
    let (samples, others) = events::recordings(&mut random);
    let folder = tempfile::tempdir()?;
    let (s, o) = (folder.path().join("s.jsonl"), folder.path().join("o.jsonl"));
    std::fs::write(&s, samples)?;
    std::fs::write(&o, others)?;
    Ok(Case { text, samples: s, others: o, _folder: folder })
}

/// Runs a case one way.
pub fn outcome(program: &run::Program, case: &Case, way: Way, to: Option<i64>) -> Result<Outcome, String> {
    let recordings = [("s", vec![case.samples.as_path()]), ("o", vec![case.others.as_path()])];
    let ran = catch_unwind(AssertUnwindSafe(|| run::run(program, &recordings, way, to)));
    ran.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or_default();
        Err(format!("panic: {said}"))
    })
}

/// The evaluator against native code; every tenth seed also in small batches, on threads, stopped and resumed.
pub fn check(seed: u64) -> Result<(), String> {
    if seed.is_multiple_of(10) {
        // With a checkpoint the end of a recording is a pause that releases nothing, so an end is given.
        check_ways(seed, &WAYS[1..], Some(END))
    } else {
        check_ways(seed, &WAYS[1..2], None)
    }
}

/// A time behind every event.
const END: i64 = 1_700_007_200_000_000_000;

/// The evaluator against some ways; why not, where one does not agree.
pub fn check_ways(seed: u64, ways: &[Way], to: Option<i64>) -> Result<(), String> {
    let case = case(seed).map_err(|error| error.to_string())?;
    let compiled = catch_unwind(AssertUnwindSafe(|| run::compile("random", &case.text)));
    let program = compiled.map_err(|_| "the compiler panics".to_string())?;
    let program = program.map_err(|findings| format!("does not compile: {findings}"))?;
    let expected = outcome(&program, &case, WAYS[0], to).map_err(|error| format!("evaluator: {error}"))?;
    for way in ways {
        let got = outcome(&program, &case, *way, to).map_err(|error| format!("{}: {error}", way.name))?;
        if got != expected {
            return Err(format!("{} differs: {}", way.name, difference(&expected, &got)));
        }
    }
    Ok(())
}

/// What differs first between two outcomes.
pub fn difference(a: &Outcome, b: &Outcome) -> String {
    for (sink, text) in &a.outputs {
        let other = b.outputs.get(sink).map_or("", String::as_str);
        if let Some((at, (x, y))) = text.lines().zip(other.lines()).enumerate().find(|(_, (x, y))| x != y) {
            return format!("{sink}, record {at}:\n  {x}\n  {y}");
        }
        if text.lines().count() != other.lines().count() {
            return format!("{sink}: {} and {} records", text.lines().count(), other.lines().count());
        }
    }
    format!("summaries:\n  {:?}\n  {:?}", a.summary, b.summary)
}
