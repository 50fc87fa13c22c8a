//! Texts behind handles: where they live, how they are kept in a row, copied and compared.
//!
//! A handle says in which of four spaces its bytes are. Texts of the batch, the row and a table's row do not outlive
//! what they came from, so whatever lasts longer (a register of the step, an output) has its own copy in the outputs.

use crate::accumulators::Room;
use crate::windows::Sample;
use std::borrow::Cow;
use twin_plan::Slot;
use twin_plan::kernel::{Batch, Outputs, TextSpace, text_handle, text_parts};
use twin_types::{ABSENT_STRING, Word};

/// Where the texts of one step are found.
#[derive(Clone, Copy)]
pub struct Texts<'a> {
    /// The records of the step's input, if it has one.
    pub batch: Option<&'a Batch>,
    /// The program's literals.
    pub literals: &'a [String],
    /// The twin's row.
    pub row: &'a [Word],
    /// What the call has written.
    pub outputs: &'a Outputs,
}

impl<'a> Texts<'a> {
    /// The bytes of a text; `None` where it is absent.
    pub fn bytes(&self, handle: Word) -> Option<Cow<'a, [u8]>> {
        if handle == ABSENT_STRING {
            return None;
        }
        let (space, offset, bytes) = text_parts(handle);
        match space {
            s if s == TextSpace::Batch as u64 => self.batch.map(|batch| Cow::Borrowed(batch.text(handle))),
            s if s == TextSpace::Literal as u64 => {
                self.literals.get(offset).map(|text| Cow::Borrowed(text.as_bytes()))
            }
            s if s == TextSpace::Row as u64 => {
                Some(Cow::Owned(row_bytes(self.row, Slot(offset as u32), bytes)))
            }
            _ => self.outputs.texts.get(offset..offset + bytes).map(Cow::Borrowed),
        }
    }
}

/// The id of a command: sixteen digits, the same after any replay and for every version of the program.
pub fn command_id(name: &[u8], key: &[u8], time: Word, times: Word) -> String {
    let mut bytes = Vec::with_capacity(name.len() + key.len() + 18);
    for part in [name, key] {
        bytes.extend_from_slice(part);
        bytes.push(0xff);
    }
    bytes.extend_from_slice(&time.to_le_bytes());
    bytes.extend_from_slice(&times.to_le_bytes());
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&bytes))
}

/// The handle of a literal.
pub fn literal(number: u32, texts: &[String]) -> Word {
    let bytes = texts.get(number as usize).map_or(0, String::len);
    text_handle(TextSpace::Literal, u64::from(number), bytes)
}

/// The handle of a text slot of the row.
pub fn of_row(row: &[Word], slot: Slot) -> Word {
    match row[slot.index()] {
        Word::MAX => ABSENT_STRING,
        bytes => text_handle(TextSpace::Row, u64::from(slot.0), bytes as usize),
    }
}

/// Keeps a text in its slot, which has room for `room` bytes. One that does not fit is absent there, and false.
pub fn store(row: &mut [Word], slot: Slot, room: u32, text: Option<&[u8]>) -> bool {
    let length = slot.index();
    let Some(text) = text else {
        row[length] = Word::MAX;
        return true;
    };
    if text.len() > room as usize {
        row[length] = Word::MAX;
        return false;
    }
    row[length] = text.len() as Word;
    pack(text, &mut row[length + 1..]);
    true
}

/// A text as accumulators take it: its length, and its bytes in as many words as the longest needs.
pub struct Packed {
    length: usize,
    room: usize,
    words: Room,
}

impl Packed {
    /// Of a text of at most `room` bytes; a longer one, which no plan hands over, would be cut off there.
    pub fn new(text: &[u8], room: u32) -> Packed {
        let text = &text[..text.len().min(room as usize)];
        let mut packed = Packed { length: text.len(), room: room.div_ceil(8) as usize, words: Room::new() };
        pack(text, packed.words.words(packed.room));
        packed
    }

    /// A sample of it.
    pub fn sample(&mut self, t_ns: i64, y: Word) -> Sample<'_> {
        Sample { t_ns, x: self.length as Word, y, text: self.words.words(self.room) }
    }
}

fn row_bytes(row: &[Word], slot: Slot, bytes: usize) -> Vec<u8> {
    unpack(&row[slot.index() + 1..], bytes)
}

/// Puts bytes into words, eight to a word, the first lowest.
pub(crate) fn pack(text: &[u8], words: &mut [Word]) {
    for (chunk, word) in text.chunks(8).zip(words) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        *word = Word::from_le_bytes(bytes);
    }
}

/// Takes bytes out of words.
pub(crate) fn unpack(words: &[Word], bytes: usize) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).take(bytes).collect()
}

/// Copies a text into the outputs and gives the handle of the copy.
pub fn copy(outputs: &mut Outputs, text: &[u8]) -> Word {
    let handle = text_handle(TextSpace::Output, outputs.texts.len() as u64, text.len());
    if handle != ABSENT_STRING {
        outputs.texts.extend_from_slice(text);
    }
    handle
}

/// Whether a handle's text may change or go before the outputs do.
pub fn is_passing(handle: Word) -> bool {
    handle != ABSENT_STRING && handle >> 62 == TextSpace::Row as u64
}

/// The number that stands for a text where different ones are counted: FNV-1a with 64 bits.
pub fn hash(text: &[u8]) -> Word {
    text.iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ Word::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_space_come_back() {
        let mut batch = Batch::default();
        let in_batch = batch.add_text("Paris".as_bytes());
        let literals = vec!["running".to_string()];
        let mut row = vec![0, Word::MAX, 0, 0];
        assert_eq!(of_row(&row, Slot(1)), ABSENT_STRING);
        assert!(store(&mut row, Slot(1), 16, Some(b"nine bytes")));
        let in_row = of_row(&row, Slot(1));
        let mut outputs = Outputs::default();
        let in_outputs = copy(&mut outputs, b"out");
        let texts = Texts { batch: Some(&batch), literals: &literals, row: &row, outputs: &outputs };
        let read = |handle| texts.bytes(handle).map(|bytes| String::from_utf8(bytes.into_owned()).unwrap());
        assert_eq!(read(in_batch).as_deref(), Some("Paris"));
        assert_eq!(read(literal(0, &literals)).as_deref(), Some("running"));
        assert_eq!(read(in_row).as_deref(), Some("nine bytes"));
        assert_eq!(read(in_outputs).as_deref(), Some("out"));
        assert_eq!(read(ABSENT_STRING), None);
        assert!(!store(&mut row, Slot(1), 16, Some(b"seventeen bytes!!")));
        assert_eq!(row[1], Word::MAX);
    }
}
