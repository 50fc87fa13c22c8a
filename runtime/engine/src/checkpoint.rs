//! Checkpoints: everything a run needs to go on as if it had never stopped, in one file.
//!
//! They are written between two rounds, when nothing is on its way: rows, heap, keys, waiting events, timers, tables,
//! where readers and writers stand, counts. A file is written under another name, made durable and renamed, so that at
//! any moment there is a whole one; two are kept. Writers make their output durable first and are cut back to what
//! the checkpoint knows of when a run goes on from it.

use crate::codec::{Decoder, Encoder, Stored};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::log::Position;
use crate::stored::LoadError;
use crate::tables::Table;
use crate::twin::TwinState;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use twin_plan::Plan;
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: &[u8; 8] = b"twinckpt";
/// Changes whenever the form of the file does.
const FORM: u32 = 4;
const PREFIX: &str = "checkpoint-";
const SUFFIX: &str = ".twinstate";
/// How many are kept.
const KEPT: usize = 2;

/// Whether a folder holds a checkpoint that a run could go on from.
pub fn has_checkpoint(folder: &Path) -> bool {
    numbered(folder).is_ok_and(|files| !files.is_empty())
}

/// Whose checkpoint it is.
struct Owner {
    program: String,
    version: String,
    layout: u64,
}

impl Owner {
    fn of(plan: &Plan) -> Owner {
        let layouts: Vec<_> = plan.twins.iter().map(|twin| (&twin.name, &twin.layout)).collect();
        let layout = xxh3_64(format!("{layouts:?}").as_bytes());
        Owner { program: plan.program.clone(), version: plan.version.clone(), layout }
    }

    fn say(&self) -> String {
        format!("`{}` version {}", self.program, self.version)
    }
}

impl Engine {
    /// Goes back to where the newest checkpoint was written, if there is one; otherwise to the beginning.
    pub(crate) fn resume(&mut self) -> Result<(), EngineError> {
        let files = match &self.options.checkpoint {
            Some(folder) => numbered(folder).map_err(|error| failed(folder, error))?,
            None => Vec::new(),
        };
        let Some((_, newest)) = files.last() else {
            for (_, writer) in self.sinks.writers() {
                writer.restore(&Position::default())?;
            }
            return Ok(());
        };
        // An older one serves where the newest is damaged: then the same is worked out once more.
        for (_, path) in files.iter().rev() {
            let bytes = fs::read(path).map_err(|error| failed(path, error))?;
            if let Some(body) = sound_body(&bytes) {
                return self.load(body, path);
            }
        }
        Err(EngineError::Damaged {
            path: newest.clone(),
            what: "no checkpoint of this folder is whole".into(),
        })
    }

    fn load(&mut self, body: &[u8], path: &Path) -> Result<(), EngineError> {
        let mut from = Decoder::new(body);
        let done = self.load_from(&mut from, path)?;
        match done {
            Ok(()) if from.is_empty() => Ok(()),
            Ok(()) | Err(LoadError::Malformed) => {
                let what = "it does not hold what its checksum says it does".to_string();
                Err(EngineError::Damaged { path: path.to_path_buf(), what })
            }
            Err(LoadError::Other(what)) => Err(EngineError::OtherRun { path: path.to_path_buf(), what }),
            Err(LoadError::Log(error)) => Err(EngineError::Log(error)),
        }
    }

    fn load_from(
        &mut self,
        from: &mut Decoder<'_>,
        path: &Path,
    ) -> Result<Result<(), LoadError>, EngineError> {
        let ours = Owner::of(&self.plan);
        let Ok((program, version, layout)) = Stored::decode(from) else {
            return Ok(Err(LoadError::Malformed));
        };
        let theirs = Owner { program, version, layout };
        let is_same =
            theirs.program == ours.program && theirs.version == ours.version && theirs.layout == ours.layout;
        if !is_same {
            let (theirs, ours) = (theirs.say(), ours.say());
            return Err(EngineError::OtherProgram { path: path.to_path_buf(), theirs, ours });
        }
        Ok(self.load_state(from))
    }

    fn load_state(&mut self, from: &mut Decoder<'_>) -> Result<(), LoadError> {
        let begin: Option<i64> = Stored::decode(from)?;
        if begin != self.options.from {
            return Err(LoadError::Other("it began at another time (`--from`)".to_string()));
        }
        let plan = std::sync::Arc::clone(&self.plan);
        self.intake.load(&plan, from)?;
        self.tables.tables = Vec::<Table>::decode(from)?;
        for (at, twin) in self.twins.iter_mut().enumerate() {
            *twin = TwinState::load(&plan, at, from)?;
        }
        self.counts.load(from)?;
        self.events_before = self.intake.events;
        for sink in &mut self.sinks.list {
            sink.count = Stored::decode(from)?;
            let position: Option<Position> = Stored::decode(from)?;
            match (position, &mut sink.writer) {
                (Some(position), Some(writer)) => writer.restore(&position)?,
                (None, None) => {}
                (Some(_), None) => return Err(bound(&sink.schema.name, "was written then, and is not now")),
                (None, Some(_)) => return Err(bound(&sink.schema.name, "is written now, and was not then")),
            }
        }
        Ok(())
    }

    /// Writes a checkpoint and removes those that are too old.
    pub(crate) fn write_checkpoint(&mut self) -> Result<(), EngineError> {
        let Some(folder) = self.options.checkpoint.clone() else { return Ok(()) };
        (0..self.plan.sources.len()).for_each(|source| self.move_together(source));
        let bytes = self.encode_state()?;
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, error))?;
        let files = numbered(&folder).map_err(|error| failed(&folder, error))?;
        let number = files.last().map_or(1, |(number, _)| number + 1);
        let path = folder.join(format!("{PREFIX}{number:08}{SUFFIX}"));
        write_whole(&folder, &path, &bytes).map_err(|error| failed(&path, error))?;
        let old = (files.len() + 1).saturating_sub(KEPT);
        for (_, path) in &files[..old] {
            fs::remove_file(path).map_err(|error| failed(path, error))?;
        }
        Ok(())
    }

    fn encode_state(&mut self) -> Result<Vec<u8>, EngineError> {
        let mut to = Encoder::default();
        to.bytes.extend_from_slice(MAGIC);
        FORM.encode(&mut to);
        let Owner { program, version, layout } = Owner::of(&self.plan);
        (program, version, layout).encode(&mut to);
        self.options.from.encode(&mut to);
        self.intake.save(&mut to);
        self.tables.tables.encode(&mut to);
        self.twins.iter().for_each(|twin| twin.save(&mut to));
        self.counts.save(&mut to);
        for sink in &mut self.sinks.list {
            sink.count.encode(&mut to);
            let position = sink.writer.as_mut().map(|writer| writer.position()).transpose()?;
            position.encode(&mut to);
        }
        let sum = xxh3_64(&to.bytes);
        sum.encode(&mut to);
        Ok(to.bytes)
    }
}

fn bound(sink: &str, what: &str) -> LoadError {
    LoadError::Other(format!("the output `{sink}` {what}"))
}

fn failed(path: &Path, error: std::io::Error) -> EngineError {
    EngineError::Checkpoint { path: path.to_path_buf(), error }
}

/// What stands between head and checksum, if both are right.
fn sound_body(bytes: &[u8]) -> Option<&[u8]> {
    let (body, sum) = bytes.split_last_chunk::<8>()?;
    let head = body.strip_prefix(MAGIC)?;
    let (form, rest) = head.split_first_chunk::<4>()?;
    (u32::from_le_bytes(*form) == FORM && xxh3_64(body) == u64::from_le_bytes(*sum)).then_some(rest)
}

/// The checkpoints of a folder by number; none where there is no folder.
fn numbered(folder: &Path) -> std::io::Result<Vec<(u64, PathBuf)>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|n| n.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok());
        if let Some(number) = number {
            files.push((number, entry.path()));
        }
    }
    files.sort();
    Ok(files)
}

/// Writes a file so that under its name there is all of it or nothing.
fn write_whole(folder: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = folder.join("unfinished.tmp");
    let mut file = fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&unfinished, path)?;
    fs::File::open(folder)?.sync_all()
}
