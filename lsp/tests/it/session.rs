//! An editor without a screen: sends messages, waits for answers.

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Where the cursor stands in a text.
pub const MARK: &str = "<|>";

/// Longer than any answer takes, on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// One editor and the server that serves it.
pub struct Session {
    client: Connection,
    server: Option<JoinHandle<()>>,
    next_id: i32,
    library_folder: tempfile::TempDir,
    /// Findings that came while something else was waited for.
    findings: Vec<Value>,
}

impl Session {
    pub fn start() -> Session {
        let (server, client) = Connection::memory();
        let library_folder = tempfile::tempdir().expect("a folder");
        let settings = twin_lsp::Settings { library_folder: library_folder.path().to_path_buf() };
        let serve = move || twin_lsp::serve(&server, settings).expect("it serves");
        let server = Some(std::thread::spawn(serve));
        let mut session = Session { client, server, next_id: 0, library_folder, findings: Vec::new() };
        session.ask("initialize", json!({ "capabilities": {} }));
        session.tell("initialized", json!({}));
        session
    }

    /// The folder of the library's modules, as it stands in addresses.
    pub fn library_folder(&self) -> String {
        self.library_folder.path().display().to_string()
    }

    pub fn tell(&self, method: &str, params: Value) {
        let note = Notification::new(method.to_string(), params);
        self.client.sender.send(Message::Notification(note)).expect("the server listens");
    }

    /// The whole answer: a result or an error.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next_id += 1;
        let id = RequestId::from(self.next_id);
        let request = Request::new(id.clone(), method.to_string(), params);
        self.client.sender.send(Message::Request(request)).expect("the server listens");
        loop {
            match self.client.receiver.recv_timeout(PATIENCE).expect("an answer") {
                Message::Response(response) if response.id == id => {
                    let response = serde_json::to_value(response).expect("it is JSON");
                    return match response.get("error") {
                        Some(error) => error.clone(),
                        None => response["result"].clone(),
                    };
                }
                Message::Notification(note) => self.findings.push(note.params),
                other => panic!("not asked for: {other:?}"),
            }
        }
    }

    pub fn open(&self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "twin", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces a range, or the whole text.
    pub fn change(&self, uri: &str, version: i32, range: Option<Value>, text: &str) {
        let mut change = json!({ "text": text });
        if let Some(range) = range {
            change["range"] = range;
        }
        let document = json!({ "uri": uri, "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    /// The next findings of a file.
    pub fn findings(&mut self, uri: &str) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.findings.iter().position(|params| params["uri"] == uri) {
                return self.findings.remove(at)["diagnostics"].take();
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.client.receiver.recv_timeout(left).expect("findings") {
                Message::Notification(note) => self.findings.push(note.params),
                other => panic!("not asked for: {other:?}"),
            }
        }
    }

    /// Asks about the cursor of a document.
    pub fn ask_at(&mut self, method: &str, uri: &str, position: &Value) -> Value {
        self.ask(method, json!({ "textDocument": { "uri": uri }, "position": position }))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.server.take().map(JoinHandle::join).expect("one server").expect("it ends well");
    }
}

/// A text without its mark, and where that stood.
pub fn unmarked(text: &str) -> (String, Value) {
    let at = text.find(MARK).unwrap_or_else(|| panic!("no {MARK} in {text}"));
    let before = &text[..at];
    let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
    let position = json!({ "line": before.matches('\n').count(), "character": column });
    (text.replacen(MARK, "", 1), position)
}

/// The address of a path.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}
