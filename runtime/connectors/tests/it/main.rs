//! The connectors, from the outside.

mod common;
mod recordings;
mod text_files;
mod writers;
