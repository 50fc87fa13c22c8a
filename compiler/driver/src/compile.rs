//! From a project to a checked program, and on to a plan.

use crate::project::{Project, in_words};
use crate::settings::{self, Given, SettingError};
use crate::version::program_version;
use crate::world::{ProjectWorld, Recordings};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use twin_analysis::hir;
use twin_diagnostics::{Diagnostic, Severity, SourceMap};
use twin_lowering::Settings;
use twin_plan::Plan;
use twin_types::Library;

/// A program that was read and checked, whatever was found.
pub struct Checked {
    /// The program; complete only where no finding is an error.
    pub program: hir::Program,
    /// What is known of each name and expression.
    pub facts: hir::Facts,
    /// The findings, sorted by place.
    pub findings: Vec<Diagnostic>,
    /// How many more there are: a file has so many findings that the rest would help nobody.
    pub left_out: usize,
    /// Every file that was read.
    pub sources: SourceMap,
    /// The project's own files by name, schemas among them.
    pub files: BTreeMap<String, String>,
}

impl Checked {
    /// Whether the program is wrong.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// A program ready to run.
pub struct Compiled {
    /// The program.
    pub program: hir::Program,
    /// What runs.
    pub plan: Plan,
    /// Warnings and hints.
    pub findings: Vec<Diagnostic>,
    /// Every file that was read.
    pub sources: SourceMap,
    /// What is known of each name and expression.
    pub facts: hir::Facts,
    /// The project's own files by name, schemas among them.
    pub files: BTreeMap<String, String>,
}

/// Why there is nothing to run.
pub enum CompileError {
    /// The program is wrong: what was found.
    Program(Box<Checked>),
    /// A setting does not fit it.
    Setting(SettingError),
}

/// A file of the project that cannot be read.
#[derive(Debug)]
pub struct FileError(pub String, pub io::Error);

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0, in_words(&self.1))
    }
}

impl std::error::Error for FileError {}

/// Reads and checks a program and all that it uses.
pub fn check(
    project: &Project,
    library: &Library,
    recordings: &dyn Recordings,
) -> Result<Checked, FileError> {
    let shown = |name: &str| format!("{}{name}", project.shown);
    let world = ProjectWorld::new(project, library, recordings);
    let (file, text) = world.open(&project.main).map_err(|error| FileError(shown(&project.main), error))?;
    let parse = twin_syntax::parse(file, &text);
    let options = twin_analysis::Options { name: project.name.clone() };
    let checked = twin_analysis::check(&parse.module, library, &world, &options);
    let (sources, files, unreadable) = world.into_parts();
    if let Some((name, error)) = unreadable.into_iter().next() {
        return Err(FileError(shown(&name), error));
    }
    let mut report = parse.report;
    report.extend(checked.report);
    let (findings, left_out) = report.finish_counted();
    Ok(Checked { program: checked.program, facts: checked.facts, findings, left_out, sources, files })
}

/// Lowers a checked program without errors, with the params that a run sets.
pub fn compile(
    project: &Project,
    checked: Checked,
    given: &Given,
    library: &Library,
) -> Result<Compiled, CompileError> {
    if checked.has_errors() {
        return Err(CompileError::Program(Box::new(checked)));
    }
    let params =
        settings::resolve(given, &checked.program, &checked.sources).map_err(CompileError::Setting)?;
    let version = program_version(&project.name, &checked.files, library, given);
    let settings = Settings { params, version };
    let plan = twin_lowering::lower(&checked.program, library, &checked.sources, &settings);
    let Checked { program, facts, findings, sources, files, .. } = checked;
    Ok(Compiled { program, plan, findings, sources, facts, files })
}
