//! A program in one file: its sources, its schemas and what it was made with.
//!
//! ```text
//! magic 8 · format version u32 · hash u64 of the rest · manifest's length u32 · manifest (JSON) · texts
//! ```
//!
//! Numbers are little endian. Nothing in it depends on a machine: native code is made where the bundle runs, in less
//! time than reading it from a disk would take. A program that carries its bundle is a copy of the `twin` program with
//! the bundle behind it and, at the very end, a trailer that says how long the bundle is.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// How every bundle begins. The line ends in it show a transfer that changed them.
const MAGIC: [u8; 8] = *b"TWINB\r\n\x1a";
/// How a program that carries a bundle ends.
const TRAILER_MAGIC: [u8; 8] = *b"TWINEND\n";
const TRAILER_BYTES: usize = 16;
const HEADER_BYTES: usize = 24;
/// Raised when the form changes; older forms stay readable.
const FORMAT_VERSION: u32 = 1;

/// What a bundle holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// The program's name.
    pub name: String,
    /// Its main file.
    pub main: String,
    /// The version of the library it was checked with.
    pub library: String,
    /// The version of the program that made it.
    pub made_by: String,
    /// Params that were set when it was made.
    pub settings: BTreeMap<String, String>,
    /// Sources and schema files by name.
    pub files: BTreeMap<String, String>,
}

/// Why a bundle cannot be opened.
#[derive(Debug)]
pub enum BundleError {
    /// The system says no.
    Io(io::Error),
    /// It is damaged: what does not fit.
    Damaged(&'static str),
    /// It was made by a later version.
    Newer(u32),
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BundleError::Io(error) => f.write_str(&crate::project::in_words(error)),
            BundleError::Damaged(what) => {
                write!(f, "this bundle is damaged: {what}; make it again with `twin compile`")
            }
            BundleError::Newer(version) => write!(
                f,
                "this bundle has form {version}, and this `twin` reads up to form {FORMAT_VERSION}: it needs a newer one"
            ),
        }
    }
}

impl std::error::Error for BundleError {}

impl Bundle {
    /// Whether a file begins like a bundle.
    pub fn is_one(path: &Path) -> io::Result<bool> {
        let mut head = [0; MAGIC.len()];
        let mut file = File::open(path)?;
        match file.read_exact(&mut head) {
            Ok(()) => Ok(head == MAGIC),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads a bundle's file.
    pub fn open(path: &Path) -> Result<Bundle, BundleError> {
        Self::decode(&std::fs::read(path).map_err(BundleError::Io)?)
    }

    /// The bytes of its file; the same content gives the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        let sizes: Vec<Value> =
            self.files.iter().map(|(name, text)| json!({ "name": name, "bytes": text.len() })).collect();
        let settings: Map<String, Value> =
            self.settings.iter().map(|(param, value)| (param.clone(), json!(value))).collect();
        let manifest = json!({
            "name": self.name,
            "main": self.main,
            "library": self.library,
            "made_by": self.made_by,
            "settings": settings,
            "files": sizes,
        });
        let manifest = manifest.to_string();
        let mut body = (manifest.len() as u32).to_le_bytes().to_vec();
        body.extend_from_slice(manifest.as_bytes());
        self.files.values().for_each(|text| body.extend_from_slice(text.as_bytes()));
        let hash = xxh3_64(&body);
        [&MAGIC[..], &FORMAT_VERSION.to_le_bytes(), &hash.to_le_bytes(), &body].concat()
    }

    /// Reads the bytes of a bundle's file.
    pub fn decode(bytes: &[u8]) -> Result<Bundle, BundleError> {
        let damaged = BundleError::Damaged;
        if bytes.len() < HEADER_BYTES || bytes[..8] != MAGIC {
            return Err(damaged("it does not begin like a bundle"));
        }
        let version = u32_at(bytes, 8);
        if version > FORMAT_VERSION {
            return Err(BundleError::Newer(version));
        }
        let body = &bytes[20..];
        if xxh3_64(body) != u64_at(bytes, 12) {
            return Err(damaged("its content does not match its hash"));
        }
        let length = u32_at(body, 0) as usize;
        let manifest = body.get(4..4 + length).ok_or(damaged("its manifest is cut off"))?;
        let manifest: Value =
            serde_json::from_slice(manifest).map_err(|_| damaged("its manifest is not readable"))?;
        let text = |name: &str| manifest[name].as_str().unwrap_or_default().to_string();
        let settings = manifest["settings"].as_object().into_iter().flatten();
        Ok(Bundle {
            name: text("name"),
            main: text("main"),
            library: text("library"),
            made_by: text("made_by"),
            settings: settings
                .map(|(k, v)| (k.clone(), v.as_str().unwrap_or_default().to_string()))
                .collect(),
            files: decode_files(&manifest, &body[4 + length..])?,
        })
    }

    /// The bundle that a program carries behind itself, if it does.
    pub fn behind(program: &Path) -> Result<Option<Bundle>, BundleError> {
        let mut file = File::open(program).map_err(BundleError::Io)?;
        let end = file.seek(SeekFrom::End(0)).map_err(BundleError::Io)?;
        let mut trailer = [0; TRAILER_BYTES];
        if end < TRAILER_BYTES as u64 {
            return Ok(None);
        }
        file.seek(SeekFrom::End(-(TRAILER_BYTES as i64))).map_err(BundleError::Io)?;
        file.read_exact(&mut trailer).map_err(BundleError::Io)?;
        if trailer[8..] != TRAILER_MAGIC {
            return Ok(None);
        }
        let length = u64_at(&trailer, 0);
        let start = end.checked_sub(length.saturating_add(TRAILER_BYTES as u64));
        let start = start.ok_or(BundleError::Damaged("it is shorter than it says"))?;
        file.seek(SeekFrom::Start(start)).map_err(BundleError::Io)?;
        let mut bytes = vec![0; length as usize];
        file.read_exact(&mut bytes).map_err(BundleError::Io)?;
        Self::decode(&bytes).map(Some)
    }

    /// What to write behind a copy of the program so that it carries this bundle.
    pub fn encode_behind(&self) -> Vec<u8> {
        let mut bytes = self.encode();
        let length = bytes.len() as u64;
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&TRAILER_MAGIC);
        bytes
    }

    /// The program alone, without a bundle that it already carries.
    pub fn without(program: &[u8]) -> &[u8] {
        let Some(trailer) = program.len().checked_sub(TRAILER_BYTES).map(|at| &program[at..]) else {
            return program;
        };
        if trailer[8..] != TRAILER_MAGIC {
            return program;
        }
        let carried = u64_at(trailer, 0).saturating_add(TRAILER_BYTES as u64);
        let kept = (program.len() as u64).saturating_sub(carried);
        &program[..kept as usize]
    }
}

fn decode_files(manifest: &Value, mut texts: &[u8]) -> Result<BTreeMap<String, String>, BundleError> {
    let mut files = BTreeMap::new();
    for file in manifest["files"].as_array().into_iter().flatten() {
        let bytes = file["bytes"].as_u64().unwrap_or_default() as usize;
        let (text, rest) = texts.split_at_checked(bytes).ok_or(BundleError::Damaged("a file is cut off"))?;
        let text =
            String::from_utf8(text.to_vec()).map_err(|_| BundleError::Damaged("a file is not text"))?;
        files.insert(file["name"].as_str().unwrap_or_default().to_string(), text);
        texts = rest;
    }
    Ok(files)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes(b.try_into().expect("four bytes were taken")))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).map_or(0, |b| u64::from_le_bytes(b.try_into().expect("eight bytes were taken")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle() -> Bundle {
        let files = [("main.twin", "use rules\n"), ("rules.twin", "// ü\n"), ("car.avsc", "{}")];
        Bundle {
            name: "cars".into(),
            main: "main.twin".into(),
            library: "0123".into(),
            made_by: "0.1.0".into(),
            settings: [("Car.redline".to_string(), "105 degC".to_string())].into(),
            files: files.into_iter().map(|(name, text)| (name.to_string(), text.to_string())).collect(),
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        let bundle = bundle();
        assert_eq!(Bundle::decode(&bundle.encode()).unwrap(), bundle);
    }

    #[test]
    fn a_changed_byte_is_noticed_wherever_it_is() {
        let good = bundle().encode();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            assert!(Bundle::decode(&bad).is_err(), "byte {at}");
        }
        for length in 0..good.len() {
            assert!(Bundle::decode(&good[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn a_program_carries_one_bundle() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("edge");
        let program = b"\x7fELF and so on".to_vec();
        let carrying = [&program[..], &bundle().encode_behind()].concat();
        std::fs::write(&path, &carrying).unwrap();
        assert_eq!(Bundle::behind(&path).unwrap(), Some(bundle()));
        assert_eq!(Bundle::without(&carrying), program);
        assert_eq!(Bundle::without(&program), program);
        std::fs::write(&path, &program).unwrap();
        assert_eq!(Bundle::behind(&path).unwrap(), None);
    }
}
