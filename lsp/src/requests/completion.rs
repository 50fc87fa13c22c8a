//! `textDocument/completion`

use super::Asked;
use crate::convert;
use crate::positions::Lines;
use crate::server::Server;
use lsp_types::{
    CompletionItem, CompletionParams, CompletionResponse, CompletionTextEdit, Documentation, MarkupContent,
    MarkupKind, Range, TextEdit,
};
use twin_ide::{Completion, Edit};

/// What could stand at the cursor.
pub fn completion(server: &mut Server, params: CompletionParams) -> Option<CompletionResponse> {
    let (asked, offset) = Asked::at(&mut server.workspace, &params.text_document_position)?;
    let found = twin_ide::complete(&asked.program.project, asked.file, offset);
    // A blank asks by itself only for what must follow it: a unit.
    let trigger = params.context.and_then(|context| context.trigger_character);
    if trigger.as_deref() == Some(" ") && !found.are_units {
        return Some(CompletionResponse::Array(Vec::new()));
    }
    let range = asked.lines.range(found.replaces.clone());
    let items = found.items.into_iter().map(|completion| item(completion, range, &asked.lines));
    Some(CompletionResponse::Array(items.collect()))
}

fn item(completion: Completion, range: Range, lines: &Lines) -> CompletionItem {
    let text = |text: String| (!text.is_empty()).then_some(text);
    let markdown = |value| Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value });
    CompletionItem {
        kind: Some(convert::completion_kind(completion.kind)),
        sort_text: Some(format!("{}{}", completion.rank, completion.label)),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text: completion.label.clone() })),
        additional_text_edits: completion.also.map(|edit| vec![text_edit(edit, lines)]),
        detail: text(completion.detail),
        documentation: text(completion.doc).map(markdown),
        label: completion.label,
        ..CompletionItem::default()
    }
}

/// A change of the text in the protocol's words.
pub(super) fn text_edit(edit: Edit, lines: &Lines) -> TextEdit {
    TextEdit { range: lines.range(edit.range), new_text: edit.text }
}
