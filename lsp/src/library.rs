//! Modules of the library as files that an editor can open, read-only.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use twin_stdlib::LIBRARY;

/// Below the user's cache, by version: a newer `twin` has another library.
pub fn default_folder() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = variable("XDG_CACHE_HOME")
        .or_else(|| variable("LOCALAPPDATA"))
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir);
    cache.join("twin").join(format!("library-{}", env!("CARGO_PKG_VERSION")))
}

/// The file of a module such as `std.signal`, written where it is not there yet.
pub fn file_of(folder: &Path, module: &str) -> io::Result<PathBuf> {
    let known = LIBRARY.files.iter().find(|file| file.module == module);
    let text = known.map(|file| file.text).ok_or(io::ErrorKind::NotFound)?;
    let path = folder.join(format!("{}.twin", module.replace('.', "/")));
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(path);
    }
    fs::create_dir_all(path.parent().unwrap_or(folder))?;
    // Written beside and moved: another server may be doing the same.
    let beside = path.with_extension(format!("{}.new", std::process::id()));
    fs::write(&beside, text)?;
    let mut permissions = fs::metadata(&beside)?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&beside, permissions)?;
    fs::rename(&beside, &path)?;
    Ok(path)
}
