//! The language server as an editor sees it: protocol scripts, real editors, and the files that set editors up.

mod answers;
mod every_prefix;
mod neovim;
mod projects;
mod session;
mod setup;
