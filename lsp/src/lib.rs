//! The language server: the protocol only.

use std::error::Error;

/// Serves one editor over stdin and stdout until it says goodbye.
pub fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err("the language server is not built yet".into())
}
