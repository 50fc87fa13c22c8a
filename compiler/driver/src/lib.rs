//! The stages joined: a project in, a plan, findings and explanations out.
//!
//! What enters is a [`Project`] (a folder, a file, a bundle) and the library; what leaves is a [`Checked`] or
//! [`Compiled`] program, findings drawn as text or data, the memory report, the forms between text and machine
//! code, and bundles. The driver reads the program's files and nothing else: no recording, no flag, no terminal.

pub mod bundle;
mod compile;
mod explain;
pub mod memory;
mod native;
mod project;
pub mod render;
pub mod settings;
mod version;
mod world;

pub use bundle::{Bundle, BundleError};
pub use compile::{Checked, CompileError, Compiled, FileError, check, compile};
pub use explain::{Stage, explain_checked, explain_compiled};
pub use native::native_kernels;
pub use project::{Files, MAIN_FILE, Project, ProjectError, in_words};
pub use settings::SettingError;
pub use version::{library_version, program_version};
pub use world::{NoRecordings, ProjectWorld, Recordings};
