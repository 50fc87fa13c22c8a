//! Whether a file of JSON holds envelopes: its first record decides.
//!
//! ```json
//! {"key":"car1","value":{"speed":3.5},"timestamp":1567606196000,"partition":0,"offset":17,"headers":{}}
//! ```
//!
//! It does when that is an object with an object in `value` (or null, then with a key) and any of `key`, `timestamp`,
//! `partition`, `offset` beside it.

use super::cursor::Cursor;

/// Whether a record is an envelope.
pub fn is_envelope(record: &[u8]) -> bool {
    std::str::from_utf8(record).is_ok() && look(record).unwrap_or(false)
}

fn look(record: &[u8]) -> Option<bool> {
    let mut cursor = Cursor { bytes: record, at: 0 };
    cursor.skip_blanks();
    if cursor.peek() != b'{' {
        return None;
    }
    cursor.at += 1;
    cursor.skip_blanks();
    let (mut value, mut has_key, mut has_place) = (0, false, false);
    while cursor.peek() == b'"' {
        let (name, _) = cursor.name().ok()?;
        match name {
            b"value" => value = cursor.peek(),
            b"key" => has_key = true,
            b"timestamp" | b"partition" | b"offset" => has_place = true,
            _ => {}
        }
        cursor.skip_value().ok()?;
        cursor.skip_blanks();
        if cursor.peek() == b',' {
            cursor.at += 1;
            cursor.skip_blanks();
        }
    }
    Some(match value {
        b'{' => has_key || has_place,
        b'n' => has_key && has_place,
        _ => false,
    })
}
