//! Out of the tree again: one style for programs, and a compact print of the tree itself.

mod facts;
mod layout;
mod tree;
mod tree_expr;
mod tree_lines;

use twin_diagnostics::{FileId, Report};

use crate::parse::{parse, with_stack_for};

pub use tree::print_tree;

/// The same program in the one style: four blanks per level, single blanks between words, at most one empty
/// line, comments where they were. Line breaks are the author's, but for bodies that hold more than one line.
///
/// A text with findings is left alone, and they are the answer.
pub fn format(text: &str) -> Result<String, Report> {
    let parse = parse(FileId::default(), text);
    if parse.report.has_errors() {
        return Err(parse.report);
    }
    with_stack_for(text, |tokens| match facts::Facts::of(text) {
        Some(facts) => Ok(layout::layout(text, tokens, &facts)),
        // Both ways of reading agree on whatever has no findings, so this is never seen.
        None => Ok(text.to_string()),
    })
}
