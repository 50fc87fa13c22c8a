//! Text files: JSON Lines and separated values, plain or compressed.

use super::decoder::{Decoder, Form, cut_of, set_damage_aside};
use super::input::{file_bytes, format_error, io_error, is_damage, no_text, open_stream};
use super::kind::{Compression, FileKind};
use super::part::Part;
use super::reader::Reading;
use super::records::{Cut, Records, Sizes};
use super::workers::Workers;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twin_engine::{Chunk, LogError, Progress};

/// Texts of a chunk (values, and records set aside) may take so many bytes before it is handed over.
pub(super) const CHUNK_BYTES_MAX: usize = 16 << 20;

/// A text file.
pub(crate) struct TextPart {
    path: PathBuf,
    compression: Compression,
    cut: Cut,
    sizes: Sizes,
    decoding: Decoding,
    stands: Stands,
    count: Arc<AtomicU64>,
    total: Option<u64>,
}

/// Who decodes.
enum Decoding {
    /// Whoever reads, record by record.
    Here { records: Records, decoder: Decoder },
    /// Threads of their own.
    Workers(Workers),
}

/// How far a file was handed over.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stands {
    /// Bytes of the text before what comes next.
    pub place: u64,
    /// There is nothing more.
    pub is_over: bool,
    /// It ended with damage that was told.
    pub is_spoilt: bool,
}

/// How much one call to read may still add.
pub(super) struct Room {
    /// Records, set aside or not.
    pub records: usize,
    /// Bytes that were set aside.
    pub aside: usize,
}

impl Room {
    pub fn is_left(&self, chunk: &Chunk) -> bool {
        self.records > 0 && self.aside + chunk.batch.texts.len() <= CHUNK_BYTES_MAX
    }
}

impl TextPart {
    /// Opens a file and looks at its first record. With more than one thread, so many decode.
    pub fn open(
        path: &Path,
        kind: FileKind,
        reading: &Reading<'_>,
        threads: usize,
        sizes: Sizes,
    ) -> Result<TextPart, LogError> {
        let compression = super::kind::kind_of(path).1;
        let count = Arc::new(AtomicU64::new(0));
        let stream = open_stream(path, compression, 0, &count)?;
        let cut = cut_of(path, kind, reading.format);
        let mut records = Records::new(stream, cut, 0, sizes);
        match records.take_byte_order_mark() {
            Ok(None) => {}
            Ok(Some(encoding)) => {
                return Err(format_error(path, format!("the text is {encoding}; save it as UTF-8")));
            }
            // Damage shows again when records are read, behind those that are whole.
            Err(error) if is_damage(&error) => {}
            Err(error) => return Err(io_error(path, error)),
        }
        if let Some(what) = no_text(records.rest()) {
            return Err(format_error(path, what));
        }
        let form = Form::of(cut, &mut records, reading).map_err(|what| format_error(path, what))?;
        let stands = Stands { place: records.taken(), ..Stands::default() };
        let decoder = form.decoder(path, reading)?;
        let decoding = if threads > 1 {
            let others = (1..threads).map(|_| form.decoder(path, reading));
            let decoders = std::iter::once(Ok(decoder)).chain(others).collect::<Result<Vec<_>, _>>()?;
            let can_help = file_bytes(path).is_some();
            Decoding::Workers(Workers::new(path, records, decoders, reading.columns, can_help))
        } else {
            Decoding::Here { records, decoder }
        };
        Ok(TextPart {
            path: path.to_path_buf(),
            compression,
            cut,
            sizes,
            decoding,
            stands,
            count,
            total: file_bytes(path),
        })
    }
}

impl Part for TextPart {
    fn read(&mut self, chunk: &mut Chunk, rows: usize, offset: &mut u64) -> Result<bool, LogError> {
        let (stands, mut room) = (&mut self.stands, Room { records: rows, aside: 0 });
        match &mut self.decoding {
            Decoding::Workers(workers) => workers.read(chunk, &mut room, stands, offset)?,
            Decoding::Here { records, decoder } => {
                let read = read_here(&self.path, records, decoder, chunk, &mut room, stands, offset);
                stands.place = records.taken();
                read?;
            }
        }
        Ok(!stands.is_over)
    }

    fn place(&self) -> u64 {
        self.stands.place
    }

    fn seek(&mut self, place: u64) -> Result<(), LogError> {
        if self.compression == Compression::Plain && self.total.is_some_and(|total| place > total) {
            return Err(super::input::position_error(&self.path, "the file is shorter than it was"));
        }
        let stream = open_stream(&self.path, self.compression, place, &self.count)?;
        let fresh = Records::new(stream, self.cut, place, self.sizes);
        match &mut self.decoding {
            Decoding::Here { records, .. } => *records = fresh,
            Decoding::Workers(workers) => workers.seek(fresh)?,
        }
        self.stands = Stands { place, ..Stands::default() };
        Ok(())
    }

    fn is_spoilt(&self) -> bool {
        self.stands.is_spoilt
    }

    fn works_ahead(&self) -> bool {
        matches!(self.decoding, Decoding::Workers(_))
    }

    fn progress(&self) -> Progress {
        Progress { done: self.count.load(Ordering::Relaxed), total: self.total }
    }
}

fn read_here(
    path: &Path,
    records: &mut Records,
    decoder: &mut Decoder,
    chunk: &mut Chunk,
    room: &mut Room,
    stands: &mut Stands,
    offset: &mut u64,
) -> Result<(), LogError> {
    while !stands.is_over && room.is_left(chunk) {
        match records.next() {
            Ok(Some(record)) => {
                if !record.is_blank() {
                    room.aside += decoder.take(record, chunk, *offset);
                    *offset += 1;
                }
                room.records -= 1;
            }
            Ok(None) => stands.is_over = true,
            Err(error) if is_damage(&error) => {
                set_damage_aside(path, &error, records, chunk, *offset);
                (stands.is_over, stands.is_spoilt) = (true, true);
            }
            Err(error) => return Err(io_error(path, error)),
        }
    }
    Ok(())
}
