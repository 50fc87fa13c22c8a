//! What the records of a text file are, and decoders for them.

use super::input::format_error;
use super::kind::FileKind;
use super::reader::Reading;
use super::records::{Cut, Kind, RECORD_BYTES_MAX, Record, Records};
use crate::decode::csv::CsvDecoder;
use crate::decode::envelope::Envelope;
use crate::decode::json::{JsonDecoder, is_envelope};
use crate::decode::trouble::Refusal;
use std::path::Path;
use twin_engine::{Chunk, LogError, Reject, RejectReason};
use twin_plan::Format;

/// How the records of a file are written, as far as its name, its source and its beginning tell.
pub(crate) enum Form {
    /// JSON, the values themselves.
    Values,
    /// JSON, values with what surrounded them.
    Envelopes,
    /// Separated values.
    Csv { separator: u8, header: Header, absent: Vec<String> },
}

/// What stands above separated values.
pub(crate) enum Header {
    /// There is none: columns have numbers.
    None,
    /// Names of the columns.
    Names(Vec<u8>),
    /// There ought to be one, but the file has nothing at all; then no record asks for a column.
    Missing,
}

/// Takes records to a chunk.
///
/// What it remembers of a record makes the next one quicker and changes nothing else, so the records of a file may be
/// shared out among several.
pub(crate) enum Decoder {
    Values(Box<JsonDecoder>),
    Envelopes(Box<JsonDecoder>),
    Csv(Box<CsvDecoder>),
}

/// How the records of a file are told apart.
pub(crate) fn cut_of(path: &Path, kind: FileKind, format: &Format) -> Cut {
    if kind == FileKind::Csv { Cut::Csv(separator_of(path, format)) } else { Cut::Lines }
}

/// As the source says; a source of another format has commas (tabs in `.tsv`).
fn separator_of(path: &Path, format: &Format) -> u8 {
    match format {
        Format::Csv { separator, .. } => *separator,
        Format::Json | Format::Avro | Format::Protobuf => {
            let is_tabbed = path.to_string_lossy().to_ascii_lowercase().contains(".tsv");
            if is_tabbed { b'\t' } else { b',' }
        }
    }
}

impl Form {
    /// Looks at the first record, and takes it where it is a header.
    pub fn of(cut: Cut, records: &mut Records, reading: &Reading<'_>) -> Result<Form, String> {
        let separator = match cut {
            Cut::Lines => {
                let is_of_envelopes = records.peek().is_ok_and(is_envelope) && !reading.reads_value_itself();
                return Ok(if is_of_envelopes { Form::Envelopes } else { Form::Values });
            }
            Cut::Csv(separator) => separator,
        };
        let (has_header, absent) = match reading.format {
            Format::Csv { header, absent, .. } => (*header, absent.clone()),
            Format::Json | Format::Avro | Format::Protobuf => (true, Vec::new()),
        };
        let header = if has_header { take_header(records)? } else { Header::None };
        Ok(Form::Csv { separator, header, absent })
    }

    /// A decoder of such records.
    pub fn decoder(&self, path: &Path, reading: &Reading<'_>) -> Result<Decoder, LogError> {
        self.new_decoder(reading).map_err(|what| format_error(path, what))
    }

    fn new_decoder(&self, reading: &Reading<'_>) -> Result<Decoder, String> {
        let (columns, key) = (reading.columns, reading.key_column());
        let json = |decoder: JsonDecoder| Box::new(decoder.with_key(key));
        Ok(match self {
            Form::Values => Decoder::Values(json(JsonDecoder::new(columns)?)),
            Form::Envelopes => {
                Decoder::Envelopes(json(JsonDecoder::for_envelopes(columns, reading.null_value())?))
            }
            Form::Csv { separator, header, absent } => {
                let decoder = match header {
                    Header::None => CsvDecoder::without_header(columns, *separator, absent)?,
                    Header::Names(names) => CsvDecoder::with_header(columns, names, *separator, absent)?,
                    Header::Missing => CsvDecoder::without_header(&[], *separator, absent)?,
                };
                Decoder::Csv(Box::new(decoder.with_key(key)))
            }
        })
    }
}

fn take_header(records: &mut Records) -> Result<Header, String> {
    loop {
        match records.next() {
            Ok(Some(record)) if record.is_blank() => {}
            Ok(Some(Record { kind: Kind::Whole, bytes })) => return Ok(Header::Names(bytes.to_vec())),
            Ok(Some(_)) => return Err("the header has no end: a quote is open".to_string()),
            Ok(None) => return Ok(Header::Missing),
            Err(error) => return Err(format!("the header cannot be read: {error}")),
        }
    }
}

impl Decoder {
    /// Adds a record to a chunk or sets it aside there; `counted` is its number in its log. Gives the bytes set aside.
    #[inline]
    pub fn take(&mut self, record: Record<'_>, chunk: &mut Chunk, counted: u64) -> usize {
        if record.kind == Kind::Whole {
            match self.decode(record.bytes, chunk, counted) {
                Ok(()) => return 0,
                Err(refusal) => self.set_refused_aside(refusal, record.bytes, chunk, counted),
            }
        } else {
            // These are not looked into: what the decoder holds is of the record before.
            let refusal = if record.kind == Kind::TooLarge { too_large() } else { open_quote() };
            set_aside(chunk, counted, refusal, record.bytes);
        }
        record.bytes.len()
    }

    #[inline]
    fn decode(&mut self, record: &[u8], chunk: &mut Chunk, counted: u64) -> Result<(), Refusal> {
        match self {
            Decoder::Values(decoder) => decoder.decode(record, chunk)?,
            Decoder::Csv(decoder) => decoder.decode(record, chunk)?,
            Decoder::Envelopes(decoder) => {
                decoder.decode(record, chunk)?;
                decoder.envelope().push(chunk, counted);
                return Ok(());
            }
        }
        chunk.offsets.push(counted);
        Ok(())
    }

    fn set_refused_aside(&self, mut refusal: Refusal, record: &[u8], chunk: &mut Chunk, counted: u64) {
        // What surrounded its value, as far as that was read.
        let envelope = match self {
            Decoder::Envelopes(decoder) => decoder.envelope(),
            Decoder::Values(_) | Decoder::Csv(_) => Envelope::default(),
        };
        refusal.key = refusal.key.or_else(|| envelope.key_text(chunk));
        set_aside(chunk, envelope.offset_or(counted), refusal, record);
    }
}

fn too_large() -> Refusal {
    let detail = format!("the record is larger than {} MiB", RECORD_BYTES_MAX >> 20);
    Refusal { reason: RejectReason::TooLarge, detail, key: None }
}

fn open_quote() -> Refusal {
    Refusal::undecodable("a quote is opened and never closed; reading goes on at the next line".to_string())
}

/// What could not be read any more of a damaged file is one reject.
pub(crate) fn set_damage_aside(
    path: &Path,
    error: &std::io::Error,
    records: &Records,
    chunk: &mut Chunk,
    counted: u64,
) {
    let detail = format!(
        "{}: the compressed data is damaged or cut off behind byte {} of the text ({error}); \
         nothing more of this file can be read",
        path.display(),
        records.taken()
    );
    let raw = records.rest();
    set_aside(chunk, counted, Refusal::undecodable(detail), &raw[..raw.len().min(1024)]);
}

fn set_aside(chunk: &mut Chunk, offset: u64, refusal: Refusal, raw: &[u8]) {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
    chunk.rejects.push(Reject {
        row: chunk.batch.rows as u32,
        offset,
        key: refusal.key,
        reason: refusal.reason,
        detail: refusal.detail,
        raw: String::from_utf8_lossy(raw).into_owned(),
    });
}
