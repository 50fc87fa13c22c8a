//! A value is one 64-bit word, and a word says itself whether it is absent.
//!
//! | scalar | word | absent |
//! | --- | --- | --- |
//! | `real` and quantities | bits of a finite `f64`, SI base units | the canonical NaN |
//! | `int`, `timestamp`, `duration`, `enum` | `i64` (ns since the epoch, ns, ordinal) | `i64::MIN` |
//! | `bool` | 0 false, 1 true | 2 (unknown) |
//! | `string` | a handle that the owner of the text gave out | `u64::MAX` |
//!
//! So a column, a state slot, a register of native code and a record on its way
//! out all have the same form, and absence needs no second word.

/// The form in which every value is kept.
pub type Word = u64;

/// Absent `real` or quantity: the canonical quiet NaN.
pub const ABSENT_REAL: Word = 0x7ff8_0000_0000_0000;
/// Absent `int`, `timestamp`, `duration` or `enum`.
pub const ABSENT_INT: Word = i64::MIN as u64;
/// Unknown.
pub const ABSENT_BOOL: Word = 2;
/// Absent `string`.
pub const ABSENT_STRING: Word = u64::MAX;
/// False.
pub const FALSE: Word = 0;
/// True.
pub const TRUE: Word = 1;

/// Between Rust values and words.
pub mod words {
    use super::*;

    /// A real; what is not finite becomes absent.
    #[inline]
    pub fn from_f64(value: f64) -> Word {
        if value.is_finite() { value.to_bits() } else { ABSENT_REAL }
    }

    /// A real as it stands, NaN where absent.
    #[inline]
    pub fn to_f64(word: Word) -> f64 {
        f64::from_bits(word)
    }

    /// A whole number, duration, timestamp or ordinal.
    #[inline]
    pub fn from_i64(value: i64) -> Word {
        value as u64
    }

    /// The same back; `i64::MIN` where absent.
    #[inline]
    pub fn to_i64(word: Word) -> i64 {
        word as i64
    }

    /// The real whose bits are those of a whole number's magnitude, with its sign: it compares with others made alike
    /// as the whole numbers do. Beyond 2⁶³ − 2⁵² it is not finite.
    #[inline]
    pub fn ordered_from_i64(value: i64) -> f64 {
        f64::from_bits(value.unsigned_abs() | (value as u64 & SIGN))
    }

    /// The whole number back.
    #[inline]
    pub fn i64_from_ordered(value: f64) -> i64 {
        let magnitude = (value.to_bits() & !SIGN) as i64;
        if value.is_sign_negative() { -magnitude } else { magnitude }
    }

    /// The bit that says that a number is below zero.
    const SIGN: u64 = 1 << 63;

    /// A truth value; `None` is unknown.
    #[inline]
    pub fn from_bool(value: Option<bool>) -> Word {
        match value {
            Some(true) => TRUE,
            Some(false) => FALSE,
            None => ABSENT_BOOL,
        }
    }

    /// The same back.
    #[inline]
    pub fn to_bool(word: Word) -> Option<bool> {
        match word {
            TRUE => Some(true),
            FALSE => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::words::{i64_from_ordered, ordered_from_i64};

    #[test]
    fn whole_numbers_keep_their_order_as_reals() {
        let largest = i64::MAX - (1 << 52);
        let numbers = [-largest, -(1 << 53) - 1, -(1 << 53), -1, 0, 1, 1 << 53, (1 << 53) + 1, largest];
        for pair in numbers.windows(2) {
            assert!(ordered_from_i64(pair[0]) < ordered_from_i64(pair[1]), "{pair:?}");
        }
        for number in numbers {
            assert_eq!(i64_from_ordered(ordered_from_i64(number)), number);
            assert!(ordered_from_i64(number).is_finite());
        }
        for number in [largest + 1, -largest - 1, i64::MAX, -i64::MAX] {
            assert!(!ordered_from_i64(number).is_finite());
        }
    }
}
