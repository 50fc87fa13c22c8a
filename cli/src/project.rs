//! A program with its surroundings: where it is, and what `twin.toml` says.

use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::terminal::{Terminal, To};
use std::path::Path;
use twin_analysis::hir;
use twin_diagnostics::{SourceMap, Span};
use twin_driver::render::Shown;
use twin_driver::settings::{Given, split};
use twin_driver::{Bundle, Checked, CompileError, Compiled, Files, NoRecordings, Project, check, compile};
use twin_stdlib::LIBRARY;

/// A program that was found, and what its project says.
pub struct Found {
    /// The program.
    pub project: Project,
    /// What `twin.toml` says; nothing for a bundle.
    pub config: Config,
}

impl Found {
    /// What is at a path.
    pub fn at(path: &Path) -> Result<Found, Failure> {
        let mut project = Project::at(path).map_err(|error| Failure::usage(error.to_string()))?;
        let config = match project.folder() {
            Some(folder) => Config::read(folder)?,
            None => Config::default(),
        };
        // Another file beside `main.twin` has a name of its own.
        if let Some(name) = config.name.clone().filter(|_| project.main == twin_driver::MAIN_FILE) {
            project.name = name;
        }
        Ok(Found { project, config })
    }

    /// A bundle that was read already.
    pub fn bundle(bundle: Bundle, path: &Path) -> Found {
        Found { project: Project::of_bundle(bundle, path), config: Config::default() }
    }

    /// Params that a run sets: those of the bundle or `twin.toml`, then those of the flags.
    pub fn settings(&self, flags: &[String]) -> Result<Given, Failure> {
        let mut given = match &self.project.files {
            Files::Bundle(bundle) => bundle.settings.clone(),
            Files::Folder(_) | Files::Held(_) => self.config.set.clone(),
        };
        for flag in flags {
            let (name, value) = split(flag).map_err(setting_failed)?;
            given.insert(name, value);
        }
        Ok(given)
    }

    /// Reads and checks it; findings are the caller's to show.
    pub fn check(&self) -> Result<Checked, Failure> {
        check(&self.project, &LIBRARY, &NoRecordings).map_err(|error| Failure::usage(error.to_string()))
    }

    /// Checks and lowers it; says what was found on stderr. `Err` holds how to end.
    pub fn compile(&self, flags: &[String], terminal: &Terminal) -> Result<Result<Compiled, Exit>, Failure> {
        let given = self.settings(flags)?;
        self.warn_of_another_library(terminal);
        match compile(&self.project, self.check()?, &given, &LIBRARY) {
            Ok(compiled) => {
                if !terminal.quiet {
                    terminal.findings(&compiled.findings, self.shown(&compiled.sources), To::Stderr)?;
                }
                Ok(Ok(compiled))
            }
            Err(CompileError::Program(checked)) => {
                terminal.findings(&checked.findings, self.shown(&checked.sources), To::Stderr)?;
                if checked.left_out > 0 {
                    terminal.note(&format!("{} more are not shown", checked.left_out));
                }
                Ok(Err(Exit::Wrong))
            }
            Err(CompileError::Setting(error)) => Err(setting_failed(error)),
        }
    }

    /// What of the program is checked, but no run can carry out yet, with its lines.
    pub fn not_built(&self, program: &hir::Program, sources: &SourceMap) -> Option<String> {
        let shown = self.shown(sources);
        let place = |(what, span): &(String, Span)| {
            format!("{what} ({}:{})", shown.name(span.file), shown.place(*span).0)
        };
        let places: Vec<String> = program.not_built.iter().map(place).collect();
        (!places.is_empty()).then(|| places.join(", "))
    }

    /// How files are called where the reader is.
    pub fn shown<'a>(&'a self, sources: &'a SourceMap) -> Shown<'a> {
        Shown { sources, prefix: &self.project.shown }
    }

    fn warn_of_another_library(&self, terminal: &Terminal) {
        let Files::Bundle(bundle) = &self.project.files else { return };
        if bundle.library != twin_driver::library_version(&LIBRARY) {
            terminal.warn(&format!(
                "this bundle was made by twin {}, whose library differs from this one's: results may differ",
                bundle.made_by
            ));
        }
    }
}

fn setting_failed(error: twin_driver::SettingError) -> Failure {
    let help = error.help.clone();
    Failure::usage(format!("cannot set `{}`: {}", error.given, error.what)).maybe_help(help)
}
