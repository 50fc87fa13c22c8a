//! From where the grammar got stuck to what a reader is told.
//!
//! The grammar knows how far it came and what could have stood there. Most mistakes have a shape of their
//! own (a comma left out, `=` for `==`, a word of the language as a name); those are looked for first. What
//! remains is said in general: what stands here, and what could.

use std::ops::Range;

use twin_diagnostics::{Diagnostic, FileId, Span, nearest};

use super::{end_of, words};
use crate::grammar::Rule;
use crate::scan::{self, TokenKind};
use crate::split::{self, Body, Words};

/// The words that could not be read, and where the grammar got stuck.
pub(crate) struct Place<'a> {
    pub file: FileId,
    pub words: &'a Words<'a>,
    pub range: Range<usize>,
    /// The furthest byte reached.
    pub at: usize,
}

/// What stands where the grammar got stuck.
struct Found<'a> {
    text: &'a str,
    span: Span,
    kind: TokenKind,
    /// Which word it is, or is inside of.
    at: usize,
}

impl<'a> Place<'a> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn word_span(&self, at: usize) -> Span {
        let word = &self.words.words[at];
        self.span(word.start, word.end)
    }

    /// None at the end of the range.
    fn found(&self) -> Option<Found<'a>> {
        let at = self.words.words.partition_point(|word| word.end <= self.at);
        if !self.range.contains(&at) {
            return None;
        }
        let word = self.words.words[at];
        let (start, end, kind) = if self.at <= word.start {
            (word.start, word.end, word.kind)
        } else {
            let inside = scan::scan(&self.words.text[self.at..word.end]);
            let first = inside.first()?;
            (self.at + first.start, self.at + first.end, first.kind)
        };
        Some(Found { text: &self.words.text[start..end], span: self.span(start, end), kind, at })
    }

    /// The word before the place.
    fn before(&self, found: &Found) -> Option<usize> {
        found.at.checked_sub(1).filter(|before| self.range.contains(before) && found.is_whole(self))
    }

    /// The innermost bracket of the range that is open at a word.
    fn open_bracket(&self, at: usize) -> Option<usize> {
        let partner = &self.words.brackets.partner;
        (self.range.start..at).rev().find(|open| {
            self.words.words[*open].kind == TokenKind::Open && partner[*open].is_none_or(|close| close >= at)
        })
    }
}

impl Found<'_> {
    /// Whether it is a word of its own, and not a part of a text.
    fn is_whole(&self, place: &Place) -> bool {
        place.words.words[self.at].start == self.span.start as usize
    }

    fn begins_value(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Number | TokenKind::Text { .. } | TokenKind::Open)
    }
}

/// The finding for words that could not be read with `chunk`.
pub(crate) fn explain(place: &Place, chunk: Rule, could_be: &[Rule]) -> Diagnostic {
    if place.range.is_empty() {
        return Diagnostic::error("E0119", place.span(place.at, place.at), "there is nothing to read");
    }
    if let Some(diagnostic) = unfinished_compound(place, could_be) {
        return diagnostic;
    }
    let Some(found) = place.found() else { return at_the_end(place, could_be) };
    let shapes: [&dyn Fn() -> Option<Diagnostic>; 14] = [
        &|| allow_without_reason(place, &found),
        &|| lone_brace(place, &found),
        &|| unknown_beginning(place, chunk, &found),
        &|| foreign_sign(&found),
        &|| single_equals(place, &found, could_be),
        &|| window_in_parentheses(place, &found),
        &|| odd_unit(place, &found),
        &|| if_as_operand(&found, could_be),
        &|| reserved_name(&found, could_be),
        &|| misplaced_clause(place, &found, could_be),
        &|| missing_colon(place, chunk, &found),
        &|| missing_comma_between_values(place, chunk, &found),
        &|| missing_comma(place, &found, could_be),
        &|| missing_sign(place, &found, could_be),
    ];
    shapes.iter().find_map(|shape| shape()).unwrap_or_else(|| cannot_stand(place, &found, could_be))
}

/// What could have stood there, in words, without doubles.
fn choices(could_be: &[Rule]) -> Vec<String> {
    let mut choices: Vec<String> = Vec::new();
    for one in could_be {
        let words = match (words::spelling(*one), words::description(*one)) {
            _ if words::is_operator(*one) => "an operator".to_string(),
            (Some(sign), _) => format!("`{sign}`"),
            (None, Some(description)) => description.to_string(),
            (None, None) => continue,
        };
        if !choices.contains(&words) {
            choices.push(words);
        }
    }
    choices
}

fn listed(choices: &[String]) -> Option<String> {
    match choices {
        [] => None,
        [one] => Some(one.clone()),
        [all @ .., last] if all.len() < 6 => Some(format!("{} or {last}", all.join(", "))),
        [..] => None,
    }
}

fn is_value(rule: Rule) -> bool {
    words::description(rule) == Some("a value") || matches!(rule, Rule::name | Rule::number | Rule::numeral)
}

fn at_the_end(place: &Place, could_be: &[Rule]) -> Diagnostic {
    let last = place.range.end.saturating_sub(1).max(place.range.start);
    let span = end_of(place.word_span(last));
    let choices = choices(could_be);
    let first = place.words.word(place.range.start);
    if could_be.iter().any(|rule| is_value(*rule)) && !could_be.iter().any(|rule| words::is_operator(*rule)) {
        let what = if could_be.len() == 1 && could_be[0] == Rule::name { "a name" } else { "a value" };
        return Diagnostic::error("E0119", span, format!("this `{first}` ends too early"))
            .here(format!("{what} is missing here"));
    }
    let diagnostic = Diagnostic::error("E0119", span, format!("this `{first}` ends too early"));
    match listed(&choices) {
        Some(choices) => diagnostic.here(format!("here could stand {choices}")),
        None => diagnostic.here("something is missing here"),
    }
}

fn cannot_stand(place: &Place, found: &Found, could_be: &[Rule]) -> Diagnostic {
    let what = match found.kind {
        TokenKind::Text { .. } => "this text".to_string(),
        TokenKind::Number => format!("the number `{}`", found.text),
        _ => format!("`{}`", found.text),
    };
    let first = place.words.word(place.range.start);
    let diagnostic = Diagnostic::error("E0101", found.span, format!("{what} cannot stand here"));
    match listed(&choices(could_be)) {
        Some(choices) => diagnostic.here(format!("here could stand {choices}")),
        None if found.at > place.range.start => diagnostic.here(format!("does not belong to this `{first}`")),
        None => diagnostic.here("begins nothing that is known here"),
    }
}

fn beginnings(chunk: Rule) -> Option<(&'static [&'static str], &'static str)> {
    Some(match chunk {
        Rule::item_chunk => (split::item_words(), "a file"),
        Rule::member_chunk => (split::body_words(Body::Members), "a twin or a block"),
        Rule::function_line_chunk => (split::body_words(Body::FunctionLines), "a function"),
        Rule::statement_chunk => (split::body_words(Body::Statements), "a body"),
        Rule::rule_item_chunk => (split::body_words(Body::RuleItems), "a rule"),
        Rule::test_step_chunk => (split::body_words(Body::TestSteps), "a test"),
        Rule::scenario_line_chunk => (split::body_words(Body::ScenarioLines), "a scenario"),
        _ => return None,
    })
}

/// A piece whose first word is none that could begin it.
fn unknown_beginning(place: &Place, chunk: Rule, found: &Found) -> Option<Diagnostic> {
    let (known, whose) = beginnings(chunk)?;
    let first = place.range.start;
    let word = place.words.word(first);
    let is_assignment =
        matches!(chunk, Rule::statement_chunk | Rule::rule_item_chunk) && found.at > first + 1;
    if known.contains(&word) || is_assignment || found.at > first + 1 {
        return None;
    }
    let span = place.word_span(first);
    if chunk == Rule::member_chunk && place.words.word(first + 1) == "=" {
        return Some(
            Diagnostic::error(
                "E0116",
                span,
                format!("`{word} = …` cannot stand among the members of a twin or a block"),
            )
            .here("an assignment belongs into the braces of an `on`, a `machine` or a `rule`")
            .fix("give the value a name", Span { end: span.start, ..span }, "let "),
        );
    }
    let diagnostic = Diagnostic::error("E0116", span, format!("`{word}` begins nothing in {whose}"));
    Some(match nearest(word, known.iter().copied()) {
        Some(meant) => {
            diagnostic.here(format!("did you mean `{meant}`?")).fix(format!("write `{meant}`"), span, meant)
        }
        None => {
            let known: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
            diagnostic.help(format!("what can begin here: {}", known.join(" ")))
        }
    })
}

/// `allow W0401` and no text behind it
fn allow_without_reason(place: &Place, found: &Found) -> Option<Diagnostic> {
    if found.text != "allow" || !place.range.contains(&(found.at + 1)) {
        return None;
    }
    let code = place.words.word(found.at + 1);
    let mut letters = code.chars();
    let is_code = matches!(letters.next(), Some('W' | 'H' | 'E'))
        && code.len() == 5
        && letters.all(|letter| letter.is_ascii_digit());
    let span = end_of(place.word_span(found.at + 1));
    is_code.then(|| {
        Diagnostic::error("E0101", span, format!("`allow {code}` does not say why"))
            .here("a reason in quotes is missing here")
            .help(format!("say on the same line why it is fine here: `allow {code} \"a test rig\"`"))
    })
}

/// `1h30`
fn unfinished_compound(place: &Place, could_be: &[Rule]) -> Option<Diagnostic> {
    if could_be != [Rule::compound_unit] {
        return None;
    }
    let text = &place.words.text[..place.at];
    let start = text.rfind(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_')).map_or(0, |at| at + 1);
    let start = (start..place.at).find(|at| text.is_char_boundary(*at)).unwrap_or(place.at);
    let number = &text[start..];
    let message = format!("the last part of `{number}` has no unit");
    Some(
        Diagnostic::error("E0111", place.span(place.at, place.at), message)
            .here("a unit is missing here")
            .help("say it, as in `1h30min`"),
    )
}

/// A `}` in a text that closes no hole.
fn lone_brace(place: &Place, found: &Found) -> Option<Diagnostic> {
    let is_text = matches!(place.words.words[found.at].kind, TokenKind::Text { .. });
    let is_inside = !found.is_whole(place) && found.text == "}";
    let follows_brace = place.words.text[..place.at].trim_end().ends_with('{');
    (is_text && is_inside && !follows_brace).then(|| {
        Diagnostic::error("E0118", found.span, "a brace in a text is written twice: `}}`").fix(
            "write `}}`",
            found.span,
            "}}",
        )
    })
}

/// Signs that other languages have.
fn foreign_sign(found: &Found) -> Option<Diagnostic> {
    let (ours, means) = match found.text {
        "&&" | "&" => ("and", "`and`"),
        "||" | "|" => ("or", "`or`"),
        "!" => ("not ", "`not`"),
        "**" => ("^", "`^`"),
        ";" => {
            let diagnostic = Diagnostic::error("E0112", found.span, "lines do not end in `;`");
            return Some(diagnostic.fix("remove `;`", found.span, ""));
        }
        "?" => {
            return Some(
                Diagnostic::error("E0112", found.span, "a choice is not written with `?`")
                    .help("write `if … then … else …`; for the value of something absent, `x ?? …`"),
            );
        }
        "'" | "`" => {
            let message = format!("a text stands in double quotes, not in `{}`", found.text);
            return Some(Diagnostic::error("E0112", found.span, message));
        }
        "%" => {
            return Some(
                Diagnostic::error("E0112", found.span, "`%` is percent, and stands directly behind a number")
                    .help("the remainder of a division is `mod`")
                    .fix("write `mod`", found.span, "mod"),
            );
        }
        _ => return None,
    };
    let diagnostic =
        Diagnostic::error("E0112", found.span, format!("`{}` is written {means} here", found.text));
    Some(diagnostic.fix(format!("write {means}"), found.span, ours))
}

/// `=` where two values are compared.
fn single_equals(place: &Place, found: &Found, could_be: &[Rule]) -> Option<Diagnostic> {
    let follows_value = could_be.iter().any(|rule| words::is_operator(*rule));
    if found.text != "=" || !follows_value || place.before(found).is_none() {
        return None;
    }
    Some(Diagnostic::error("E0112", found.span, "`=` gives a value; to compare, write `==`").fix(
        "write `==`",
        found.span,
        "==",
    ))
}

/// `mean(x over 1 h)`
fn window_in_parentheses(place: &Place, found: &Found) -> Option<Diagnostic> {
    let is_window = matches!(found.text, "over" | "each" | "during");
    let open = place.open_bracket(found.at)?;
    if !is_window || place.words.word(open) != "(" || open == 0 || !place.words.is_word(open - 1) {
        return None;
    }
    let name = place.words.word(open - 1);
    Some(
        Diagnostic::error("E0110", found.span, "a window stands behind the parenthesis, not in it")
            .help(format!("write `{name}(…) {} …`", found.text)),
    )
}

/// A number with something behind it that is meant as its unit.
fn odd_unit(place: &Place, found: &Found) -> Option<Diagnostic> {
    let before = place.before(found)?;
    let number = &place.words.words[before];
    if number.kind != TokenKind::Number
        || found.kind != TokenKind::Word
        || place.words.words[found.at].starts_line
    {
        return None;
    }
    let gap = found.span.start as usize - number.end;
    let letters = found.text.trim_end_matches(|c: char| c.is_ascii_digit());
    if letters.len() < found.text.len() && letters.chars().all(char::is_alphabetic) && gap <= 1 {
        let power = &found.text[letters.len()..];
        return Some(
            Diagnostic::error("E0111", found.span, format!("`{}` is no unit", found.text))
                .here("a power of a unit is written with `^`")
                .fix(format!("write `{letters}^{power}`"), found.span, format!("{letters}^{power}")),
        );
    }
    let blanks = &place.words.text[number.end..found.span.start as usize];
    if gap > 1 && blanks.chars().all(|blank| blank == ' ') && !words::RESERVED.contains(&found.text) {
        let space = place.span(number.end, found.span.start as usize);
        return Some(
            Diagnostic::error("E0111", space, "between a number and its unit stands at most one blank").fix(
                "leave one blank",
                space,
                " ",
            ),
        );
    }
    None
}

fn if_as_operand(found: &Found, could_be: &[Rule]) -> Option<Diagnostic> {
    let wants_value = could_be.iter().any(|rule| is_value(*rule));
    (found.text == "if" && wants_value).then(|| {
        Diagnostic::error("E0109", found.span, "an `if` inside of a formula needs parentheses")
            .help("write `(if … then … else …)`")
    })
}

fn reserved_name(found: &Found, could_be: &[Rule]) -> Option<Diagnostic> {
    let wants_name = could_be.iter().any(|rule| is_value(*rule));
    let follows_value = could_be.iter().any(|rule| words::is_operator(*rule));
    if !wants_name || follows_value || !words::RESERVED.contains(&found.text) {
        return None;
    }
    let diagnostic = Diagnostic::error(
        "E0108",
        found.span,
        format!("`{}` is a word of the language, not a name", found.text),
    );
    Some(if could_be.iter().all(|rule| *rule == Rule::name) {
        diagnostic.here("choose another name")
    } else {
        let help = format!("a field of that name is read behind its input: `telemetry.{}`", found.text);
        diagnostic.here("a value must stand here").help(help)
    })
}

/// `for`, `until`, `every` and their kin where they say nothing.
fn misplaced_clause(place: &Place, found: &Found, could_be: &[Rule]) -> Option<Diagnostic> {
    if !could_be.iter().any(|rule| words::is_operator(*rule)) {
        return None;
    }
    let first = place.words.word(place.range.start);
    let help = match found.text {
        "every" if first == "emit" => "on an `emit`, `every` comes before `when`",
        "for" | "until" | "repeat" => {
            "this belongs to rules and to the lines of a machine; `held(x) >= 30 s` can stand in a formula"
        }
        "then" => "a sequence stands only behind a rule's `when`; a choice begins with `if`",
        "within" => "a bound belongs behind a step of a sequence: `A then B within 10 s`",
        _ => return None,
    };
    let message = format!("`{}` cannot stand here", found.text);
    Some(Diagnostic::error("E0115", found.span, message).help(help))
}

/// `vin string`
fn missing_colon(place: &Place, chunk: Rule, found: &Found) -> Option<Diagnostic> {
    let is_field = matches!(chunk, Rule::schema_field_chunk | Rule::setting_chunk);
    if !is_field || found.kind != TokenKind::Word || !found.is_whole(place) {
        return None;
    }
    // Reading gets stuck behind the name that begins the piece, or at the next name where it stands on the same line.
    let first = place.range.start;
    let name = if found.at == first + 1 && place.words.is_word(first) { first } else { found.at };
    let next = place.words.words.get(name + 1).filter(|_| place.range.contains(&(name + 1)))?;
    if !matches!(next.kind, TokenKind::Word | TokenKind::Text { .. } | TokenKind::Number) {
        return None;
    }
    let (span, text) = (place.word_span(name), place.words.word(name));
    Some(
        Diagnostic::error("E0119", span, format!("a `:` is missing behind `{text}`"))
            .here("`:` belongs behind this")
            .fix("insert `:`", end_of(span), ":"),
    )
}

/// `{ idle running }`; the values of an enum are cut at their commas.
fn missing_comma_between_values(place: &Place, chunk: Rule, found: &Found) -> Option<Diagnostic> {
    let before = place.before(found)?;
    (chunk == Rule::enum_value_chunk && found.kind == TokenKind::Word)
        .then(|| comma_before(place, before, found))
}

fn comma_before(place: &Place, before: usize, found: &Found) -> Diagnostic {
    Diagnostic::error("E0102", found.span, format!("a comma is missing before `{}`", found.text))
        .here("a comma belongs before this")
        .fix("insert `,`", end_of(place.word_span(before)), ",")
}

fn missing_comma(place: &Place, found: &Found, could_be: &[Rule]) -> Option<Diagnostic> {
    let before = place.before(found)?;
    let can_be = could_be.contains(&Rule::comma) && found.begins_value();
    if !can_be || (words::RESERVED.contains(&found.text) && place.words.word(found.at + 1) != ":") {
        return None;
    }
    Some(comma_before(place, before, found))
}

/// One sign or word is all that could have stood here.
fn missing_sign(place: &Place, found: &Found, could_be: &[Rule]) -> Option<Diagnostic> {
    let before = place.before(found)?;
    let signs: Vec<&str> = could_be.iter().filter_map(|rule| words::spelling(*rule)).collect();
    let (&[sign], 1) = (signs.as_slice(), could_be.len()) else { return None };
    let gap = end_of(place.word_span(before));
    let text = if matches!(sign, ":" | ",") { sign.to_string() } else { format!(" {sign}") };
    Some(
        Diagnostic::error("E0119", found.span, format!("a `{sign}` is missing before `{}`", found.text))
            .here(format!("`{sign}` belongs before this"))
            .fix(format!("insert `{sign}`"), gap, text),
    )
}
