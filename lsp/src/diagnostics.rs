//! Findings, pushed to the editor.

use crate::convert;
use crate::positions::Lines;
use crate::workspace::{Program, Workspace};
use lsp_types::{PublishDiagnosticsParams, Uri};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What was pushed, so that it can be taken back.
#[derive(Default)]
pub struct Pushed {
    /// By main file: the files that the editor was told about, under these addresses.
    files: BTreeMap<PathBuf, Files>,
}

/// Paths with the addresses that were used for them: an editor may write them in its own way.
type Files = BTreeMap<PathBuf, Uri>;

impl Pushed {
    /// Checks every program that has changed and gives what the editor is to be told.
    pub fn refresh(
        &mut self,
        workspace: &mut Workspace,
        library_folder: &Path,
    ) -> Vec<PublishDiagnosticsParams> {
        // A module of the library that was opened to be read is nobody's work.
        let open = workspace.documents.paths().filter(|path| !path.starts_with(library_folder));
        let open: Vec<PathBuf> = open.cloned().collect();
        let mains: BTreeMap<PathBuf, PathBuf> =
            open.into_iter().map(|path| (path.clone(), workspace.main_of(&path))).collect();
        let wanted: BTreeSet<PathBuf> = mains.values().cloned().collect();

        let mut told = Vec::new();
        let mut gone = Files::new();
        for main in &wanted {
            let is_news = workspace.program(main).is_some_and(|program| !program.was_told);
            if !is_news {
                continue;
            }
            let findings = findings(workspace, main, &mains, self.files.get(main));
            let files: Files =
                findings.iter().map(|(path, of_file)| (path.clone(), of_file.uri.clone())).collect();
            gone.extend(self.files.insert(main.clone(), files).unwrap_or_default());
            told.extend(findings.into_iter().map(|(_, of_file)| of_file));
            workspace.set_told(main);
        }
        let left: Vec<PathBuf> = self.files.keys().filter(|main| !wanted.contains(*main)).cloned().collect();
        gone.extend(left.iter().filter_map(|main| self.files.remove(main)).flatten());
        let is_still = |path: &PathBuf| self.files.values().any(|files| files.contains_key(path));
        told.extend(gone.into_iter().filter(|(path, _)| !is_still(path)).map(|(_, uri)| nothing(uri)));
        workspace.forget_all_but(&wanted);
        told
    }
}

/// The findings of one program, file by file. A file may be read by several programs; an open one is told about
/// by its own only, and one that is not open only where there is or was something to say.
fn findings(
    workspace: &Workspace,
    main: &Path,
    mains: &BTreeMap<PathBuf, PathBuf>,
    before: Option<&Files>,
) -> Vec<(PathBuf, PublishDiagnosticsParams)> {
    let Some(program) = workspace.checked(main) else { return Vec::new() };
    let mut told = Vec::new();
    for (file, source) in program.project.sources().iter() {
        let Some(path) = program.path(file) else { continue };
        if mains.get(&path).is_some_and(|own| own != main) {
            continue;
        }
        let Some(uri) = convert::uri(workspace, &path) else { continue };
        let diagnostics = of_file(workspace, program, file, &source.text);
        let document = workspace.documents.get(&path);
        let was_told = before.is_some_and(|files| files.contains_key(&path));
        if document.is_some() || was_told || !diagnostics.is_empty() {
            let version = document.map(|document| document.version);
            told.push((path, PublishDiagnosticsParams { uri, diagnostics, version }));
        }
    }
    told
}

fn of_file(
    workspace: &Workspace,
    program: &Program,
    file: twin_diagnostics::FileId,
    text: &str,
) -> Vec<lsp_types::Diagnostic> {
    let lines = Lines::new(text);
    let findings = convert::findings_of(program, file);
    findings.map(|finding| convert::diagnostic(workspace, program, &lines, finding)).collect()
}

fn nothing(uri: Uri) -> PublishDiagnosticsParams {
    PublishDiagnosticsParams { uri, diagnostics: Vec::new(), version: None }
}
