//! RFC 3339, read a little more widely than it is written.
//!
//! A space or `t` may stand for the `T`, seconds may be missing, a time without a zone is UTC, a date alone is its
//! midnight, and offsets may be `+01:00`, `+0100` or `+01`. Written is always UTC with `Z` and as many digits of
//! the second as are needed.

use super::civil::Civil;

/// Nanoseconds since the epoch; `None` where the text is no such time or the time does not fit.
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii();
    let mut civil = Civil {
        year: i64::from(number(text, 0, 4)?),
        month: number(text, 5, 2)?,
        day: number(text, 8, 2)?,
        ..Civil::default()
    };
    if text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    if text.len() == 10 {
        return civil.settled()?.nanos_since_epoch(0);
    }
    if !matches!(text[10], b'T' | b't' | b' ') || text.get(13) != Some(&b':') {
        return None;
    }
    (civil.hour, civil.minute) = (number(text, 11, 2)?, number(text, 14, 2)?);
    let mut at = 16;
    if text.get(at) == Some(&b':') {
        civil.second = number(text, 17, 2)?;
        at = 19;
    }
    if at == 19 && matches!(text.get(at), Some(b'.' | b',')) {
        (civil.nanos, at) = fraction(text, at + 1)?;
    }
    civil.settled()?.nanos_since_epoch(offset(&text[at..])?)
}

/// So many digits as a number.
#[inline]
pub(super) fn number(text: &[u8], start: usize, digits: usize) -> Option<u32> {
    let mut value = 0;
    for byte in text.get(start..start + digits)? {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u32::from(digit);
    }
    Some(value)
}

/// Digits of a fraction of a second as nanoseconds, and the place behind them; more than nine are cut off.
pub(super) fn fraction(text: &[u8], start: usize) -> Option<(u32, usize)> {
    let mut nanos = 0;
    let mut weight = 100_000_000;
    let mut at = start;
    while let Some(digit) = text.get(at).map(|b| b.wrapping_sub(b'0')).filter(|d| *d <= 9) {
        nanos += u32::from(digit) * weight;
        weight /= 10;
        at += 1;
    }
    (at > start).then_some((nanos, at))
}

/// Seconds ahead of UTC; nothing, `Z` and `z` are UTC.
pub(super) fn offset(text: &[u8]) -> Option<i64> {
    match text {
        b"" | b"Z" | b"z" => Some(0),
        // Some producers put a space before the offset.
        [b' ', rest @ ..] if !rest.is_empty() => offset(rest),
        _ => twin_types::pattern::offset_of(std::str::from_utf8(text).ok()?),
    }
}

/// Appends a time in UTC, e.g. `2024-06-01T00:00:00.25Z`.
pub(crate) fn write(out: &mut Vec<u8>, nanos: i64) {
    let civil = Civil::of_nanos(nanos);
    // The range of 64 bits in nanoseconds is 1677 to 2262: four digits.
    push_padded(out, civil.year.unsigned_abs(), 4);
    for (mark, value) in [(b'-', civil.month), (b'-', civil.day), (b'T', civil.hour), (b':', civil.minute)] {
        out.push(mark);
        push_padded(out, u64::from(value), 2);
    }
    out.push(b':');
    push_padded(out, u64::from(civil.second), 2);
    if civil.nanos != 0 {
        out.push(b'.');
        push_padded(out, u64::from(civil.nanos), 9);
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
    out.push(b'Z');
}

/// Appends a number with leading zeros.
pub(super) fn push_padded(out: &mut Vec<u8>, value: u64, digits: usize) {
    let mut text = [b'0'; 20];
    let mut rest = value;
    let mut at = text.len();
    while rest > 0 {
        at -= 1;
        text[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let start = at.min(text.len() - digits.min(text.len()));
    out.extend_from_slice(&text[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, written: Option<&str>) {
        let back = parse(text.as_bytes()).map(|nanos| {
            let mut out = Vec::new();
            write(&mut out, nanos);
            String::from_utf8(out).unwrap()
        });
        assert_eq!(back.as_deref(), written, "{text}");
    }

    #[test]
    fn what_is_read() {
        check("2014-01-01T01:00:00+01:00", Some("2014-01-01T00:00:00Z"));
        check("2014-01-01 00:00:00+00:00", Some("2014-01-01T00:00:00Z"));
        check("2014-01-01 00:00:00 +0000", Some("2014-01-01T00:00:00Z"));
        check("2024-06-01T12:30Z", Some("2024-06-01T12:30:00Z"));
        check("2024-06-01", Some("2024-06-01T00:00:00Z"));
        check("2024-06-01T00:00:00.250-0530", Some("2024-06-01T05:30:00.25Z"));
        check("2024-06-01t00:00:00.1234567899z", Some("2024-06-01T00:00:00.123456789Z"));
        check("2016-12-31T23:59:60Z", Some("2016-12-31T23:59:59Z"));
        check("1969-12-31T23:59:59.5Z", Some("1969-12-31T23:59:59.5Z"));
    }

    #[test]
    fn what_is_not() {
        for text in [
            "",
            "2024",
            "2024-6-1",
            "2024-02-30",
            "2024-06-01T25:00:00Z",
            "2024-06-01T00:00:00+1",
            "3000-01-01T00:00:00Z",
            "2024-06-01T00:00:00.Z",
            "2024-06-01T",
            "2024-06-01T00",
            "2024-06-01x00:00:00",
            "2024/06/01",
            "noon",
        ] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn comes_back(nanos: i64) {
            prop_assume!(nanos != i64::MIN);
            let mut out = Vec::new();
            write(&mut out, nanos);
            prop_assert_eq!(parse(&out), Some(nanos));
            let there: jiff::Timestamp = std::str::from_utf8(&out).unwrap().parse().unwrap();
            prop_assert_eq!(there.as_nanosecond(), i128::from(nanos));
        }

        #[test]
        fn no_text_panics(text: Vec<u8>) {
            parse(&text);
        }
    }
}
