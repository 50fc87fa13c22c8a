//! One random program over one random recording, by both kernels.

use crate::random::Random;
use crate::run::{self, Kernels, Outcome, Way};
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
pub fn outcome(program: &run::Program, case: &Case, way: Way) -> Result<Outcome, String> {
    let recordings = [("s", vec![case.samples.as_path()]), ("o", vec![case.others.as_path()])];
    let ran = catch_unwind(AssertUnwindSafe(|| run::run(program, &recordings, way, None)));
    ran.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|s| s.to_string())).unwrap_or_default();
        Err(format!("panic: {said}"))
    })
}

/// Evaluator against native code; why not, where they do not agree.
pub fn check(seed: u64) -> Result<(), String> {
    let case = case(seed).map_err(|error| error.to_string())?;
    let compiled = catch_unwind(AssertUnwindSafe(|| run::compile("random", &case.text)));
    let program = compiled.map_err(|_| "the compiler panics".to_string())?;
    let program = program.map_err(|findings| format!("does not compile: {findings}"))?;
    let evaluator = Way { name: "evaluator", kernels: Kernels::Evaluator, rows: 100, threads: 1, stops: false };
    let native = Way { name: "native", kernels: Kernels::Native, ..evaluator };
    let a = outcome(&program, &case, evaluator).map_err(|error| format!("evaluator: {error}"))?;
    let b = outcome(&program, &case, native).map_err(|error| format!("native: {error}"))?;
    if a == b { Ok(()) } else { Err(format!("differs: {}", difference(&a, &b))) }
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
