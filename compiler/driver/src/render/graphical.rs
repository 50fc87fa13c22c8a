//! Findings drawn with the text they speak of.

use super::{Shown, Style, severity_name};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceSpan};
use std::fmt;
use std::sync::Arc;
use twin_diagnostics::{Diagnostic, FileId, Label, Severity, Span};

pub(super) fn render(finding: &Diagnostic, shown: Shown<'_>, style: Style, out: &mut String) {
    let theme = if style.colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_links(false)
        .with_context_lines(1)
        .without_syntax_highlighting();
    let drawn = Drawn::new(finding, shown);
    handler.render_report(out, &drawn).expect("a string takes everything");
    out.push('\n');
}

/// A finding, or one place of it that lies in another file, as miette wants it.
#[derive(Debug)]
struct Drawn {
    code: Option<String>,
    severity: miette::Severity,
    message: String,
    help: Option<String>,
    source: Option<NamedSource<Arc<str>>>,
    labels: Vec<LabeledSpan>,
    elsewhere: Vec<Drawn>,
}

impl Drawn {
    fn new(finding: &Diagnostic, shown: Shown<'_>) -> Drawn {
        let file = finding.primary.span.file;
        let here = |label: &&Label| label.span.file == file && shown.has(label.span);
        let primary = Some(&finding.primary).filter(here).map(primary_label);
        let secondary = finding.secondary.iter().filter(here).map(label);
        let elsewhere = finding.secondary.iter().filter(|label| !here(label) && shown.has(label.span));
        Drawn {
            code: Some(format!("{}[{}]", severity_name(finding.severity), finding.code)),
            severity: match finding.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
                Severity::Hint => miette::Severity::Advice,
            },
            message: finding.message.clone(),
            help: finding.help.clone(),
            source: shown.has(finding.primary.span).then(|| source(file, shown)),
            labels: primary.into_iter().chain(secondary).collect(),
            elsewhere: elsewhere.map(|label| Drawn::elsewhere(label, shown)).collect(),
        }
    }

    /// miette draws one file per report, so a place in another file is a small report of its own.
    fn elsewhere(at: &Label, shown: Shown<'_>) -> Drawn {
        Drawn {
            code: None,
            severity: miette::Severity::Advice,
            message: at.text.clone(),
            help: None,
            source: Some(source(at.span.file, shown)),
            labels: vec![LabeledSpan::new_with_span(None, range(at.span))],
            elsewhere: Vec::new(),
        }
    }
}

fn source(file: FileId, shown: Shown<'_>) -> NamedSource<Arc<str>> {
    NamedSource::new(shown.name(file), shown.sources.file(file).text.clone())
}

fn primary_label(at: &Label) -> LabeledSpan {
    LabeledSpan::new_primary_with_span(text(at), range(at.span))
}

fn label(at: &Label) -> LabeledSpan {
    LabeledSpan::new_with_span(text(at), range(at.span))
}

fn text(label: &Label) -> Option<String> {
    (!label.text.is_empty()).then(|| label.text.clone())
}

fn range(span: Span) -> SourceSpan {
    (span.start as usize, span.end.saturating_sub(span.start) as usize).into()
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn {}

impl miette::Diagnostic for Drawn {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.source.as_ref().map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        if self.elsewhere.is_empty() {
            return None;
        }
        Some(Box::new(self.elsewhere.iter().map(|drawn| drawn as &dyn miette::Diagnostic)))
    }
}
