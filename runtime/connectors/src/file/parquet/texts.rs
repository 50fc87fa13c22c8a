//! Texts of a column, in its dictionary or one behind the other.

use crate::decode::target::Target;
use bytes::Bytes;
use std::ops::Range;
use twin_plan::kernel::Batch;
use twin_types::{ABSENT_STRING, Word};

/// A dictionary of texts. Which of them a chunk holds is seen only where they are used, so that equal texts share a handle
/// and others cost nothing.
pub(super) struct Texts {
    bytes: Bytes,
    /// Where each text lies.
    ranges: Vec<Range<usize>>,
    /// The numbers of the texts: what their places are looked up in.
    places: Vec<Word>,
    /// The handles of those that were used, else [`ABSENT_STRING`].
    handles: Vec<Word>,
}

impl Texts {
    /// So many texts one behind the other; `None` where they are none.
    pub fn new(bytes: Bytes, count: usize) -> Option<Texts> {
        let (mut at, mut ranges) = (0, Vec::new());
        for _ in 0..count {
            let range = next(&bytes, at)?;
            at = range.end;
            ranges.push(range);
        }
        Some(Texts {
            bytes,
            places: (0..ranges.len() as Word).collect(),
            handles: vec![ABSENT_STRING; ranges.len()],
            ranges,
        })
    }

    /// A dictionary in which every place is its own word.
    pub fn places(&self) -> &[Word] {
        &self.places
    }

    /// Puts the handles of texts of a batch where their places are.
    pub fn put(&mut self, target: &Target, words: &mut [Word], batch: &mut Batch) -> Option<()> {
        self.handles.fill(ABSENT_STRING);
        for word in words {
            let place = *word as usize;
            if self.handles[place] == ABSENT_STRING {
                let text = &self.bytes[self.ranges[place].clone()];
                self.handles[place] = target.text(text, batch).ok()?;
            }
            *word = self.handles[place];
        }
        Some(())
    }
}

/// Adds the words of so many texts that lie one behind the other from a byte on; where they end.
pub(super) fn take_texts(
    target: &Target,
    bytes: &[u8],
    at: usize,
    count: usize,
    out: &mut Vec<Word>,
    batch: &mut Batch,
) -> Option<usize> {
    let mut at = at;
    for _ in 0..count {
        let range = next(bytes, at)?;
        at = range.end;
        out.push(target.text(&bytes[range], batch).ok()?);
    }
    Some(at)
}

/// Where the text is whose length lies at a byte.
fn next(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let length = u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
    let range = at + 4..(at + 4).checked_add(length)?;
    std::str::from_utf8(bytes.get(range.clone())?).ok()?;
    Some(range)
}
