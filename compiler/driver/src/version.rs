//! What identifies a run: the program, the library, the settings.

use std::collections::BTreeMap;
use twin_types::Library;
use xxhash_rust::xxh3::Xxh3;

/// A hash of all that the library says, as hex; builtins by their signatures, since their code has no text here.
pub fn library_version(library: &Library) -> String {
    let mut hash = Hash::new();
    for builtin in library.builtins {
        hash.add(builtin.name);
        hash.add(builtin.signature);
    }
    for file in library.files {
        hash.add(file.module);
        hash.add(file.text);
    }
    hash.hex()
}

/// A hash of the program's name and files, the library and the settings, as hex.
///
/// Where the files lie does not matter, nor does the order in which settings were given.
pub fn program_version(
    name: &str,
    files: &BTreeMap<String, String>,
    library: &Library,
    settings: &BTreeMap<String, String>,
) -> String {
    let mut hash = Hash::new();
    hash.add(name);
    hash.add(&library_version(library));
    for (file, text) in files {
        hash.add(file);
        hash.add(text);
    }
    hash.add("settings");
    for (param, value) in settings {
        hash.add(param);
        hash.add(value);
    }
    hash.hex()
}

/// Texts one after the other, each with its length, so that no two lists look alike.
struct Hash(Xxh3);

impl Hash {
    fn new() -> Hash {
        Hash(Xxh3::new())
    }

    fn add(&mut self, text: &str) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
    }

    fn hex(&self) -> String {
        format!("{:016x}", self.0.digest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(files: &[(&str, &str)], settings: &[(&str, &str)]) -> String {
        let map =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        program_version("cars", &map(files), &Library { builtins: &[], files: &[] }, &map(settings))
    }

    #[test]
    fn everything_that_changes_results_changes_the_version() {
        let plain = version(&[("main.twin", "twin A")], &[]);
        assert_eq!(plain, version(&[("main.twin", "twin A")], &[]));
        assert_ne!(plain, version(&[("main.twin", "twin B")], &[]));
        assert_ne!(plain, version(&[("main.twin", "twin A")], &[("A.x", "1")]));
        assert_ne!(plain, version(&[("main.twin", "twin "), ("a", "A")], &[]));
    }
}
