//! The checker's window on a project: its files, its schemas, the library, and what was recorded.

use crate::project::{Files, Project, in_words};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use twin_analysis::{Recording, RuleFigures, World};
use twin_diagnostics::{FileId, SourceMap, Span};
use twin_types::Library;

/// What was recorded of a program's sources. The driver reads no recording itself.
pub trait Recordings {
    /// What the recording of a source holds.
    fn recording(&self, source: &str) -> Option<Recording>;

    /// How often a rule fires in it, as it is and with the mended text.
    fn rule_figures(&self, _twin: &str, _rule: &str, _mended: &str) -> Option<RuleFigures> {
        None
    }
}

/// Nothing was recorded.
pub struct NoRecordings;

impl Recordings for NoRecordings {
    fn recording(&self, _source: &str) -> Option<Recording> {
        None
    }
}

/// A project as the checker sees it.
pub struct ProjectWorld<'a> {
    files: &'a Files,
    library: &'a Library,
    recordings: &'a dyn Recordings,
    sources: RefCell<SourceMap>,
    modules: RefCell<BTreeMap<String, Option<FileId>>>,
    /// Everything that was read of the project, by name: what a bundle needs.
    read: RefCell<BTreeMap<String, String>>,
    /// Files that are there and cannot be read.
    unreadable: RefCell<Vec<(String, io::Error)>>,
}

impl<'a> ProjectWorld<'a> {
    /// A world in which nothing was opened yet.
    pub fn new(project: &'a Project, library: &'a Library, recordings: &'a dyn Recordings) -> Self {
        ProjectWorld {
            files: &project.files,
            library,
            recordings,
            sources: RefCell::default(),
            modules: RefCell::default(),
            read: RefCell::default(),
            unreadable: RefCell::default(),
        }
    }

    /// Opens the main file.
    pub fn open(&self, name: &str) -> io::Result<(FileId, Arc<str>)> {
        let text = self.files.read(name)?;
        Ok(self.add(name, text))
    }

    /// All that was opened: the source map, the project's files by name, and those that could not be read.
    pub fn into_parts(self) -> (SourceMap, BTreeMap<String, String>, Vec<(String, io::Error)>) {
        (self.sources.into_inner(), self.read.into_inner(), self.unreadable.into_inner())
    }

    fn add(&self, name: &str, text: String) -> (FileId, Arc<str>) {
        let text: Arc<str> = text.into();
        self.read.borrow_mut().insert(name.to_string(), text.to_string());
        let id = self.sources.borrow_mut().add(name, text.clone());
        (id, text)
    }

    fn find(&self, path: &str) -> Option<FileId> {
        if let Some(file) = self.library.files.iter().find(|f| f.module == path) {
            return Some(self.sources.borrow_mut().add(path, file.text));
        }
        let name = format!("{}.twin", path.replace('.', "/"));
        match self.files.read(&name) {
            Ok(text) => Some(self.add(&name, text).0),
            // `use rules.overheating` asks for `rules/overheating.twin` first; `rules` may then be a file's folder.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                None
            }
            Err(error) => {
                self.unreadable.borrow_mut().push((name, error));
                None
            }
        }
    }
}

impl World for ProjectWorld<'_> {
    fn module(&self, path: &str) -> Option<(FileId, Arc<str>)> {
        let known = self.modules.borrow().get(path).copied();
        let id = known.unwrap_or_else(|| {
            let found = self.find(path);
            self.modules.borrow_mut().insert(path.to_string(), found);
            found
        })?;
        Some((id, self.sources.borrow().file(id).text.clone()))
    }

    fn schema_file(&self, path: &str) -> Result<String, String> {
        let text = self.files.read(path).map_err(|error| in_words(&error))?;
        self.read.borrow_mut().insert(path.to_string(), text.clone());
        Ok(text)
    }

    fn text(&self, span: Span) -> String {
        self.sources.borrow().text(span).to_string()
    }

    fn line(&self, span: Span, seen_from: FileId) -> String {
        self.sources.borrow().line(span, seen_from)
    }

    fn recording(&self, source: &str) -> Option<Recording> {
        self.recordings.recording(source)
    }

    fn rule_figures(&self, twin: &str, rule: &str, mended: &str) -> Option<RuleFigures> {
        self.recordings.rule_figures(twin, rule, mended)
    }
}
