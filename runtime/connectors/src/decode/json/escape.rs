//! Escapes in JSON's texts.

/// What is wrong, and where in the text.
pub(super) type Wrong = (&'static str, usize);

/// Appends a text with its escapes taken out.
pub(super) fn unescape(text: &[u8], out: &mut Vec<u8>) -> Result<(), Wrong> {
    let mut at = 0;
    while at < text.len() {
        let plain = text[at..].iter().position(|b| *b == b'\\').unwrap_or(text.len() - at);
        out.extend_from_slice(&text[at..at + plain]);
        at += plain;
        if at < text.len() {
            at = take_escape(text, at, out)?;
        }
    }
    Ok(())
}

/// Whether all escapes of a text that nobody reads are well formed.
pub(super) fn check(text: &[u8]) -> Result<(), Wrong> {
    unescape(text, &mut Vec::new())
}

/// `at` is the backslash; gives the place behind the escape.
fn take_escape(text: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Wrong> {
    let byte = match text.get(at + 1) {
        Some(b'"') => b'"',
        Some(b'\\') => b'\\',
        Some(b'/') => b'/',
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'u') => return take_unicode(text, at, out),
        _ => return Err(("an escape that JSON does not have", at)),
    };
    out.push(byte);
    Ok(at + 2)
}

fn take_unicode(text: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Wrong> {
    let unit = |place: usize| -> Option<u32> {
        let digits = text.get(place..place + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
    };
    let first = unit(at).ok_or(("an escape that JSON does not have", at))?;
    let (code, end) = match first {
        0xd800..0xdc00 => match unit(at + 6) {
            Some(second @ 0xdc00..0xe000) => {
                (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), at + 12)
            }
            _ => return Err(("half a surrogate pair", at)),
        },
        code => (code, at + 6),
    };
    let character = char::from_u32(code).ok_or(("half a surrogate pair", at))?;
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(end)
}
