//! What a file is, by the endings of its name.

use std::path::Path;

/// How records lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// One JSON object a line.
    JsonLines,
    /// Separated values.
    Csv,
    /// Parquet.
    Parquet,
    /// An Avro object container.
    Avro,
    /// Arrow IPC; whether it is the file or the stream form is told by its first bytes.
    Arrow,
}

/// How a file is compressed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all (or inside, as the columnar formats are).
    Plain,
    /// gzip
    Gzip,
    /// Zstandard
    Zstd,
}

impl FileKind {
    /// By the ending without its dot.
    fn of_ending(ending: &str) -> Option<FileKind> {
        Some(match ending {
            "jsonl" | "ndjson" | "json" => FileKind::JsonLines,
            "csv" | "tsv" => FileKind::Csv,
            "parquet" | "pq" => FileKind::Parquet,
            "avro" => FileKind::Avro,
            "arrow" | "arrows" | "ipc" | "feather" => FileKind::Arrow,
            _ => return None,
        })
    }

    /// Whether it is text, which can be appended to and compressed as a whole.
    pub fn is_text(self) -> bool {
        matches!(self, FileKind::JsonLines | FileKind::Csv)
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            FileKind::JsonLines => "JSON Lines",
            FileKind::Csv => "CSV",
            FileKind::Parquet => "Parquet",
            FileKind::Avro => "Avro",
            FileKind::Arrow => "Arrow",
        }
    }
}

/// The kind of a file, where its name tells, and its compression.
pub fn kind_of(path: &Path) -> (Option<FileKind>, Compression) {
    let name = file_name(path).to_ascii_lowercase();
    let (stem, compression) = split_compression(&name);
    let kind = stem.rsplit_once('.').and_then(|(_, ending)| FileKind::of_ending(ending));
    (kind, compression)
}

/// The file's name without its endings, which is a recording's key when the program says `key file`.
pub fn bare_name(path: &Path) -> String {
    let name = file_name(path);
    let lower = name.to_ascii_lowercase();
    let bytes = split_compression(&lower).0.len();
    let stem = name.get(..bytes).unwrap_or(&name);
    match stem.rsplit_once('.') {
        Some((bare, _)) if !bare.is_empty() => bare.to_string(),
        _ => stem.to_string(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn split_compression(name: &str) -> (&str, Compression) {
    let endings = [(".gz", Compression::Gzip), (".zst", Compression::Zstd), (".zstd", Compression::Zstd)];
    for (ending, compression) in endings {
        if let Some(stem) = name.strip_suffix(ending) {
            return (stem, compression);
        }
    }
    (name, Compression::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_kinds() {
        let check = |name: &str, kind, compression, bare: &str| {
            assert_eq!(kind_of(Path::new(name)), (kind, compression), "{name}");
            assert_eq!(bare_name(Path::new(name)), bare, "{name}");
        };
        check("data/cars.jsonl", Some(FileKind::JsonLines), Compression::Plain, "cars");
        check("Bearing1_1.csv.gz", Some(FileKind::Csv), Compression::Gzip, "Bearing1_1");
        check("a.b.PARQUET", Some(FileKind::Parquet), Compression::Plain, "a.b");
        check("train_FD001.txt.zst", None, Compression::Zstd, "train_FD001");
        check("noending", None, Compression::Plain, "noending");
        check("/dev/stdin", None, Compression::Plain, "stdin");
        check(".jsonl", Some(FileKind::JsonLines), Compression::Plain, ".jsonl");
    }
}
