//! Text in, tree out: the grammar of Twin.
//!
//! In comes the text of one file, out comes an [`ast::Module`] together with a
//! report. There is always a module: what cannot be read stays in it as
//! [`ast::Broken`]. This crate never resolves a name, knows no unit and no type,
//! and touches no file; no type of the parser library leaves it.

pub mod ast;
mod brackets;
mod build;
mod errors;
mod grammar;
mod nesting;
mod parse;
mod print;
mod scan;
mod split;
mod trivia;
mod walk;

pub use parse::{Parse, parse, parse_expr, parse_signature, parse_type, parse_unit};
#[doc(hidden)]
pub use parse::{parse_by_parts, parse_strictly};
pub use print::{format, print_tree};
