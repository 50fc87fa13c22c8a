//! The loop: one message after the other.

use crate::diagnostics::Pushed;
use crate::documents::Document;
use crate::paths::path_of;
use crate::requests;
use crate::workspace::Workspace;
use crate::{Failure, Settings};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    DidChangeTextDocument, DidChangeWatchedFiles, DidCloseTextDocument, DidOpenTextDocument,
    DidSaveTextDocument, Notification as _, PublishDiagnostics,
};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentSymbolRequest, Formatting, GotoDefinition, HoverRequest,
    Request as _,
};
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// When no further message has come for so long, the text is checked. A burst of keystrokes is checked once.
const QUIET: Duration = Duration::from_millis(2);
/// How often files that no editor holds are looked at, where the editor does not watch them.
const IDLE: Duration = Duration::from_secs(1);

/// One session.
pub struct Server<'a> {
    connection: &'a Connection,
    /// What the session was told of the machine.
    pub settings: Settings,
    /// The documents and their programs.
    pub workspace: Workspace,
    pushed: Pushed,
    /// Whether something has changed since findings were last pushed.
    is_unsaid: bool,
}

impl<'a> Server<'a> {
    /// A session in which nothing is open.
    pub fn new(connection: &'a Connection, settings: Settings) -> Self {
        let (workspace, pushed) = (Workspace::default(), Pushed::default());
        Server { connection, settings, workspace, pushed, is_unsaid: false }
    }

    /// Serves until the editor says goodbye or goes away.
    pub fn serve(mut self) -> Result<(), Failure> {
        loop {
            let wait = if self.is_unsaid { QUIET } else { IDLE };
            match self.connection.receiver.recv_timeout(wait) {
                Ok(Message::Request(request)) => {
                    if self.connection.handle_shutdown(&request)? {
                        return Ok(());
                    }
                    self.answer(request)?;
                }
                Ok(Message::Notification(note)) if note.method == "exit" => return Ok(()),
                Ok(Message::Notification(note)) => self.notice(note),
                Ok(Message::Response(_)) => {}
                Err(error) if error.is_timeout() => self.rest()?,
                Err(_) => return Ok(()),
            }
        }
    }

    /// Nothing has come for a while: what has changed is checked and told.
    fn rest(&mut self) -> Result<(), Failure> {
        if !self.is_unsaid {
            self.workspace.look_at_disk();
        }
        self.is_unsaid = false;
        let folder = self.settings.library_folder.clone();
        let refresh = || self.pushed.refresh(&mut self.workspace, &folder);
        let told = catch_unwind(AssertUnwindSafe(refresh)).unwrap_or_default();
        for params in told {
            let note = Notification::new(PublishDiagnostics::METHOD.to_string(), params);
            self.connection.sender.send(note.into())?;
        }
        Ok(())
    }

    fn notice(&mut self, note: Notification) {
        let Notification { method, params } = note;
        let outcome = match method.as_str() {
            DidOpenTextDocument::METHOD => read(params).map(|params| self.open(params)),
            DidChangeTextDocument::METHOD => read(params).map(|params| self.change(params)),
            DidCloseTextDocument::METHOD => read(params).map(|params| self.close(params)),
            DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => {
                self.workspace.look_at_disk();
                self.is_unsaid = true;
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(error) = outcome {
            eprintln!("twin lsp: `{method}` is not as expected: {error}");
        }
    }

    fn open(&mut self, params: lsp_types::DidOpenTextDocumentParams) {
        let lsp_types::TextDocumentItem { uri, version, text, .. } = params.text_document;
        let path = path_of(&uri);
        self.workspace.documents.open(path.clone(), Document { uri, version, text });
        self.workspace.touch(&path);
        self.is_unsaid = true;
    }

    fn change(&mut self, params: lsp_types::DidChangeTextDocumentParams) {
        let path = path_of(&params.text_document.uri);
        if let Some(document) = self.workspace.documents.get_mut(&path) {
            document.change(params.text_document.version, params.content_changes);
            self.workspace.touch(&path);
            self.is_unsaid = true;
        }
    }

    fn close(&mut self, params: lsp_types::DidCloseTextDocumentParams) {
        let path = path_of(&params.text_document.uri);
        self.workspace.documents.close(&path);
        self.workspace.touch(&path);
        self.is_unsaid = true;
    }

    fn answer(&mut self, request: Request) -> Result<(), Failure> {
        let Request { id, method, params } = request;
        let answer = || match method.as_str() {
            HoverRequest::METHOD => give(params, |params| requests::hover(self, params)),
            Completion::METHOD => give(params, |params| requests::completion(self, params)),
            GotoDefinition::METHOD => give(params, |params| requests::definition(self, params)),
            Formatting::METHOD => give(params, |params| requests::formatting(self, params)),
            CodeActionRequest::METHOD => give(params, |params| requests::code_action(self, params)),
            DocumentSymbolRequest::METHOD => give(params, |params| requests::document_symbol(self, params)),
            _ => Err((ErrorCode::MethodNotFound, format!("`{method}` is not served"))),
        };
        let answer = catch_unwind(AssertUnwindSafe(answer)).unwrap_or_else(|_| {
            Err((ErrorCode::InternalError, "a bug of the compiler; its log says more".to_string()))
        });
        self.connection.sender.send(response(id, answer).into())?;
        Ok(())
    }
}

type Answer = Result<Value, (ErrorCode, String)>;

fn read<P: serde::de::DeserializeOwned>(params: Value) -> Result<P, serde_json::Error> {
    serde_json::from_value(params)
}

fn give<P: serde::de::DeserializeOwned, R: serde::Serialize>(
    params: Value,
    answer: impl FnOnce(P) -> Option<R>,
) -> Answer {
    let params = read(params).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))?;
    serde_json::to_value(answer(params)).map_err(|error| (ErrorCode::InternalError, error.to_string()))
}

fn response(id: RequestId, answer: Answer) -> Response {
    match answer {
        Ok(value) => Response::new_ok(id, value),
        Err((code, message)) => Response::new_err(id, code as i32, message),
    }
}
