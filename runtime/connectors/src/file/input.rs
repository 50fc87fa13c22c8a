//! Opening a file for reading, through its compression, and what goes wrong there.

use super::kind::Compression;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twin_engine::LogError;

/// A file with its bytes counted as they are read.
pub(crate) struct Counted {
    file: File,
    count: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.file.read(buffer)?;
        self.count.fetch_add(bytes as u64, Ordering::Relaxed);
        Ok(bytes)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Counted {
    /// The rest of a file, of which so many bytes are counted already.
    pub fn rest(file: File, count: &Arc<AtomicU64>) -> Counted {
        Counted { file, count: count.clone() }
    }
}

/// Opens a file whose bytes are counted.
pub(crate) fn open_counted(path: &Path, count: &Arc<AtomicU64>) -> Result<Counted, LogError> {
    Ok(Counted { file: open_file(path)?, count: count.clone() })
}

/// Opens a file; a folder and a missing file are told apart from other troubles.
pub(crate) fn open_file(path: &Path) -> Result<File, LogError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| LogError::Io { name: name.clone(), error })?;
    let is_folder = file.metadata().is_ok_and(|m| m.is_dir());
    if is_folder {
        return Err(LogError::Format { name, what: "this is a folder; name the files in it".to_string() });
    }
    Ok(file)
}

/// A stream of the file's uncompressed bytes from `start` on; `count` is set to the bytes of the file read so far.
pub(crate) fn open_stream(
    path: &Path,
    compression: Compression,
    start: u64,
    count: &Arc<AtomicU64>,
) -> Result<Box<dyn Read + Send>, LogError> {
    let mut file = open_file(path)?;
    let in_path = |error| io_error(path, error);
    let is_empty = file.metadata().is_ok_and(|m| m.is_file() && m.len() == 0);
    count.store(0, Ordering::Relaxed);
    // A compressed file of no bytes at all is an empty one.
    if compression == Compression::Plain || is_empty {
        if start > 0 {
            file.seek(SeekFrom::Start(start)).map_err(in_path)?;
            count.store(start, Ordering::Relaxed);
        }
        return Ok(Box::new(Counted { file, count: count.clone() }));
    }
    check_magic(path, compression)?;
    let counted = Counted { file, count: count.clone() };
    let stream: Box<dyn Read + Send> = match compression {
        Compression::Gzip => Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(64 << 10, counted))),
        _ => Box::new(zstd::stream::read::Decoder::new(counted).map_err(in_path)?),
    };
    let mut stream = Box::new(Lasting { stream, damage: None });
    let skipped = io::copy(&mut stream.by_ref().take(start), &mut io::sink()).map_err(in_path)?;
    if skipped < start {
        return Err(position_error(path, "the file is shorter than it was"));
    }
    Ok(stream)
}

/// A stream whose damage lasts. Some decoders tell of it once and then seem to be at their end, so whoever looks at the
/// beginning first would hide it from whoever reads.
struct Lasting {
    stream: Box<dyn Read + Send>,
    damage: Option<(io::ErrorKind, String)>,
}

impl Read for Lasting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some((kind, what)) = &self.damage {
            return Err(io::Error::new(*kind, what.clone()));
        }
        self.stream.read(buffer).inspect_err(|error| {
            if is_damage(error) && error.kind() != io::ErrorKind::Interrupted {
                self.damage = Some((error.kind(), error.to_string()));
            }
        })
    }
}

/// Bytes with which files begin that are no text, what they are, and the ending that would say so. Each has a byte that
/// no text has.
const NO_TEXT: [(&[u8], &str, &str); 5] = [
    (&[0x1f, 0x8b], "gzip", ".gz"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "Zstandard", ".zst"),
    (b"PAR1\x15", "Parquet", ".parquet"),
    (b"Obj\x01", "Avro", ".avro"),
    (b"ARROW1\0", "Arrow", ".arrow"),
];

/// Where a file that is read as text begins as something else: told at once, and not record by record.
pub(crate) fn no_text(head: &[u8]) -> Option<String> {
    let (_, what, ending) = NO_TEXT.iter().find(|(magic, ..)| head.starts_with(magic))?;
    Some(format!(
        "its name says that it is text, but these are the bytes of {what}; let its name end in {ending}"
    ))
}

/// Whether a file begins as its compression does: a mistaken name is told at once and not record by record.
fn check_magic(path: &Path, compression: Compression) -> Result<(), LogError> {
    let (magic, name): (&[u8], _) = match compression {
        Compression::Plain => return Ok(()),
        Compression::Gzip => (&[0x1f, 0x8b], "gzip"),
        Compression::Zstd => (&[0x28, 0xb5, 0x2f, 0xfd], "Zstandard"),
    };
    let mut file = open_file(path)?;
    if !file.metadata().is_ok_and(|m| m.is_file()) {
        return Ok(());
    }
    let mut head = [0; 4];
    let is_right = file.read_exact(&mut head[..magic.len()]).is_ok() && head.starts_with(magic);
    // Zstandard files may begin with frames to be skipped, 0x184d2a5?.
    let is_skipped = compression == Compression::Zstd && head[1..] == [0x2a, 0x4d, 0x18];
    if is_right || is_skipped {
        return Ok(());
    }
    Err(format_error(
        path,
        format!("its name says that it is compressed, but these are not the bytes of {name}"),
    ))
}

/// Whether an error tells of damaged compressed data rather than of the system.
pub(crate) fn is_damage(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
}

pub(crate) fn io_error(path: &Path, error: io::Error) -> LogError {
    LogError::Io { name: path.display().to_string(), error }
}

pub(crate) fn format_error(path: &Path, what: impl Into<String>) -> LogError {
    LogError::Format { name: path.display().to_string(), what: what.into() }
}

pub(crate) fn position_error(path: &Path, what: impl Into<String>) -> LogError {
    LogError::Position { name: path.display().to_string(), what: what.into() }
}

/// How much of a file its mark looks at.
pub(crate) const MARKED_BYTES: u64 = 1024;

/// A mark of a file's first `bytes`, or of [`MARKED_BYTES`], by which it is known again; FNV-1a.
pub(crate) fn mark_of(path: &Path, bytes: u64) -> Result<u64, LogError> {
    let mut head = Vec::new();
    let mut file = open_file(path)?;
    // A pipe cannot be read twice; then there is nothing to know it by.
    if !file.metadata().is_ok_and(|m| m.is_file()) {
        return Ok(0);
    }
    file.by_ref().take(bytes.min(MARKED_BYTES)).read_to_end(&mut head).map_err(|e| io_error(path, e))?;
    Ok(head.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    }))
}

/// The bytes of a file; `None` where it is no plain file.
pub(crate) fn file_bytes(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|m| m.len())
}
