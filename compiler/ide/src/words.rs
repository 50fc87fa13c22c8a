//! Tokens of a text that is being typed: just enough to see where a cursor stands. Any text has them.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WordKind {
    /// A name or a keyword.
    Word,
    /// Digits, with point and exponent.
    Number,
    /// A string with all that is in it; whether its closing quote is there.
    Text(bool),
    /// `(`, `[`, `{`
    Open,
    /// `)`, `]`, `}`
    Close,
    /// Any other sign.
    Sign,
}

/// A token with its place.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub kind: WordKind,
    pub range: Range<usize>,
}

/// The tokens before `end`, and whether `end` stands in a comment.
pub(crate) fn words_before(text: &str, end: usize) -> (Vec<Word>, bool) {
    let mut words = Vec::new();
    let mut at = 0;
    while at < end {
        let rest = &text[at..end];
        let first = rest.chars().next().unwrap_or(' ');
        if rest.starts_with("//") {
            match rest.find('\n') {
                Some(line) => at += line,
                None => return (words, true),
            }
            continue;
        }
        if first.is_whitespace() || first == '\u{feff}' {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(rest, first);
        words.push(Word { kind, range: at..at + length });
        at += length;
    }
    (words, false)
}

fn token(rest: &str, first: char) -> (WordKind, usize) {
    match first {
        '"' => text_length(rest),
        '(' | '[' | '{' => (WordKind::Open, 1),
        ')' | ']' | '}' => (WordKind::Close, 1),
        _ if first.is_ascii_digit() => (WordKind::Number, number_length(rest)),
        _ if is_word_head(first) => (WordKind::Word, length_while(rest, is_word_tail)),
        _ => (WordKind::Sign, sign_length(rest, first)),
    }
}

/// Whether a name or a unit can begin so: letters, `_`, and the degree sign.
pub(crate) fn is_word_head(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '°'
}

/// Whether a name or a unit can go on so.
pub(crate) fn is_word_tail(c: char) -> bool {
    is_word_head(c) || c.is_ascii_digit()
}

fn length_while(text: &str, accepts: impl Fn(char) -> bool) -> usize {
    text.find(|c| !accepts(c)).unwrap_or(text.len())
}

fn sign_length(rest: &str, first: char) -> usize {
    const LONG: [&str; 7] = ["==", "!=", "<=", ">=", "->", "??", ".."];
    if LONG.iter().any(|sign| rest.starts_with(sign)) { 2 } else { first.len_utf8() }
}

fn number_length(rest: &str) -> usize {
    let digits = |at: usize| at + length_while(&rest[at..], |c| c.is_ascii_digit() || c == '_');
    let mut at = digits(0);
    let is_digit = |at: usize| rest.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    if rest[at..].starts_with('.') && is_digit(at + 1) {
        at = digits(at + 1);
    }
    if rest[at..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[at + 1..].starts_with(['+', '-']));
        if is_digit(at + 1 + sign) {
            at = digits(at + 1 + sign);
        }
    }
    at
}

/// A string ends at its quote, else with its line. Strings in its holes count as part of it.
fn text_length(rest: &str) -> (WordKind, usize) {
    let mut holes = Holes::default();
    for (at, c) in rest.char_indices().skip(1) {
        if c == '\n' {
            return (WordKind::Text(false), at);
        }
        if holes.step(c, at) {
            return (WordKind::Text(true), at + 1);
        }
    }
    (WordKind::Text(false), rest.len())
}

/// Where in a string its holes are.
#[derive(Default)]
struct Holes {
    /// Beginnings of the holes and brackets that are open.
    open: Vec<usize>,
    in_inner_text: bool,
    escaped: bool,
    brace_before: Option<usize>,
}

impl Holes {
    /// Takes the next character; true where the string ends with it.
    fn step(&mut self, c: char, at: usize) -> bool {
        if std::mem::take(&mut self.escaped) {
            return false;
        }
        let is_double = self.brace_before.take() == Some(at.wrapping_sub(1)) && c == '{';
        match c {
            '\\' if self.open.is_empty() || self.in_inner_text => self.escaped = true,
            '"' if self.open.is_empty() => return true,
            '"' => self.in_inner_text = !self.in_inner_text,
            _ if self.in_inner_text => {}
            '{' if is_double && self.open.len() == 1 => self.open.clear(),
            '{' => {
                if self.open.is_empty() {
                    self.brace_before = Some(at);
                }
                self.open.push(at + 1);
            }
            '}' => {
                self.open.pop();
            }
            _ => {}
        }
        false
    }
}

/// Where the hole begins that the end of a string's beginning stands in: `"at {cool` gives the place of `cool`.
pub(crate) fn hole_at_end(text: &str) -> Option<usize> {
    let mut holes = Holes::default();
    for (at, c) in text.char_indices().skip(1) {
        holes.step(c, at);
    }
    holes.open.first().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_holes() {
        let text = "let x = 90 degC // no\n\"a {{ {b:.1 °C} c\" >= 1e-3..2";
        let (words, in_comment) = words_before(text, text.len());
        let shown: Vec<&str> = words.iter().map(|w| &text[w.range.clone()]).collect();
        let expected = ["let", "x", "=", "90", "degC", "\"a {{ {b:.1 °C} c\"", ">=", "1e-3", "..", "2"];
        assert_eq!(shown, expected);
        assert!(!in_comment);
        assert!(words_before("x // y", 6).1);
        assert_eq!(hole_at_end("\"at {cool"), Some(5));
        assert_eq!(hole_at_end("\"at {{cool"), None);
        assert_eq!(hole_at_end("\"at {cool} and "), None);
    }
}
