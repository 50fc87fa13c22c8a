//! Decimal numbers in text: scanned once, then taken as a float, a whole number or a count.
//!
//! Floats are exact: up to 19 digits and an exponent of at most 22 take Clinger's
//! fast path (one correctly rounded operation on two exact floats), everything else
//! goes to the standard library's parser.

/// A decimal as it stands in the text: `digits * 10^exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    /// Whether a minus stands before it.
    pub negative: bool,
    /// All digits as one number; meaningless unless `exact`.
    pub digits: u64,
    /// The power of ten behind the digits.
    pub exponent: i32,
    /// Whether the digits fit.
    pub exact: bool,
}

const DIGITS_MAX: usize = 19;
const EXPONENT_MAX: i32 = 100_000;
/// The largest whole number up to which every whole number is a float.
const FLOAT_WHOLE_MAX: u64 = 1 << 53;

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Scans a number as JSON writes it, from `start`; gives it and the place behind it.
#[inline(always)]
pub(crate) fn scan(bytes: &[u8], start: usize) -> Option<(Decimal, usize)> {
    match scan_short(bytes, start) {
        Some(found) => Some(found),
        None => scan_long(bytes, start),
    }
}

/// Scans a number only for the place behind it.
#[inline(always)]
pub(crate) fn end(bytes: &[u8], start: usize) -> Option<usize> {
    match scan_short(bytes, start) {
        Some((_, end)) => Some(end),
        None => end_of_long(bytes, start),
    }
}

#[inline(never)]
fn end_of_long(bytes: &[u8], start: usize) -> Option<usize> {
    scan_long(bytes, start).map(|(_, end)| end)
}

const ONES: u64 = u64::MAX / 255;
const HIGH: u64 = ONES << 7;

/// How a number that ends within eight bytes is written, whatever its digits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short {
    /// Whether a minus stands before it.
    pub negative: bool,
    /// Its bytes, with the sign.
    pub length: usize,
    /// The bits of what stands below the point; without a point all of them.
    below: u64,
    /// How far digits are moved so that the last one is the highest byte.
    shift: u32,
    exponent: i32,
}

impl Short {
    /// The number of the digits in eight bytes, from the first one on.
    #[inline(always)]
    pub fn decimal(&self, word: u64) -> Decimal {
        let digits = word ^ (ONES * 0x30);
        // What lies above the point moves down over it.
        let joined = (digits & self.below) | (digits >> 8 & !self.below);
        let value = eight_digits(joined << self.shift);
        Decimal { negative: self.negative, digits: value, exponent: self.exponent, exact: true }
    }
}

#[inline(always)]
fn scan_short(bytes: &[u8], start: usize) -> Option<(Decimal, usize)> {
    short(bytes, start).map(|(short, word)| (short.decimal(word), start + short.length))
}

/// A number that ends within eight bytes, as most of telemetry do, from one look at them, with its bytes from the
/// first digit on; `None` for all others, and for what is no number.
///
/// The place of the next field hangs on where this one ends, so from field to field that is what is waited for. Here
/// it takes one load and a dozen operations; digits become a number beside it.
#[inline(always)]
pub(crate) fn short(bytes: &[u8], start: usize) -> Option<(Short, u64)> {
    let signed = eight_bytes(bytes, start);
    let negative = signed as u8 == b'-';
    let word = signed >> (8 * u32::from(negative));
    let digits = word ^ (ONES * 0x30);
    let points = marks_of_zeros(word ^ (ONES * u64::from(b'.')));
    let ends = marks_of_others(digits) & !points;
    let bytes = ends.trailing_zeros() as usize / 8;
    let length = bytes + usize::from(negative);
    // Of a number with a sign the last byte was not seen: the sign pushed it out.
    if bytes == 0 || length >= 8 {
        return None;
    }
    let point = points & (ends & ends.wrapping_neg()).wrapping_sub(1);
    let behind = (word >> (8 * bytes)) as u8;
    let (whole, fraction) = match point {
        0 => (bytes, 0),
        _ => (point.trailing_zeros() as usize / 8, bytes - point.trailing_zeros() as usize / 8 - 1),
    };
    let has_odd_point = point & point.wrapping_sub(1) != 0 || (point != 0 && fraction == 0) || whole == 0;
    if has_odd_point || (digits as u8 == 0 && whole > 1) || behind | 0x20 == b'e' {
        return None;
    }
    let count = bytes - usize::from(point != 0);
    let below = (point >> 7).wrapping_sub(1);
    let shift = 64 - 8 * count as u32;
    Some((Short { negative, length, below, shift, exponent: -(fraction as i32) }, word))
}

/// Marks, in its highest bit, each byte that is zero.
#[inline]
fn marks_of_zeros(bytes: u64) -> u64 {
    !(((bytes & !HIGH) + !HIGH) | bytes) & HIGH
}

/// Marks, in its highest bit, each byte that does not lie in 0..=9.
#[inline]
fn marks_of_others(bytes: u64) -> u64 {
    (((bytes & !HIGH) + ONES * 0x76) | bytes) & HIGH
}

#[inline(never)]
fn scan_long(bytes: &[u8], start: usize) -> Option<(Decimal, usize)> {
    let negative = bytes.get(start) == Some(&b'-');
    let whole_start = start + usize::from(negative);
    let mut digits = 0u64;
    let mut at = take_digits(bytes, whole_start, &mut digits);
    let mut count = at - whole_start;
    if count == 0 || (count > 1 && bytes[whole_start] == b'0') {
        return None;
    }
    let mut exponent = 0;
    if bytes.get(at) == Some(&b'.') {
        let end = take_digits(bytes, at + 1, &mut digits);
        let fraction = end - at - 1;
        if fraction == 0 {
            return None;
        }
        count += fraction;
        exponent = -i32::try_from(fraction).ok()?;
        at = end;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let (power, end) = scan_exponent(bytes, at + 1)?;
        exponent = exponent.saturating_add(power);
        at = end;
    }
    Some((Decimal { negative, digits, exponent, exact: count <= DIGITS_MAX }, at))
}

const WHOLE_POWERS: [u64; 9] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// Takes digits, eight at a time: how many there are differs from value to value, and a branch for each would be
/// guessed wrong about once a number, which costs more than all the arithmetic.
#[inline(always)]
fn take_digits(bytes: &[u8], start: usize, digits: &mut u64) -> usize {
    let mut at = start;
    loop {
        let ascii_less_zero = eight_bytes(bytes, at) ^ 0x3030_3030_3030_3030;
        let count = leading_digits(ascii_less_zero);
        if count == 0 {
            return at;
        }
        // The digits move to the high end; the zeros that come in are leading ones.
        let value = eight_digits(ascii_less_zero << (64 - 8 * count));
        *digits = digits.wrapping_mul(WHOLE_POWERS[count]).wrapping_add(value);
        at += count;
        if count < 8 {
            return at;
        }
    }
}

/// Eight bytes from a place on, zeros behind the end.
#[inline]
fn eight_bytes(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => last_bytes(bytes.get(at..).unwrap_or_default()),
    }
}

#[cold]
fn last_bytes(rest: &[u8]) -> u64 {
    rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// How many of eight bytes, from the lowest, lie in 0..=9.
#[inline]
fn leading_digits(bytes: u64) -> usize {
    marks_of_others(bytes).trailing_zeros() as usize / 8
}

/// The number of eight digits, the first one lowest.
#[inline]
fn eight_digits(digits: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let high = (pairs & PAIRS).wrapping_mul(0x000f_4240_0000_0064);
    let low = (pairs >> 16 & PAIRS).wrapping_mul(0x0000_2710_0000_0001);
    high.wrapping_add(low) >> 32
}

fn scan_exponent(bytes: &[u8], start: usize) -> Option<(i32, usize)> {
    let signed = matches!(bytes.get(start), Some(b'+' | b'-'));
    let negative = bytes.get(start) == Some(&b'-');
    let first = start + usize::from(signed);
    let mut power = 0i32;
    let mut at = first;
    while let Some(digit) = bytes.get(at).map(|b| b.wrapping_sub(b'0')).filter(|d| *d <= 9) {
        power = (power * 10 + i32::from(digit)).min(EXPONENT_MAX);
        at += 1;
    }
    (at > first).then_some((if negative { -power } else { power }, at))
}

impl Decimal {
    /// The nearest float; `text` is what was scanned. Infinite where it is too large.
    #[inline(always)]
    pub fn to_f64(self, text: &[u8]) -> f64 {
        if self.exact && self.digits <= FLOAT_WHOLE_MAX && self.exponent.unsigned_abs() <= 22 {
            let whole = self.digits as f64;
            let power = POWERS[self.exponent.unsigned_abs() as usize];
            let value = if self.exponent < 0 { whole / power } else { whole * power };
            return if self.negative { -value } else { value };
        }
        parse_slowly(text)
    }

    /// The whole number, where it is one and fits (`i64::MIN` does not: it is the absent word).
    #[inline]
    pub fn to_i64(self, text: &[u8]) -> Option<i64> {
        if self.exact && self.exponent == 0 {
            let whole = i64::try_from(self.digits).ok()?;
            return Some(if self.negative { -whole } else { whole });
        }
        if self.exact {
            i64::try_from(self.times(1)?).ok().filter(|n| *n != i64::MIN)
        } else {
            whole_of(text)
        }
    }

    /// The number times `count`, to the nearest whole, ties to even; `None` where it does not fit.
    pub fn times_count(self, count: i64, text: &[u8]) -> Option<i64> {
        if !self.exact {
            let product = libm::rint(parse_slowly(text) * count as f64);
            return (product.abs() < 9.2e18).then_some(product as i64);
        }
        let product = i128::from(self.digits) * i128::from(count);
        let scaled = match self.exponent {
            0 => product,
            power if power > 0 => product.checked_mul(power_of_ten(power)?)?,
            power => power_of_ten(-power).map_or(0, |divisor| divide_to_nearest(product, divisor)),
        };
        i64::try_from(if self.negative { -scaled } else { scaled }).ok().filter(|n| *n != i64::MIN)
    }

    /// The number times `count` where that is whole and fits 128 bits.
    fn times(self, count: i64) -> Option<i128> {
        let product = i128::from(self.digits) * i128::from(count);
        let scaled = if self.exponent >= 0 {
            product.checked_mul(power_of_ten(self.exponent)?)?
        } else if product == 0 {
            0
        } else {
            let divisor = power_of_ten(-self.exponent)?;
            (product % divisor == 0).then_some(product / divisor)?
        };
        Some(if self.negative { -scaled } else { scaled })
    }
}

fn power_of_ten(power: i32) -> Option<i128> {
    10i128.checked_pow(u32::try_from(power).ok()?)
}

fn divide_to_nearest(number: i128, divisor: i128) -> i128 {
    let (quotient, twice_rest) = (number / divisor, (number % divisor).unsigned_abs() * 2);
    let up = match twice_rest.cmp(&divisor.unsigned_abs()) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient % 2 != 0,
        std::cmp::Ordering::Greater => true,
    };
    quotient + i128::from(up)
}

#[cold]
fn parse_slowly(text: &[u8]) -> f64 {
    std::str::from_utf8(text).ok().and_then(|t| t.parse().ok()).unwrap_or(f64::NAN)
}

/// A number of more than 19 digits as a whole number: through the float, where that loses nothing.
#[cold]
fn whole_of(text: &[u8]) -> Option<i64> {
    let value = parse_slowly(text);
    (value == libm::trunc(value) && value.abs() < FLOAT_WHOLE_MAX as f64).then_some(value as i64)
}

/// A whole text as a number, more leniently than JSON: spaces around, a plus, `.5` and `5.` are fine.
///
/// Gives the decimal where there is one, and the bare text; `NaN` and `inf` are no decimal.
pub(crate) fn scan_text(text: &[u8]) -> Option<(Decimal, &[u8])> {
    let text = text.trim_ascii();
    let bare = text.strip_prefix(b"+").unwrap_or(text);
    if let Some((decimal, end)) = scan(bare, 0)
        && end == bare.len()
    {
        return Some((decimal, bare));
    }
    let plausible = bare.iter().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let value = if plausible { parse_slowly(bare) } else { f64::NAN };
    // Not exact: whoever takes it goes to the text again.
    (!value.is_nan()).then_some((Decimal { negative: false, digits: 0, exponent: 0, exact: false }, bare))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check_float(text: &str) {
        let (decimal, end) = scan(text.as_bytes(), 0).unwrap();
        assert_eq!(end, text.len(), "{text}");
        assert_eq!(
            decimal.to_f64(text.as_bytes()).to_bits(),
            text.parse::<f64>().unwrap().to_bits(),
            "{text}"
        );
    }

    #[test]
    fn floats_are_exact() {
        for text in [
            "0",
            "-0",
            "-0.0",
            "1",
            "0.1",
            "39.395103",
            "3.873017221300996",
            "7.119999900000001",
            "1e22",
            "1e23",
            "9007199254740993",
            "123456789012345678901234567890",
            "5e-324",
            "2.2250738585072014e-308",
            "1e400",
            "0.000000000000000000000000123",
            "1E+2",
            "1.7976931348623157e308",
        ] {
            check_float(text);
        }
    }

    #[test]
    fn what_json_does_not_allow_is_no_number() {
        for text in ["", "-", "01", "1.", ".5", "1e", "1e+", "+1", "-a", "NaN"] {
            assert_eq!(scan(text.as_bytes(), 0), None, "{text}");
        }
    }

    /// Both ways of scanning see the same in all short texts of what numbers are made of, whatever lies behind.
    #[test]
    fn short_numbers_are_what_the_long_way_says() {
        let letters = b"019.-e,";
        for code in 0..letters.len().pow(7) {
            let mut text = [b' '; 12];
            let mut rest = code;
            for byte in &mut text[1..8] {
                *byte = letters[rest % letters.len()];
                rest /= letters.len();
            }
            for behind in [&text[..8], &text[..]] {
                if let Some(short) = scan_short(behind, 1) {
                    assert_eq!(Some(short), scan_long(behind, 1), "{}", String::from_utf8_lossy(behind));
                }
            }
        }
    }

    #[test]
    fn short_numbers_take_the_short_way() {
        for text in ["0", "-0", "7,", "12.5}", "123.45,", "-23.45,", "1699999"] {
            assert!(scan_short(text.as_bytes(), 0).is_some(), "{text}");
        }
        for text in ["", "-", "01", "1.", ".5", "1..2", "1.2.3", "-.5", "1e3", "1.5e", "12345678", "-1234567"]
        {
            assert_eq!(scan_short(text.as_bytes(), 0), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_fit_or_do_not() {
        let whole = |text: &str| scan(text.as_bytes(), 0).unwrap().0.to_i64(text.as_bytes());
        assert_eq!(whole("9223372036854775807"), Some(i64::MAX));
        assert_eq!(whole("9223372036854775808"), None);
        assert_eq!(whole("-9223372036854775808"), None);
        assert_eq!(whole("-42"), Some(-42));
        assert_eq!(whole("3.0"), Some(3));
        assert_eq!(whole("3.5"), None);
        assert_eq!(whole("1e3"), Some(1000));
        assert_eq!(whole("1e30"), None);
        assert_eq!(whole("0e99999"), None);
        assert_eq!(whole("5.000000000000000000000000"), Some(5));
    }

    #[test]
    fn counts_are_decimal_and_not_binary() {
        let nanos =
            |text: &str, count| scan(text.as_bytes(), 0).unwrap().0.times_count(count, text.as_bytes());
        assert_eq!(nanos("1567606196.123456789", 1_000_000_000), Some(1_567_606_196_123_456_789));
        assert_eq!(nanos("1567606196123", 1_000_000), Some(1_567_606_196_123_000_000));
        assert_eq!(nanos("0.5", 1), Some(0));
        assert_eq!(nanos("1.5", 1), Some(2));
        assert_eq!(nanos("-2.5", 1), Some(-2));
        assert_eq!(nanos("1e300", 1), None);
        assert_eq!(nanos("1e-300", 1_000_000_000), Some(0));
        assert_eq!(nanos("1.567606196e9", 1_000_000_000), Some(1_567_606_196_000_000_000));
    }

    #[test]
    fn texts_may_be_written_loosely() {
        let value = |text: &str| scan_text(text.as_bytes()).map(|(d, bare)| d.to_f64(bare));
        assert_eq!(value(" 1.5 "), Some(1.5));
        assert_eq!(value("+2"), Some(2.0));
        assert_eq!(value(".5"), Some(0.5));
        assert_eq!(value("5."), Some(5.0));
        assert_eq!(value("007"), Some(7.0));
        assert_eq!(value("1,5"), None);
        assert_eq!(value("NaN"), None);
        assert_eq!(value("inf"), None);
        assert_eq!(value(""), None);
    }

    proptest! {
        #[test]
        fn any_float_comes_back(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            check_float(&format!("{value:?}"));
            check_float(&format!("{value:e}"));
        }

        #[test]
        fn short_decimals_come_back(whole in -1_000_000i64..1_000_000, digits in 0usize..12) {
            check_float(&format!("{:.digits$}", whole as f64 / 1000.0));
        }
    }
}
