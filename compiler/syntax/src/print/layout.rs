//! Words and comments, set in lines.

use super::facts::{Braces, Facts};
use crate::scan::{Token, TokenKind};

/// One word, sign or comment as it is written.
struct Piece<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    kind: TokenKind,
    /// How many line breaks stand before it in the author's text.
    breaks: usize,
}

/// An open bracket.
struct Open {
    /// How far its line is indented.
    indent: usize,
    /// Whether what it holds is set on lines of its own.
    is_spread: bool,
    braces: Option<Braces>,
    /// Whether something stands in it already.
    has_content: bool,
}

/// `text` in the one style.
pub(super) fn layout(text: &str, tokens: &[Token], facts: &Facts) -> String {
    let pieces = pieces(text, tokens, facts);
    let partners = partners(&pieces);
    let mut layout =
        Layout { facts, pieces: &pieces, partners, out: String::new(), open: Vec::new(), indent: 0 };
    for at in 0..pieces.len() {
        layout.put(at);
    }
    if !layout.out.is_empty() {
        layout.out.push('\n');
    }
    layout.out
}

fn pieces<'a>(text: &'a str, tokens: &'a [Token], facts: &'a Facts) -> Vec<Piece<'a>> {
    let mut pieces: Vec<Piece> = Vec::new();
    for token in tokens {
        let last_end = pieces.last().map_or(0, |piece| piece.end);
        if token.start < last_end {
            continue;
        }
        let breaks = text[last_end..token.start].matches('\n').count();
        let (start, kind) = (token.start, token.kind);
        pieces.push(match facts.atoms.get(&token.start) {
            Some((end, written)) if token.is_significant() => {
                Piece { text: written, start, end: *end, kind, breaks }
            }
            _ => Piece { text: &text[token.start..token.end], start, end: token.end, kind, breaks },
        });
    }
    pieces
}

/// For every opening bracket the one that closes it.
fn partners(pieces: &[Piece]) -> Vec<usize> {
    let mut partners = vec![0; pieces.len()];
    let mut open = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        match piece.kind {
            TokenKind::Open => open.push(at),
            TokenKind::Close => partners[open.pop().unwrap_or(at)] = at,
            _ => {}
        }
    }
    partners
}

struct Layout<'a> {
    facts: &'a Facts,
    pieces: &'a [Piece<'a>],
    partners: Vec<usize>,
    out: String,
    open: Vec<Open>,
    /// How far the line now being written is indented.
    indent: usize,
}

impl Layout<'_> {
    fn put(&mut self, at: usize) {
        let piece = &self.pieces[at];
        if self.is_optional_comma(at) {
            return;
        }
        let breaks = self.breaks_before(at);
        let is_close = piece.kind == TokenKind::Close;
        if at > 0 {
            match breaks {
                0 if self.needs_comma(at) => self.out.push_str(", "),
                0 => self.out.push_str(self.gap(at)),
                1 => self.out.push('\n'),
                _ => self.out.push_str("\n\n"),
            }
        }
        if at == 0 || breaks > 0 {
            self.indent = self.indent_of(at);
            self.out.extend(std::iter::repeat_n(' ', 4 * self.indent));
        }
        if is_close {
            self.open.pop();
        }
        if let Some(open) = self.open.last_mut() {
            open.has_content |= !is_close;
        }
        self.out.push_str(piece.text);
        if piece.kind == TokenKind::Open {
            self.push_open(at);
        }
    }

    fn push_open(&mut self, at: usize) {
        let braces = self.facts.braces.get(&self.pieces[at].start).copied();
        let inside = at + 1..self.partners[at] + 1;
        let is_broken = self.pieces[inside.clone()].iter().any(|piece| piece.breaks > 0);
        let is_spread = match braces {
            Some(Braces::Fields) => is_broken,
            Some(Braces::Lines) => is_broken || self.elements_directly_in(at) > 1,
            Some(Braces::Values) | None => false,
        };
        self.open.push(Open { indent: self.indent, is_spread, braces, has_content: false });
    }

    fn elements_directly_in(&self, open: usize) -> usize {
        let mut count = 0;
        let mut at = open + 1;
        while at < self.partners[open] {
            let piece = &self.pieces[at];
            count += usize::from(self.facts.elements.contains(&piece.start));
            at = if piece.kind == TokenKind::Open { self.partners[at] + 1 } else { at + 1 };
        }
        count
    }

    fn is_comment(&self, at: usize) -> bool {
        matches!(self.pieces[at].kind, TokenKind::Comment | TokenKind::Docs | TokenKind::ModuleDocs)
    }

    /// Commas between fields and settings are set anew, and none stands before a bracket on the same line.
    fn is_optional_comma(&self, at: usize) -> bool {
        let is_last = || {
            let next = self.pieces.get(at + 1);
            next.is_some_and(|next| next.kind == TokenKind::Close && next.breaks == 0)
        };
        let is_field = || self.open.last().is_some_and(|open| open.braces == Some(Braces::Fields));
        self.pieces[at].text == "," && (is_field() || is_last())
    }

    fn needs_comma(&self, at: usize) -> bool {
        let is_element = self.facts.elements.contains(&self.pieces[at].start);
        is_element
            && self.open.last().is_some_and(|open| open.braces == Some(Braces::Fields) && open.has_content)
    }

    /// How many line breaks to write before a piece.
    fn breaks_before(&self, at: usize) -> usize {
        let piece = &self.pieces[at];
        if at == 0 {
            return 0;
        }
        // A comma that was dropped may have stood on a line of its own.
        let dropped = self.pieces[at - 1].text == "," && self.is_optional_comma(at - 1);
        let written =
            if dropped { piece.breaks.max(self.pieces[at - 1].breaks) } else { piece.breaks }.min(2);
        let follows_comment = self.is_comment(at - 1);
        if follows_comment {
            return written.max(1).min(self.most_breaks(at));
        }
        if self.sticks_to_its_head(at) {
            return 0;
        }
        let is_line = self.facts.elements.contains(&piece.start)
            || self.is_close_of_spread(at)
            || self.opens_spread(at);
        let trails = matches!(piece.kind, TokenKind::Allow) || self.is_comment(at);
        let forced = match self.open.last() {
            None => {
                self.facts.elements.contains(&piece.start) && self.pieces[at - 1].kind != TokenKind::Allow
            }
            Some(open) => open.is_spread && is_line && !(trails && written == 0 && !self.opens_spread(at)),
        };
        if forced { written.max(1).min(self.most_breaks(at)) } else { written.min(self.most_breaks(at)) }
    }

    /// No empty line directly inside of brackets.
    fn most_breaks(&self, at: usize) -> usize {
        let is_first = self.pieces[at - 1].kind == TokenKind::Open;
        if is_first || self.pieces[at].kind == TokenKind::Close { 1 } else { 2 }
    }

    /// Whether it is the first thing in a body that is spread; a comment may stay behind the brace.
    fn opens_spread(&self, at: usize) -> bool {
        self.pieces[at - 1].kind == TokenKind::Open && !self.is_comment(at)
    }

    fn is_close_of_spread(&self, at: usize) -> bool {
        self.pieces[at].kind == TokenKind::Close
    }

    /// `{` of a body and `else` stand on the line of what they go on with.
    fn sticks_to_its_head(&self, at: usize) -> bool {
        let piece = &self.pieces[at];
        let is_body = matches!(self.facts.braces.get(&piece.start), Some(Braces::Fields | Braces::Lines));
        let is_else = self.facts.elses.contains(&piece.start);
        (is_body && piece.kind == TokenKind::Open || is_else) && self.pieces[at - 1].kind != TokenKind::Allow
    }

    fn indent_of(&self, at: usize) -> usize {
        let piece = &self.pieces[at];
        match self.open.last() {
            Some(open) if piece.kind == TokenKind::Close => open.indent,
            Some(open) => open.indent + 1 + usize::from(self.goes_on(at)),
            None => usize::from(self.goes_on(at)),
        }
    }

    /// Whether a line goes on with what the line before began.
    fn goes_on(&self, at: usize) -> bool {
        let piece = &self.pieces[at];
        !self.is_comment(at)
            && piece.kind != TokenKind::Allow
            && !self.facts.beginnings.contains(&piece.start)
    }

    /// What stands between two pieces on one line.
    fn gap(&self, at: usize) -> &'static str {
        let (before, piece) = (&self.pieces[at - 1], &self.pieces[at]);
        // The dropped comma is not there any more, so look past it.
        let before = if self.is_optional_comma(at - 1) && at > 1 { &self.pieces[at - 2] } else { before };
        if self.is_comment(at) {
            return " ";
        }
        let is_tight_after =
            matches!(before.text, "(" | "[" | "." | "..") || self.facts.signs.contains(&before.start);
        let is_tight_before = matches!(piece.text, "," | ":" | ")" | "]" | "?" | "." | "..")
            || self.facts.tight.contains(&piece.start)
            || (before.text == "{" && piece.text == "}");
        if is_tight_after || is_tight_before {
            return "";
        }
        if piece.text == "^" || before.text == "^" {
            return self.power_gap(at);
        }
        // `at 20  telemetry {` in a test: with one blank the name would be the number's unit.
        let is_far = piece.start - before.end > 1 || piece.breaks > 0;
        if self.facts.bare_numbers.contains(&before.start) && piece.kind == TokenKind::Word && is_far {
            return "  ";
        }
        " "
    }

    /// `x^2`; but `5 m ^ 2` is the square of five metres.
    fn power_gap(&self, at: usize) -> &'static str {
        let sign = if self.pieces[at].text == "^" { at } else { at - 1 };
        let base = &self.pieces[sign - 1];
        let is_quantity = base.kind == TokenKind::Number && !self.facts.bare_numbers.contains(&base.start);
        if is_quantity { " " } else { "" }
    }
}
