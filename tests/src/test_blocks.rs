//! `test` blocks of programs, run as `twin test` runs them but for the command itself.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use twin_analysis::hir;
use twin_diagnostics::SourceMap;
use twin_driver::{Checked, NoRecordings, Project, check, native_kernels};
use twin_evaluator::Evaluator;
use twin_plan::Plan;
use twin_plan::kernel::Kernel;
use twin_stdlib::LIBRARY;
use twin_testing::{Outcome, Setup, TestReport, select};

/// Runs all tests of a project's folder with both kernels; what they say, the same for both.
pub fn run_folder(folder: &Path) -> Result<Vec<TestReport>, String> {
    run_project(&Project::at(folder).map_err(|error| error.to_string())?)
}

/// Runs all tests of a program in memory.
pub fn run_text(text: &str) -> Result<Vec<TestReport>, String> {
    let files = BTreeMap::from([("main.twin".to_string(), text.to_string())]);
    run_project(&Project::held("main", "main.twin", files))
}

fn run_project(project: &Project) -> Result<Vec<TestReport>, String> {
    let checked = check(project, &LIBRARY, &NoRecordings).map_err(|error| error.to_string())?;
    if checked.has_errors() {
        return Err(crate::run::short(&checked.sources, &checked.findings));
    }
    let reports = run_with(&checked, project, &|plan| native_kernels(plan).map_err(|e| e.to_string()));
    let easy = run_with(&checked, project, &|plan: &Plan| {
        Ok(plan.twins.iter().map(|twin| Box::new(Evaluator::new(twin)) as Box<dyn Kernel>).collect())
    });
    let said = |reports: &[TestReport]| say_all(&checked.sources, reports);
    match said(&reports) == said(&easy) {
        true => Ok(reports),
        false => Err(format!("the kernels differ:\n{}\n---\n{}", said(&reports), said(&easy))),
    }
}

fn run_with(checked: &Checked, project: &Project, kernels: twin_testing::MakeKernels<'_>) -> Vec<TestReport> {
    let setup = Setup {
        program: &checked.program,
        library: &LIBRARY,
        sources: &checked.sources,
        folder: project.folder(),
        tables: &BTreeMap::new(),
        kernels,
        threads: 2,
    };
    let tests: Vec<&hir::Test> = select(&checked.program, &checked.sources, "");
    twin_testing::run(&setup, &tests, |_| {})
}

fn say_all(sources: &SourceMap, reports: &[TestReport]) -> String {
    reports.iter().map(|report| say(sources, report)).collect()
}

/// What came of a test, as text without its duration.
pub fn say(sources: &SourceMap, report: &TestReport) -> String {
    let mut out = String::new();
    match &report.outcome {
        Outcome::Passed => writeln!(out, "ok {}", report.name).expect("a string takes everything"),
        Outcome::Broken(why) => writeln!(out, "broken {}: {why}", report.name).expect("as above"),
        Outcome::Failed { failures, notes } => {
            writeln!(out, "failed {}", report.name).expect("as above");
            for failure in failures {
                let has_text = (failure.span.file.0 as usize) < sources.iter().count();
                let text = if has_text { sources.text(failure.span) } else { "" };
                writeln!(out, "  {text}\n    expected {}\n    {}", failure.expected, failure.happened)
                    .expect("as above");
                for line in failure.table.iter().flat_map(|table| table.lines()) {
                    writeln!(out, "      {line}").expect("as above");
                }
            }
            notes.iter().for_each(|note| writeln!(out, "  note: {note}").expect("as above"));
        }
    }
    out
}

/// What came of all tests of a program in memory.
pub fn say_text(text: &str) -> Result<String, String> {
    let reports = run_text(text)?;
    // Spans point into the text itself, which is the first file that is read.
    let mut sources = SourceMap::default();
    sources.add("main.twin", text);
    Ok(say_all(&sources, &reports))
}
