//! Where items and members begin, seen from their words alone.
//!
//! A whole item is always cut out this way and then read by the grammar in one piece. Only where that fails
//! its members are cut out as well, so that one mistake spoils one member. These cuts are guesses about text
//! that is wrong anyhow: they may be coarse, but never lose a word.

use std::ops::Range;

use crate::brackets::Brackets;
use crate::errors::words::RESERVED;
use crate::scan::{Token, TokenKind};

/// The words of a file with their brackets.
pub(crate) struct Words<'a> {
    pub text: &'a str,
    /// All significant tokens.
    pub words: Vec<Token>,
    pub brackets: Brackets,
}

/// What a body holds, which says where its parts begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Members,
    FunctionLines,
    Statements,
    RuleItems,
    Transitions,
    /// Fields of a schema, settings of a stream.
    Fields,
    EnumValues,
    TestSteps,
    ScenarioLines,
}

const ITEM_WORDS: [&str; 14] = [
    "use", "unit", "enum", "schema", "source", "table", "sink", "command", "fn", "block", "model", "twin",
    "test", "scenario",
];

const ITEMS_WITH_BODY: [&str; 11] =
    ["enum", "schema", "source", "table", "sink", "command", "fn", "block", "twin", "test", "scenario"];

const MEMBERS_WITH_BODY: [&str; 4] = ["on", "when", "machine", "rule"];

/// The words that an item begins with.
pub(crate) fn item_words() -> &'static [&'static str] {
    &ITEM_WORDS
}

/// The words that a part of a body begins with.
pub(crate) fn body_words(body: Body) -> &'static [&'static str] {
    match body {
        Body::Members => &[
            "key", "input", "param", "let", "state", "on", "machine", "rule", "emit", "part", "for", "der",
            "when", "return",
        ],
        Body::FunctionLines => &["let", "return"],
        Body::Statements => &["let", "emit", "reset", "if"],
        Body::RuleItems => &["severity", "message", "emit", "capture", "reset", "let", "if", "on"],
        Body::TestSteps => &["with", "every", "at", "until", "replay", "expect"],
        Body::ScenarioLines => &["from", "set", "show"],
        Body::Transitions | Body::Fields | Body::EnumValues => &[],
    }
}

/// Words that go on with what stands before them, so that no line that begins with one begins anything.
const CONTINUING: [&str; 35] = [
    "and", "or", "not", "div", "mod", "then", "else", "for", "until", "repeat", "over", "each", "during",
    "every", "within", "where", "by", "from", "to", "in", "as", "valid", "zone", "closed", "always", "using",
    "lateness", "when", "if", "match", "samples", "against", "at", "of", "per",
];

fn word<'a>(text: &'a str, words: &[Token], at: usize) -> &'a str {
    words.get(at).map_or("", |token| &text[token.start..token.end])
}

fn is_word(words: &[Token], at: usize) -> bool {
    words.get(at).is_some_and(|token| token.kind == TokenKind::Word)
}

/// Whether a value or a name may end with the word before `at`, so that something new may begin here.
fn follows_something_whole(text: &str, words: &[Token], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    match words[before].kind {
        TokenKind::Sign => matches!(word(text, words, before), "?" | "%" | ";"),
        TokenKind::Open => word(text, words, before) == "{",
        TokenKind::Word => {
            let is_field = before > 0 && word(text, words, before - 1) == ".";
            let last = word(text, words, before);
            // Most of the words that go on are names elsewhere, and a line may end with a name.
            let may_be_name = !RESERVED.contains(&last) || matches!(last, "true" | "false" | "absent");
            let starts_line = words.get(at).is_some_and(|token| token.starts_line);
            is_field || (may_be_name && (starts_line || !CONTINUING.contains(&last)))
        }
        _ => true,
    }
}

/// Whether an item seems to begin at the word `at`.
pub(crate) fn begins_item(text: &str, words: &[Token], at: usize) -> bool {
    if !is_word(words, at) || !ITEM_WORDS.contains(&word(text, words, at)) {
        return false;
    }
    let next = words.get(at + 1).map(|token| token.kind);
    let fits = match word(text, words, at) {
        "test" => matches!(next, Some(TokenKind::Text { .. })),
        _ => next == Some(TokenKind::Word),
    };
    let before = at.checked_sub(1).map_or("", |before| word(text, words, before));
    // `source table: …` is a source called table, `twin Car for each table` has no table behind it.
    let is_name_of_item = at >= 1 && is_word(words, at - 1) && begins_item_word(text, words, at - 1);
    fits && !is_name_of_item && before != "from" && follows_something_whole(text, words, at)
}

/// Whether the word at `at` is an item's keyword that itself stands at a beginning.
fn begins_item_word(text: &str, words: &[Token], at: usize) -> bool {
    ITEM_WORDS.contains(&word(text, words, at))
        && (at == 0 || !ITEM_WORDS.contains(&word(text, words, at - 1)))
        && follows_something_whole(text, words, at)
        && (at == 0 || word(text, words, at - 1) != ":")
}

/// Whether a line that begins at `at` can only be a member, wherever it stands.
pub(crate) fn begins_member(text: &str, words: &[Token], at: usize) -> bool {
    let own = word(text, words, at);
    let next = word(text, words, at + 1);
    match own {
        "let" | "state" | "rule" | "machine" | "reset" => is_word(words, at + 1),
        "on" | "emit" => next != ":",
        "key" | "input" | "param" | "part" | "severity" | "message" | "capture" => {
            matches!(
                words.get(at + 1).map(|token| token.kind),
                Some(TokenKind::Word | TokenKind::Text { .. })
            )
        }
        "expect" | "with" | "replay" => is_word(words, at + 1),
        "for" => word(text, words, at + 2) == "in",
        _ => false,
    }
}

/// Whether the word at `at` is the name of a field, a setting or an argument.
pub(crate) fn begins_field(text: &str, words: &[Token], at: usize) -> bool {
    is_word(words, at) && word(text, words, at + 1) == ":"
}

impl<'a> Words<'a> {
    /// The text of one word; empty behind the last.
    pub fn word(&self, at: usize) -> &'a str {
        word(self.text, &self.words, at)
    }

    /// Whether it is a name or a word of the language.
    pub fn is_word(&self, at: usize) -> bool {
        is_word(&self.words, at)
    }

    fn starts_line(&self, at: usize) -> bool {
        self.words[at].starts_line
    }

    fn before(&self, at: usize) -> &'a str {
        at.checked_sub(1).map_or("", |before| self.word(before))
    }

    fn follows_something_whole(&self, at: usize) -> bool {
        follows_something_whole(self.text, &self.words, at)
    }

    /// Cuts a range before every word of its outermost depth that `begins` a piece.
    fn cut(&self, range: Range<usize>, begins: impl Fn(usize) -> bool) -> Vec<Range<usize>> {
        let Some(depth) = self.brackets.depth.get(range.start).copied() else { return Vec::new() };
        let mut pieces = Vec::new();
        let mut start = range.start;
        for at in range.clone().skip(1) {
            if self.brackets.depth[at] <= depth && begins(at) {
                pieces.push(start..at);
                start = at;
            }
        }
        if start < range.end {
            pieces.push(start..range.end);
        }
        pieces
    }

    /// The items of the file.
    pub fn items(&self) -> Vec<Range<usize>> {
        let pieces = self.cut(0..self.words.len(), |at| {
            begins_item(self.text, &self.words, at) || self.follows_a_body(at) || self.begins_unknown(at)
        });
        self.join_unopened(pieces, &ITEMS_WITH_BODY)
    }

    /// The first word of the line on which a brace closes nothing, where what it begins has a body and none is opened
    /// on the line: then it is the opening brace that is missing.
    pub fn head_without_brace(&self, close: usize) -> Option<usize> {
        let head = (0..=close).rev().find(|at| self.starts_line(*at))?;
        let has_body = |words: &[&str]| words.contains(&self.word(head));
        let opens = (head..close).any(|at| self.word(at) == "{");
        let is_it = self.word(close) == "}" && !opens;
        (is_it && (has_body(&ITEMS_WITH_BODY) || has_body(&MEMBERS_WITH_BODY))).then_some(head)
    }

    /// Behind the brace that closes a body something new begins; behind a record type it goes on.
    fn follows_a_body(&self, at: usize) -> bool {
        let goes_on = CONTINUING.contains(&self.word(at)) || matches!(self.word(at), "{" | "[" | "?" | "=");
        self.before(at) == "}" && self.brackets.depth[at - 1] == 0 && !goes_on
    }

    /// A line that begins with two words, or a word and a brace, that nothing before it waits for.
    fn begins_unknown(&self, at: usize) -> bool {
        let is_alone = self.starts_line(at) && self.is_word(at) && !CONTINUING.contains(&self.word(at));
        let next = self.words.get(at + 1).map(|word| word.kind);
        let goes_on = matches!(next, Some(TokenKind::Word | TokenKind::Text { .. }));
        is_alone && goes_on && self.follows_something_whole(at)
    }

    /// Joins what lies between a head without its opening brace and the closing one, which then closes nothing.
    /// `heads` are the words of pieces that may have a body.
    fn join_unopened(&self, pieces: Vec<Range<usize>>, heads: &[&str]) -> Vec<Range<usize>> {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return pieces };
        let all = first.start..last.end;
        let mut joined = pieces;
        for close in self.brackets.problems.iter().filter_map(|problem| problem.extra_brace(self)) {
            if !all.contains(&close) {
                continue;
            }
            let end = joined.partition_point(|piece| piece.end <= close);
            let is_head = |piece: &Range<usize>| heads.contains(&self.word(piece.start));
            let Some(start) = joined[..=end].iter().rposition(is_head) else { continue };
            if self.body_without_brace(&(joined[start].start..close + 1)).is_some() {
                let whole = joined[start].start..joined[end].end;
                joined.splice(start..=end, [whole]);
            }
        }
        joined
    }

    /// The first word of the body of `range` and the brace that ends it, when it has no opening one: the body begins
    /// behind the line or lines of the head and ends with a brace that closes nothing.
    pub fn body_without_brace(&self, range: &Range<usize>) -> Option<(usize, usize)> {
        let mut closes = self.brackets.problems.iter().filter_map(|problem| problem.extra_brace(self));
        let close = closes.find(|close| range.contains(close))?;
        let begins = |at: &usize| {
            self.starts_line(*at)
                && !CONTINUING.contains(&self.word(*at))
                && self.follows_something_whole(*at)
        };
        let first = (range.start + 1..close).find(begins)?;
        // A brace further down is that of a part.
        let is_opened = self.body(range).is_some_and(|(open, _)| open <= first);
        (!is_opened).then_some((first, close))
    }

    /// The parts of a body, without the commas between them.
    pub fn parts(&self, body: Body, range: Range<usize>) -> Vec<Range<usize>> {
        let pieces = match body {
            Body::EnumValues => self.cut(range, |at| self.follows_a_comma(at)),
            Body::Fields => self.cut(range, |at| {
                self.follows_a_comma(at)
                    || self.begins_unknown(at)
                    || begins_field(self.text, &self.words, at) && self.before(at) != ":"
            }),
            Body::Transitions => self.cut(range, |at| self.is_word(at) && self.word(at + 1) == "->"),
            Body::Members => {
                let pieces = self.cut(range, |at| self.begins_part(body, at));
                self.join_unopened(pieces, &MEMBERS_WITH_BODY)
            }
            _ => self.cut(range, |at| self.begins_part(body, at)),
        };
        let has_commas = matches!(body, Body::EnumValues | Body::Fields);
        let trim = |piece: Range<usize>| {
            let ends_in_comma = has_commas && self.word(piece.end - 1) == ",";
            piece.start..piece.end - usize::from(ends_in_comma)
        };
        pieces.into_iter().map(trim).filter(|piece| !piece.is_empty()).collect()
    }

    /// Behind the last comma of a list there is only the bracket that ends it.
    fn follows_a_comma(&self, at: usize) -> bool {
        self.before(at) == "," && self.words[at].kind != TokenKind::Close
    }

    fn begins_part(&self, body: Body, at: usize) -> bool {
        let own = self.word(at);
        // A line that begins like this goes on with nothing, even if what stands before it waits for more.
        let is_certain = self.starts_line(at)
            && body_words(body).contains(&own)
            && begins_member(self.text, &self.words, at)
            && matches!(own, "let" | "state" | "rule" | "machine" | "reset");
        if is_certain {
            return true;
        }
        if !self.is_word(at) || !self.follows_something_whole(at) {
            return false;
        }
        let is_alone = self.starts_line(at) || matches!(self.before(at), "}" | "{");
        let next = self.word(at + 1);
        if body_words(body).contains(&own) && next != ":" {
            return match own {
                "let" | "state" | "machine" | "rule" | "emit" | "reset" => true,
                "on" => body != Body::Statements,
                "for" => self.word(at + 2) == "in",
                "if" => is_alone && self.before(at) != "else",
                "der" => next == "(",
                // On the line of an `emit` it belongs to that.
                "when" => self.starts_line(at) || self.before(at) == "{",
                _ => is_alone && next != "=",
            };
        }
        let takes_assignments = matches!(body, Body::Statements | Body::RuleItems | Body::Members);
        // In `lett a = 5` it is the first word that begins something, whatever that is.
        let names_something =
            at > 0 && !self.starts_line(at) && self.is_word(at - 1) && self.follows_something_whole(at - 1);
        if takes_assignments && next == "=" && !names_something {
            return true;
        }
        if takes_assignments
            && next == "["
            && self.brackets.partner[at + 1].is_some_and(|end| self.word(end + 1) == "=")
        {
            return true;
        }
        self.begins_unknown(at)
    }

    /// Opening and closing brace of the body of `range`; the closing one may be missing.
    pub fn body(&self, range: &Range<usize>) -> Option<(usize, usize)> {
        let is_body = |at: &usize| self.word(*at) == "{" && self.words[*at].kind == TokenKind::Open;
        let depth = *self.brackets.depth.get(range.start)?;
        let mut braces = range.clone().filter(is_body).filter(|at| self.brackets.depth[*at] == depth);
        let closes_last = |at: &usize| self.brackets.partner[*at].is_some_and(|end| end + 1 >= range.end);
        let open = braces.clone().find(closes_last).or_else(|| braces.next())?;
        Some((open, self.brackets.partner[open]?.min(range.end)))
    }
}
