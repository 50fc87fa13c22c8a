//! From syntax to meaning: names, types, units, clocks and bounds.
//!
//! In comes the main file's tree, the library and a [`World`] that finds the other files; out comes a
//! [`Checked`]: the program as a typed [`hir::Program`], facts for editors, and a report. Everything that can
//! be decided before anything runs is decided here; a program without an error in the report cannot fail in a
//! later stage. This crate opens no file, runs no expression of a twin, and draws no message.

mod avro;
mod check;
mod checker;
mod clocks;
pub mod codes;
mod commands;
mod constant;
mod convert;
mod describe;
mod errors;
mod exprs;
mod facts;
pub mod hir;
mod machines;
mod members;
mod modules;
mod print;
mod rules;
mod schemas;
mod scope;
mod statements;
mod streams;
mod test_blocks;
mod twin;
mod types;
mod units;
mod world;
mod zeros;

pub use check::{Checked, Options, check};
pub use clocks::children;
pub use print::print;
pub use world::{FieldRecording, MemoryWorld, Recording, RuleFigures, World};

/// Forms that the language itself knows, such as `prev`: name, signature, and what they give.
pub fn forms() -> &'static [(&'static str, &'static str, &'static str)] {
    exprs::FORMS
}
