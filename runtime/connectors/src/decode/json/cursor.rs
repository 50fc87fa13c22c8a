//! A place in the text of a record, and the pieces of JSON that start there.

use crate::decode::trouble::Refusal;

/// Objects and arrays may be nested so deep.
pub(super) const DEPTH_MAX: usize = 128;

/// A place in a record. The record is UTF-8, which was checked before.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

type Step<T> = Result<T, Refusal>;

impl<'a> Cursor<'a> {
    /// The byte at the place; 0, which JSON has nowhere, at the end.
    #[inline]
    pub fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub fn skip_blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    #[cold]
    pub fn malformed<T>(&self, what: &str) -> Step<T> {
        let what = if self.at >= self.bytes.len() { "the record ends too soon" } else { what };
        Err(Refusal::malformed(what, self.at.min(self.bytes.len())))
    }

    /// The place stands at a quote: the text between it and the closing one, and whether it has escapes.
    /// Afterwards the place is behind the closing quote.
    #[inline]
    pub fn string(&mut self) -> Step<(&'a [u8], bool)> {
        let start = self.at + 1;
        let mut end = plain_end(self.bytes, start);
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Ok((&self.bytes[start..end], false));
        }
        loop {
            match self.bytes.get(end) {
                Some(b'"') => break,
                // Which escape it is, is seen when it is taken out.
                Some(b'\\') => end += 2,
                Some(_) => {
                    self.at = end;
                    return self.malformed("a control character in a text");
                }
                None => {
                    self.at = self.bytes.len();
                    return self.malformed("");
                }
            }
            end = plain_end(self.bytes, end);
        }
        self.at = end + 1;
        Ok((&self.bytes[start..end], true))
    }

    /// Takes a word such as `true`.
    #[inline]
    pub fn word(&mut self, word: &[u8]) -> Step<()> {
        if !self.rest().starts_with(word) {
            return self.malformed("a value is missing or is none of JSON's");
        }
        self.at += word.len();
        Ok(())
    }

    /// Skips a value, checking its form all the same.
    pub fn skip_value(&mut self) -> Step<()> {
        let mut nesting = Nesting::default();
        loop {
            // A value starts here, or an empty object or array ends.
            self.skip_blanks();
            match self.peek() {
                open @ (b'{' | b'[') => {
                    self.at += 1;
                    if !nesting.open(open == b'{') {
                        return self.malformed("objects and arrays are nested too deep");
                    }
                    self.skip_blanks();
                    if self.peek() != nesting.closing() {
                        if nesting.is_object() {
                            self.skip_name()?;
                        }
                        continue;
                    }
                }
                _ => self.skip_plain()?,
            }
            if !self.skip_ends(&mut nesting)? {
                return Ok(());
            }
        }
    }

    /// Behind a value: closes what ends here; true where another value follows in what is still open.
    fn skip_ends(&mut self, nesting: &mut Nesting) -> Step<bool> {
        loop {
            if nesting.depth == 0 {
                return Ok(false);
            }
            self.skip_blanks();
            let next = self.peek();
            if next == nesting.closing() {
                self.at += 1;
                nesting.close();
            } else if next == b',' {
                self.at += 1;
                self.skip_blanks();
                if nesting.is_object() {
                    self.skip_name()?;
                }
                return Ok(true);
            } else {
                return self.malformed("a comma or a closing bracket is missing");
            }
        }
    }

    /// Skips a field's name and its colon.
    fn skip_name(&mut self) -> Step<()> {
        self.name().map(|_| ())
    }

    /// A field's name, and whether it has escapes; afterwards the place is at its value.
    pub fn name(&mut self) -> Step<(&'a [u8], bool)> {
        if self.peek() != b'"' {
            return self.malformed("a field's name is missing");
        }
        let name = self.string()?;
        self.skip_blanks();
        if self.peek() != b':' {
            return self.malformed("a colon is missing");
        }
        self.at += 1;
        self.skip_blanks();
        Ok(name)
    }

    /// Skips a number, a text or a word.
    fn skip_plain(&mut self) -> Step<()> {
        match self.peek() {
            b'"' => {
                let (text, has_escapes) = self.string()?;
                if has_escapes {
                    super::escape::check(text).map_err(|(what, at)| {
                        // The place is behind the closing quote.
                        Refusal::malformed(what, self.at - 1 - text.len() + at)
                    })?;
                }
                Ok(())
            }
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            b'N' => self.word(b"NaN"),
            b'I' => self.word(b"Infinity"),
            b'-' if self.bytes.get(self.at + 1) == Some(&b'I') => self.word(b"-Infinity"),
            _ => match crate::decode::number::scan(self.bytes, self.at) {
                Some((_, end)) => {
                    self.at = end;
                    Ok(())
                }
                None => self.malformed("a value is missing or is none of JSON's"),
            },
        }
    }
}

/// What is open, one bit each, the innermost lowest: 1 for an object.
#[derive(Default)]
struct Nesting {
    objects: u128,
    depth: usize,
}

impl Nesting {
    /// False where it is too deep.
    fn open(&mut self, is_object: bool) -> bool {
        self.objects = self.objects << 1 | u128::from(is_object);
        self.depth += 1;
        self.depth <= DEPTH_MAX
    }

    fn close(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }

    fn is_object(&self) -> bool {
        self.objects & 1 == 1
    }

    fn closing(&self) -> u8 {
        if self.is_object() { b'}' } else { b']' }
    }
}

/// The first place from `start` that holds a quote, a backslash or a control character; eight bytes at a time.
#[inline]
fn plain_end(bytes: &[u8], start: usize) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let mut at = start;
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let zeros = |w: u64| w.wrapping_sub(ONES) & !w & HIGH;
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        // A borrow can only make a false mark above a true one, so the lowest mark is right.
        let marks = control | zeros(word ^ (ONES * 0x22)) | zeros(word ^ (ONES * 0x5c));
        if marks != 0 {
            return at + marks.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|b| !matches!(b, b'"' | b'\\' | 0..0x20)) {
        at += 1;
    }
    at
}
