//! From plain data to the protocol's types.

use crate::paths::uri_of;
use crate::positions::Lines;
use crate::workspace::{Program, Workspace};
use lsp_types::{
    CompletionItemKind, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, SymbolKind as ProtocolSymbol, Uri,
};
use std::path::Path;
use twin_diagnostics::{Diagnostic, FileId, Severity, Span};
use twin_ide::{CompletionKind, NameKind, SymbolKind};

/// The address of a path: as the editor writes it, where it has the file open.
pub fn uri(workspace: &Workspace, path: &Path) -> Option<Uri> {
    match workspace.documents.get(path) {
        Some(document) => Some(document.uri.clone()),
        None => uri_of(path),
    }
}

/// Where a span of the project stands; none for one of the library.
pub fn location(workspace: &Workspace, program: &Program, span: Span) -> Option<Location> {
    let uri = uri(workspace, &program.path(span.file)?)?;
    let lines = Lines::new(program.project.text(span.file));
    Some(Location { uri, range: lines.range(span.start as usize..span.end as usize) })
}

/// A finding; `lines` are those of its file.
pub fn diagnostic(
    workspace: &Workspace,
    program: &Program,
    lines: &Lines,
    finding: &Diagnostic,
) -> lsp_types::Diagnostic {
    let related = |label: &twin_diagnostics::Label| {
        let location = location(workspace, program, label.span)?;
        Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
    };
    let related: Vec<_> = finding.secondary.iter().filter_map(related).collect();
    let span = finding.primary.span;
    lsp_types::Diagnostic {
        range: lines.range(span.start as usize..span.end as usize),
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
            Severity::Hint => DiagnosticSeverity::HINT,
        }),
        code: Some(NumberOrString::String(finding.code.to_string())),
        source: Some("twin".to_string()),
        message: message(finding),
        related_information: (!related.is_empty()).then_some(related),
        // A hint about a name that nothing uses: editors draw it faded.
        tags: (finding.severity == Severity::Hint && finding.message.starts_with("nothing uses"))
            .then(|| vec![DiagnosticTag::UNNECESSARY]),
        ..lsp_types::Diagnostic::default()
    }
}

/// What is wrong, what is to be said at its place, and the cure, each on its line.
fn message(finding: &Diagnostic) -> String {
    let mut message = finding.message.clone();
    if !finding.primary.text.is_empty() {
        message.push('\n');
        message.push_str(&finding.primary.text);
    }
    if let Some(help) = &finding.help {
        message.push_str("\nhelp: ");
        message.push_str(help);
    }
    message
}

/// The findings of one file.
pub fn findings_of(program: &Program, file: FileId) -> impl Iterator<Item = &Diagnostic> {
    program.project.findings().iter().filter(move |finding| finding.primary.span.file == file)
}

/// The icon of a completion.
pub fn completion_kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Keyword => CompletionItemKind::KEYWORD,
        CompletionKind::Unit => CompletionItemKind::UNIT,
        CompletionKind::Function => CompletionItemKind::FUNCTION,
        CompletionKind::Block => CompletionItemKind::CLASS,
        CompletionKind::Parameter | CompletionKind::Setting => CompletionItemKind::PROPERTY,
        CompletionKind::Module => CompletionItemKind::MODULE,
        CompletionKind::Name(name) => match name {
            NameKind::Field => CompletionItemKind::FIELD,
            NameKind::Signal | NameKind::State | NameKind::Machine => CompletionItemKind::VARIABLE,
            NameKind::Param => CompletionItemKind::CONSTANT,
            NameKind::Rule => CompletionItemKind::EVENT,
            NameKind::Stream => CompletionItemKind::INTERFACE,
            NameKind::Twin => CompletionItemKind::CLASS,
            NameKind::Type => CompletionItemKind::STRUCT,
            NameKind::Value => CompletionItemKind::ENUM_MEMBER,
        },
    }
}

/// The icon of a symbol.
pub fn symbol_kind(kind: SymbolKind) -> ProtocolSymbol {
    match kind {
        SymbolKind::Unit | SymbolKind::Param => ProtocolSymbol::CONSTANT,
        SymbolKind::Enum => ProtocolSymbol::ENUM,
        SymbolKind::EnumValue => ProtocolSymbol::ENUM_MEMBER,
        SymbolKind::Schema => ProtocolSymbol::STRUCT,
        SymbolKind::Field => ProtocolSymbol::FIELD,
        SymbolKind::Stream | SymbolKind::Input => ProtocolSymbol::INTERFACE,
        SymbolKind::Function => ProtocolSymbol::FUNCTION,
        SymbolKind::Block | SymbolKind::Twin => ProtocolSymbol::CLASS,
        SymbolKind::Test | SymbolKind::Scenario => ProtocolSymbol::METHOD,
        SymbolKind::Signal | SymbolKind::State | SymbolKind::Machine => ProtocolSymbol::VARIABLE,
        SymbolKind::Rule => ProtocolSymbol::EVENT,
    }
}
