//! A column of a row group as words, page by page.

use super::hybrid::Hybrid;
use super::pieces::Pieces;
use super::texts::{Texts, take_texts};
use crate::decode::target::Target;
use crate::file::guard::guarded;
use arrow::datatypes::{DataType, TimeUnit};
use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use std::fs::File;
use std::sync::Arc;
use twin_plan::kernel::Batch;
use twin_types::Word;

/// How values that are no places in a dictionary lie in a page.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Float64,
    Float32,
    Int64,
    Int32,
    /// Ticks of so many nanoseconds.
    Instant(i64),
    /// Bits.
    Truth,
    /// Four bytes for the length, then the text.
    Text,
}

/// A column.
pub(super) struct FlatColumn {
    pages: SerializedPageReader<Pieces>,
    form: Form,
    may_be_null: bool,
    /// What pages of places refer to.
    dictionary: Option<Dictionary>,
    page: Data,
}

enum Dictionary {
    Words(Vec<Word>),
    Texts(Texts),
}

/// The page at hand.
struct Data {
    bytes: Bytes,
    values: Values,
    /// Values that are left.
    left: usize,
}

enum Values {
    /// They lie one behind the other from a byte on.
    Plain(usize),
    /// They are places in the dictionary.
    Places(Hybrid),
}

impl Form {
    /// How values of a type lie; `None` where they are to be read by way of arrays.
    pub fn of(physical: Type, ty: &DataType) -> Option<Form> {
        Some(match (physical, ty) {
            (Type::DOUBLE, DataType::Float64) => Form::Float64,
            (Type::FLOAT, DataType::Float32) => Form::Float32,
            (Type::INT64, DataType::Int64) => Form::Int64,
            (Type::INT32, DataType::Int32) => Form::Int32,
            (Type::INT64, DataType::Timestamp(unit, _)) => Form::Instant(match unit {
                TimeUnit::Second => 1_000_000_000,
                TimeUnit::Millisecond => 1_000_000,
                TimeUnit::Microsecond => 1000,
                TimeUnit::Nanosecond => 1,
            }),
            (Type::BOOLEAN, DataType::Boolean) => Form::Truth,
            (Type::BYTE_ARRAY, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => Form::Text,
            (Type::BYTE_ARRAY, DataType::Dictionary(_, value)) => return Form::of(physical, value),
            _ => return None,
        })
    }

    /// Bytes of so many values; `None` where they differ from one to the other.
    fn bytes(self, count: usize) -> Option<usize> {
        match self {
            Form::Float64 | Form::Int64 | Form::Instant(_) => count.checked_mul(8),
            Form::Float32 | Form::Int32 => count.checked_mul(4),
            Form::Truth | Form::Text => None,
        }
    }

    /// Adds the words of numbers; false where some are no values of the column, then nothing was added.
    fn words(self, target: &Target, bytes: &[u8], out: &mut Vec<Word>) -> bool {
        let (eights, fours) = (bytes.as_chunks().0.iter(), bytes.as_chunks().0.iter());
        match self {
            Form::Float64 => target.reals(eights.map(|b| f64::from_le_bytes(*b)), out),
            Form::Float32 => target.reals(fours.map(|b| f64::from(f32::from_le_bytes(*b))), out),
            Form::Int64 => target.wholes(eights.map(|b| i64::from_le_bytes(*b)), out),
            Form::Int32 => target.wholes(fours.map(|b| i64::from(i32::from_le_bytes(*b))), out),
            Form::Instant(nanos) => target.instants(eights.map(|b| i64::from_le_bytes(*b)), nanos, out),
            Form::Truth | Form::Text => false,
        }
    }
}

impl FlatColumn {
    /// Opens a column; `None` where it is packed in some other way than is known here.
    pub fn open(
        file: File,
        chunk: &ColumnChunkMetaData,
        form: Form,
        target: &Target,
        rows: usize,
    ) -> Option<FlatColumn> {
        let is_unknown = |encoding| {
            use Encoding::*;
            matches!(
                encoding,
                DELTA_BINARY_PACKED | DELTA_BYTE_ARRAY | DELTA_LENGTH_BYTE_ARRAY | BYTE_STREAM_SPLIT
            )
        };
        if chunk.encodings().any(is_unknown) {
            return None;
        }
        let pages = guarded(|| {
            let (start, length) = chunk.byte_range();
            let pieces = Pieces::new(file, start.saturating_add(length));
            SerializedPageReader::new(Arc::new(pieces), chunk, rows, None)
        });
        let pages = pages.ok()?.ok()?;
        let dictionary = match form {
            Form::Truth => Some(truths(target)?),
            _ => None,
        };
        Some(FlatColumn {
            pages,
            form,
            may_be_null: chunk.column_descr().max_def_level() > 0,
            dictionary,
            page: Data { bytes: Bytes::new(), values: Values::Plain(0), left: 0 },
        })
    }

    /// How many values lie ready, at least one. `None`: what comes next is to be read by way of arrays, because
    /// something is missing in it, or wrong, or not known here.
    pub fn ready(&mut self, target: &Target) -> Option<usize> {
        while self.page.left == 0 {
            let pages = &mut self.pages;
            let page = guarded(|| pages.get_next_page()).ok()?.ok()??;
            match page {
                Page::DictionaryPage { buf, num_values, encoding, .. } => {
                    let is_plain = matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY);
                    let dictionary = self.dictionary_of(target, buf, num_values as usize);
                    self.dictionary = dictionary.filter(|_| is_plain);
                }
                page => self.page = self.data_of(page)?,
            }
        }
        Some(self.page.left)
    }

    /// Adds the words of so many values of those that lie ready; `None` as above, then some may have been added.
    pub fn take(
        &mut self,
        target: &Target,
        count: usize,
        out: &mut Vec<Word>,
        batch: &mut Batch,
    ) -> Option<()> {
        let Data { bytes, values, left } = &mut self.page;
        match (values, &mut self.dictionary) {
            (Values::Places(places), Some(Dictionary::Words(words))) => {
                places.look_up(bytes, count, words, out)?;
            }
            (Values::Places(places), Some(Dictionary::Texts(texts))) => {
                let start = out.len();
                places.look_up(bytes, count, texts.places(), out)?;
                texts.put(target, &mut out[start..], batch)?;
            }
            (Values::Places(_), None) => return None,
            (Values::Plain(at), _) => {
                *at = match self.form.bytes(count) {
                    Some(length) => {
                        let values = bytes.get(*at..*at + length)?;
                        self.form.words(target, values, out).then_some(*at + length)?
                    }
                    None => take_texts(target, bytes, *at, count, out, batch)?,
                };
            }
        }
        *left -= count;
        Some(())
    }

    /// The same where only some of the values are needed, told by their places among these: others may be a word that
    /// stands for them. What is not looked at is known to be right: all that stands in the dictionary is.
    pub fn take_some(
        &mut self,
        target: &Target,
        (count, some): (usize, &[u32]),
        other: Word,
        out: &mut Vec<Word>,
        batch: &mut Batch,
    ) -> Option<()> {
        let Data { bytes, values, left } = &mut self.page;
        match (values, &self.dictionary) {
            (Values::Places(places), Some(Dictionary::Words(words))) => {
                places.look_up_some(bytes, (count, some), words, other, out)?;
                *left -= count;
                Some(())
            }
            _ => self.take(target, count, out, batch),
        }
    }

    fn dictionary_of(&self, target: &Target, bytes: Bytes, count: usize) -> Option<Dictionary> {
        match self.form {
            Form::Truth => None,
            Form::Text if target.keeps_texts() => Texts::new(bytes, count).map(Dictionary::Texts),
            Form::Text => {
                let mut words = Vec::new();
                take_texts(target, &bytes, 0, count, &mut words, &mut Batch::default())?;
                Some(Dictionary::Words(words))
            }
            form => {
                let mut words = Vec::new();
                let is_fine = form.words(target, bytes.get(..form.bytes(count)?)?, &mut words);
                is_fine.then_some(Dictionary::Words(words))
            }
        }
    }

    /// What is in a page, if no value of it is missing.
    fn data_of(&self, page: Page) -> Option<Data> {
        let (left, encoding) = (page.num_values() as usize, page.encoding());
        let (bytes, at) = match page {
            Page::DataPage { buf, def_level_encoding, .. } => {
                let at = if self.may_be_null { all_there(&buf, left, def_level_encoding)? } else { 0 };
                (buf, at)
            }
            Page::DataPageV2 { buf, num_nulls: 0, def_levels_byte_len, rep_levels_byte_len, .. } => {
                (buf, def_levels_byte_len as usize + rep_levels_byte_len as usize)
            }
            _ => return None,
        };
        let values = match encoding {
            // A page of nothing says nothing of its dictionary.
            _ if left == 0 => Values::Plain(at),
            Encoding::PLAIN if matches!(self.form, Form::Truth) => Values::Places(Hybrid::bits(at, left)),
            Encoding::PLAIN => Values::Plain(at),
            Encoding::RLE if matches!(self.form, Form::Truth) => Values::Places(Hybrid::new(1, at + 4)?),
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY if !matches!(self.form, Form::Truth) => {
                Values::Places(Hybrid::new(*bytes.get(at)?, at + 1)?)
            }
            _ => return None,
        };
        Some(Data { bytes, values, left })
    }
}

/// What bits are places of; `None` where a column takes no truth values.
fn truths(target: &Target) -> Option<Dictionary> {
    let mut texts = Batch::default();
    let mut word = |truth, text: &str| target.truth(truth, text.as_bytes(), &mut texts).ok();
    let words = vec![word(false, "false")?, word(true, "true")?];
    (!target.keeps_texts()).then_some(Dictionary::Words(words))
}

/// Where the values of a page begin behind the levels that say which are there; `None` where some are not.
fn all_there(bytes: &[u8], count: usize, encoding: Encoding) -> Option<usize> {
    let (length, behind) = bytes.split_first_chunk()?;
    let levels = behind.get(..u32::from_le_bytes(*length) as usize)?;
    let is_known = encoding == Encoding::RLE;
    (is_known && Hybrid::new(1, 0)?.are_all(levels, count, 1)?).then_some(levels.len() + 4)
}
