//! What surrounds a program: its other files, schema files, and what was recorded.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use twin_diagnostics::{FileId, SourceMap, Span};
use twin_types::Library;

/// The checker's only window on the world; it opens no file itself.
pub trait World {
    /// The file of a module path such as `std.signal` or `fleet.rules`: where it went in the source map, and its
    /// text. Asking again gives the same id.
    fn module(&self, path: &str) -> Option<(FileId, Arc<str>)>;

    /// The text of a schema file as the program names it, e.g. `car.avsc`; else why it cannot be read.
    fn schema_file(&self, path: &str) -> Result<String, String>;

    /// The text of a place.
    fn text(&self, span: Span) -> String;

    /// The file's name and the line, e.g. `line 12`, or `rules.twin line 3` seen from another file.
    fn line(&self, span: Span, seen_from: FileId) -> String;

    /// What the recording of a source holds, if there is one.
    fn recording(&self, _source: &str) -> Option<Recording> {
        None
    }

    /// How often a rule fires in the recording, as it is and with the mended text; asked for only to quote it.
    fn rule_figures(&self, _twin: &str, _rule: &str, _mended: &str) -> Option<RuleFigures> {
        None
    }
}

/// What the recording of one source holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recording {
    /// How many records.
    pub records: u64,
    /// Nanoseconds from the first to the last.
    pub span_ns: i64,
    /// By name in the program.
    pub fields: BTreeMap<String, FieldRecording>,
}

/// What was recorded of one field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FieldRecording {
    /// In how many records it was present.
    pub present: u64,
    /// How many different values (counted up to some bound).
    pub distinct: u64,
    /// The least number, in the unit of the wire.
    pub min: Option<f64>,
    /// The greatest number, in the unit of the wire.
    pub max: Option<f64>,
    /// How often it was exactly zero.
    pub zeros: u64,
    /// A few texts seen, most frequent first.
    pub texts: Vec<String>,
}

/// How often a rule is raised in the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleFigures {
    /// As it is written.
    pub as_written: u64,
    /// With the mended line.
    pub mended: u64,
    /// The length of the recording.
    pub span_ns: i64,
}

/// A world held in memory: for tests, editors and tools.
#[derive(Debug)]
pub struct MemoryWorld<'a> {
    library: &'a Library,
    files: BTreeMap<String, String>,
    sources: RefCell<SourceMap>,
    opened: RefCell<BTreeMap<String, FileId>>,
    /// Recordings by source.
    pub recordings: BTreeMap<String, Recording>,
}

impl<'a> MemoryWorld<'a> {
    /// A world with only the library in it.
    pub fn new(library: &'a Library) -> Self {
        MemoryWorld {
            library,
            files: BTreeMap::new(),
            sources: RefCell::default(),
            opened: RefCell::default(),
            recordings: BTreeMap::new(),
        }
    }

    /// Puts a file into it: a module by its path (`fleet.rules`), a schema by its file name.
    pub fn with_file(mut self, name: &str, text: &str) -> Self {
        self.files.insert(name.to_string(), text.to_string());
        self
    }

    /// Opens the main file.
    pub fn open(&self, name: &str, text: &str) -> FileId {
        self.sources.borrow_mut().add(name, text)
    }

    /// All files opened so far.
    pub fn sources(&self) -> SourceMap {
        self.sources.borrow().clone()
    }

    fn find(&self, path: &str) -> Option<String> {
        let of_library = || self.library.files.iter().find(|f| f.module == path).map(|f| f.text.to_string());
        self.files.get(path).cloned().or_else(of_library)
    }
}

impl World for MemoryWorld<'_> {
    fn module(&self, path: &str) -> Option<(FileId, Arc<str>)> {
        let opened = self.opened.borrow().get(path).copied();
        let id = match opened {
            Some(id) => id,
            None => {
                let text = self.find(path)?;
                let id = self.sources.borrow_mut().add(format!("{path}.twin"), text);
                self.opened.borrow_mut().insert(path.to_string(), id);
                id
            }
        };
        Some((id, self.sources.borrow().file(id).text.clone()))
    }

    fn schema_file(&self, path: &str) -> Result<String, String> {
        self.files.get(path).cloned().ok_or_else(|| "there is no such file".to_string())
    }

    fn text(&self, span: Span) -> String {
        self.sources.borrow().text(span).to_string()
    }

    fn line(&self, span: Span, seen_from: FileId) -> String {
        self.sources.borrow().line(span, seen_from)
    }

    fn recording(&self, source: &str) -> Option<Recording> {
        self.recordings.get(source).cloned()
    }
}
