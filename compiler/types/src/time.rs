//! Durations: whole nanoseconds, seconds as a quantity, and how they are written.

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

/// `90 s`, `1 min`, `1.5 s`, `250 ms`: the largest unit in which it is a short whole number.
pub fn format_duration(nanos: i64) -> String {
    const UNITS: [(i64, &str); 7] = [
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "min"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "us"),
        (1, "ns"),
    ];
    if nanos == 0 {
        return "0 s".to_string();
    }
    for (size, name) in UNITS {
        if nanos % size == 0 {
            return format!("{} {name}", nanos / size);
        }
    }
    unreachable!("every whole number is a multiple of one nanosecond")
}
