//! `textDocument/definition`

use super::Asked;
use crate::convert;
use crate::library;
use crate::paths::uri_of;
use crate::positions::Lines;
use crate::server::Server;
use lsp_types::{GotoDefinitionParams, GotoDefinitionResponse, Location};
use twin_diagnostics::Span;
use twin_ide::Origin;

/// Where the name under the cursor is declared. Modules of the library are files in the user's cache that may
/// only be read.
pub fn definition(server: &mut Server, params: GotoDefinitionParams) -> Option<GotoDefinitionResponse> {
    let folder = server.settings.library_folder.clone();
    let (asked, offset) = Asked::at(&mut server.workspace, &params.text_document_position_params)?;
    let project = &asked.program.project;
    let span: Span = twin_ide::definition(project, asked.file, offset)?;
    let location = match project.origin(span.file) {
        Origin::Project(_) => convert::location(asked.workspace, asked.program, span)?,
        Origin::Library(module) => {
            let uri = uri_of(&library::file_of(&folder, module).ok()?)?;
            let lines = Lines::new(project.text(span.file));
            Location { uri, range: lines.range(span.start as usize..span.end as usize) }
        }
    };
    Some(GotoDefinitionResponse::Scalar(location))
}
