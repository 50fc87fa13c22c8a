//! One file per request.

mod code_action;
mod completion;
mod definition;
mod document_symbol;
mod formatting;
mod hover;

pub use code_action::code_action;
pub use completion::completion;
pub use definition::definition;
pub use document_symbol::document_symbol;
pub use formatting::formatting;
pub use hover::hover;

use crate::paths::path_of;
use crate::positions::Lines;
use crate::workspace::{Program, Workspace};
use lsp_types::{TextDocumentPositionParams, Uri};
use std::path::PathBuf;
use twin_diagnostics::FileId;

/// A document with its program, both as they are now.
struct Asked<'a> {
    workspace: &'a Workspace,
    program: &'a Program,
    file: FileId,
    lines: Lines<'a>,
}

impl<'a> Asked<'a> {
    fn new(workspace: &'a mut Workspace, uri: &Uri) -> Option<Self> {
        let path = path_of(uri);
        let main: PathBuf = workspace.main_of(&path);
        workspace.program(&main)?;
        let workspace = &*workspace;
        let program = workspace.checked(&main)?;
        let file = program.file(&path)?;
        let lines = Lines::new(program.project.text(file));
        Some(Asked { workspace, program, file, lines })
    }

    fn at(workspace: &'a mut Workspace, place: &TextDocumentPositionParams) -> Option<(Self, usize)> {
        let asked = Self::new(workspace, &place.text_document.uri)?;
        let offset = asked.lines.offset(place.position);
        Some((asked, offset))
    }
}
