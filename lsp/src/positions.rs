//! Byte offsets as the protocol's lines and UTF-16 columns, and back.

use lsp_types::{Position, Range};
use std::ops;

/// The lines of a text.
pub struct Lines<'a> {
    text: &'a str,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Finds the lines.
    pub fn new(text: &'a str) -> Self {
        let behind = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Lines { text, starts: std::iter::once(0).chain(behind).collect() }
    }

    /// Line and column of an offset; one beyond the text is its end.
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let column: usize = self.text[self.starts[line]..offset].chars().map(char::len_utf16).sum();
        Position::new(line as u32, column as u32)
    }

    /// The range of a stretch of text.
    pub fn range(&self, range: ops::Range<usize>) -> Range {
        Range::new(self.position(range.start), self.position(range.end))
    }

    /// The offset of a position; one beyond its line is the line's end, one beyond the text is the text's end.
    pub fn offset(&self, position: Position) -> usize {
        let Some(start) = self.starts.get(position.line as usize).copied() else { return self.text.len() };
        let end = self.starts.get(position.line as usize + 1).copied().unwrap_or(self.text.len());
        let line = self.text[start..end].trim_end_matches(['\n', '\r']);
        let mut units = 0;
        for (at, c) in line.char_indices() {
            if units >= position.character as usize {
                return start + at;
            }
            units += c.len_utf16();
        }
        start + line.len()
    }

    /// The stretch of text of a range.
    pub fn offsets(&self, range: Range) -> ops::Range<usize> {
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        start..end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_utf16_units() {
        // `°`, `µ` and `Ω` are one unit and two bytes, the smiling face is two units and four bytes.
        let text = "a = 20 °C\r\nb = 5 µΩ 😀 c\n";
        let lines = Lines::new(text);
        let degree = text.find('°').unwrap();
        assert_eq!(lines.position(degree + 2), Position::new(0, 8));
        let c = text.find(" c").unwrap() + 1;
        assert_eq!(lines.position(c), Position::new(1, 12));
        for offset in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let back = lines.offset(lines.position(offset));
            let is_line_end =
                text[offset..].starts_with('\n') && offset > 0 && text[..offset].ends_with('\r');
            assert_eq!(back, if is_line_end { offset - 1 } else { offset });
        }
        assert_eq!(lines.offset(Position::new(0, 99)), 10);
        assert_eq!(lines.offset(Position::new(9, 0)), text.len());
    }
}
