//! Where text stands and what there is to say about it.
//!
//! Every stage of the compiler reports through these plain types: a [`Span`] is
//! a place in a file, a [`Diagnostic`] is one finding, a [`Report`] is all of
//! them. Nothing here renders: the driver draws them for a terminal, the
//! language server sends the same fields to an editor.

mod diagnostic;
mod nearest;
mod source;

pub use diagnostic::{Code, Diagnostic, Fix, Label, Report, Severity};
pub use nearest::nearest;
pub use source::{FileId, Position, SourceFile, SourceMap, Span};
