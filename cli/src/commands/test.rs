//! `twin test`

use crate::args::Test;
use crate::failure::{Exit, Failure, Outcome};
use crate::project::Found;
use crate::terminal::Terminal;

/// Runs the tests of a program.
pub fn run(args: &Test, terminal: &Terminal) -> Outcome {
    let found = Found::at(&args.path)?;
    let compiled = match found.compile(&[], terminal)? {
        Ok(compiled) => compiled,
        Err(exit) => return Ok(exit),
    };
    let wanted = args.filter.as_deref().unwrap_or_default();
    let tests = compiled.program.tests.iter().filter(|test| test.name.contains(wanted)).count();
    if tests == 0 {
        terminal.note(&match &args.filter {
            Some(filter) => format!("no test of {} has `{filter}` in its name", args.path.display()),
            None => format!("{} has no tests", args.path.display()),
        });
        return Ok(Exit::NoTests);
    }
    let are = if tests == 1 { "test is" } else { "tests are" };
    Err(Failure::usage(format!("{tests} {are} checked, but running them is not built yet")))
}
