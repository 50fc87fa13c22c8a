//! Which bracket closes which, also where some are missing.

use crate::scan::{Token, TokenKind};
use crate::split::{self, Words};

/// A bracket without a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The bracket `open` should have been closed before the word `before`, which may be one past the last.
    Unclosed { open: usize, before: usize },
    /// The bracket `close` closes nothing.
    Extra { close: usize },
}

impl Problem {
    /// The brace that closes nothing, if it is one.
    pub fn extra_brace(&self, words: &Words<'_>) -> Option<usize> {
        match self {
            Problem::Extra { close } if words.word(*close) == "}" => Some(*close),
            _ => None,
        }
    }
}

/// For every word how deep it stands, and its partner if it is a bracket.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brackets {
    /// A bracket stands where what is around it stands.
    pub depth: Vec<usize>,
    /// For an opening bracket the word that closes it, or the one before which it should have been closed.
    pub partner: Vec<Option<usize>>,
    pub problems: Vec<Problem>,
}

/// Matches the brackets of `words`, which are the significant tokens of `text`.
///
/// Where they do not add up, a second look takes the layout into account: what begins a line and cannot
/// stand inside of parentheses ends them, and what stands no deeper than the line of a brace is outside of it.
pub(crate) fn match_brackets(text: &str, words: &[Token]) -> Brackets {
    let plain = Matcher::new(text, words, false).run();
    if plain.problems.is_empty() { plain } else { Matcher::new(text, words, true).run() }
}

struct Matcher<'a> {
    text: &'a str,
    words: &'a [Token],
    minds_layout: bool,
    /// Open brackets with the column of the first word on their line.
    open: Vec<(usize, usize)>,
    line_column: usize,
    out: Brackets,
}

impl<'a> Matcher<'a> {
    fn new(text: &'a str, words: &'a [Token], minds_layout: bool) -> Self {
        let out = Brackets { partner: vec![None; words.len()], ..Brackets::default() };
        Matcher { text, words, minds_layout, open: Vec::new(), line_column: 0, out }
    }

    fn run(mut self) -> Brackets {
        for at in 0..self.words.len() {
            let word = &self.words[at];
            if word.starts_line {
                self.line_column = word.column;
                if self.minds_layout {
                    self.close_by_layout(at);
                }
            }
            match word.kind {
                TokenKind::Open => {
                    self.out.depth.push(self.open.len());
                    self.open.push((at, self.line_column));
                }
                TokenKind::Close => self.close(at),
                _ => self.out.depth.push(self.open.len()),
            }
        }
        self.close_until(0, self.words.len());
        self.out
    }

    fn sign(&self, at: usize) -> &'a str {
        &self.text[self.words[at].start..self.words[at].end]
    }

    fn close(&mut self, at: usize) {
        let wanted = opening(self.sign(at));
        let found = self.open.iter().rposition(|(open, _)| self.sign(*open) == wanted);
        // A `)` never closes across a brace: rather it is the one too many.
        let crosses = |from: usize| self.open[from + 1..].iter().any(|(open, _)| self.sign(*open) == "{");
        match found {
            Some(from) if wanted == "{" && self.closes_further_in(from, at) => {
                self.out.problems.push(Problem::Extra { close: at });
            }
            Some(from) if wanted == "{" || !crosses(from) => {
                self.close_until(from + 1, at);
                let (open, _) = self.open.pop().expect("rposition found it");
                self.out.partner[open] = Some(at);
                self.out.partner[at] = Some(open);
            }
            _ => self.out.problems.push(Problem::Extra { close: at }),
        }
        self.out.depth.push(self.open.len());
    }

    /// Whether the layout says that a brace closes something inside of what the brace `from` has opened, whose own end
    /// stands further down: then what it closes was never opened.
    fn closes_further_in(&self, from: usize, at: usize) -> bool {
        let column = self.open[from].1;
        if !self.minds_layout || self.line_column <= column {
            return false;
        }
        let rest = (at + 1..self.words.len()).filter(|next| self.words[*next].starts_line);
        let mut rest = rest.filter(|next| self.words[*next].column <= column);
        rest.next().is_some_and(|next| self.words[next].column == column && self.sign(next) == "}")
    }

    /// Gives up on all brackets but the outermost `keep`.
    fn close_until(&mut self, keep: usize, before: usize) {
        while self.open.len() > keep {
            let (open, _) = self.open.pop().expect("it is longer than `keep`");
            self.out.partner[open] = Some(before);
            self.out.problems.push(Problem::Unclosed { open, before });
        }
    }

    /// A line that begins with `name:` stands in no list, and in no call unless a comma or its parenthesis is before it.
    fn close_lists(&mut self, at: usize) {
        let is_field = split::begins_field(self.text, self.words, at);
        let before = at.checked_sub(1).map_or("", |before| self.sign(before));
        while let Some((open, _)) = self.open.last().copied().filter(|_| is_field) {
            let goes_on = match self.sign(open) {
                "[" => false,
                "(" => matches!(before, "(" | ","),
                _ => true,
            };
            if goes_on {
                return;
            }
            self.close_until(self.open.len() - 1, at);
        }
    }

    fn close_by_layout(&mut self, at: usize) {
        let column = self.words[at].column;
        if column == 0 && split::begins_item(self.text, self.words, at) {
            self.close_until(0, at);
            return;
        }
        if !split::begins_member(self.text, self.words, at) {
            self.close_lists(at);
            return;
        }
        while let Some((open, open_column)) = self.open.last().copied() {
            let is_paren = self.sign(open) != "{";
            let is_outside = self.open.len() > 1 && column <= open_column;
            if !is_paren && !is_outside {
                return;
            }
            self.close_until(self.open.len() - 1, at);
        }
    }
}

fn opening(close: &str) -> &'static str {
    match close {
        ")" => "(",
        "]" => "[",
        _ => "{",
    }
}

/// The sign that closes an opening bracket.
pub(crate) fn closing(open: &str) -> char {
    match open {
        "(" => ')',
        "[" => ']',
        _ => '}',
    }
}
