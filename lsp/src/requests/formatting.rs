//! `textDocument/formatting`

use super::completion::text_edit;
use crate::paths::path_of;
use crate::positions::Lines;
use crate::server::Server;
use lsp_types::{DocumentFormattingParams, TextEdit};

/// The one style. A text that cannot be read is left alone; its findings say why.
pub fn formatting(server: &mut Server, params: DocumentFormattingParams) -> Option<Vec<TextEdit>> {
    let document = server.workspace.documents.get(&path_of(&params.text_document.uri))?;
    let lines = Lines::new(&document.text);
    let edit = twin_ide::format(&document.text);
    Some(edit.into_iter().map(|edit| text_edit(edit, &lines)).collect())
}
