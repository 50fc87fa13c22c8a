//! Rows as JSON Lines. The shape of all records is the same, so it is laid out once.

use super::value::{Field, Written};
use twin_engine::{RowColumn, Shape};
use twin_plan::kernel::Batch;

/// Writes rows as JSON, one a line.
#[derive(Debug)]
pub struct JsonEncoder {
    fields: Vec<Field>,
    /// What stands before each field's value, and which field it is.
    steps: Vec<(Vec<u8>, usize)>,
    /// What stands behind the last.
    end: Vec<u8>,
    scratch: Vec<u8>,
}

impl JsonEncoder {
    /// Lays the records out; errors in words.
    pub fn new(columns: &[RowColumn]) -> Result<JsonEncoder, String> {
        let fields = columns.iter().map(Field::new).collect::<Result<_, _>>()?;
        let (mut steps, mut text) = (Vec::new(), Vec::new());
        let shape = Shape::of(columns.iter().map(|column| column.path.as_slice()))?;
        lay_out(&shape, &mut text, &mut steps);
        text.push(b'\n');
        Ok(JsonEncoder { fields, steps, end: text, scratch: Vec::new() })
    }

    /// Appends the rows of a batch.
    pub fn rows(&mut self, rows: &Batch, out: &mut Vec<u8>) {
        for row in 0..rows.rows {
            self.row(rows, row, out);
        }
    }

    /// Appends one row with its line end.
    #[inline]
    pub fn row(&mut self, rows: &Batch, row: usize, out: &mut Vec<u8>) {
        let JsonEncoder { fields, steps, scratch, .. } = self;
        for (before, field) in steps.iter() {
            out.extend_from_slice(before);
            let word = rows.columns.get(*field).and_then(|column| column.get(row));
            let Some(word) = word else {
                out.extend_from_slice(b"null");
                continue;
            };
            scratch.clear();
            match fields[*field].write(*word, rows, out, scratch) {
                Written::Absent => out.extend_from_slice(b"null"),
                Written::Bare => {}
                Written::Text => push_text(out, scratch),
                Written::Json => out.extend_from_slice(scratch),
            }
        }
        out.extend_from_slice(&self.end);
    }
}

/// Gathers the text between values.
fn lay_out(shape: &Shape, text: &mut Vec<u8>, steps: &mut Vec<(Vec<u8>, usize)>) {
    match shape {
        Shape::Value(field) => steps.push((std::mem::take(text), *field)),
        Shape::Object(fields) => {
            text.push(b'{');
            for (at, (name, shape)) in fields.iter().enumerate() {
                if at > 0 {
                    text.push(b',');
                }
                push_text(text, name.as_bytes());
                text.push(b':');
                lay_out(shape, text, steps);
            }
            text.push(b'}');
        }
        Shape::Array(items) => {
            text.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(b',');
                }
                match item {
                    Some(shape) => lay_out(shape, text, steps),
                    None => text.extend_from_slice(b"null"),
                }
            }
            text.push(b']');
        }
    }
}

/// Appends a text in quotes, with what JSON asks to be escaped, and nothing else. What is not UTF-8 is replaced.
pub(crate) fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    let lossy = String::from_utf8_lossy(text);
    let text = lossy.as_bytes();
    out.push(b'"');
    let mut start = 0;
    for (at, byte) in text.iter().enumerate() {
        if !matches!(byte, b'"' | b'\\' | 0..0x20) {
            continue;
        }
        out.extend_from_slice(&text[start..at]);
        start = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 15)]);
            }
        }
    }
    out.extend_from_slice(&text[start..]);
    out.push(b'"');
}
