//! Tokens, just fine enough to know strings, comments, brackets and words.
//!
//! The splitter cuts a file with them, doc comments are found by them, and the formatter writes them.
//! They never fail: any text is a list of tokens.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// `// …`
    Comment,
    /// `/// …`
    Docs,
    /// `//! …`
    ModuleDocs,
    /// `allow W0701 "…"`, one token
    Allow,
    /// `"…"` with everything inside
    Text {
        /// Whether its closing quote is there.
        closed: bool,
    },
    /// A name or a word of the language.
    Word,
    /// Digits, a point, an exponent; or a whole timestamp.
    Number,
    /// `(`, `[`, `{`
    Open,
    /// `)`, `]`, `}`
    Close,
    /// Any other sign.
    Sign,
}

/// A token with its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub kind: TokenKind,
    pub start: usize,
    pub end: usize,
    /// Whether nothing but blanks stands before it on its line.
    pub starts_line: bool,
    /// Its distance from the start of its line, in bytes.
    pub column: usize,
    /// How deep brackets nest inside a text.
    pub inner_depth: usize,
}

impl Token {
    /// Whether the grammar sees it; comments are between the words.
    pub fn is_significant(&self) -> bool {
        use TokenKind::*;
        !matches!(self.kind, Comment | Docs | ModuleDocs | Allow)
    }
}

/// All tokens of a text, comments among them.
pub(crate) fn scan(text: &str) -> Vec<Token> {
    Scanner { text, bytes: text.as_bytes(), at: 0, line_start: 0, starts_line: true, tokens: Vec::new() }
        .run()
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line_start: usize,
    starts_line: bool,
    tokens: Vec<Token>,
}

impl Scanner<'_> {
    fn run(mut self) -> Vec<Token> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line_start = self.at;
                    self.starts_line = true;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                _ if self.rest().starts_with('\u{feff}') => self.at += '\u{feff}'.len_utf8(),
                _ => self.token(),
            }
        }
        self.tokens
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn token(&mut self) {
        let start = self.at;
        let first = self.rest().chars().next().expect("run() saw a byte");
        let mut inner_depth = 0;
        let kind = match first {
            '/' if self.rest().starts_with("//") => self.comment(),
            '"' => {
                let (closed, depth) = self.string();
                inner_depth = depth;
                TokenKind::Text { closed }
            }
            '(' | '[' | '{' => self.sign(1, TokenKind::Open),
            ')' | ']' | '}' => self.sign(1, TokenKind::Close),
            _ if first.is_ascii_digit() => self.number(),
            _ if is_word_head(first) => self.word(),
            _ => self.sign(sign_length(self.rest()), TokenKind::Sign),
        };
        self.tokens.push(Token {
            kind,
            start,
            end: self.at,
            starts_line: self.starts_line,
            column: start - self.line_start,
            inner_depth,
        });
        self.starts_line = false;
    }

    fn sign(&mut self, length: usize, kind: TokenKind) -> TokenKind {
        self.at += length;
        kind
    }

    fn comment(&mut self) -> TokenKind {
        let rest = self.rest();
        let kind = if rest.starts_with("//!") {
            TokenKind::ModuleDocs
        } else if rest.starts_with("///") && !rest.starts_with("////") {
            TokenKind::Docs
        } else {
            TokenKind::Comment
        };
        let line = rest.find('\n').unwrap_or(rest.len());
        self.at += rest[..line].trim_end().len();
        kind
    }

    fn word(&mut self) -> TokenKind {
        if let Some(length) = allow_length(self.rest()) {
            self.at += length;
            return TokenKind::Allow;
        }
        self.at += word_length(self.rest());
        TokenKind::Word
    }

    fn number(&mut self) -> TokenKind {
        self.at += timestamp_length(self.rest()).unwrap_or_else(|| number_length(self.rest()));
        TokenKind::Number
    }

    /// A string with its holes, which may hold strings with holes. Ends at the end of the line at the latest.
    fn string(&mut self) -> (bool, usize) {
        // For every open string the brackets that are open in its hole; none while in its plain part.
        let mut strings: Vec<Option<usize>> = vec![None];
        let (mut nesting, mut deepest, mut branches) = (1_usize, 1_usize, 0_usize);
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            deepest = deepest.max(nesting);
            let innermost = strings.last_mut().expect("the last string ends the loop");
            match (byte, innermost) {
                (b'\n', _) => return (false, deepest + branches),
                (b'\\', None) if self.peek(1) == Some(b'\n') => {}
                (b'\\', None) => self.at += 1,
                (b'{', None) if self.peek(1) == Some(b'{') => self.at += 1,
                (b'}', None) if self.peek(1) == Some(b'}') => self.at += 1,
                (b'{', hole @ None) => *hole = Some(0),
                (b'"', None) => {
                    strings.pop();
                    nesting -= 1;
                    if strings.is_empty() {
                        self.at += 1;
                        return (true, deepest + branches);
                    }
                }
                (b'"', Some(_)) => {
                    strings.push(None);
                    nesting += 1;
                }
                (b'(' | b'[' | b'{', Some(depth)) => {
                    *depth += 1;
                    nesting += 1;
                }
                (b'}', hole @ Some(0)) => *hole = None,
                (b')' | b']' | b'}', Some(depth)) if *depth > 0 => {
                    *depth -= 1;
                    nesting -= 1;
                }
                // Cruder than outside of strings, where only what really nests is counted.
                (b'i' | b'n' | b'-' | b'^', Some(_)) if is_branch(self.rest()) => branches += 1,
                _ => {}
            }
            self.at += self.rest().chars().next().map_or(0, char::len_utf8);
        }
        (false, deepest + branches)
    }
}

fn is_branch(rest: &str) -> bool {
    rest.starts_with(['-', '^']) || rest.starts_with("if ") || rest.starts_with("not ")
}

/// Whether a word may begin with it.
pub(crate) fn is_word_head(character: char) -> bool {
    character == '_' || character.is_alphabetic() || character == '\u{b0}'
}

fn is_word_tail(character: char) -> bool {
    is_word_head(character) || character.is_ascii_digit()
}

fn word_length(rest: &str) -> usize {
    rest.find(|character| !is_word_tail(character)).unwrap_or(rest.len())
}

fn sign_length(rest: &str) -> usize {
    const LONG: [&str; 10] = ["->", "..", "==", "!=", "<=", ">=", "??", "&&", "||", "**"];
    match LONG.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => sign.len(),
        None => rest.chars().next().map_or(1, char::len_utf8),
    }
}

fn digits(bytes: &[u8], mut at: usize) -> usize {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    while is_digit(at) || (bytes.get(at) == Some(&b'_') && is_digit(at + 1)) {
        at += 1;
    }
    at
}

fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = digits(bytes, 0);
    if bytes.get(at) == Some(&b'.') && is_digit(at + 1) {
        at = digits(bytes, at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        if is_digit(at + 1 + sign) {
            at = digits(bytes, at + 1 + sign);
        }
    }
    at
}

/// The length of a date, with the time behind it where there is one; as the grammar's `timestamp`.
fn timestamp_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let shape = b"dddd-dd-dd";
    let fits = shape.iter().enumerate().all(|(at, wanted)| match wanted {
        b'd' => is_digit(at),
        sign => bytes.get(at) == Some(sign),
    });
    if !fits || is_digit(shape.len()) {
        return None;
    }
    let mut at = shape.len();
    if bytes.get(at) == Some(&b'T') {
        at += 1;
        while is_digit(at) || bytes.get(at) == Some(&b':') {
            at += 1;
        }
        if bytes.get(at) == Some(&b'.') && is_digit(at + 1) {
            at += 1;
            while is_digit(at) {
                at += 1;
            }
        }
        at += zone_length(&bytes[at..]);
    }
    Some(at)
}

fn zone_length(bytes: &[u8]) -> usize {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    match bytes.first() {
        Some(b'Z') => 1,
        Some(b'+' | b'-') if is_digit(1) && is_digit(2) => {
            if bytes.get(3) == Some(&b':') && is_digit(4) && is_digit(5) { 6 } else { 3 }
        }
        _ => 0,
    }
}

/// The length of `allow W0701 "…"` at the start of `rest`.
fn allow_length(rest: &str) -> Option<usize> {
    let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '\t']).len();
    let mut at = "allow".len();
    if !rest.starts_with("allow") || blanks(&rest[at..]) == 0 {
        return None;
    }
    at += blanks(&rest[at..]);
    let code = rest.as_bytes().get(at..at + 5)?;
    if !matches!(code[0], b'W' | b'H' | b'E') || !code[1..].iter().all(u8::is_ascii_digit) {
        return None;
    }
    at += 5;
    at += blanks(&rest[at..]);
    let reason = rest[at..].strip_prefix('"')?;
    let end = reason.find(['"', '\n'])?;
    reason[end..].starts_with('"').then_some(at + end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        scan(text).iter().map(|token| (token.kind, &text[token.start..token.end])).collect()
    }

    #[test]
    fn strings_hide_what_they_hold() {
        let text = r#""a {f("}")} {{ \" " x"#;
        let closed = TokenKind::Text { closed: true };
        assert_eq!(kinds(text), [(closed, &text[..text.len() - 2]), (TokenKind::Word, "x")]);
    }

    #[test]
    fn a_string_without_end_stops_at_its_line() {
        let closed = TokenKind::Text { closed: false };
        assert_eq!(kinds("\"a {x\nb"), [(closed, "\"a {x"), (TokenKind::Word, "b")]);
    }

    #[test]
    fn numbers_leave_ranges_alone() {
        let all: Vec<&str> = kinds("-60..2.5e-3 2024-06-01T00:00Z 1_000").iter().map(|kind| kind.1).collect();
        assert_eq!(all, ["-", "60", "..", "2.5e-3", "2024-06-01T00:00Z", "1_000"]);
    }

    #[test]
    fn allow_is_one_token() {
        assert_eq!(kinds("allow W0701 \"rig\" allow")[0], (TokenKind::Allow, "allow W0701 \"rig\""));
        assert_eq!(kinds("allow W0701 \"rig\" allow")[1].0, TokenKind::Word);
    }
}
