//! `twin completions SHELL`

use crate::args::Cli;
use crate::failure::{Exit, Outcome};
use crate::terminal::print_bytes;
use clap::CommandFactory;
use clap_complete::Shell;

/// Prints the shell's script.
pub fn run(shell: Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "twin", &mut script);
    print_bytes(&script)?;
    Ok(Exit::Fine)
}
