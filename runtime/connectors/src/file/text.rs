//! Text files: JSON Lines and separated values, plain or compressed.

use super::input::{file_bytes, format_error, io_error, is_damage, no_text, open_stream};
use super::kind::{Compression, FileKind};
use super::part::Part;
use super::reader::Reading;
use super::records::{Cut, Next, RECORD_BYTES_MAX, Records};
use crate::decode::csv::CsvDecoder;
use crate::decode::envelope::Envelope;
use crate::decode::json::{JsonDecoder, is_envelope};
use crate::decode::trouble::Refusal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twin_engine::{Chunk, LogError, Progress, Reject, RejectReason};
use twin_plan::Format;

/// Texts of a chunk (values, and records set aside) may take so many bytes before it is handed over.
const CHUNK_BYTES_MAX: usize = 16 << 20;

/// A text file.
pub(crate) struct TextPart {
    path: PathBuf,
    compression: Compression,
    records: Records,
    cut: Cut,
    decoder: Decoder,
    count: Arc<AtomicU64>,
    total: Option<u64>,
    is_over: bool,
    is_spoilt: bool,
}

enum Decoder {
    Json(Box<JsonDecoder>),
    Envelopes(Box<JsonDecoder>),
    Csv(Box<CsvDecoder>),
}

impl TextPart {
    /// Opens a file and looks at its first record.
    pub fn open(path: &Path, kind: FileKind, reading: &Reading<'_>) -> Result<TextPart, LogError> {
        let compression = super::kind::kind_of(path).1;
        let count = Arc::new(AtomicU64::new(0));
        let stream = open_stream(path, compression, 0, &count)?;
        let csv = CsvSettings::of(path, reading.format);
        let cut = if kind == FileKind::Csv { Cut::Csv(csv.separator) } else { Cut::Lines };
        let mut records = Records::new(stream, cut, 0);
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
        let decoder = match kind {
            FileKind::Csv => csv.decoder(&mut records, reading),
            _ => json_decoder(&mut records, reading),
        };
        let decoder = decoder.map_err(|what| format_error(path, what))?;
        let total = file_bytes(path);
        Ok(TextPart {
            path: path.to_path_buf(),
            compression,
            records,
            cut,
            decoder,
            count,
            total,
            is_over: false,
            is_spoilt: false,
        })
    }

    /// What could not be read any more of a damaged file is one reject.
    fn set_damage_aside(&mut self, error: &std::io::Error, chunk: &mut Chunk, offset: u64) {
        let whole = self.records.taken();
        let detail = format!(
            "{}: the compressed data is damaged or cut off behind byte {whole} of the text ({error}); \
             nothing more of this file can be read",
            self.path.display()
        );
        let raw = self.records.rest();
        chunk.rejects.push(reject(chunk, offset, Refusal::undecodable(detail), &raw[..raw.len().min(1024)]));
    }
}

fn json_decoder(records: &mut Records, reading: &Reading<'_>) -> Result<Decoder, String> {
    let has_envelopes = records.peek().is_ok_and(|first| is_envelope(first) && !reading.reads_value_itself());
    Ok(if has_envelopes {
        let decoder = JsonDecoder::for_envelopes(reading.columns, reading.null_value())?;
        Decoder::Envelopes(Box::new(decoder.with_key(reading.key_column())))
    } else {
        Decoder::Json(Box::new(JsonDecoder::new(reading.columns)?.with_key(reading.key_column())))
    })
}

/// How separated values are written.
struct CsvSettings<'a> {
    separator: u8,
    has_header: bool,
    absent: &'a [String],
}

impl<'a> CsvSettings<'a> {
    /// As the source says; a source of another format has commas (tabs in `.tsv`) and a header.
    fn of(path: &Path, format: &'a Format) -> CsvSettings<'a> {
        match format {
            Format::Csv { separator, header, absent } => {
                CsvSettings { separator: *separator, has_header: *header, absent }
            }
            Format::Json | Format::Avro | Format::Protobuf => {
                let is_tabbed = path.to_string_lossy().to_ascii_lowercase().contains(".tsv");
                CsvSettings { separator: if is_tabbed { b'\t' } else { b',' }, has_header: true, absent: &[] }
            }
        }
    }

    fn decoder(&self, records: &mut Records, reading: &Reading<'_>) -> Result<Decoder, String> {
        if !self.has_header {
            let decoder = CsvDecoder::without_header(reading.columns, self.separator, self.absent)?;
            return Ok(Decoder::Csv(Box::new(decoder.with_key(reading.key_column()))));
        }
        let header = loop {
            match records.next() {
                Ok(Next::Record(line)) if line.trim_ascii().is_empty() => {}
                Ok(Next::Record(line)) => break line.to_vec(),
                // Nothing at all: then no record asks for a column.
                Ok(Next::Over) => {
                    let decoder = CsvDecoder::without_header(&[], self.separator, self.absent)?;
                    return Ok(Decoder::Csv(Box::new(decoder)));
                }
                Ok(Next::TooLarge(_) | Next::OpenQuote(_)) => {
                    return Err("the header has no end: a quote is open".to_string());
                }
                Err(error) => return Err(format!("the header cannot be read: {error}")),
            }
        };
        let decoder = CsvDecoder::with_header(reading.columns, &header, self.separator, self.absent)?;
        Ok(Decoder::Csv(Box::new(decoder.with_key(reading.key_column()))))
    }
}

impl Part for TextPart {
    fn read(&mut self, chunk: &mut Chunk, rows: usize, offset: &mut u64) -> Result<bool, LogError> {
        let mut bytes = 0;
        for _ in 0..rows {
            if self.is_over || bytes + chunk.batch.texts.len() > CHUNK_BYTES_MAX {
                break;
            }
            let next = match self.records.next() {
                Ok(next) => next,
                Err(error) if is_damage(&error) => {
                    self.set_damage_aside(&error, chunk, *offset);
                    (self.is_over, self.is_spoilt) = (true, true);
                    break;
                }
                Err(error) => return Err(io_error(&self.path, error)),
            };
            let (record, refusal, offset_there) = match next {
                Next::Over => {
                    self.is_over = true;
                    break;
                }
                Next::Record(record) if record.trim_ascii().is_empty() => continue,
                Next::Record(record) => match self.decoder.decode(record, chunk, *offset) {
                    Ok(()) => {
                        *offset += 1;
                        continue;
                    }
                    Err(mut refusal) => {
                        let envelope = self.decoder.envelope_of_refused();
                        refusal.key = refusal.key.or_else(|| envelope.key_text(chunk));
                        (record, refusal, envelope.offset_or(*offset))
                    }
                },
                // These were not looked into: what the decoder holds is of the record before.
                Next::TooLarge(start) => (start, too_large(), *offset),
                Next::OpenQuote(line) => (line, open_quote(), *offset),
            };
            bytes += record.len();
            chunk.rejects.push(reject(chunk, offset_there, refusal, record));
            *offset += 1;
        }
        Ok(!self.is_over)
    }

    fn place(&self) -> u64 {
        self.records.taken()
    }

    fn seek(&mut self, place: u64) -> Result<(), LogError> {
        if self.compression == Compression::Plain && self.total.is_some_and(|total| place > total) {
            return Err(super::input::position_error(&self.path, "the file is shorter than it was"));
        }
        let stream = open_stream(&self.path, self.compression, place, &self.count)?;
        self.records = Records::new(stream, self.cut, place);
        self.is_over = false;
        Ok(())
    }

    fn is_spoilt(&self) -> bool {
        self.is_spoilt
    }

    fn progress(&self) -> Progress {
        Progress { done: self.count.load(Ordering::Relaxed), total: self.total }
    }
}

fn too_large() -> Refusal {
    let detail = format!("the record is larger than {} MiB", RECORD_BYTES_MAX >> 20);
    Refusal { reason: RejectReason::TooLarge, detail, key: None }
}

fn open_quote() -> Refusal {
    Refusal::undecodable("a quote is opened and never closed; reading goes on at the next line".to_string())
}

fn reject(chunk: &Chunk, offset: u64, refusal: Refusal, raw: &[u8]) -> Reject {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
    Reject {
        row: chunk.batch.rows as u32,
        offset,
        key: refusal.key,
        reason: refusal.reason,
        detail: refusal.detail,
        raw: String::from_utf8_lossy(raw).into_owned(),
    }
}

impl Decoder {
    fn decode(&mut self, record: &[u8], chunk: &mut Chunk, offset: u64) -> Result<(), Refusal> {
        match self {
            Decoder::Json(decoder) => decoder.decode(record, chunk)?,
            Decoder::Csv(decoder) => decoder.decode(record, chunk)?,
            Decoder::Envelopes(decoder) => {
                decoder.decode(record, chunk)?;
                decoder.envelope().push(chunk, offset);
                return Ok(());
            }
        }
        chunk.offsets.push(offset);
        Ok(())
    }

    /// What surrounded the value of the record that was just refused, as far as that was read.
    fn envelope_of_refused(&self) -> Envelope {
        match self {
            Decoder::Envelopes(decoder) => decoder.envelope(),
            Decoder::Json(_) | Decoder::Csv(_) => Envelope::default(),
        }
    }
}
