//! Tests: what cannot be fed or expected.

use super::Meant;
use crate::codes;
use twin_diagnostics::{Diagnostic, Span};
use twin_syntax::ast::Ident;

pub(crate) fn no_subject(span: Span) -> Diagnostic {
    Diagnostic::error(codes::TEST_SUBJECT, span, "this test says of no twin")
        .help("begin with `with TWIN \"KEY\"`")
}

pub(crate) fn unknown_twin(name: &Ident, near: Option<&str>) -> Diagnostic {
    Diagnostic::error(codes::TEST_SUBJECT, name.span, format!("there is no twin `{}`", name.text))
        .did_you_mean(near, name.span)
}

pub(crate) fn unknown_param(name: &Ident, twin: &str, near: Option<&str>) -> Diagnostic {
    Diagnostic::error(codes::TEST_SUBJECT, name.span, format!("`{twin}` has no param `{}`", name.text))
        .did_you_mean(near, name.span)
}

pub(crate) fn unknown_rule(name: &Ident, twin: &str, near: Option<&str>) -> Diagnostic {
    Diagnostic::error(codes::TEST_RULE, name.span, format!("`{twin}` has no rule `{}`", name.text))
        .did_you_mean(near, name.span)
}

pub(crate) fn time_order(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(codes::TEST_TIME, span, what.to_string())
}

pub(crate) fn too_many_events(count: i64, span: Span) -> Diagnostic {
    Diagnostic::error(codes::TEST_TIME, span, format!("this line makes {count} events"))
        .help("a test has at most 10 million; replay a recording instead")
}

pub(crate) fn no_comparison(span: Span) -> Diagnostic {
    Diagnostic::error(codes::TEST_VALUE, span, "`within` goes with a comparison of two numbers")
}

pub(crate) fn empty(span: Span) -> Diagnostic {
    Diagnostic::warning(codes::EMPTY_TEST, span, "this test expects nothing").help("end it with `expect …`")
}

pub(crate) fn against(name: &Ident) -> Diagnostic {
    Diagnostic::error(codes::TEST_VALUE, name.span, format!("`{}` is not named behind `against`", name.text))
}

pub(crate) fn two_feeds(span: Span) -> Diagnostic {
    Diagnostic::error(codes::TEST_SUBJECT, span, "a test feeds records or replays a recording, not both")
}

pub(crate) fn second_subject(span: Span) -> Diagnostic {
    Diagnostic::error(codes::TEST_SUBJECT, span, "a test has one twin")
        .help("write another test for the other one")
}
