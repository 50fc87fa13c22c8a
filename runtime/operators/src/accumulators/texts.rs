//! One of the texts: `first`, `last`, `argmin` and `argmax` of texts.
//!
//! `n, length, bytes …`, and for an extreme the y beside it. Length and bytes are those of a text slot.

use super::real;
use crate::windows::Sample;
use twin_types::{Aggregate, Word};

/// Where the text begins.
const TEXT: usize = 1;

/// Whether the text that came later takes the place of the one that is held.
fn is_taken(aggregate: Aggregate, later: &[Word], held: &[Word]) -> bool {
    let (y, old) = (later.len() - 1, held.len() - 1);
    match aggregate {
        Aggregate::Last => true,
        Aggregate::ArgMin => real(later, y) < real(held, old),
        Aggregate::ArgMax => real(later, y) > real(held, old),
        _ => false,
    }
}

/// The text, and y, are taken where n = 0 or the aggregate prefers them; n += 1
pub fn add(aggregate: Aggregate, into: &mut [Word], sample: &Sample<'_>) {
    if into[0] == 0 || is_taken(aggregate, &[sample.y], into) {
        into[TEXT] = sample.x;
        into[TEXT + 1..][..sample.text.len()].copy_from_slice(sample.text);
        if matches!(aggregate, Aggregate::ArgMin | Aggregate::ArgMax) {
            let y = into.len() - 1;
            into[y] = sample.y;
        }
    }
    into[0] += 1;
}

/// The later text is taken where the aggregate prefers it, or the earlier side is empty.
pub fn merge(aggregate: Aggregate, into: &mut [Word], later: &[Word]) {
    if later[0] == 0 {
        return;
    }
    if into[0] == 0 || is_taken(aggregate, later, into) {
        into[TEXT..].copy_from_slice(&later[TEXT..]);
    }
    into[0] += later[0];
}

/// Puts the text into a text slot; absent where there is none.
pub fn finish(held: &[Word], slot: &mut [Word]) {
    if held[0] == 0 {
        slot[0] = Word::MAX;
    } else {
        slot.copy_from_slice(&held[TEXT..][..slot.len()]);
    }
}
