//! A program as an editor holds it: read through [`Files`], parsed, checked, and kept with all that was learned.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use twin_analysis::{Checked, World, hir};
use twin_diagnostics::{Diagnostic, FileId, SourceMap, Span};
use twin_plan::Plan;
use twin_syntax::ast;
use twin_types::Library;

/// Where the files of a project come from: open documents before the disk.
pub trait Files {
    /// The text of a file by its name within the project, e.g. `fleet/rules.twin` or `car.avsc`.
    fn read(&self, name: &str) -> io::Result<String>;
}

/// Where a file of a program lives.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// In the project, under this name.
    Project(String),
    /// In the library, as this module.
    Library(&'static str),
}

/// A program that was read and checked, whatever was found.
pub struct Project {
    pub(crate) library: Library,
    pub(crate) sources: SourceMap,
    pub(crate) checked: Checked,
    origins: Vec<Origin>,
    findings: Vec<Diagnostic>,
    files_read: Vec<String>,
    trees: RefCell<BTreeMap<FileId, Rc<ast::Module>>>,
    plan: OnceCell<Option<Plan>>,
}

impl Project {
    /// Reads and checks the program that begins with the file `main`. Any text gives a project; only a main file
    /// that cannot be read gives none.
    pub fn open(name: &str, main: &str, files: &dyn Files, library: Library) -> io::Result<Project> {
        let world = EditorWorld::new(files, &library);
        let text = files.read(main)?;
        let (file, text) = world.add(Origin::Project(main.to_string()), text.into());
        let parse = twin_syntax::parse(file, &text);
        let options = twin_analysis::Options { name: name.to_string() };
        let checked = twin_analysis::check(&parse.module, &library, &world, &options);
        let mut report = parse.report;
        report.extend(checked.report.clone());
        let EditorWorld { sources, origins, files_read, .. } = world;
        let trees = BTreeMap::from([(file, Rc::new(parse.module))]);
        Ok(Project {
            library,
            sources: sources.into_inner(),
            checked,
            origins: origins.into_inner(),
            findings: report.finish(),
            files_read: files_read.into_inner(),
            trees: RefCell::new(trees),
            plan: OnceCell::new(),
        })
    }

    /// All findings, sorted by place.
    pub fn findings(&self) -> &[Diagnostic] {
        &self.findings
    }

    /// Every file that was read.
    pub fn sources(&self) -> &SourceMap {
        &self.sources
    }

    /// Where a file lives.
    pub fn origin(&self, file: FileId) -> &Origin {
        &self.origins[file.0 as usize]
    }

    /// The project's file of a name, where the program has read it.
    pub fn file(&self, name: &str) -> Option<FileId> {
        let at = self.origins.iter().position(|o| matches!(o, Origin::Project(n) if n == name))?;
        Some(FileId(at as u32))
    }

    /// Names of all files that were asked for, read or not: when one changes, the program is to be read again.
    pub fn files_read(&self) -> &[String] {
        &self.files_read
    }

    /// The text of a file.
    pub fn text(&self, file: FileId) -> &str {
        &self.sources.file(file).text
    }

    /// The tree of a file, parsed when it is first asked for.
    pub(crate) fn tree(&self, file: FileId) -> Rc<ast::Module> {
        let mut trees = self.trees.borrow_mut();
        let parse = || Rc::new(twin_syntax::parse(file, self.text(file)).module);
        trees.entry(file).or_insert_with(parse).clone()
    }

    /// The file of a module path, where the program has read it.
    pub(crate) fn module(&self, path: &str) -> Option<FileId> {
        let name = module_file(path);
        let is_it = |origin: &Origin| match origin {
            Origin::Project(file) => *file == name,
            Origin::Library(module) => *module == path,
        };
        self.origins.iter().position(is_it).map(|at| FileId(at as u32))
    }

    /// What is known of the name at a place.
    pub(crate) fn fact_at(&self, file: FileId, offset: usize) -> Option<(Span, &hir::Fact)> {
        let up_to = Span::new(file, offset, usize::MAX);
        let facts = self.checked.facts.facts.range(..=up_to).rev();
        let here = facts.take_while(|(span, _)| span.file == file && span.end as usize >= offset);
        here.last().map(|(span, fact)| (*span, fact))
    }

    /// What is known of exactly this name.
    pub(crate) fn fact(&self, span: Span) -> Option<&hir::Fact> {
        self.checked.facts.facts.get(&span)
    }

    /// The plan, for what it says of memory; none while the program has an error.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        let lower = || {
            if self.findings.iter().any(|f| f.severity == twin_diagnostics::Severity::Error) {
                return None;
            }
            let settings = twin_lowering::Settings::default();
            Some(twin_lowering::lower(&self.checked.program, &self.library, &self.sources, &settings))
        };
        self.plan.get_or_init(lower).as_ref()
    }
}

/// The name of the file behind a module path: `fleet.rules` is `fleet/rules.twin`.
fn module_file(path: &str) -> String {
    format!("{}.twin", path.replace('.', "/"))
}

/// The checker's window on a project in an editor.
struct EditorWorld<'a> {
    files: &'a dyn Files,
    library: &'a Library,
    sources: RefCell<SourceMap>,
    origins: RefCell<Vec<Origin>>,
    modules: RefCell<BTreeMap<String, Option<FileId>>>,
    files_read: RefCell<Vec<String>>,
}

impl<'a> EditorWorld<'a> {
    fn new(files: &'a dyn Files, library: &'a Library) -> Self {
        EditorWorld {
            files,
            library,
            sources: RefCell::default(),
            origins: RefCell::default(),
            modules: RefCell::default(),
            files_read: RefCell::default(),
        }
    }

    fn add(&self, origin: Origin, text: Arc<str>) -> (FileId, Arc<str>) {
        let name = match &origin {
            Origin::Project(name) => name.clone(),
            Origin::Library(module) => module.to_string(),
        };
        let id = self.sources.borrow_mut().add(name, text.clone());
        self.origins.borrow_mut().push(origin);
        (id, text)
    }

    fn read(&self, name: &str) -> io::Result<String> {
        self.files_read.borrow_mut().push(name.to_string());
        self.files.read(name)
    }

    fn find(&self, path: &str) -> Option<FileId> {
        if let Some(file) = self.library.files.iter().find(|f| f.module == path) {
            return Some(self.add(Origin::Library(file.module), file.text.into()).0);
        }
        let name = module_file(path);
        // The main file uses itself only by mistake; it is there already.
        let known = self.origins.borrow().iter().position(|o| *o == Origin::Project(name.clone()));
        if let Some(at) = known {
            return Some(FileId(at as u32));
        }
        let text = self.read(&name).ok()?;
        Some(self.add(Origin::Project(name), text.into()).0)
    }
}

impl World for EditorWorld<'_> {
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
        self.read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "there is no such file or folder".to_string(),
            io::ErrorKind::PermissionDenied => "it may not be read".to_string(),
            io::ErrorKind::InvalidData => "it is not text in UTF-8".to_string(),
            _ => error.to_string(),
        })
    }

    fn text(&self, span: Span) -> String {
        self.sources.borrow().text(span).to_string()
    }

    fn line(&self, span: Span, seen_from: FileId) -> String {
        self.sources.borrow().line(span, seen_from)
    }
}
