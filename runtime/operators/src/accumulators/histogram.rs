//! Counts in equal bins: `histogram`.
//!
//! `n` and a count per bin; n counts the samples within the bounds.

use twin_types::Word;

/// The bin is ⌊(x − low) / (high − low) · bins⌋; the last one has its upper bound in it; what lies outside is not
/// counted.
pub fn add(into: &mut [Word], x: f64, low: f64, high: f64, bins: u32) {
    if !(x >= low && x <= high) || bins == 0 {
        return;
    }
    let bin = libm::floor((x - low) / (high - low) * f64::from(bins)) as usize;
    into[0] += 1;
    into[1 + bin.min(bins as usize - 1)] += 1;
}
