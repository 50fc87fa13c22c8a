//! What a field with a short number looked like, from its comma to the byte behind the number: all of it compared at
//! once, whatever its digits are.
//!
//! Fields of telemetry look alike from record to record but for their digits, and of how many there are only a few
//! cases occur. Sixteen bytes at a time are compared with nothing but differences: a byte of the name must not differ
//! at all, a digit from `0` by at most nine, and the first of several digits by at least one, since JSON has no `01`.

use crate::decode::number::{self, Decimal, Short};

/// A field may be so long.
pub(super) const SHAPE: usize = 48;
/// So many shapes of a field are kept: numbers of as many lengths.
const SHAPES_MAX: usize = 4;

/// The shapes of one field.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    shapes: Vec<Shape>,
    /// How often none of them was right.
    misses: u32,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Shape {
    bytes: [u8; SHAPE],
    /// By how much a byte may differ in its bits, and by how much it has to.
    most: [u8; SHAPE],
    least: [u8; SHAPE],
    /// Where the digits begin.
    digits: usize,
    /// Up to the byte behind the number.
    pub length: usize,
    short: Short,
}

impl Shapes {
    /// The shape of the field that stands there.
    #[inline(always)]
    pub fn find(&self, there: &[u8; SHAPE]) -> Option<&Shape> {
        self.shapes.iter().find(|shape| shape.is_of(there))
    }

    /// Learns how a field looked that had none of the shapes: often at first, then ever more seldom, so that numbers
    /// of all lengths cost little.
    #[cold]
    #[inline(never)]
    pub fn learn(&mut self, field: &[u8], lead: usize) {
        self.misses = self.misses.saturating_add(1);
        if self.misses > SHAPES_MAX as u32 && !self.misses.is_power_of_two() {
            return;
        }
        let Some(shape) = Shape::of(field, lead) else { return };
        if self.shapes.len() == SHAPES_MAX {
            self.shapes.pop();
        }
        self.shapes.push(shape);
    }
}

impl Shape {
    /// The shape of a field; `None` where its number is not short or it is too long as a whole.
    fn of(field: &[u8], lead: usize) -> Option<Shape> {
        let there = field.first_chunk::<SHAPE>()?;
        let short = number::short(field, lead)?.0;
        let digits = lead + usize::from(short.negative);
        let length = lead + short.length;
        let ends = matches!(there.get(length)?, b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n');
        if !ends || digits + 8 > SHAPE {
            return None;
        }
        let mut shape =
            Shape { bytes: *there, most: [u8::MAX; SHAPE], least: [0; SHAPE], digits, length, short };
        shape.most[..=length].fill(0);
        for (byte, most) in shape.bytes.iter_mut().zip(&mut shape.most).take(length).skip(digits) {
            if byte.is_ascii_digit() {
                (*byte, *most) = (b'0', 9);
            }
        }
        if there[digits + 1].is_ascii_digit() && digits + 1 < length {
            shape.least[digits] = 1;
        }
        Some(shape)
    }

    #[inline(always)]
    fn is_of(&self, there: &[u8; SHAPE]) -> bool {
        let mut wrong = 0;
        let limits = self.most.iter().zip(&self.least);
        for ((byte, own), (most, least)) in there.iter().zip(&self.bytes).zip(limits) {
            let difference = byte ^ own;
            wrong |= difference.saturating_sub(*most) | least.saturating_sub(difference);
        }
        wrong == 0
    }

    /// The number of a field of this shape, and where it stands.
    #[inline(always)]
    pub fn number(&self, there: &[u8; SHAPE]) -> Option<(Decimal, usize)> {
        let word = there.get(self.digits..)?.first_chunk::<8>()?;
        let start = self.digits - usize::from(self.short.negative);
        Some((self.short.decimal(u64::from_le_bytes(*word)), start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> [u8; SHAPE] {
        let mut bytes = [b' '; SHAPE];
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        bytes
    }

    #[test]
    fn only_digits_may_differ() {
        let mut shapes = Shapes::default();
        shapes.learn(&field(",\"a\":12.5,\"b\":7}"), 5);
        let value = |text: &str| {
            let there = field(text);
            let shape = shapes.find(&there)?;
            let (decimal, start) = shape.number(&there)?;
            Some((decimal.to_f64(&there[start..shape.length]), shape.length))
        };
        assert_eq!(value(",\"a\":12.5,\"b\":7}"), Some((12.5, 9)));
        assert_eq!(value(",\"a\":90.0,"), Some((90.0, 9)));
        for other in [
            ",\"a\":02.5,",
            ",\"b\":12.5,",
            ",\"a\":12.5}",
            ",\"a\":12.5e",
            ",\"a\":125.,",
            ",\"a\":1.25,",
            ",\"a\":1:.5,",
            ",\"a\":-2.5,",
            ",\"a\":12.55",
            ",\"a\":12/5,",
            "{\"a\":12.5,",
        ] {
            assert_eq!(value(other), None, "{other}");
        }
    }

    #[test]
    fn numbers_of_any_bytes_are_what_the_scanner_says() {
        let letters = b"0159.-e,:/";
        for learned in ["1,", "0.5,", "-7,", "10.25,", "123456,", "-0.125,", "99}"] {
            let mut shapes = Shapes::default();
            shapes.learn(&field(&format!(",\"x\":{learned}")), 5);
            for code in 0..letters.len().pow(5) {
                let mut there = field(&format!(",\"x\":{learned}"));
                let mut rest = code;
                for byte in &mut there[5..10] {
                    *byte = letters[rest % letters.len()];
                    rest /= letters.len();
                }
                if let Some(shape) = shapes.find(&there) {
                    let (decimal, end) = number::scan(&there, 5).expect("a shape is one of a number");
                    assert_eq!(end, shape.length);
                    assert_eq!(shape.number(&there), Some((decimal, 5)));
                }
            }
        }
    }

    #[test]
    fn lengths_beyond_the_first_few_are_learned_seldom() {
        let mut shapes = Shapes::default();
        for text in ["1,", "12,", "123,", "1234,"] {
            shapes.learn(&field(&format!(",\"x\":{text}")), 5);
        }
        let finds = |shapes: &Shapes, text: &str| shapes.find(&field(&format!(",\"x\":{text}"))).is_some();
        assert!(["9,", "99,", "999,", "9999,"].iter().all(|text| finds(&shapes, text)));
        shapes.learn(&field(",\"x\":12345,"), 5);
        assert!(!finds(&shapes, "99999,"));
        (0..3).for_each(|_| shapes.learn(&field(",\"x\":12345,"), 5));
        assert!(finds(&shapes, "99999,") && finds(&shapes, "9,") && !finds(&shapes, "9999,"));
    }
}
