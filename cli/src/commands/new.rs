//! `twin new`

use crate::args::New;
use crate::failure::{Failure, Outcome};
use crate::terminal::Terminal;

/// Makes a project.
pub fn run(_args: &New, _terminal: &Terminal) -> Outcome {
    Err(Failure::usage("not built yet"))
}
