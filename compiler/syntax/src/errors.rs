//! What can be wrong with the text itself: one function per finding.
//!
//! Codes, never reused: E0101 cannot stand here · E0102 a comma is missing · E0103 a bracket is not closed ·
//! E0104 a bracket too many · E0105 a time that is none · E0106 a text without its end · E0107 nested too deep ·
//! E0108 a word of the language as a name · E0109 operators that do not combine · E0110 a window or postfix that
//! belongs to nothing · E0111 a unit that cannot be read · E0112 a sign of another language · E0113 a sequence
//! that is not whole · E0114 said twice · E0115 a clause that does not belong here · E0116 not a beginning of
//! anything · E0117 needs a line of its own · E0118 an escape or a hole in a text · E0119 something is missing ·
//! E0120 `expect` comes last.

pub(crate) mod explain;
pub(crate) mod words;

use twin_diagnostics::{Diagnostic, Span};

use crate::ast::{BinaryOp, Ident};
use crate::build::TimeProblem;
use crate::nesting;

fn end_of(span: Span) -> Span {
    Span { start: span.end, ..span }
}

fn start_of(span: Span) -> Span {
    Span { end: span.start, ..span }
}

/// E0103: `open` is a bracket whose partner should stand at `at`.
pub(crate) fn unclosed(at: Span, open: Span, close: char) -> Diagnostic {
    Diagnostic::error("E0103", at, format!("a `{close}` is missing"))
        .here(format!("`{close}` is missing here"))
        .also(open, "opened here")
        .fix(format!("insert `{close}`"), start_of(at), close.to_string())
}

/// E0119: a body that is closed by `close` begins behind `head` without its brace.
pub(crate) fn unopened(head: Span, what: &str, close: Span) -> Diagnostic {
    let at = end_of(head);
    Diagnostic::error("E0119", at, format!("a `{{` is missing behind the head of this `{what}`"))
        .here("`{` is missing here")
        .also(close, "closed here")
        .fix("insert `{`", at, " {")
}

/// E0119: the same on one line, where it does not show which word is the body's first.
pub(crate) fn unopened_on_line(head: Span, what: &str, close: Span) -> Diagnostic {
    Diagnostic::error("E0119", close, format!("this `}}` ends a `{what}` that has no `{{`"))
        .here("nothing is open that it could close")
        .also(head, format!("the `{what}` begins here"))
        .help(format!("write `{{` behind the head of the `{what}`, where its body begins"))
}

/// E0104
pub(crate) fn extra_bracket(span: Span, bracket: &str) -> Diagnostic {
    Diagnostic::error("E0104", span, format!("there is a `{bracket}` too many"))
        .here("nothing is open that it could close")
        .fix(format!("remove `{bracket}`"), span, "")
}

/// E0105
pub(crate) fn timestamp(span: Span, raw: &str, problem: TimeProblem) -> Diagnostic {
    let error = |message: String| Diagnostic::error("E0105", span, message);
    match problem {
        TimeProblem::DateAlone => error(format!("`{raw}` is a date without a time"))
            .here("a moment needs the time and the zone as well")
            .help(format!("write `{raw}T00:00Z` for midnight UTC"))
            .fix("add midnight UTC", end_of(span), "T00:00Z"),
        TimeProblem::NoZone => error(format!("`{raw}` does not say in which zone"))
            .here("the zone is missing")
            .help("add `Z` for UTC, or the distance from it as in `+02:00`")
            .fix("take it as UTC", end_of(span), "Z"),
        TimeProblem::NoSuchTime => error(format!("there is no such time as `{raw}`")),
        TimeProblem::Shape => error(format!("`{raw}` is no time"))
            .help("a time is written `2024-06-01T00:00Z` or `2024-06-01T08:30:00.250+02:00`"),
        TimeProblem::Range => error(format!("`{raw}` is too far from 1970 to be counted in nanoseconds"))
            .help("times reach from 1677-09-22 to 2262-04-11"),
    }
}

/// E0106
pub(crate) fn text_without_end(span: Span) -> Diagnostic {
    Diagnostic::error("E0106", span, "this text has no closing quote")
        .here("a text ends on the line on which it begins")
        .fix("insert `\"`", end_of(span), "\"")
}

/// E0107
pub(crate) fn nested_too_deep(span: Span) -> Diagnostic {
    Diagnostic::error("E0107", span, format!("this is nested more than {} levels deep", nesting::MAX))
        .here("the level too many")
        .help("give the inner part a name with `let`, and use the name here")
}

/// E0107
pub(crate) fn formula_too_long(span: Span) -> Diagnostic {
    Diagnostic::error("E0107", span, format!("this formula is more than {} operators tall", nesting::MAX))
        .help("give parts of it names with `let`, or put the values into an array and use `sum([…])`")
}

/// E0109
pub(crate) fn chained_comparison(op_span: Span, op: BinaryOp, parts: [&str; 3]) -> Diagnostic {
    let (symbol, [first, middle, last]) = (op.symbol(), parts);
    Diagnostic::error("E0109", op_span, "comparisons cannot be chained")
        .here("a second comparison of the first one's answer")
        .help(format!("say both: `{first} and {middle} {symbol} {last}`"))
        .fix("compare the middle value twice", start_of(op_span), format!("and {middle} "))
}

/// E0109
pub(crate) fn not_needs_parentheses(not: Span, text: &str, op: BinaryOp, op_span: Span) -> Diagnostic {
    Diagnostic::error("E0109", not, format!("`not` behind `{}` needs parentheses", op.symbol()))
        .also(op_span, "binds tighter than `not`")
        .fix("put it in parentheses", not, format!("({text})"))
}

/// E0110
pub(crate) fn postfix_after_window(window: Span, all: Span) -> Diagnostic {
    let postfix = Span { start: window.end, ..all };
    Diagnostic::error("E0110", postfix, "behind a window this belongs to nothing")
        .here("to the window's length, or to the whole?")
        .also(window, "the call and its window")
        .help("put the call with its window in parentheses: `(mean(x) over 1 h).…`")
}

/// E0110
pub(crate) fn only_names_are_called(span: Span) -> Diagnostic {
    Diagnostic::error("E0110", span, "only a function or a block can be called")
        .here("this is neither")
        .help("to multiply, write `*`")
}

/// E0111
pub(crate) fn unit_power(span: Span, power: &str) -> Diagnostic {
    Diagnostic::error("E0111", span, format!("a unit cannot have the power {power}"))
        .help("powers of units are whole or half numbers, such as `^2` or `^0.5`")
}

/// E0111
pub(crate) fn too_many_decimals(span: Span) -> Diagnostic {
    Diagnostic::error("E0111", span, "a number is shown with at most 20 decimals")
}

/// E0111
pub(crate) fn unit_of_no_number(span: Span) -> Diagnostic {
    Diagnostic::error("E0111", span, "only a number can have a unit").here("what stands before it is none")
}

/// E0113
pub(crate) fn step_without_within(span: Span) -> Diagnostic {
    Diagnostic::error("E0113", span, "a later step of a sequence needs its bound")
        .here("how long after the step before?")
        .help("say how long it is waited for: `then … within 10 s`")
        .fix("wait at most 10 s", end_of(span), " within 10 s")
}

/// E0113
pub(crate) fn hold_on_sequence(hold: Span, sequence: Span) -> Diagnostic {
    Diagnostic::error("E0113", hold, "a sequence is true for a moment, so it cannot be true for a time")
        .also(sequence, "the sequence")
        .help("leave out the `for`, or say `until` when its alert is to be cleared")
}

/// E0114
pub(crate) fn said_twice(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0114", span, format!("{what} is said twice")).here("the second time")
}

/// E0114
pub(crate) fn named_twice(what: &str, name: &Ident, first: Span) -> Diagnostic {
    Diagnostic::error("E0114", name.span, format!("the {what} `{}` is given twice", name.text))
        .here("the second time")
        .also(first, "the first time")
}

/// E0115
pub(crate) fn emit_clause_in_body(span: Span) -> Diagnostic {
    Diagnostic::error("E0115", span, "an `emit` in a body acts when the body does")
        .here("this would never be looked at")
        .help("put it in an `if`, or make the `emit` a member of its own")
}

/// E0115
pub(crate) fn filter_not_here(span: Span) -> Diagnostic {
    Diagnostic::error("E0115", span, "there is nothing to filter here")
        .here("`where` belongs to an aggregate such as `mean(x where …)`")
}

/// E0115
pub(crate) fn options_of_no_name(span: Span) -> Diagnostic {
    Diagnostic::error("E0115", span, "only a format can have options in braces").here("this is no format")
}

/// E0115
pub(crate) fn by_of_no_name(span: Span) -> Diagnostic {
    Diagnostic::error("E0115", span, "before `by` stands the input that answers").here("this is no input")
}

/// E0115
pub(crate) fn line_behind_return(span: Span) -> Diagnostic {
    Diagnostic::error("E0115", span, "nothing comes behind `return`").help("put `return` last")
}

/// E0117
pub(crate) fn transition_needs_its_line(span: Span) -> Diagnostic {
    Diagnostic::error("E0117", span, "each line of a machine needs a line of its own")
        .here("begins in the middle of one")
        .fix("begin a new line", start_of(span), "\n")
}

/// E0118
pub(crate) fn escape(span: Span, text: &str) -> Diagnostic {
    Diagnostic::error("E0118", span, format!("`{text}` stands for nothing in a text"))
        .help("escapes are as in JSON: `\\n` `\\t` `\\\"` `\\\\` `\\u00b0`")
}

/// E0118
pub(crate) fn hole_not_here(span: Span) -> Diagnostic {
    Diagnostic::error("E0118", span, "nothing can be put into this text")
        .here("it must be the same at every moment")
        .help("for a brace in a text write two: `{{`")
}

/// E0119
pub(crate) fn field_without_type(name: &Ident) -> Diagnostic {
    Diagnostic::error("E0119", name.span, format!("the field `{}` has no type", name.text))
        .help(format!("say what it is, as in `{}: real` or `{}: pressure in bar`", name.text, name.text))
}

/// E0119
pub(crate) fn stream_without_schema(name: &Ident, keyword: &str) -> Diagnostic {
    Diagnostic::error("E0119", name.span, format!("the {keyword} `{}` does not say its schema", name.text))
        .help(format!("name the shape of its records: `{keyword} {}: SCHEMA {{ … }}`", name.text))
}

/// E0119
pub(crate) fn schema_without_fields(name: &Ident) -> Diagnostic {
    let name_text = &name.text;
    Diagnostic::error("E0119", name.span, format!("the schema `{name_text}` says nothing about its records"))
        .help(format!(
            "list its fields, `schema {name_text} {{ … }}`, or name a file, `schema {name_text} from \"…\"`"
        ))
}

/// E0119
pub(crate) fn function_without_return(name: &Ident) -> Diagnostic {
    Diagnostic::error("E0119", name.span, format!("the function `{}` returns nothing", name.text))
        .help("end its body with `return` and the value")
}

/// E0120
pub(crate) fn expect_comes_last(step: Span, expect: Span) -> Diagnostic {
    Diagnostic::error("E0120", step, "in a test all `expect` lines come last")
        .here("comes behind one")
        .also(expect, "the first `expect`")
        .help("move this line above it")
}
