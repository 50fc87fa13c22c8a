//! `twin test`: the tests of a program, run with the code that a replay runs.

use crate::args::Test;
use crate::bindings::files;
use crate::failure::{Exit, Failure, Outcome};
use crate::kernels::kernels;
use crate::project::Found;
use crate::terminal::{Terminal, To, print};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use twin_driver::Checked;
use twin_driver::render::Shown;
use twin_stdlib::LIBRARY;
use twin_testing::{Outcome as TestOutcome, Setup, TestReport, failure_diagnostic, select};

/// Runs the tests of a program.
pub fn run(args: &Test, terminal: &Terminal) -> Outcome {
    let found = Found::at(&args.path)?;
    let checked = found.check()?;
    if checked.has_errors() {
        terminal.findings(&checked.findings, found.shown(&checked.sources), To::Stderr)?;
        return Ok(Exit::Wrong);
    }
    let tests = select(&checked.program, &checked.sources, args.filter.as_deref().unwrap_or_default());
    let shown = found.shown(&checked.sources);
    if tests.is_empty() {
        return no_tests(args, &found, terminal);
    }
    let make_kernels = |plan: &_| kernels(plan, args.kernels).map_err(|failure| failure.message);
    let setup = Setup {
        program: &checked.program,
        library: &LIBRARY,
        sources: &checked.sources,
        folder: found.project.folder(),
        tables: &tables(&found),
        kernels: &make_kernels,
        threads: args.threads.map_or_else(processors, usize::from),
    };
    let mut told = Ok(());
    let reports = twin_testing::run(&setup, &tests, |report| {
        if told.is_ok() && !args.json {
            told = tell(report, shown, terminal);
        }
    });
    told?;
    if args.json {
        print(&format!("{}\n", summary(&found, &checked, &reports)))?;
    } else {
        let gap = if terminal.quiet { "" } else { "\n" };
        print(&format!("{gap}{}\n", count(&reports)))?;
    }
    Ok(if reports.iter().all(TestReport::is_passed) { Exit::Fine } else { Exit::Wrong })
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn no_tests(args: &Test, found: &Found, terminal: &Terminal) -> Outcome {
    if args.json {
        print(&format!(
            "{}\n",
            json!({ "program": found.project.name, "tests": [], "passed": 0, "failed": 0 })
        ))?;
    }
    terminal.note(&match &args.filter {
        Some(filter) => format!("no test of {} has `{filter}` in its name", args.path.display()),
        None => format!("{} has no tests", args.path.display()),
    });
    Ok(Exit::NoTests)
}

/// What `twin.toml` binds; tests that replay a recording read its tables.
fn tables(found: &Found) -> BTreeMap<String, Vec<Vec<PathBuf>>> {
    let folder = found.project.folder().unwrap_or(Path::new(""));
    let partitions = |paths: &Vec<String>| paths.iter().map(|path| files(path, folder)).collect();
    found.config.inputs.iter().map(|(name, paths)| (name.clone(), partitions(paths))).collect()
}

/// One line of a test, and what failed in it.
fn tell(report: &TestReport, shown: Shown<'_>, terminal: &Terminal) -> Result<(), Failure> {
    let time = duration(report.seconds);
    match &report.outcome {
        TestOutcome::Passed if terminal.quiet => Ok(()),
        TestOutcome::Passed => print(&format!("{}      {} ({time})\n", terminal.good("ok"), report.name)),
        TestOutcome::Broken(why) => {
            let (line, _) = shown.place(report.span);
            let place = format!("{}:{line}", shown.name(report.span.file));
            print(&format!("{}  {} ({time})\n\n  {place}: {why}\n\n", terminal.bad("FAILED"), report.name))
        }
        TestOutcome::Failed { failures, notes } => {
            print(&format!("{}  {} ({time})\n\n", terminal.bad("FAILED"), report.name))?;
            for failure in failures {
                terminal.findings(&[failure_diagnostic(failure)], shown, To::Stdout)?;
                if let Some(table) = &failure.table {
                    let lines: Vec<String> =
                        table.lines().iter().map(|line| format!("    {line}\n")).collect();
                    print(&format!("{}\n", lines.concat()))?;
                }
            }
            notes.iter().try_for_each(|note| print(&format!("  note: {note}\n")))?;
            if notes.is_empty() { Ok(()) } else { print("\n") }
        }
    }
}

fn duration(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1e3) } else { format!("{seconds:.1} s") }
}

/// `12 tests passed, 1 failed`
fn count(reports: &[TestReport]) -> String {
    let passed = reports.iter().filter(|report| report.is_passed()).count();
    let tests = if passed == 1 { "test" } else { "tests" };
    match reports.len() - passed {
        0 => format!("{passed} {tests} passed"),
        failed => format!("{passed} {tests} passed, {failed} failed"),
    }
}

fn summary(found: &Found, checked: &Checked, reports: &[TestReport]) -> Value {
    let shown = found.shown(&checked.sources);
    let passed = reports.iter().filter(|report| report.is_passed()).count();
    json!({
        "program": found.project.name,
        "tests": reports.iter().map(|report| test_value(report, shown)).collect::<Vec<_>>(),
        "passed": passed,
        "failed": reports.len() - passed,
    })
}

fn test_value(report: &TestReport, shown: Shown<'_>) -> Value {
    let (line, _) = shown.place(report.span);
    let (failures, notes, error) = match &report.outcome {
        TestOutcome::Passed => (Vec::new(), Vec::new(), None),
        TestOutcome::Broken(why) => (Vec::new(), Vec::new(), Some(why.clone())),
        TestOutcome::Failed { failures, notes } => (failures.clone(), notes.clone(), None),
    };
    let failures = failures.iter().map(|failure| {
        let (line, column) = shown.place(failure.span);
        json!({
            "file": shown.name(failure.span.file),
            "line": line,
            "column": column,
            "text": shown.sources.text(failure.span),
            "expected": failure.expected,
            "happened": failure.happened,
            "table": failure.table.as_ref().map(|table| json!({
                "columns": table.columns,
                "rows": table.rows,
                "marked": table.marked,
            })),
        })
    });
    json!({
        "name": report.name,
        "file": shown.name(report.span.file),
        "line": line,
        "passed": report.is_passed(),
        "seconds": report.seconds,
        "failures": failures.collect::<Vec<_>>(),
        "notes": notes,
        "error": error,
    })
}
