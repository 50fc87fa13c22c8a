//! The language server: the protocol only.
//!
//! A synchronous loop over one editor's messages. Edits change the documents in order; findings are pushed when no
//! further message waits; requests are answered from the program as it was last checked. What there is to say
//! comes from `twin-ide` as plain data; here it is put into the protocol's words, with positions in UTF-16.
//! This crate links no code generator and no runtime.

mod capabilities;
mod convert;
mod diagnostics;
mod documents;
mod library;
mod paths;
mod positions;
mod requests;
mod server;
mod workspace;

use lsp_server::{Connection, ProtocolError};
use std::error::Error;
use std::path::PathBuf;

/// Whatever ends a session early.
pub type Failure = Box<dyn Error + Send + Sync>;

/// What a session needs to know of the machine it runs on.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where modules of the library are written, so that an editor can open them.
    pub library_folder: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { library_folder: library::default_folder() }
    }
}

/// Formulas may nest; a thread's usual stack is not the same everywhere.
const STACK_BYTES: usize = 64 << 20;

/// Serves one editor over stdin and stdout until it says goodbye.
pub fn run() -> Result<(), Failure> {
    let (connection, threads) = Connection::stdio();
    let serving = std::thread::Builder::new()
        .name("twin-lsp".to_string())
        .stack_size(STACK_BYTES)
        .spawn(move || serve(&connection, Settings::default()))?;
    let outcome = match serving.join() {
        Ok(outcome) => outcome,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    // What came over the wire, where it was no message, says more than that nothing came of it.
    threads.join().map_err(|error| format!("this is not an editor's message: {error}"))?;
    outcome
}

/// Serves one editor over a connection, from `initialize` on.
pub fn serve(connection: &Connection, settings: Settings) -> Result<(), Failure> {
    let (id, params) = connection.initialize_start().map_err(went_away)?;
    connection.initialize_finish(id, capabilities::answer(&params)).map_err(went_away)?;
    server::Server::new(connection, settings).serve()
}

fn went_away(error: ProtocolError) -> Failure {
    match error.channel_is_disconnected() {
        true => "the editor went away before it said hello; `twin lsp` is started by an editor".into(),
        false => error.into(),
    }
}
