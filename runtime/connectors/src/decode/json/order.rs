//! What was learned of the order of an object's fields: the bytes that led to each in the record before.
//!
//! Records of one topic look alike, so the bytes from the end of one value to the start of the next (comma, blanks,
//! quoted name, colon) are compared as a whole before anything is parsed. Where they differ the field is parsed in
//! full and learned.

use super::shape::{SHAPE, Shape, Shapes};
use super::tree::NodeId;

/// Longer names are parsed each time.
const LEAD_MAX: usize = 64;
/// Objects with more fields than this are parsed in full past it.
const FIELDS_MAX: usize = 512;
/// How many fields that were there before may be left out before it is cheaper to parse.
const LOOK_AHEAD: usize = 4;
/// The longest name and surroundings that are compared in registers.
const SHORT: usize = 32;

/// The fields of an object in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Order {
    fields: Vec<Expected>,
}

#[derive(Debug)]
struct Expected {
    /// The first bytes of `lead`, in words, and which of their bits count.
    words: [u64; SHORT / 8],
    masks: [u64; SHORT / 8],
    /// From the end of the value before to the start of this one.
    lead: Vec<u8>,
    /// Whether `lead` has no comma, being an object's first.
    is_first: bool,
    field: Field,
    name: Box<[u8]>,
    shapes: Shapes,
}

/// Where a field leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub node: NodeId,
    /// The one column there, when the field is nothing but that.
    pub column: Option<u32>,
}

/// A field that was found by its lead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub field: Field,
    /// Bytes of the lead.
    pub lead: usize,
    /// The place behind the field.
    pub next: usize,
}

impl Order {
    /// The field whose lead stands at the start of `rest`.
    #[inline]
    pub fn find(&self, place: usize, is_first: bool, rest: &[u8]) -> Option<Found> {
        let expected = self.fields.get(place)?;
        if expected.is_first == is_first && expected.leads(rest) {
            return Some(Found { field: expected.field, lead: expected.lead.len(), next: place + 1 });
        }
        self.find_ahead(place + 1, is_first, rest)
    }

    /// The field at a place, where its name and number look there as they did before.
    #[inline(always)]
    pub fn find_shape(&self, place: usize, is_first: bool, there: &[u8; SHAPE]) -> Option<(Field, &Shape)> {
        let expected = self.fields.get(place)?;
        let shape = if expected.is_first == is_first { expected.shapes.find(there)? } else { return None };
        Some((expected.field, shape))
    }

    /// Learns how the field before a place looked, whose name was as expected.
    #[cold]
    #[inline(never)]
    pub fn learn_shape(&mut self, next: usize, field: &[u8], lead: usize) {
        if let Some(expected) = next.checked_sub(1).and_then(|place| self.fields.get_mut(place)) {
            expected.shapes.learn(field, lead);
        }
    }

    #[inline(never)]
    fn find_ahead(&self, place: usize, is_first: bool, rest: &[u8]) -> Option<Found> {
        let mut ahead = self.fields.iter().enumerate().skip(place).take(LOOK_AHEAD);
        let (at, expected) = ahead.find(|(_, e)| e.is_first == is_first && e.leads(rest))?;
        Some(Found { field: expected.field, lead: expected.lead.len(), next: at + 1 })
    }

    /// Learns that at `place` the field `name` came after the bytes `lead`; gives the place after it.
    #[cold]
    pub fn learn(&mut self, place: usize, is_first: bool, lead: &[u8], name: &[u8], field: Field) -> usize {
        if lead.len() > LEAD_MAX {
            return place;
        }
        let later = self.fields.iter().skip(place).position(|e| *e.name == *name);
        let fresh = Expected::new(lead, is_first, name, field);
        match later {
            Some(ahead) => {
                self.fields[place + ahead] = fresh;
                place + ahead + 1
            }
            None if self.fields.len() < FIELDS_MAX && place <= self.fields.len() => {
                self.fields.insert(place, fresh);
                place + 1
            }
            None => place,
        }
    }
}

impl Expected {
    fn new(lead: &[u8], is_first: bool, name: &[u8], field: Field) -> Expected {
        let mut bytes = [0u8; SHORT];
        let mut mask = [0u8; SHORT];
        for (at, byte) in lead.iter().take(SHORT).enumerate() {
            (bytes[at], mask[at]) = (*byte, 0xff);
        }
        Expected {
            words: words_of(&bytes),
            masks: words_of(&mask),
            lead: lead.to_vec(),
            is_first,
            field,
            name: name.into(),
            shapes: Shapes::default(),
        }
    }

    #[inline]
    fn leads(&self, rest: &[u8]) -> bool {
        match rest.first_chunk::<SHORT>() {
            Some(chunk) if self.lead.len() <= SHORT => {
                let there = words_of(chunk);
                let differs = |at: usize| (there[at] ^ self.words[at]) & self.masks[at];
                (differs(0) | differs(1) | differs(2) | differs(3)) == 0
            }
            _ => rest.starts_with(&self.lead),
        }
    }
}

#[inline]
fn words_of(bytes: &[u8; SHORT]) -> [u64; SHORT / 8] {
    let word = |at: usize| {
        u64::from_le_bytes([
            bytes[at],
            bytes[at + 1],
            bytes[at + 2],
            bytes[at + 3],
            bytes[at + 4],
            bytes[at + 5],
            bytes[at + 6],
            bytes[at + 7],
        ])
    };
    [word(0), word(8), word(16), word(24)]
}
