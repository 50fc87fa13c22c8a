//! The programs behind the open documents: which there are, and whether they have been checked since the last change.

use crate::documents::Documents;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use twin_diagnostics::FileId;
use twin_ide::{Files, Origin, Project};
use twin_stdlib::LIBRARY;

/// The file that a project begins with.
const MAIN_FILE: &str = "main.twin";

/// A checked program.
pub struct Program {
    /// The folder that its names of files start from.
    pub root: PathBuf,
    /// What was read and checked.
    pub project: Project,
    /// Whether the editor knows its findings.
    pub was_told: bool,
    is_stale: bool,
    /// When the files on the disk that it has read were last written.
    written: BTreeMap<PathBuf, Option<SystemTime>>,
}

impl Program {
    /// The path of one of its files; none for one of the library.
    pub fn path(&self, file: FileId) -> Option<PathBuf> {
        match self.project.origin(file) {
            Origin::Project(name) => Some(self.root.join(name)),
            Origin::Library(_) => None,
        }
    }

    /// The file of a path.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        self.project.file(&name_below(&self.root, path)?)
    }

    fn reads(&self, path: &Path) -> bool {
        self.file(path).is_some() || self.written.contains_key(path)
    }
}

/// Documents, and the programs that they belong to.
#[derive(Default)]
pub struct Workspace {
    /// The open documents.
    pub documents: Documents,
    /// Checked programs by their main file.
    programs: BTreeMap<PathBuf, Program>,
}

impl Workspace {
    /// A file has other text: what has read it is to be checked again.
    pub fn touch(&mut self, path: &Path) {
        for (main, program) in &mut self.programs {
            if main == path || program.reads(path) {
                program.is_stale = true;
            }
        }
    }

    /// Looks whether files that no editor holds were written by others.
    pub fn look_at_disk(&mut self) {
        for program in self.programs.values_mut() {
            let mut written = program.written.iter();
            program.is_stale |=
                written.any(|(path, at)| self.documents.get(path).is_none() && written_at(path) != *at);
        }
    }

    /// The main file of the program that a file belongs to: the nearest `main.twin` above, if its program uses
    /// the file; else the file itself.
    pub fn main_of(&mut self, path: &Path) -> PathBuf {
        let above = self.main_above(path);
        if let Some(main) = above.filter(|main| main != path)
            && self.program(&main).is_some_and(|program| program.file(path).is_some())
        {
            return main;
        }
        path.to_path_buf()
    }

    fn main_above(&self, path: &Path) -> Option<PathBuf> {
        let mains = path.ancestors().skip(1).map(|folder| folder.join(MAIN_FILE));
        mains.into_iter().find(|main| self.documents.get(main).is_some() || main.is_file())
    }

    /// The program of a main file, checked again where something has changed. None only where the main file
    /// cannot be read, or the compiler has a bug; then what was known before is gone too.
    pub fn program(&mut self, main: &Path) -> Option<&Program> {
        if self.programs.get(main).is_none_or(|program| program.is_stale) {
            match self.check(main) {
                Some(program) => self.programs.insert(main.to_path_buf(), program),
                None => self.programs.remove(main),
            };
        }
        self.programs.get(main)
    }

    /// A program as it was last checked.
    pub fn checked(&self, main: &Path) -> Option<&Program> {
        self.programs.get(main)
    }

    /// The editor knows the findings of a program.
    pub fn set_told(&mut self, main: &Path) {
        if let Some(program) = self.programs.get_mut(main) {
            program.was_told = true;
        }
    }

    /// Forgets programs that are not wanted any more; those above open files stay, since each change asks whether
    /// they use the file by now.
    pub fn forget_all_but(&mut self, wanted: &BTreeSet<PathBuf>) {
        let above: BTreeSet<PathBuf> =
            self.documents.paths().filter_map(|path| self.main_above(path)).collect();
        self.programs.retain(|main, _| wanted.contains(main) || above.contains(main));
    }

    fn check(&self, main: &Path) -> Option<Program> {
        let above = self.main_above(main).and_then(|found| found.parent().map(Path::to_path_buf));
        let root = above.or_else(|| main.parent().map(Path::to_path_buf)).unwrap_or_default();
        let name = name_below(&root, main)?;
        let files = Overlay { root: &root, documents: &self.documents };
        let check = || Project::open(&program_name(&root, &name), &name, &files, LIBRARY);
        let project = match catch_unwind(AssertUnwindSafe(check)) {
            Ok(project) => project.ok()?,
            Err(_) => {
                eprintln!("twin lsp: checking {} failed; this is a bug of the compiler", main.display());
                return None;
            }
        };
        let read = project.files_read().iter().map(|name| root.join(name)).chain([main.to_path_buf()]);
        let written = read.map(|path| (path.clone(), written_at(&path))).collect();
        Some(Program { root, project, was_told: false, is_stale: false, written })
    }
}

/// The project's name: its folder's, or the file's without its ending.
fn program_name(root: &Path, main: &str) -> String {
    let folder = || root.file_name().map(|name| name.to_string_lossy().into_owned());
    match main {
        MAIN_FILE => folder().unwrap_or_else(|| "main".to_string()),
        other => other.trim_end_matches(".twin").to_string(),
    }
}

fn written_at(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

/// The name of a file within a folder, with `/` between its parts.
fn name_below(root: &Path, path: &Path) -> Option<String> {
    let parts = path.strip_prefix(root).ok()?.components();
    let parts: Vec<String> = parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    Some(parts.join("/"))
}

/// Open documents before the disk.
struct Overlay<'a> {
    root: &'a Path,
    documents: &'a Documents,
}

impl Files for Overlay<'_> {
    fn read(&self, name: &str) -> io::Result<String> {
        let path = self.root.join(name);
        match self.documents.get(&path) {
            Some(document) => Ok(document.text.clone()),
            None => fs::read_to_string(path),
        }
    }
}
