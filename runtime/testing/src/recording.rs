//! Recordings that a test replays, and when they begin.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use twin_connectors::file::{Reading, open_files};
use twin_engine::{Engine, Inputs, Options, RecordReader, Writers};
use twin_plan::Plan;
use twin_plan::kernel::{Entries, Kernel, Shard};

/// Partitions of a source or a table: each is a log of one or several files.
pub(crate) type Partitions = Vec<Vec<PathBuf>>;

/// Opens the recording of a source, whose file is named from the project's folder.
pub(crate) fn open_recording(
    plan: &Plan,
    source: usize,
    file: &str,
    folder: Option<&Path>,
) -> Result<Box<dyn RecordReader>, String> {
    let Some(folder) = folder else {
        return Err(format!("this program has no folder, so there is no recording `{file}`"));
    };
    let path = folder.join(file);
    if !path.exists() {
        return Err(format!("{}: there is no such recording", path.display()));
    }
    open_files(&[path], &Reading::of_source(&plan.sources[source])).map_err(|error| error.to_string())
}

/// Opens what a table is bound to.
pub(crate) fn open_table(
    plan: &Plan,
    table: usize,
    partitions: &Partitions,
) -> Result<Vec<Box<dyn RecordReader>>, String> {
    let reading = Reading::of_table(&plan.tables[table]);
    partitions.iter().map(|files| open_files(files, &reading).map_err(|error| error.to_string())).collect()
}

/// The event time of a recording's first event: where the stream clock stands when it has been read.
///
/// The engine itself says so, since a time may be worked out from a record in any way; it is stopped right there.
pub(crate) fn first_event(
    plan: &Plan,
    source: usize,
    reader: Box<dyn RecordReader>,
) -> Result<Option<i64>, String> {
    let mut inputs = Inputs::default();
    inputs.sources.extend(plan.sources.iter().map(|_| Vec::new()));
    inputs.tables.extend(plan.tables.iter().map(|_| Vec::new()));
    inputs.sources[source].push(reader);
    let kernels = plan.twins.iter().map(|_| Box::new(Idle) as Box<dyn Kernel>).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let reached = Arc::new(AtomicI64::new(i64::MIN));
    let (stop_there, reached_there) = (Arc::clone(&stop), Arc::clone(&reached));
    let options = Options {
        rows: 1,
        stop,
        progress: Some(Box::new(move |progress| {
            if let Some(time) = progress.reached {
                reached_there.store(time, Ordering::Relaxed);
                stop_there.store(true, Ordering::Relaxed);
            }
        })),
        ..Options::default()
    };
    let engine = Engine::new(Arc::new(plan.clone()), kernels, inputs, Writers::new(), options);
    engine.and_then(Engine::run).map_err(|error| error.to_string())?;
    Ok(Some(reached.load(Ordering::Relaxed)).filter(|time| *time != i64::MIN))
}

/// A kernel that does nothing.
struct Idle;

impl Kernel for Idle {
    fn run(&self, _: &mut Shard<'_>, _: Entries<'_>) {}
}
