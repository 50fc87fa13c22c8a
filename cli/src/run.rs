//! Readers, kernels and writers put together to a run.

use crate::bindings::{Bindings, Partitions, Target};
use crate::failure::Failure;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use twin_connectors::file::{Reading, create_file, open_files_with};
use twin_driver::in_words;
use twin_engine::{Engine, EngineError, Inputs, LogError, Options, RecordReader, Summary, Writers, schemas};
use twin_plan::kernel::Kernel;
use twin_plan::{Plan, needs};

/// Runs a plan over what it is bound to.
pub fn run(
    plan: Plan,
    kernels: Vec<Box<dyn Kernel>>,
    bindings: &Bindings,
    options: Options,
) -> Result<Summary, Failure> {
    let inputs = open_inputs(&plan, bindings, options.threads)?;
    let writers = open_outputs(&plan, bindings, options.checkpoint.as_deref())?;
    let engine = Engine::new(Arc::new(plan), kernels, inputs, writers, options).map_err(engine_failed)?;
    engine.run().map_err(engine_failed)
}

fn open_inputs(plan: &Plan, bindings: &Bindings, threads: usize) -> Result<Inputs, Failure> {
    let sources = plan.sources.iter().zip(&bindings.sources);
    let tables = plan.tables.iter().zip(&bindings.tables);
    // Threads are shared out among all that is read beside the run.
    let share = threads / bindings.sources.iter().map(Vec::len).sum::<usize>().max(1);
    // Late events are written out with all that was read of them.
    let needs_all = bindings.outputs.contains_key("late");
    let needs = |at| if needs_all { Vec::new() } else { needs(plan, at) };
    let needs: Vec<_> = (0..plan.sources.len()).map(needs).collect();
    Ok(Inputs {
        sources: sources
            .zip(&needs)
            .map(|((source, files), needs)| open(files, &Reading::of_source(source).with_needs(needs), share))
            .collect::<Result<_, _>>()?,
        tables: tables
            .map(|(table, files)| open(files, &Reading::of_table(table), 1))
            .collect::<Result<_, _>>()?,
    })
}

fn open(
    partitions: &Partitions,
    reading: &Reading<'_>,
    threads: usize,
) -> Result<Vec<Box<dyn RecordReader>>, Failure> {
    partitions.iter().map(|files| open_files_with(files, reading, threads).map_err(log_failed)).collect()
}

fn open_outputs(plan: &Plan, bindings: &Bindings, checkpoint: Option<&Path>) -> Result<Writers, Failure> {
    let mut writers: Writers = BTreeMap::new();
    for schema in schemas(plan) {
        let Some(target) = bindings.outputs.get(&schema.name) else { continue };
        let path = match target {
            Target::Stdout => PathBuf::from("-"),
            Target::File(path) => {
                make_folder(path)?;
                path.clone()
            }
        };
        let writer = create_file(&path, &schema, checkpoint).map_err(log_failed)?;
        writers.insert(schema.name.clone(), writer);
    }
    Ok(writers)
}

fn make_folder(path: &Path) -> Result<(), Failure> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|error| {
        let is_file = error.kind() == std::io::ErrorKind::AlreadyExists;
        let error = if is_file { std::io::ErrorKind::NotADirectory.into() } else { error };
        Failure::usage(format!("{}: {}", folder.display(), in_words(&error)))
    })
}

fn log_failed(error: LogError) -> Failure {
    match error {
        LogError::Io { name, error } => Failure::usage(format!("{name}: {}", in_words(&error))),
        LogError::Position { .. } => Failure::usage(error.to_string()).help(
            "bind the files that the run began with, or remove the checkpoint and its outputs to begin anew",
        ),
        other => Failure::usage(other.to_string()),
    }
}

fn engine_failed(error: EngineError) -> Failure {
    match error {
        EngineError::Log(error) => log_failed(error),
        EngineError::Checkpoint { path, error } => {
            Failure::usage(format!("{}: {}", path.display(), in_words(&error)))
        }
        other => Failure::usage(other.to_string()),
    }
}
