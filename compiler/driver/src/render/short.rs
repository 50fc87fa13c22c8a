//! One line per finding, as compilers have always written them.

use super::{Shown, severity_name};
use std::fmt::Write;
use twin_diagnostics::Diagnostic;

pub(super) fn render(finding: &Diagnostic, shown: Shown<'_>, out: &mut String) {
    let span = finding.primary.span;
    if shown.has(span) {
        let (line, column) = shown.place(span);
        write!(out, "{}:{line}:{column}: ", shown.name(span.file)).expect("a string takes everything");
    }
    let severity = severity_name(finding.severity);
    writeln!(out, "{severity}[{}]: {}", finding.code, finding.message).expect("a string takes everything");
}
