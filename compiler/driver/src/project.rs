//! Where a program is: a file, a folder with a `main.twin`, or a bundle.

use crate::bundle::{Bundle, BundleError};
use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The file that a project folder begins with.
pub const MAIN_FILE: &str = "main.twin";

/// A program that was found but not read yet.
#[derive(Clone, Debug)]
pub struct Project {
    /// The program's name; alerts carry it.
    pub name: String,
    /// Its main file, as a name within the project.
    pub main: String,
    /// Where its files are read from.
    pub files: Files,
    /// What the reader types before a file's name to find it, e.g. `examples/cars/`; empty for the folder we are in.
    pub shown: String,
}

/// Where the files of a program are read from.
#[derive(Clone, Debug)]
pub enum Files {
    /// From a folder.
    Folder(PathBuf),
    /// From a bundle, by name.
    Bundle(Bundle),
    /// From memory, by name: what an editor or a pipe holds.
    Held(BTreeMap<String, String>),
}

impl Project {
    /// Looks what is at a path: a folder with a `main.twin`, a bundle, or a file of the language.
    pub fn at(path: &Path) -> Result<Project, ProjectError> {
        let metadata = std::fs::metadata(path).map_err(|error| ProjectError::read(path, error))?;
        if metadata.is_dir() {
            return Self::in_folder(path);
        }
        if Bundle::is_one(path).map_err(|error| ProjectError::read(path, error))? {
            let bundle =
                Bundle::open(path).map_err(|error| ProjectError::Bundle(path.to_path_buf(), error))?;
            return Ok(Self::of_bundle(bundle, path));
        }
        let main = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !main.ends_with(".twin") {
            return Err(ProjectError::NoProgram(path.to_path_buf()));
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let name = match main.as_str() {
            MAIN_FILE => folder_name(&folder),
            other => other.trim_end_matches(".twin").to_string(),
        };
        let shown = shown_folder(&folder);
        Ok(Project { name, main, files: Files::Folder(folder), shown })
    }

    /// A program held in memory: its main file and whatever it uses.
    pub fn held(name: &str, main: &str, files: BTreeMap<String, String>) -> Project {
        Project {
            name: name.to_string(),
            main: main.to_string(),
            files: Files::Held(files),
            shown: String::new(),
        }
    }

    /// A program out of a bundle that came from `path`.
    pub fn of_bundle(bundle: Bundle, path: &Path) -> Project {
        Project {
            name: bundle.name.clone(),
            main: bundle.main.clone(),
            files: Files::Bundle(bundle),
            shown: format!("{}:", path.display()),
        }
    }

    fn in_folder(folder: &Path) -> Result<Project, ProjectError> {
        if !folder.join(MAIN_FILE).is_file() {
            return Err(ProjectError::NoMain(folder.to_path_buf()));
        }
        Ok(Project {
            name: folder_name(folder),
            main: MAIN_FILE.to_string(),
            files: Files::Folder(folder.to_path_buf()),
            shown: shown_folder(folder),
        })
    }

    /// The folder that relative paths start from; none for a bundle.
    pub fn folder(&self) -> Option<&Path> {
        match &self.files {
            Files::Folder(folder) => Some(folder),
            Files::Bundle(_) | Files::Held(_) => None,
        }
    }
}

impl Files {
    /// The text of a file, by its name within the project.
    pub fn read(&self, name: &str) -> io::Result<String> {
        match self {
            Files::Folder(folder) => std::fs::read_to_string(folder.join(name)),
            Files::Bundle(bundle) => held(&bundle.files, name),
            Files::Held(files) => held(files, name),
        }
    }
}

fn held(files: &BTreeMap<String, String>, name: &str) -> io::Result<String> {
    files.get(name).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// A folder's own name, also where it is written as `.` or `..`.
fn folder_name(folder: &Path) -> String {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let name =
        here.canonicalize().ok().and_then(|path| path.file_name().map(|n| n.to_string_lossy().into_owned()));
    name.unwrap_or_else(|| "main".to_string())
}

fn shown_folder(folder: &Path) -> String {
    if folder.as_os_str().is_empty() || folder == Path::new(".") {
        return String::new();
    }
    let mut shown = folder.display().to_string();
    if !shown.ends_with('/') {
        shown.push('/');
    }
    shown
}

/// Why there is no program at a path.
#[derive(Debug)]
pub enum ProjectError {
    /// The system says no.
    Read(PathBuf, io::Error),
    /// A folder without a `main.twin`.
    NoMain(PathBuf),
    /// A file that is neither a program nor a bundle.
    NoProgram(PathBuf),
    /// A bundle that cannot be opened.
    Bundle(PathBuf, BundleError),
}

impl ProjectError {
    pub(crate) fn read(path: &Path, error: io::Error) -> ProjectError {
        ProjectError::Read(path.to_path_buf(), error)
    }
}

impl fmt::Display for ProjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProjectError::Read(path, error) => write!(f, "{}: {}", path.display(), in_words(error)),
            ProjectError::NoMain(folder) => {
                write!(f, "{}: there is no {MAIN_FILE} in this folder", folder.display())
            }
            ProjectError::NoProgram(path) => {
                write!(f, "{}: this is neither a program (`.twin`) nor a bundle", path.display())
            }
            ProjectError::Bundle(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for ProjectError {}

/// What the system says, without its number.
pub fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_string(),
        io::ErrorKind::PermissionDenied => "it may not be read or written".to_string(),
        io::ErrorKind::InvalidData => "it is not text in UTF-8".to_string(),
        io::ErrorKind::StorageFull => "the disk is full".to_string(),
        io::ErrorKind::IsADirectory => "it is a folder".to_string(),
        io::ErrorKind::NotADirectory => "a file stands where a folder is needed".to_string(),
        io::ErrorKind::AlreadyExists => "there is something of that name already".to_string(),
        io::ErrorKind::BrokenPipe => "nobody reads it any more".to_string(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    }
}
