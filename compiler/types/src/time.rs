//! Durations: whole nanoseconds, seconds as a quantity, and how they are written.

use crate::Unit;

/// Nanoseconds in a second.
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// Seconds of a duration.
#[inline]
pub fn seconds_from_nanos(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

/// The nearest whole nanosecond, ties to even; `None` out of range.
pub fn nanos_from_seconds(seconds: f64) -> Option<i64> {
    let nanos = libm::rint(seconds * 1e9);
    (nanos.abs() < 9.2e18).then_some(nanos as i64)
}

/// `90 s`, `1 min`, `1.5 s`, `250 ms`: the largest unit of which it is a whole number, where it is whole seconds; else a
/// decimal in the largest unit below it, with all of its digits.
pub fn format_duration(nanos: i64) -> String {
    const WHOLE: [(u64, &str); 4] =
        [(86_400_000_000_000, "d"), (3_600_000_000_000, "h"), (60_000_000_000, "min"), (1_000_000_000, "s")];
    const DECIMAL: [(u64, &str); 4] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us"), (1, "ns")];
    let magnitude = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    if magnitude == 0 {
        return "0 s".to_string();
    }
    if let Some((size, name)) = WHOLE.iter().find(|(size, _)| magnitude.is_multiple_of(*size)) {
        return format!("{sign}{} {name}", magnitude / size);
    }
    let (size, name) = DECIMAL.iter().find(|(size, _)| magnitude >= *size).unwrap_or(&(1, "ns"));
    let (whole, rest) = (magnitude / size, magnitude % size);
    if rest == 0 {
        return format!("{sign}{whole} {name}");
    }
    let digits = format!("{rest:0width$}", width = size.ilog10() as usize);
    format!("{sign}{whole}.{} {name}", digits.trim_end_matches('0'))
}

/// `125 cycle`, `2.5 kcycle`: a moment or a length of a clock that counts something else than time. It is kept in
/// billionths of the unit's base, as time is in those of the second.
pub fn format_count(billionths: i64, unit: &Unit) -> String {
    let symbol = &unit.symbol;
    if unit.factor == unit.divisor && billionths % NANOS_PER_SECOND == 0 {
        return format!("{} {symbol}", billionths / NANOS_PER_SECOND);
    }
    let count = unit.shortest(seconds_from_nanos(billionths));
    // A number that is very large or very small would fill a line with zeros.
    match (1e-5..1e16).contains(&count.abs()) || count == 0.0 {
        true => format!("{count} {symbol}"),
        false => format!("{count:e} {symbol}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{format_count, format_duration};
    use crate::UnitTable;

    #[test]
    fn counts_are_written_in_their_unit() {
        let mut units = UnitTable::default();
        units.declare_base("cycle");
        let cycle = units.get("cycle").expect("it was declared");
        units.declare("kcycle", 1000.0, &cycle);
        let kcycle = units.get("kcycle").expect("it was declared");
        assert_eq!(format_count(125_000_000_000, &cycle), "125 cycle");
        assert_eq!(format_count(2_500_000_000, &cycle), "2.5 cycle");
        assert_eq!(format_count(9_007_199_254_000_000_000, &cycle), "9007199254 cycle");
        assert_eq!(format_count(125_000_000_000_000, &kcycle), "125 kcycle");
        assert_eq!(format_count(2_500_000_000, &kcycle), "0.0025 kcycle");
        assert_eq!(format_count(0, &kcycle), "0 kcycle");
    }

    #[test]
    fn durations_read_as_a_person_would_write_them() {
        for (nanos, expected) in [
            (0, "0 s"),
            (90_000_000_000, "90 s"),
            (60_000_000_000, "1 min"),
            (90_000_000_000_000, "25 h"),
            (172_800_000_000_000, "2 d"),
            (1_500_000_000, "1.5 s"),
            (-1_500_000_000, "-1.5 s"),
            (90_061_500_000_000, "90061.5 s"),
            (1_000_000_001, "1.000000001 s"),
            (250_000_000, "250 ms"),
            (1_050_000, "1.05 ms"),
            (2_500, "2.5 us"),
            (7, "7 ns"),
            (i64::MIN, "-9223372036.854775808 s"),
            (i64::MAX, "9223372036.854775807 s"),
        ] {
            assert_eq!(format_duration(nanos), expected, "{nanos}");
        }
    }
}
