//! The commands, one file each.

pub mod check;
pub mod compile;
pub mod completions;
pub mod explain;
pub mod fmt;
pub mod later;
pub mod lsp;
pub mod new;
pub mod replay;
pub mod test;
pub mod version;
