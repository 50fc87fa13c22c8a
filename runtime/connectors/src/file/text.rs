//! Text files: JSON Lines and separated values, plain or compressed.

use super::decoder::{Decoder, Form, cut_of, set_damage_aside};
use super::feed::Feed;
use super::input::{file_bytes, format_error, io_error, is_damage, no_text, open_file, open_stream};
use super::kind::{Compression, FileKind};
use super::part::Part;
use super::reader::Reading;
use super::records::{Cut, Records, Sizes};
use super::stretches::StretchReader;
use super::workers::{Worker, Workers};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twin_engine::{Chunk, LogError, Progress};

/// Texts of a chunk (values, and records set aside) may take so many bytes before it is handed over.
pub(super) const CHUNK_BYTES_MAX: usize = 16 << 20;

/// A text file.
pub(crate) struct TextPart {
    source: Source,
    decoding: Decoding,
    stands: Stands,
}

/// Where a text comes from.
struct Source {
    path: PathBuf,
    compression: Compression,
    cut: Cut,
    sizes: Sizes,
    /// Bytes of the file, where it is a plain one.
    total: Option<u64>,
    /// So many of them were read.
    count: Arc<AtomicU64>,
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
        let source = Source {
            path: path.to_path_buf(),
            compression: super::kind::kind_of(path).1,
            cut: cut_of(path, kind, reading.format),
            sizes,
            total: file_bytes(path),
            count: Arc::new(AtomicU64::new(0)),
        };
        let mut records = source.records(0)?;
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
        let form = Form::of(source.cut, &mut records, reading).map_err(|what| format_error(path, what))?;
        let stands = Stands { place: records.taken(), ..Stands::default() };
        let decoder = form.decoder(path, reading)?;
        let decoding = if threads > 1 {
            let others = (1..threads).map(|_| form.decoder(path, reading));
            let decoders = std::iter::once(Ok(decoder)).chain(others);
            let workers = decoders.map(|decoder| source.worker(decoder?)).collect::<Result<_, _>>()?;
            // A pipe may be silent for ever, which must not hold up the reader.
            let can_help = source.total.is_some();
            Decoding::Workers(Workers::new(path, source.feed(records)?, workers, reading.columns, can_help))
        } else {
            Decoding::Here { records, decoder }
        };
        Ok(TextPart { source, decoding, stands })
    }
}

impl Source {
    /// Its records from a place on.
    fn records(&self, place: u64) -> Result<Records, LogError> {
        let stream = open_stream(&self.path, self.compression, place, &self.count)?;
        Ok(Records::new(stream, self.cut, place, self.sizes))
    }

    /// Whether threads read it themselves, each a stretch of whole lines.
    fn is_in_stretches(&self) -> bool {
        self.compression == Compression::Plain && self.cut == Cut::Lines && self.total.is_some()
    }

    /// What threads take their blocks from.
    fn feed(&self, records: Records) -> Result<Feed, LogError> {
        let feed = Feed::new(&self.path, records, self.sizes, &self.count);
        Ok(if self.is_in_stretches() { feed.in_stretches(open_file(&self.path)?) } else { feed })
    }

    /// A thread that decodes it.
    fn worker(&self, decoder: Decoder) -> Result<Worker, LogError> {
        let file = if self.is_in_stretches() { Some(open_file(&self.path)?) } else { None };
        Ok(Worker::new(decoder, file.map(|file| StretchReader::new(file, self.sizes))))
    }
}

impl Part for TextPart {
    fn read(&mut self, chunk: &mut Chunk, rows: usize, offset: &mut u64) -> Result<bool, LogError> {
        let (stands, mut room) = (&mut self.stands, Room { records: rows, aside: 0 });
        match &mut self.decoding {
            Decoding::Workers(workers) => workers.read(chunk, &mut room, stands, offset)?,
            Decoding::Here { records, decoder } => {
                let read = read_here(&self.source.path, records, decoder, chunk, &mut room, stands, offset);
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
        let Source { path, compression, total, .. } = &self.source;
        if *compression == Compression::Plain && total.is_some_and(|total| place > total) {
            return Err(super::input::position_error(path, "the file is shorter than it was"));
        }
        let fresh = self.source.records(place)?;
        match &mut self.decoding {
            Decoding::Here { records, .. } => *records = fresh,
            Decoding::Workers(workers) => workers.seek(self.source.feed(fresh)?)?,
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
        Progress { done: self.source.count.load(Ordering::Relaxed), total: self.source.total }
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
