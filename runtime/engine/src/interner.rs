//! Keys become small numbers: slots of twins, rows of tables.
//!
//! The text of a key is what counts; a whole number is its decimal text. Slots are given in the order of first
//! appearance in the log, so they are the same in every run.

use hashbrown::{HashMap, HashTable};
use twin_plan::kernel::{Batch, key_number, text_parts};
use twin_types::{ABSENT_INT, Scalar, Word, words};
use xxhash_rust::xxh3::xxh3_64;

/// "No slot."
pub(crate) const NO_SLOT: u32 = u32::MAX;

/// A table of keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    /// All texts, one behind the other.
    pub(crate) bytes: Vec<u8>,
    /// Where each ends.
    pub(crate) ends: Vec<u64>,
    /// The whole numbers that they are.
    numbers: Vec<Word>,
    /// Short texts once more, so that comparing one is a single look at memory.
    shorts: Vec<Short>,
    slots: HashTable<Tagged>,
    ints: HashMap<i64, u32, IntHash>,
    /// Slots of small whole numbers by number: most numbers that are keys were given out one after the other.
    dense: Vec<u32>,
    memo: Memo,
}

/// Numbers below this are found by their number;
const DENSE_ALWAYS: usize = 1 << 12;

/// and others that are not larger than so many times the keys.
const DENSE_SPREAD: usize = 4;

/// A slot with half of its key's hash: nearly every key that is not the one looked for shows itself by that.
#[derive(Clone, Copy, Debug)]
struct Tagged {
    tag: u32,
    slot: u32,
}

/// A text of at most 31 bytes: its length and itself. Longer ones have [`LONG`] as length.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
struct Short([u8; 32]);

const LONG: u8 = u8::MAX;

impl Short {
    fn of(text: &[u8]) -> Short {
        let mut bytes = [0; 32];
        match bytes.get_mut(1..=text.len()) {
            Some(place) => {
                place.copy_from_slice(text);
                bytes[0] = text.len() as u8;
            }
            None => bytes[0] = LONG,
        }
        Short(bytes)
    }
}

/// Whole numbers spread well enough by one multiplication.
type IntHash = std::hash::BuildHasherDefault<Multiply>;

#[derive(Default)]
struct Multiply(u64);

impl std::hash::Hasher for Multiply {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_i64(&mut self, number: i64) {
        let spread = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = spread ^ spread >> 32;
    }
}

/// Handles of the chunk at hand that were looked up already: readers give equal texts one handle where that is cheap.
#[derive(Clone, Debug)]
struct Memo {
    entries: Vec<(Word, u32)>,
    tried: u32,
    hits: u32,
    is_on: bool,
}

const MEMO_BITS: u32 = 14;

impl Default for Memo {
    fn default() -> Self {
        Memo { entries: Vec::new(), tried: 0, hits: 0, is_on: true }
    }
}

impl Memo {
    fn place(handle: Word) -> usize {
        ((handle >> 24).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - MEMO_BITS)) as usize
    }

    /// Another batch: its handles mean other texts. Where few handles came back it is not worth its while.
    fn begin(&mut self) {
        self.is_on = self.is_on && (self.tried < 4096 || self.hits * 4 >= self.tried);
        self.entries.clear();
        if self.is_on {
            self.entries.resize(1 << MEMO_BITS, (Word::MAX, NO_SLOT));
        }
    }
}

impl Interner {
    /// The table of these texts; `None` where they are not well formed.
    pub fn from_parts(bytes: Vec<u8>, ends: Vec<u64>) -> Option<Interner> {
        let is_sound = ends.is_sorted() && ends.last().copied().unwrap_or(0) == bytes.len() as u64;
        if !is_sound {
            return None;
        }
        let mut interner = Interner::default();
        for slot in 0..ends.len() as u32 {
            interner.intern(text_of(&bytes, &ends, slot));
        }
        // Fewer would mean that a key stood there twice.
        (interner.len() == ends.len()).then_some(interner)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a slot.
    pub fn text(&self, slot: u32) -> &[u8] {
        text_of(&self.bytes, &self.ends, slot)
    }

    /// A slot's text as a whole number; absent where it is none.
    pub fn number(&self, slot: u32) -> Word {
        self.numbers[slot as usize]
    }

    /// The first bytes of a slot's text: comparing them as numbers is comparing the texts as far as they go.
    pub fn prefix(&self, slot: u32) -> u64 {
        let mut first = [0; 8];
        match &self.shorts[slot as usize].0 {
            [LONG, ..] => first.copy_from_slice(&self.text(slot)[..8]),
            short => first.copy_from_slice(&short[1..9]),
        }
        u64::from_be_bytes(first)
    }

    /// The slot of a text, if it has one.
    pub fn get(&self, text: &[u8]) -> Option<u32> {
        self.find(xxh3_64(text), text)
    }

    #[inline]
    fn find(&self, hash: u64, text: &[u8]) -> Option<u32> {
        let tag = (hash >> 32) as u32;
        let short = Short::of(text);
        let is_it = |entry: &Tagged| {
            entry.tag == tag
                && (self.shorts[entry.slot as usize].0 == short.0)
                && (short.0[0] != LONG || self.text(entry.slot) == text)
        };
        self.slots.find(hash, is_it).map(|entry| entry.slot)
    }

    /// The slot of a text, a new one where it has none.
    #[inline]
    pub fn intern(&mut self, text: &[u8]) -> u32 {
        let hash = xxh3_64(text);
        self.find(hash, text).unwrap_or_else(|| self.add(hash, text))
    }

    #[cold]
    fn add(&mut self, hash: u64, text: &[u8]) -> u32 {
        let slot = self.ends.len() as u32;
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u64);
        self.shorts.push(Short::of(text));
        self.numbers.push(key_number(text));
        let (bytes, ends) = (&self.bytes, &self.ends);
        let hash_of = |entry: &Tagged| xxh3_64(text_of(bytes, ends, entry.slot));
        self.slots.insert_unique(hash, Tagged { tag: (hash >> 32) as u32, slot }, hash_of);
        slot
    }

    /// The slot of a whole number, if it has one.
    #[inline]
    pub fn known_int(&self, number: i64) -> Option<u32> {
        match self.dense.get(number as usize) {
            Some(slot) if *slot != NO_SLOT => Some(*slot),
            _ => self.ints.get(&number).copied(),
        }
    }

    /// The slot of a whole number, if it has one, whoever gave it.
    pub fn find_int(&self, number: i64) -> Option<u32> {
        self.known_int(number).or_else(|| self.get(decimal(number, &mut [0; 20])))
    }

    /// The slot of another table's key, if it has one.
    pub fn find_of(&self, other: &Interner, slot: u32) -> Option<u32> {
        match other.number(slot) {
            ABSENT_INT => self.get(other.text(slot)),
            // A number's text may be written otherwise, such as `007`.
            number => self.known_int(words::to_i64(number)).filter(|own| self.text(*own) == other.text(slot)),
        }
        .or_else(|| self.get(other.text(slot)))
    }

    /// The slot of a whole number, a new one where it has none.
    pub fn intern_int(&mut self, number: i64) -> u32 {
        if let Some(slot) = self.known_int(number) {
            return slot;
        }
        let slot = self.intern(decimal(number, &mut [0; 20]));
        match usize::try_from(number) {
            Ok(place) if place < DENSE_ALWAYS.max(self.len().saturating_mul(DENSE_SPREAD)) => {
                if place >= self.dense.len() {
                    self.dense.resize((place + 1).next_power_of_two(), NO_SLOT);
                }
                self.dense[place] = slot;
            }
            _ => {
                self.ints.insert(number, slot);
            }
        }
        slot
    }

    /// What follows is of another batch.
    pub fn begin_batch(&mut self) {
        self.memo.begin();
    }

    /// The slot of a text of the batch at hand, by its handle.
    #[inline]
    pub fn intern_handle(&mut self, batch: &Batch, handle: Word) -> u32 {
        if !self.memo.is_on {
            return self.intern(batch.text(handle));
        }
        let place = Memo::place(handle);
        self.memo.tried += 1;
        if self.memo.entries[place].0 == handle {
            self.memo.hits += 1;
            return self.memo.entries[place].1;
        }
        let slot = self.intern(batch.text(handle));
        self.memo.entries[place] = (handle, slot);
        slot
    }
}

fn text_of<'a>(bytes: &'a [u8], ends: &[u64], slot: u32) -> &'a [u8] {
    let slot = slot as usize;
    let start = if slot == 0 { 0 } else { ends[slot - 1] as usize };
    &bytes[start..ends[slot] as usize]
}

/// A whole number's text, without asking for memory.
fn decimal(number: i64, digits: &mut [u8; 20]) -> &[u8] {
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    &digits[at..]
}

/// A key as it stands in a record.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key<'a> {
    /// A text of the batch, by its handle.
    Handle(Word),
    /// A text from elsewhere.
    Text(&'a [u8]),
    /// A whole number.
    Int(i64),
}

impl<'a> Key<'a> {
    /// The key that a word says; `None` where it is absent.
    pub fn of_word(word: Word, ty: Scalar, names: &'a [String], literals: &'a [String]) -> Option<Key<'a>> {
        if !ty.is_present(word) {
            return None;
        }
        Some(match ty {
            Scalar::String => match text_parts(word) {
                (space, number, _) if space == twin_plan::kernel::TextSpace::Literal as u64 => {
                    Key::Text(literals.get(number)?.as_bytes())
                }
                _ => Key::Handle(word),
            },
            Scalar::Bool => Key::Text(if word == twin_types::TRUE { b"true" } else { b"false" }),
            Scalar::Enum(_) => Key::Text(names.get(word as usize)?.as_bytes()),
            Scalar::Real => return None,
            Scalar::Int | Scalar::Timestamp | Scalar::Duration => Key::Int(words::to_i64(word)),
        })
    }

    /// Its slot.
    pub fn intern(self, interner: &mut Interner, batch: &Batch) -> u32 {
        match self {
            Key::Handle(handle) => interner.intern_handle(batch, handle),
            Key::Text(text) => interner.intern(text),
            Key::Int(number) => interner.intern_int(number),
        }
    }

    /// Its slot, in a table of keys that is not told where batches begin ([`Interner::begin_batch`]).
    pub fn intern_text(self, interner: &mut Interner, batch: &Batch) -> u32 {
        match self {
            Key::Handle(handle) => interner.intern(batch.text(handle)),
            Key::Text(text) => interner.intern(text),
            Key::Int(number) => interner.intern_int(number),
        }
    }

    /// Its slot, if it has one.
    pub fn find(self, interner: &Interner, batch: &Batch) -> Option<u32> {
        match self {
            Key::Handle(handle) => interner.get(batch.text(handle)),
            Key::Text(text) => interner.get(text),
            Key::Int(number) => interner.find_int(number),
        }
    }

    /// Its text.
    pub fn text(self, batch: &Batch) -> String {
        match self {
            Key::Handle(handle) => String::from_utf8_lossy(batch.text(handle)).into_owned(),
            Key::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Key::Int(number) => number.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_its_text_are_one_key() {
        let mut keys = Interner::default();
        keys.begin_batch();
        let mut batch = Batch::default();
        let handle = batch.add_text(b"42");
        assert_eq!(keys.intern_int(7), 0);
        assert_eq!(keys.intern_handle(&batch, handle), 1);
        assert_eq!(keys.intern_handle(&batch, handle), 1);
        assert_eq!(keys.intern_int(42), 1);
        assert_eq!(keys.intern(b"7"), 0);
        assert_eq!(keys.get(b"8"), None);
        assert_eq!(keys.text(1), b"42");
        let long = [b'x'; 40];
        assert_eq!((keys.intern(&long), keys.intern(&long[..39]), keys.intern(&long)), (2, 3, 2));
        assert_eq!(Interner::from_parts(keys.bytes.clone(), keys.ends.clone()).unwrap().get(b"42"), Some(1));
        assert_eq!(keys.len(), 4);
    }

    #[test]
    fn numbers_are_written_as_text_is() {
        for number in [0, 7, -12, i64::MAX, i64::MIN] {
            assert_eq!(decimal(number, &mut [0; 20]), number.to_string().as_bytes());
        }
    }
}
