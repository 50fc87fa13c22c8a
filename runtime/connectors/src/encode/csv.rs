//! Rows as comma-separated values with a header, after RFC 4180 but with plain line feeds.

use super::value::{Field, Written};
use twin_engine::{RowColumn, flat_name};
use twin_plan::kernel::Batch;

/// Writes rows as separated values. Absent is nothing between the commas, an empty text is `""`.
#[derive(Debug)]
pub struct CsvEncoder {
    fields: Vec<Field>,
    header: Vec<u8>,
    scratch: Vec<u8>,
}

impl CsvEncoder {
    /// Compiles the fields; errors in words.
    pub fn new(columns: &[RowColumn]) -> Result<CsvEncoder, String> {
        let mut header = Vec::new();
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                header.push(b',');
            }
            push_text(&mut header, flat_name(&column.path).as_bytes());
        }
        header.push(b'\n');
        let fields = columns.iter().map(Field::new).collect::<Result<_, _>>()?;
        Ok(CsvEncoder { fields, header, scratch: Vec::new() })
    }

    /// The line of names.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// Appends the rows of a batch.
    pub fn rows(&mut self, rows: &Batch, out: &mut Vec<u8>) {
        for row in 0..rows.rows {
            for (at, field) in self.fields.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                let Some(word) = rows.columns.get(at).and_then(|column| column.get(row)) else { continue };
                self.scratch.clear();
                match field.write(*word, rows, out, &mut self.scratch) {
                    Written::Absent | Written::Bare => {}
                    Written::Text | Written::Json => push_text(out, &self.scratch),
                }
            }
            // A line of nothing would be no record.
            if self.fields.len() == 1 && out.last().is_none_or(|b| *b == b'\n') {
                out.extend_from_slice(b"\"\"");
            }
            out.push(b'\n');
        }
    }
}

/// Appends a text, in quotes where it needs them.
fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    let needs_quotes = text.is_empty()
        || text.iter().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r'))
        || text.first() == Some(&b' ')
        || text.last() == Some(&b' ');
    if !needs_quotes {
        return out.extend_from_slice(text);
    }
    out.push(b'"');
    for byte in text {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}
