//! `textDocument/codeAction`

use super::Asked;
use crate::convert;
use crate::server::Server;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, TextEdit, Uri, WorkspaceEdit,
};
use std::collections::HashMap;
use twin_diagnostics::{Diagnostic, Fix};

/// The cures of all findings that the range touches.
pub fn code_action(server: &mut Server, params: CodeActionParams) -> Option<Vec<CodeActionOrCommand>> {
    let asked = Asked::new(&mut server.workspace, &params.text_document.uri)?;
    let is_wanted = |kind: &CodeActionKind| CodeActionKind::QUICKFIX.as_str().starts_with(kind.as_str());
    if params.context.only.is_some_and(|only| !only.iter().any(is_wanted)) {
        return Some(Vec::new());
    }
    let range = asked.lines.offsets(params.range);
    let touched = |finding: &&Diagnostic| {
        let span = finding.primary.span;
        span.start as usize <= range.end && range.start <= span.end as usize
    };
    let findings = convert::findings_of(asked.program, asked.file).filter(touched);
    let actions = findings.flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)));
    Some(actions.filter_map(|(finding, fix)| action(&asked, finding, fix)).collect())
}

// The protocol's own type of an edit hashes addresses, which are not changed meanwhile.
#[allow(clippy::mutable_key_type)]
fn action(asked: &Asked, finding: &Diagnostic, fix: &Fix) -> Option<CodeActionOrCommand> {
    let place = convert::location(asked.workspace, asked.program, fix.span)?;
    let edit = TextEdit { range: place.range, new_text: fix.replacement.clone() };
    let changes: HashMap<Uri, Vec<TextEdit>> = HashMap::from([(place.uri, vec![edit])]);
    Some(CodeActionOrCommand::CodeAction(CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![convert::diagnostic(asked.workspace, asked.program, &asked.lines, finding)]),
        edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
        is_preferred: (finding.fixes.len() == 1).then_some(true),
        ..CodeAction::default()
    }))
}
