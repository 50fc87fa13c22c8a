//! `twin check`: all findings in one go, and the memory report.

use crate::args::{Check, Deny, Format};
use crate::failure::{Exit, Failure, Outcome};
use crate::project::Found;
use crate::terminal::{Terminal, To, print};
use std::path::Path;
use twin_diagnostics::{Diagnostic, Severity};
use twin_driver::memory::{TwinMemory, memory, render, to_json};
use twin_driver::{Checked, CompileError, compile, render::count};
use twin_stdlib::LIBRARY;

/// Checks each program; the worst of them decides how it ends.
pub fn run(args: &Check, terminal: &Terminal) -> Outcome {
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut left_out = 0;
    for path in &args.paths {
        let (findings, more) = check_one(path, args, terminal)?;
        found.extend(findings);
        left_out += more;
    }
    say_count(&found, left_out, args, terminal);
    Ok(if found.iter().any(|finding| is_denied(finding, args)) { Exit::Wrong } else { Exit::Fine })
}

fn is_denied(finding: &Diagnostic, args: &Check) -> bool {
    match finding.severity {
        Severity::Error => true,
        Severity::Warning => args.deny.contains(&Deny::Warnings),
        Severity::Hint => false,
    }
}

/// What was found in a program, and how much more there is.
fn check_one(path: &Path, args: &Check, terminal: &Terminal) -> Result<(Vec<Diagnostic>, usize), Failure> {
    let found = Found::at(path)?;
    let checked = crate::recording::check(&found)?;
    terminal.findings(&told(&checked, args, terminal), found.shown(&checked.sources), To::Stdout)?;
    if let Some(what) = found.not_built(&checked.program, &checked.sources) {
        terminal.note(&format!("checked, but no run can carry it out yet: {what}"));
    }
    let all = (checked.findings.clone(), checked.left_out);
    if !args.memory && args.fleet.is_none() || checked.has_errors() {
        return Ok(all);
    }
    let given = found.settings(&[])?;
    match compile(&found.project, checked, &given, &LIBRARY) {
        Ok(compiled) => print_memory(&memory(&compiled.plan), args, terminal)?,
        Err(CompileError::Setting(error)) => return Err(Failure::usage(error.to_string())),
        Err(CompileError::Program(_)) => unreachable!("it has no errors"),
    }
    Ok(all)
}

/// Those who want to hear only of what is wrong hear of what makes the check fail.
fn told(checked: &Checked, args: &Check, terminal: &Terminal) -> Vec<Diagnostic> {
    let worth = |finding: &&Diagnostic| !terminal.quiet || is_denied(finding, args);
    checked.findings.iter().filter(worth).cloned().collect()
}

fn print_memory(twins: &[TwinMemory], args: &Check, terminal: &Terminal) -> Result<(), Failure> {
    match terminal.format {
        Format::Json => print(&format!("{}\n", to_json(twins, args.fleet))),
        Format::Human | Format::Short => print(&render(twins, args.fleet)),
    }
}

fn say_count(found: &[Diagnostic], left_out: usize, args: &Check, terminal: &Terminal) {
    let programs = match args.paths.len() {
        1 => args.paths[0].display().to_string(),
        n => format!("{n} programs"),
    };
    let more = match left_out {
        0 => String::new(),
        n => format!("; {n} more are not shown"),
    };
    match count(found) {
        Some(counts) => terminal.note(&format!("{counts} in {programs}{more}")),
        None => terminal.note(&format!("{programs}: nothing to find fault with")),
    }
}
