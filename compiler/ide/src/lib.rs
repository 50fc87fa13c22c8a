//! What an editor asks about a program, answered as plain data over byte offsets.
//!
//! In comes a [`Project`]: its files through [`Files`], parsed and checked as far as any text can be. Out come
//! findings, hovers, completions, definitions, symbols and edits. This crate speaks no protocol, opens no file,
//! and links no code generator; what it says of memory it takes from lowering's layout.

mod bytes;
mod completion;
mod definition;
mod format;
mod hover;
mod keywords;
mod library;
mod place;
mod project;
mod scope;
mod symbols;
mod text;
mod units;
mod words;

pub use completion::{Completion, CompletionKind, Completions, Edit, complete};
pub use definition::definition;
pub use format::format;
pub use hover::{Hover, hover};
pub use project::{Files, Origin, Project};
pub use scope::NameKind;
pub use symbols::{Symbol, SymbolKind, symbols};
