//! The connectors, from the outside.

mod columnar_files;
mod common;
mod damage;
mod recordings;
mod text_files;
mod writers;
