//! Findings as data: the same fields that an editor gets.

use super::{Shown, severity_name};
use serde_json::{Value, json};
use twin_diagnostics::{Diagnostic, Fix, Label, Span};

pub(super) fn value(finding: &Diagnostic, shown: Shown<'_>) -> Value {
    json!({
        "code": finding.code,
        "severity": severity_name(finding.severity),
        "message": finding.message,
        "place": place(finding.primary.span, shown),
        "label": finding.primary.text,
        "related": finding.secondary.iter().map(|label| related(label, shown)).collect::<Vec<_>>(),
        "help": finding.help,
        "fixes": finding.fixes.iter().map(|fix| fix_value(fix, shown)).collect::<Vec<_>>(),
    })
}

/// Bytes for programs, lines and columns (from 1, in characters) for people.
fn place(span: Span, shown: Shown<'_>) -> Value {
    if !shown.has(span) {
        return Value::Null;
    }
    let (line, column) = shown.place(span);
    let (end_line, end_column) = shown.position(span.file, span.end);
    json!({
        "file": shown.name(span.file),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "start": span.start,
        "end": span.end,
    })
}

fn related(label: &Label, shown: Shown<'_>) -> Value {
    json!({ "place": place(label.span, shown), "label": label.text })
}

fn fix_value(fix: &Fix, shown: Shown<'_>) -> Value {
    json!({ "title": fix.title, "place": place(fix.span, shown), "replacement": fix.replacement })
}
