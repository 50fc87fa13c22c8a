//! Directions: `circular_mean`, after Mardia and Jupp, Directional Statistics (2000).
//!
//! `n, s, c`: the sums of sines and cosines.

use super::{put, real};
use twin_types::Word;

/// n += 1; s += sin x; c += cos x
pub fn add(into: &mut [Word], x: f64) {
    into[0] += 1;
    put(into, 1, real(into, 1) + libm::sin(x));
    put(into, 2, real(into, 2) + libm::cos(x));
}

/// All three are added.
pub fn merge(into: &mut [Word], later: &[Word]) {
    into[0] += later[0];
    put(into, 1, real(into, 1) + real(later, 1));
    put(into, 2, real(into, 2) + real(later, 2));
}

/// atan2(s, c) in 0..2π; nothing where the directions cancel exactly.
pub fn finish(held: &[Word]) -> Option<f64> {
    let (s, c) = (real(held, 1), real(held, 2));
    if held[0] == 0 || (s == 0.0 && c == 0.0) {
        return None;
    }
    let angle = libm::atan2(s, c);
    let turned = if angle < 0.0 { angle + std::f64::consts::TAU } else { angle };
    // A tiny angle below 0 rounds to a whole turn, which is not in the range.
    Some(if turned >= std::f64::consts::TAU { 0.0 } else { turned })
}
