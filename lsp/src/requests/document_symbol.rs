//! `textDocument/documentSymbol`

use super::Asked;
use crate::convert;
use crate::positions::Lines;
use crate::server::Server;
use lsp_types::{DocumentSymbol, DocumentSymbolParams, DocumentSymbolResponse};
use twin_ide::Symbol;

/// The outline of a document.
pub fn document_symbol(server: &mut Server, params: DocumentSymbolParams) -> Option<DocumentSymbolResponse> {
    let asked = Asked::new(&mut server.workspace, &params.text_document.uri)?;
    let symbols = twin_ide::symbols(&asked.program.project, asked.file);
    let symbols = symbols.into_iter().map(|symbol| convert_symbol(symbol, &asked.lines)).collect();
    Some(DocumentSymbolResponse::Nested(symbols))
}

// `deprecated` must be given a value, and is itself deprecated.
#[allow(deprecated)]
fn convert_symbol(symbol: Symbol, lines: &Lines) -> DocumentSymbol {
    let children: Vec<_> = symbol.children.into_iter().map(|child| convert_symbol(child, lines)).collect();
    DocumentSymbol {
        name: symbol.name,
        detail: Some(symbol.detail).filter(|detail| !detail.is_empty()),
        kind: convert::symbol_kind(symbol.kind),
        tags: None,
        deprecated: None,
        range: lines.range(symbol.span.start as usize..symbol.span.end as usize),
        selection_range: lines.range(symbol.name_span.start as usize..symbol.name_span.end as usize),
        children: (!children.is_empty()).then_some(children),
    }
}
