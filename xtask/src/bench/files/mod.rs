//! The stream as a file, and the floor's way of reading it: only the fields that are used, a piece at a time.

mod json;
mod parquet;

use super::stream::Stream;
use std::error::Error;
use std::path::{Path, PathBuf};

/// What goes wrong with a file.
type Trouble = Box<dyn Error>;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Parquet, compressed with snappy.
    Parquet,
    /// JSON Lines, about 512 bytes an event.
    JsonLines,
}

impl Kind {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Parquet => "Parquet",
            Kind::JsonLines => "JSON Lines",
        }
    }
}

/// The stream in a file.
pub struct Recording {
    /// Where it lies.
    pub path: PathBuf,
    /// How it is written.
    pub kind: Kind,
    bytes: u64,
    events: usize,
}

impl Recording {
    /// Writes a stream that has all its fields.
    pub fn write(stream: &Stream, kind: Kind, folder: &Path) -> Result<Recording, String> {
        std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let ending = if kind == Kind::Parquet { "parquet" } else { "jsonl" };
        let path = folder.join(format!("telemetry.{ending}"));
        let written = match kind {
            Kind::Parquet => parquet::write(stream, &path),
            Kind::JsonLines => json::write(stream, &path),
        };
        let bytes = written.and_then(|()| Ok(std::fs::metadata(&path)?.len()));
        let bytes = bytes.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Recording { path, kind, bytes, events: stream.time.len() })
    }

    /// How many bytes an event takes.
    pub fn bytes_per_event(&self) -> f64 {
        self.bytes as f64 / self.events.max(1) as f64
    }

    /// Reads some fields as one would by hand and hands over a piece at a time.
    pub fn read(&self, fields: &[usize], take: &mut dyn FnMut(&Stream)) -> Result<(), String> {
        let read = match self.kind {
            Kind::Parquet => parquet::read(&self.path, fields, take),
            Kind::JsonLines => json::read(&self.path, fields, take),
        };
        read.map_err(|error| format!("{}: {error}", self.path.display()))
    }
}
