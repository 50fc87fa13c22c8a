//! Where a cursor stands, read from the words before it alone: the tree of a text that is being typed has holes
//! just there.

use crate::words::{Word, WordKind, hole_at_end, is_word_tail, words_before};
use std::ops::Range;

/// What is open around a cursor, from the outside in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Schema,
    /// A source, table, sink or command: its keyword and name.
    Stream(String, String),
    Enum,
    Twin(String),
    Block(String),
    Function(String),
    Test,
    Scenario(String),
    Rule,
    Machine(String),
    /// Bodies of `on`, `when`, `if`, of a machine's line and of `on clear`.
    Statements,
    /// `emit SINK {`, `INPUT {` in a test, `with Twin "key" {`.
    Record(RecordOf),
    Match,
    /// `csv {`
    Options,
    /// `name(`
    Call(String),
    Paren,
    /// `name[`
    Index,
}

/// Whose fields a record has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RecordOf {
    Sink(String),
    Input(String),
    Params(String),
    Literal,
}

/// Where a cursor stands.
#[derive(Clone, Debug)]
pub(crate) struct Place<'a> {
    text: &'a str,
    /// What is open around it.
    pub frames: Vec<Frame>,
    /// The words before it, without the one that it is in or behind.
    before: Vec<Word>,
    /// The beginning of a name that stands before the cursor; may be empty.
    pub prefix: Range<usize>,
    /// Whether it stands in a string's hole.
    pub in_hole: bool,
}

/// Reads the place of `offset`; none within comments and plain text.
pub(crate) fn place(text: &str, offset: usize) -> Option<Place<'_>> {
    let (mut before, in_comment) = words_before(text, offset);
    if in_comment {
        return None;
    }
    let mut in_hole = false;
    let mut frames = frames(text, &before);
    // A hole of a string is read as if it stood alone, within whatever is around the string.
    if let Some(Word { kind: WordKind::Text(false), range }) = before.last()
        && range.end == offset
    {
        let hole = range.start + hole_at_end(&text[range.start..offset])?;
        let (inner, _) = words_before(&text[hole..offset], offset - hole);
        let inner = inner.into_iter().map(|w| Word { range: w.range.start + hole..w.range.end + hole, ..w });
        before = inner.collect();
        frames.extend(self::frames(text, &before));
        in_hole = true;
    }
    let prefix_start = text[..offset].char_indices().rev().take_while(|(_, c)| is_word_tail(*c)).last();
    let prefix = prefix_start.map_or(offset, |(at, _)| at)..offset;
    let prefix = match before.last() {
        Some(last) if last.kind == WordKind::Word && last.range.end == offset => {
            let range = last.range.clone();
            before.pop();
            range
        }
        // `90d`: the number ends where the unit begins.
        Some(last) if last.range.end == offset || last.range.end > prefix.start => offset..offset,
        _ => prefix,
    };
    Some(Place { text, frames, before, prefix, in_hole })
}

impl Place<'_> {
    /// The `n`th word before the cursor, from 0; empty where there is none.
    pub fn back(&self, n: usize) -> &str {
        self.word_back(n).map_or("", |word| &self.text[word.range.clone()])
    }

    /// What the `n`th word before the cursor is.
    pub fn kind_back(&self, n: usize) -> Option<WordKind> {
        self.word_back(n).map(|word| word.kind)
    }

    /// Where the `n`th word before the cursor stands.
    pub fn range_back(&self, n: usize) -> Option<Range<usize>> {
        self.word_back(n).map(|word| word.range.clone())
    }

    fn word_back(&self, n: usize) -> Option<&Word> {
        self.before.len().checked_sub(n + 1).map(|at| &self.before[at])
    }

    /// The innermost frame; none at the top of the file.
    pub fn frame(&self) -> Option<&Frame> {
        self.frames.last()
    }

    /// The twin, block or function around it.
    pub fn owner(&self) -> Option<&Frame> {
        let owns = |f: &&Frame| matches!(f, Frame::Twin(_) | Frame::Block(_) | Frame::Function(_));
        self.frames.iter().rev().find(owns)
    }

    /// Whether nothing but blanks stands between the last word and the cursor's own, on one line.
    pub fn is_on_line_of_last(&self) -> bool {
        self.word_back(0).is_some_and(|word| !self.text[word.range.end..self.prefix.start].contains('\n'))
    }

    /// Whether a new item, member, statement, field … may begin here.
    pub fn may_begin(&self) -> bool {
        let Some(last) = self.word_back(0) else { return true };
        let text = self.back(0);
        match last.kind {
            WordKind::Open => text == "{",
            WordKind::Close if text == "}" => true,
            WordKind::Sign => text == "?" && !self.is_on_line_of_last(),
            WordKind::Word if GOES_ON.contains(&text) => false,
            _ => !self.is_on_line_of_last(),
        }
    }

    /// Whether a value has just ended, so that only an operator or a word like `over` can go on.
    pub fn follows_value(&self) -> bool {
        match self.kind_back(0) {
            Some(WordKind::Word) => {
                let last = self.back(0);
                !VALUE_NEXT.contains(&last) || matches!(self.back(1), ".")
            }
            Some(WordKind::Number | WordKind::Text(_)) => true,
            Some(WordKind::Close) => self.back(0) != "}",
            Some(WordKind::Sign) => matches!(self.back(0), "%" | "?"),
            Some(WordKind::Open) | None => false,
        }
    }

    /// The number that a unit would follow here: `90 |`, `90 de|`, `9.81 m/|`, with what of the unit is there.
    pub fn number_before_unit(&self) -> Option<(Range<usize>, Range<usize>)> {
        let mut unit_start = self.prefix.start;
        let mut at = 0;
        // Back over factors joined by `*`, `/`, `^` without blanks.
        while let Some(word) = self.word_back(at) {
            let touches = word.range.end == unit_start;
            let is_unit = word.kind == WordKind::Word
                || word.kind == WordKind::Number && at > 0 && self.back(at).len() == 1
                || matches!(self.back(at), "*" | "/" | "^" | "-");
            if word.kind == WordKind::Number && !self.is_power(at) {
                let blanks = &self.text[word.range.end..unit_start];
                return (blanks.is_empty() || blanks == " ")
                    .then(|| (word.range.clone(), unit_start..self.prefix.end));
            }
            if !touches || !is_unit {
                return None;
            }
            unit_start = word.range.start;
            at += 1;
        }
        None
    }

    fn is_power(&self, at: usize) -> bool {
        let sign =
            self.word_back(at + 1).is_some_and(|w| Some(w.range.end) == self.range_back(at).map(|r| r.start));
        sign && (self.back(at + 1) == "^" || self.back(at + 1) == "-" && self.back(at + 2) == "^")
    }

    /// Words joined by dots that end just before the cursor: `registry.` gives `["registry"]`.
    pub fn dotted(&self) -> Option<Vec<String>> {
        let mut path = Vec::new();
        let mut at = 0;
        while self.back(at) == "." {
            at += 1;
            while self.back(at) == "]" || self.back(at) == ")" {
                at = self.before_group(at)?;
            }
            if self.kind_back(at) != Some(WordKind::Word) {
                return None;
            }
            path.insert(0, self.back(at).to_string());
            at += 1;
        }
        (!path.is_empty()).then_some(path)
    }

    /// The word before the bracket that is closed at `at`.
    fn before_group(&self, mut at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        loop {
            match self.kind_back(at)? {
                WordKind::Close => depth += 1,
                WordKind::Open => depth = depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
}

/// Behind these no item or member begins, even on a new line.
const GOES_ON: [&str; 24] = [
    "and", "or", "not", "if", "then", "else", "match", "when", "until", "for", "over", "each", "during",
    "every", "within", "where", "div", "mod", "in", "by", "from", "to", "as", "using",
];

/// Behind these a value is to come.
const VALUE_NEXT: [&str; 27] = [
    "and", "or", "not", "if", "then", "else", "match", "when", "until", "for", "over", "each", "during",
    "every", "within", "where", "div", "mod", "by", "from", "to", "on", "return", "message", "at", "show",
    "expect",
];

/// Reads the brackets that are open behind the words.
fn frames(text: &str, words: &[Word]) -> Vec<Frame> {
    let mut frames = Vec::new();
    // Where each open bracket stands.
    let mut opens: Vec<usize> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match word.kind {
            WordKind::Open => {
                let heads = Heads { text, words, at, begin: opens.last().map_or(0, |open| open + 1) };
                frames.push(heads.frame(frames.last()));
                opens.push(at);
            }
            WordKind::Close => {
                frames.pop();
                opens.pop();
            }
            _ => {}
        }
    }
    frames
}

/// The words before an open bracket, up to the one that it stands in.
struct Heads<'a> {
    text: &'a str,
    words: &'a [Word],
    at: usize,
    begin: usize,
}

impl Heads<'_> {
    fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| &self.text[word.range.clone()])
    }

    fn is_name(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| word.kind == WordKind::Word)
    }

    fn frame(&self, outer: Option<&Frame>) -> Frame {
        match self.word(self.at) {
            "(" => match self.at.checked_sub(1).filter(|at| *at >= self.begin && self.is_name(*at)) {
                Some(name) => Frame::Call(self.word(name).to_string()),
                None => Frame::Paren,
            },
            "[" => Frame::Index,
            _ => self.braces(outer),
        }
    }

    /// What a `{` opens: the nearest word before it that a body can belong to says so.
    fn braces(&self, outer: Option<&Frame>) -> Frame {
        if let Some(name) = self.at.checked_sub(1).filter(|at| *at > self.begin)
            && self.word(name - 1) == "emit"
        {
            return Frame::Record(RecordOf::Sink(self.word(name).to_string()));
        }
        if outer == Some(&Frame::Test) {
            return Frame::Record(self.record_of_test());
        }
        let mut is_condition = false;
        let mut depth = 0_usize;
        for at in (self.begin..self.at).rev() {
            match self.words[at].kind {
                WordKind::Close if self.word(at) == "}" && depth == 0 => break,
                WordKind::Close => depth += 1,
                WordKind::Open => depth = depth.saturating_sub(1),
                _ if depth > 0 => {}
                WordKind::Word if self.word(at) == "when" => is_condition = true,
                _ => {
                    if let Some(frame) = self.headed_by(at, outer) {
                        return frame;
                    }
                }
            }
        }
        if is_condition { Frame::Statements } else { Frame::Record(RecordOf::Literal) }
    }

    /// `with Car "A1" {` has the twin's params, `telemetry {` the input's fields.
    fn record_of_test(&self) -> RecordOf {
        let with = (3..5).filter_map(|back| self.at.checked_sub(back)).find(|at| self.word(*at) == "with");
        match (with, self.at.checked_sub(1)) {
            (Some(with), _) => RecordOf::Params(self.word(with + 1).to_string()),
            (None, Some(input)) => RecordOf::Input(self.word(input).to_string()),
            (None, None) => RecordOf::Literal,
        }
    }

    fn headed_by(&self, at: usize, outer: Option<&Frame>) -> Option<Frame> {
        let name = || self.word(at + 1).to_string();
        let is_top = outer.is_none();
        Some(match self.word(at) {
            "schema" if is_top => Frame::Schema,
            kind @ ("source" | "table" | "sink" | "command") if is_top => {
                Frame::Stream(kind.to_string(), name())
            }
            "enum" if is_top => Frame::Enum,
            "twin" if is_top => Frame::Twin(name()),
            "block" if is_top => Frame::Block(name()),
            "fn" if is_top => Frame::Function(name()),
            "test" if is_top => Frame::Test,
            "scenario" if is_top => Frame::Scenario(name()),
            "rule" => Frame::Rule,
            "machine" => Frame::Machine(name()),
            "for" if self.word(at + 2) == "in" => outer?.clone(),
            "on" | "if" | "else" | "->" => Frame::Statements,
            "match" => Frame::Match,
            "format" if self.word(at + 1) == ":" => Frame::Options,
            ":" if self.word(at - 1) == "format" => Frame::Options,
            // At the top, a colon stands before a source's schema.
            "=" | "," | ":" if !is_top => Frame::Record(RecordOf::Literal),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_mark(marked: &str) -> (String, usize) {
        let offset = marked.find('|').expect("a mark");
        (marked.replacen('|', "", 1), offset)
    }

    #[track_caller]
    fn check(marked: &str, frame: Option<Frame>, may_begin: bool) {
        let (text, offset) = at_mark(marked);
        let place = place(&text, offset).expect("a place");
        assert_eq!(place.frame().cloned(), frame, "{marked}");
        assert_eq!(place.may_begin(), may_begin, "{marked}");
    }

    #[test]
    fn frames_are_seen() {
        check("twin Car { l|", Some(Frame::Twin("Car".into())), true);
        check("twin Car { let x = |", Some(Frame::Twin("Car".into())), false);
        check(
            "twin Car { rule hot when a == b and mean(x) over 5 s > 3 for 3 s { se|",
            Some(Frame::Rule),
            true,
        );
        check("twin Car { rule hot when a { message \"{a}\" emit out { v|", Some(sink("out")), true);
        check("twin Car { let y = mean(|", Some(Frame::Call("mean".into())), false);
        check("block b(x: U) { when x > 0 { |", Some(Frame::Statements), true);
        check("test \"t\" { with Car \"a\" at 3 s telemetry { |", Some(input("telemetry")), true);
        check("test \"t\" { with Car \"a\" { |", Some(Frame::Record(RecordOf::Params("Car".into()))), true);
        check("source s: S { format: csv { |", Some(Frame::Options), true);
        check("source s: S { |", Some(Frame::Stream("source".into(), "s".into())), true);
        check("twin Car { machine m { idle -> |", Some(Frame::Machine("m".into())), false);
        check("sch|", None, true);
    }

    fn sink(name: &str) -> Frame {
        Frame::Record(RecordOf::Sink(name.into()))
    }

    fn input(name: &str) -> Frame {
        Frame::Record(RecordOf::Input(name.into()))
    }

    #[test]
    fn numbers_before_units_are_seen() {
        let number = |marked: &str| {
            let (text, offset) = at_mark(marked);
            let found = place(&text, offset).and_then(|p| p.number_before_unit());
            found.map(|(number, unit)| (text[number].to_string(), text[unit].to_string()))
        };
        let some = |a: &str, b: &str| Some((a.to_string(), b.to_string()));
        assert_eq!(number("x > 90 |"), some("90", ""));
        assert_eq!(number("x > 90 °|"), some("90", "°"));
        assert_eq!(number("x > 9.81 m/s^2*k|"), some("9.81", "m/s^2*k"));
        assert_eq!(number("x > y / |"), None);
        assert_eq!(number("x > 90\n|"), None);
    }

    #[test]
    fn dotted_names_and_holes_are_seen() {
        let dotted = |marked: &str| {
            let (text, offset) = at_mark(marked);
            place(&text, offset).and_then(|p| p.dotted()).map(|path| path.join("."))
        };
        assert_eq!(dotted("let x = registry.re|").as_deref(), Some("registry"));
        assert_eq!(dotted("let x = limits[grade].|").as_deref(), Some("limits"));
        assert_eq!(dotted("use std.signal.|").as_deref(), Some("std.signal"));
        assert_eq!(dotted("message \"at {motor.|").as_deref(), Some("motor"));
        assert_eq!(dotted("message \"at motor.|"), None);
        assert_eq!(dotted("let x = y|"), None);
    }
}
