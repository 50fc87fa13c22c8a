//! `twin lsp`

use crate::failure::{Exit, Failure, Outcome};

/// Serves an editor over stdin and stdout.
pub fn run() -> Outcome {
    match twin_lsp::run() {
        Ok(()) => Ok(Exit::Fine),
        Err(error) => Err(Failure::usage(error.to_string())),
    }
}
