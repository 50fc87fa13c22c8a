//! `textDocument/hover`

use super::Asked;
use crate::server::Server;
use lsp_types::{Hover, HoverContents, HoverParams, MarkupContent, MarkupKind};

/// What there is to say of the thing under the cursor.
pub fn hover(server: &mut Server, params: HoverParams) -> Option<Hover> {
    let (asked, offset) = Asked::at(&mut server.workspace, &params.text_document_position_params)?;
    let hover = twin_ide::hover(&asked.program.project, asked.file, offset)?;
    let contents = MarkupContent { kind: MarkupKind::Markdown, value: hover.markdown };
    Some(Hover { contents: HoverContents::Markup(contents), range: Some(asked.lines.range(hover.range)) })
}
