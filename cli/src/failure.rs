//! How a command ends.

use std::fmt;

/// The exit codes; scripts rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Fine.
    Fine,
    /// The program is wrong, a test failed, or a warning was denied.
    Wrong,
    /// Usage, configuration, a missing file; or a mistake of ours.
    Usage,
    /// There are no tests.
    NoTests,
    /// Stopped by this signal after a clean end.
    Stopped(u8),
}

impl Exit {
    /// As the system wants it.
    pub fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Wrong => 1,
            Exit::Usage => 2,
            Exit::NoTests => 4,
            Exit::Stopped(signal) => 128 + signal,
        }
    }
}

/// Why a command could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How it ends.
    pub exit: Exit,
    /// What is wrong.
    pub message: String,
    /// What can be done about it.
    pub help: Option<String>,
}

impl Failure {
    /// Something about files, flags or bindings.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::Usage, message: message.into(), help: None }
    }

    /// With a cure.
    pub fn help(mut self, text: impl Into<String>) -> Failure {
        self.help = Some(text.into());
        self
    }

    /// With a cure, where there is one.
    pub fn maybe_help(mut self, text: Option<String>) -> Failure {
        self.help = text;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What a command gives.
pub type Outcome = Result<Exit, Failure>;
