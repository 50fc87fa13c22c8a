//! What ends a run early.

use crate::log::LogError;
use std::fmt;
use std::path::PathBuf;

/// Why a run cannot begin or go on.
#[derive(Debug)]
pub enum EngineError {
    /// A log fails.
    Log(LogError),
    /// Kernels, inputs or writers do not fit the plan: a fault of whoever put them together.
    Misfit,
    /// A checkpoint cannot be written or read.
    Checkpoint {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// A checkpoint belongs to another program, or another version of it.
    OtherProgram {
        /// The checkpoint.
        path: PathBuf,
        /// The program and version that wrote it.
        theirs: String,
        /// The program and version at hand.
        ours: String,
    },
    /// The run is bound to other inputs, outputs or limits than the one that wrote the checkpoint.
    OtherRun {
        /// The checkpoint.
        path: PathBuf,
        /// What differs, in words.
        what: String,
    },
    /// No checkpoint of the folder can be read.
    Damaged {
        /// The newest one.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EngineError::Log(error) => error.fmt(f),
            EngineError::Misfit => f.write_str("kernels and inputs do not fit the plan"),
            EngineError::Checkpoint { path, error } => write!(f, "{}: {error}", path.display()),
            EngineError::OtherProgram { path, theirs, ours } => write!(
                f,
                "{}: this checkpoint was written by {theirs}, and this is {ours}; use another folder, or remove it to begin anew",
                path.display()
            ),
            EngineError::OtherRun { path, what } => write!(
                f,
                "{}: this checkpoint was written by another run: {what}; use another folder, or remove it to begin anew",
                path.display()
            ),
            EngineError::Damaged { path, what } => write!(f, "{}: {what}", path.display()),
        }
    }
}

impl std::error::Error for EngineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            EngineError::Log(error) => Some(error),
            EngineError::Checkpoint { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl From<LogError> for EngineError {
    fn from(error: LogError) -> EngineError {
        EngineError::Log(error)
    }
}
