//! Findings for people, for editors that read lines, and for programs.

mod graphical;
mod json;
mod short;

use std::fmt::Write;
use twin_diagnostics::{Diagnostic, FileId, Severity, SourceMap, Span};

/// The form in which findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Drawn with the source text.
    Graphical,
    /// `file:line:column: error[E0301]: message`
    Short,
    /// One JSON object per line.
    Json,
}

/// How findings are written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The form.
    pub form: Form,
    /// Whether with colours.
    pub colour: bool,
    /// Columns to draw in.
    pub width: usize,
}

impl Style {
    /// The style of golden files: drawn, without colour, of one width everywhere.
    pub const PLAIN: Style = Style { form: Form::Graphical, colour: false, width: 100 };
}

/// Source text, and how its files are called where the reader is.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The files.
    pub sources: &'a SourceMap,
    /// What stands before the names of the project's files; see [`crate::Project::shown`].
    pub prefix: &'a str,
}

impl Shown<'_> {
    /// A file's name for the reader.
    pub fn name(&self, file: FileId) -> String {
        let name = &self.sources.file(file).name;
        // Files of the library go by their module path, which has no ending.
        match name.ends_with(".twin") {
            true => format!("{}{name}", self.prefix),
            false => name.clone(),
        }
    }

    /// Line and column of a span's beginning, from 1.
    pub fn place(&self, span: Span) -> (usize, usize) {
        self.position(span.file, span.start)
    }

    fn position(&self, file: FileId, offset: u32) -> (usize, usize) {
        let position = self.sources.position(file, offset);
        (position.line + 1, position.column + 1)
    }

    fn has(&self, span: Span) -> bool {
        (span.file.0 as usize) < self.sources.iter().count()
    }
}

/// Writes findings one after the other.
pub fn render(findings: &[Diagnostic], shown: Shown<'_>, style: Style) -> String {
    let mut out = String::new();
    for finding in findings {
        match style.form {
            Form::Graphical => graphical::render(finding, shown, style, &mut out),
            Form::Short => short::render(finding, shown, &mut out),
            Form::Json => {
                writeln!(out, "{}", json::value(finding, shown)).expect("a string takes everything")
            }
        }
    }
    out
}

/// `2 errors, 1 warning`; `None` where there is nothing to count.
pub fn count(findings: &[Diagnostic]) -> Option<String> {
    let names = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Hint, "hint")];
    let counts = names.iter().filter_map(|(severity, name)| {
        let n = findings.iter().filter(|f| f.severity == *severity).count();
        (n > 0).then(|| format!("{n} {name}{}", if n == 1 { "" } else { "s" }))
    });
    let counts: Vec<String> = counts.collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}
