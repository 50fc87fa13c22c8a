//! Numbers as the shortest decimal that comes back as the same stored number.
//!
//! [`Unit::shortest`] tries 2, 3, … significant digits by printing and parsing. Here the same candidates are made by
//! arithmetic: `n * 10^k` rounded to a whole `m`, then `m / 10^k`, both exact enough as long as `m` has at most
//! twelve digits: where the product's rounding could pick another neighbour, the candidate lies half a unit of its
//! last digit away from `n`, far too far to come back. What needs more digits goes the slow way.

use twin_types::{Unit, nanos_from_seconds};

/// A decimal `mantissa * 10^-decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Short {
    mantissa: i64,
    decimals: i32,
}

/// Up to so many significant digits the arithmetic is exact enough.
const DIGITS_MAX: i32 = 12;

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// Appends a plain number as the shortest decimal that comes back; `90` rather than `90.0`.
pub(crate) fn push_real(out: &mut Vec<u8>, value: f64) {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value);
    out.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
}

/// Appends a quantity as a number in its unit.
pub(crate) fn push_quantity(out: &mut Vec<u8>, stored: f64, unit: &Unit) {
    match shortest(unit.from_si(stored), |candidate| unit.to_si(candidate) == stored) {
        Some(short) => short.push(out),
        None => push_real(out, unit.shortest(stored)),
    }
}

/// The float nearest to the decimal that [`push_quantity`] writes.
pub(crate) fn quantity(stored: f64, unit: &Unit) -> f64 {
    match shortest(unit.from_si(stored), |candidate| unit.to_si(candidate) == stored) {
        Some(short) => short.to_f64(),
        None => unit.shortest(stored),
    }
}

/// A duration as the float nearest to the shortest decimal in its unit (`None`: seconds) that comes back.
pub(crate) fn duration(nanos: i64, unit: Option<&Unit>) -> f64 {
    let seconds = nanos as f64 / 1e9;
    let near = unit.map_or(seconds, |u| u.from_si(seconds));
    let to_seconds = |candidate| unit.map_or(candidate, |u| u.to_si(candidate));
    let comes_back = |candidate| nanos_from_seconds(to_seconds(candidate)) == Some(nanos);
    shortest(near, comes_back).map_or(near, Short::to_f64)
}

/// Appends `nanos / count` exactly where that has an end, else as the nearest float.
pub(crate) fn push_count(out: &mut Vec<u8>, nanos: i64, count: i64) {
    let count = count.max(1);
    if nanos % count == 0 {
        return push_int(out, nanos / count);
    }
    let digits = count.ilog10();
    if 10i64.pow(digits) != count {
        return push_real(out, nanos as f64 / count as f64);
    }
    if nanos < 0 {
        out.push(b'-');
    }
    let (whole, rest) = (nanos.unsigned_abs() / count as u64, nanos.unsigned_abs() % count as u64);
    push_unsigned(out, whole);
    push_fraction(out, rest, digits as usize);
}

/// Appends a whole number.
pub(crate) fn push_int(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    push_unsigned(out, value.unsigned_abs());
}

fn push_unsigned(out: &mut Vec<u8>, value: u64) {
    let mut text = [0u8; 20];
    let mut at = text.len();
    let mut rest = value;
    loop {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&text[at..]);
}

/// Appends a point and `rest` as so many digits, without zeros at the end; nothing for 0.
fn push_fraction(out: &mut Vec<u8>, rest: u64, digits: usize) {
    if rest == 0 {
        return;
    }
    out.push(b'.');
    let start = out.len();
    out.resize(start + digits, b'0');
    let mut rest = rest;
    for place in out[start..].iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    while out.last() == Some(&b'0') {
        out.pop();
    }
}

/// The decimal of fewest digits, at most twelve, near a number for which `comes_back` holds.
#[inline]
fn shortest(near: f64, comes_back: impl Fn(f64) -> bool) -> Option<Short> {
    if near == 0.0 && near.is_sign_positive() {
        return comes_back(0.0).then_some(Short { mantissa: 0, decimals: 0 });
    }
    let size = near.abs();
    // Further out decimals are written with an exponent.
    if !(1e-5..1e15).contains(&size) {
        return None;
    }
    let magnitude = magnitude_of(size);
    for digits in 2..=DIGITS_MAX {
        let decimals = digits - 1 - magnitude;
        let mantissa = nearest_whole(scaled(near, decimals));
        let candidate = scaled(mantissa, -decimals);
        if comes_back(candidate) {
            return Some(Short { mantissa: mantissa as i64, decimals });
        }
    }
    None
}

/// The nearest whole number, ties to even, of a number below 2^51 in size: there the unit of the last place of the
/// sum is one, and adding rounds as is wanted. (The function of the maths library costs several times as much.)
#[inline]
fn nearest_whole(number: f64) -> f64 {
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    (number + SHIFT) - SHIFT
}

/// The power of ten of a number's first digit.
fn magnitude_of(size: f64) -> i32 {
    let mut magnitude = 0;
    if size >= 1.0 {
        while magnitude < 22 && size >= POWERS[magnitude as usize + 1] {
            magnitude += 1;
        }
    } else {
        while magnitude > -22 && size * POWERS[-magnitude as usize] < 1.0 {
            magnitude -= 1;
        }
    }
    magnitude
}

#[inline]
fn scaled(value: f64, decimals: i32) -> f64 {
    let power = POWERS[decimals.unsigned_abs() as usize];
    if decimals >= 0 { value * power } else { value / power }
}

impl Short {
    fn to_f64(self) -> f64 {
        scaled(self.mantissa as f64, -self.decimals)
    }

    fn push(self, out: &mut Vec<u8>) {
        if self.mantissa < 0 {
            out.push(b'-');
        }
        let size = self.mantissa.unsigned_abs();
        if self.decimals <= 0 {
            return push_unsigned(out, size * 10u64.pow(self.decimals.unsigned_abs()));
        }
        let decimals = self.decimals.unsigned_abs();
        let power = 10u64.pow(decimals);
        push_unsigned(out, size / power);
        push_fraction(out, size % power, decimals as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use twin_types::UnitTable;

    fn text(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_short() {
        let check = |value: f64, expected: &str| assert_eq!(text(|out| push_real(out, value)), expected);
        check(0.0, "0");
        check(-0.0, "-0");
        check(90.0, "90");
        check(-1.5, "-1.5");
        check(0.1 + 0.2, "0.30000000000000004");
        check(39.395103, "39.395103");
        check(1e15, "1000000000000000");
        check(1e16, "1e+16");
        check(0.00001, "0.00001");
        check(1.5e-6, "1.5e-6");
        check(123456789012.0, "123456789012");
        check(1e300, "1e+300");
    }

    #[test]
    fn counts_are_exact() {
        let check = |nanos, count, expected: &str| {
            assert_eq!(text(|out| push_count(out, nanos, count)), expected);
        };
        check(1_567_606_196_123_000_000, 1_000_000, "1567606196123");
        check(1_567_606_196_123_456_789, 1_000_000_000, "1567606196.123456789");
        check(-1_500_000, 1_000_000, "-1.5");
        check(90_000_000_000, 60_000_000_000, "1.5");
    }

    #[test]
    fn durations_come_back() {
        let table = UnitTable::default();
        assert_eq!(duration(1_500_000_000, None), 1.5);
        assert_eq!(duration(250_000_000, table.get("ms").as_ref()), 250.0);
        assert_eq!(duration(5_400_000_000_000, table.get("h").as_ref()), 1.5);
        assert_eq!(duration(1, None), 1e-9);
    }

    proptest! {
        #[test]
        fn any_number_comes_back(bits: u64) {
            let value = f64::from_bits(bits);
            prop_assume!(value.is_finite());
            let written = text(|out| push_real(out, value));
            prop_assert_eq!(written.parse::<f64>().unwrap().to_bits(), bits);
        }

        #[test]
        fn quantities_are_what_the_unit_says(whole in -100_000_000i64..100_000_000, digits in 0u32..9, at in 0usize..12) {
            let unit = UnitTable::default();
            let unit = ["degC", "degF", "psi", "kPa", "rpm", "bar", "percent", "min", "mm", "inHg", "deg", "kW"]
                .map(|symbol| unit.get(symbol).unwrap())[at].clone();
            let number: f64 = format!("{whole}e-{digits}").parse().unwrap();
            let stored = unit.to_si(number);
            let shortest = unit.shortest(stored);
            prop_assert_eq!(quantity(stored, &unit).to_bits(), if shortest == 0.0 { 0 } else { shortest.to_bits() });
            let written = text(|out| push_quantity(out, stored, &unit));
            prop_assert_eq!(unit.to_si(written.parse::<f64>().unwrap()).to_bits(), stored.to_bits(), "{}", written);
        }

        #[test]
        fn computed_quantities_too(stored: f64) {
            prop_assume!(stored.is_finite());
            for symbol in ["degC", "psi", "rpm"] {
                let unit = UnitTable::default().get(symbol).unwrap();
                let shortest = unit.shortest(stored);
                let there = quantity(stored, &unit);
                prop_assert!(there == shortest || there.is_nan() == shortest.is_nan());
            }
        }
    }
}
