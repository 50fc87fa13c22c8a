//! One finding, and a report of many.

use crate::Span;

/// A stable code such as `E0301`; never reused.
pub type Code = &'static str;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It cannot mean anything.
    Error,
    /// Legal, and will bite in operation.
    Warning,
    /// Style.
    Hint,
}

/// A place with a word to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is to be said there; may be empty.
    pub text: String,
}

/// A change of the text that cures the finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the editor offers, e.g. `divide by a duration`.
    pub title: String,
    /// The text to replace (empty span: insert there).
    pub span: Span,
    /// The new text.
    pub replacement: String,
}

/// One finding: what is wrong, why the compiler thinks so, and a cure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its stable code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in plant words, lower case, no full stop.
    pub message: String,
    /// What is wrong here.
    pub primary: Label,
    /// Lines elsewhere that caused the expectation.
    pub secondary: Vec<Label>,
    /// One step that the reader can take.
    pub help: Option<String>,
    /// The same step as changes of text, when we are sure; several are alternatives.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A finding with only its main label.
    pub fn new(severity: Severity, code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity,
            message: message.into(),
            primary: Label { span, text: String::new() },
            secondary: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// An error.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    /// A warning.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    /// A hint.
    pub fn hint(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Hint, code, span, message)
    }

    /// Says something at the main place.
    pub fn here(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Points at another place as well.
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds the cure in words.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds the cure as a change of text.
    pub fn fix(mut self, title: impl Into<String>, span: Span, replacement: impl Into<String>) -> Self {
        self.fixes.push(Fix { title: title.into(), span, replacement: replacement.into() });
        self
    }
}

/// What one or more stages found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    findings: Vec<Diagnostic>,
}

impl Report {
    /// More findings of one file than these help nobody.
    pub const MAX: usize = 50;

    /// Adds a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.findings.push(diagnostic);
    }

    /// Adds all of another report.
    pub fn extend(&mut self, other: Report) {
        self.findings.extend(other.findings);
    }

    /// Whether an error is among them.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|d| d.severity == Severity::Error)
    }

    /// All findings as they came.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.findings.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Keeps what the predicate accepts.
    pub fn retain(&mut self, keep: impl FnMut(&Diagnostic) -> bool) {
        self.findings.retain(keep);
    }

    /// Sorted by place, doubles dropped, at most [`Report::MAX`] of each file.
    pub fn finish(self) -> Vec<Diagnostic> {
        self.finish_counted().0
    }

    /// The same, and how many were left out.
    pub fn finish_counted(mut self) -> (Vec<Diagnostic>, usize) {
        let place = |found: &Diagnostic| (found.primary.span, found.severity, found.code);
        self.findings.sort_by_key(place);
        self.findings
            .dedup_by(|a, b| a.primary.span == b.primary.span && a.code == b.code && a.message == b.message);
        let found = self.findings.len();
        // The worst of a file come first: whoever asks whether there is an error must find it behind any warnings.
        let file = |found: &Diagnostic| found.primary.span.file;
        self.findings.sort_by_key(|found| (file(found), found.severity));
        let mut kept: Vec<Diagnostic> = Vec::new();
        for of_file in self.findings.chunk_by(|a, b| file(a) == file(b)) {
            kept.extend(of_file.iter().take(Self::MAX).cloned());
        }
        kept.sort_by_key(place);
        let left_out = found - kept.len();
        (kept, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileId;

    fn at(file: u32, offset: usize, severity: Severity) -> Diagnostic {
        let span = Span::new(FileId(file), offset, offset + 1);
        Diagnostic { severity, ..Diagnostic::error("E0000", span, format!("{offset}")) }
    }

    #[test]
    fn an_error_is_told_behind_any_number_of_warnings() {
        let mut report = Report::default();
        (0..70).for_each(|offset| report.push(at(0, offset, Severity::Warning)));
        report.push(at(0, 100, Severity::Error));
        let (findings, left_out) = report.finish_counted();
        assert_eq!((findings.len(), left_out), (Report::MAX, 21));
        assert_eq!(findings.last().map(|found| found.severity), Some(Severity::Error));
        assert!(findings.is_sorted_by_key(|found| found.primary.span));
    }

    #[test]
    fn each_file_has_room_of_its_own() {
        let mut report = Report::default();
        (0..120).for_each(|offset| report.push(at(0, offset, Severity::Error)));
        (0..3).for_each(|_| report.push(at(1, 7, Severity::Hint)));
        let (findings, left_out) = report.finish_counted();
        assert_eq!((findings.len(), left_out), (Report::MAX + 1, 70));
        assert_eq!(findings[Report::MAX], at(1, 7, Severity::Hint));
    }
}
