//! What can go wrong: only a compiler bug or a strange machine, never the user's program.

use cranelift_codegen::CodegenError;
use cranelift_module::ModuleError;
use std::fmt;

/// Why no code was made.
#[derive(Debug)]
pub enum Error {
    /// Code generation is not possible on this machine.
    Host(String),
    /// Cranelift refused a function; a bug of this crate.
    Function(Box<ModuleError>),
    /// The plan contradicts itself; a bug of an earlier stage.
    Plan(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Host(reason) => write!(f, "no native code on this machine: {reason}"),
            Error::Function(reason) => write!(f, "code generation failed: {reason:?}"),
            Error::Plan(reason) => write!(f, "the plan contradicts itself: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<ModuleError> for Error {
    fn from(error: ModuleError) -> Error {
        Error::Function(Box::new(error))
    }
}

impl From<CodegenError> for Error {
    fn from(error: CodegenError) -> Error {
        Error::Host(error.to_string())
    }
}
