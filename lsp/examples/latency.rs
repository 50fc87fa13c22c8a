//! How long an editor waits: findings after a keystroke, hover and completion, in a program of 500 lines.
//!
//! `cargo run --release -p twin-lsp --example latency`

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};
use std::fmt::Write;
use std::time::{Duration, Instant};

const URI: &str = "file:///plant/long.twin";
const LINES: usize = 500;
const KEYSTROKES: usize = 200;

fn main() {
    let text = program();
    println!("a program of {} lines, {} bytes, {KEYSTROKES} keystrokes", text.lines().count(), text.len());
    let (server, client) = Connection::memory();
    let settings = twin_lsp::Settings::default();
    let serving = std::thread::spawn(move || twin_lsp::serve(&server, settings).expect("it serves"));
    let mut editor = Editor { client, next_id: 0 };
    editor.ask("initialize", json!({ "capabilities": {} }));
    editor.tell("initialized", json!({}));
    let document = json!({ "uri": URI, "languageId": "twin", "version": 1, "text": text });
    editor.tell("textDocument/didOpen", json!({ "textDocument": document }));
    let findings = editor.findings();
    assert_eq!(findings, json!([]), "the program is fine");

    let lets: Vec<usize> = text.match_indices("    let smooth").map(|(at, _)| at).collect();
    let (mut told, mut hovers, mut completions) = (Vec::new(), Vec::new(), Vec::new());
    for stroke in 0..KEYSTROKES {
        let at = lets[stroke / 2 * 7 % lets.len()];
        let line = text[..at].matches('\n').count();
        // Every second stroke takes the first one back, so that both wrong and right texts are measured.
        let name_end = json!({ "line": line, "character": 12 });
        let (end, new) = match stroke % 2 {
            0 => (name_end.clone(), "q"),
            _ => (json!({ "line": line, "character": 13 }), ""),
        };
        let change = json!({ "range": { "start": name_end, "end": end }, "text": new });
        let document = json!({ "uri": URI, "version": stroke + 2 });
        let begin = Instant::now();
        editor
            .tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
        editor.findings();
        told.push(begin.elapsed());
        let place = json!({ "textDocument": { "uri": URI }, "position": { "line": line, "character": 30 } });
        hovers.push(editor.timed("textDocument/hover", &place));
        completions.push(editor.timed("textDocument/completion", &place));
    }
    report("findings after a keystroke", told);
    report("hover", hovers);
    report("completion", completions);
    editor.ask("shutdown", Value::Null);
    editor.tell("exit", Value::Null);
    serving.join().expect("it ends well");
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)].as_secs_f64() * 1e3;
    println!("{what:<28} median {:>6.1} ms, p95 {:>6.1} ms, most {:>6.1} ms", at(50), at(95), at(100));
}

/// Smoothed fields, windows and rules, until there are enough lines.
fn program() -> String {
    let mut text =
        "use std.signal.ewma\n\nschema Sample {\n    id: string\n    ts: timestamp in ms\n".to_string();
    let groups = (LINES - 24) / 7;
    for at in 0..groups {
        writeln!(text, "    outlet_{at}: pressure in bar valid 0..40").expect("a string takes everything");
    }
    text.push_str(
        "}\n\nsource pump: Sample {\n    topic: \"pumps\"\n    key: id\n    time: ts\n    rate: 1 Hz\n}\n\n",
    );
    text.push_str("sink health { topic: \"health\" }\n\ntwin Pump {\n    key id\n    input pump\n");
    for at in 0..groups {
        write!(
            text,
            "    /// Smoothed.\n    let smooth_{at} = ewma(outlet_{at}, tau: 10 s)\n    \
             let mean_{at} = mean(outlet_{at}) over 5 min every 10 s\n    \
             rule high_{at} when smooth_{at} > 8 bar for 30 s until smooth_{at} < 7 bar {{\n        \
             message \"at {{smooth_{at}:.1 bar}}\"\n    }}\n"
        )
        .expect("a string takes everything");
    }
    text.push_str("    emit health { id, mean_0 } every 1 min\n}\n");
    text
}

struct Editor {
    client: Connection,
    next_id: i32,
}

impl Editor {
    fn tell(&self, method: &str, params: Value) {
        let note = Notification::new(method.to_string(), params);
        self.client.sender.send(Message::Notification(note)).expect("the server listens");
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next_id += 1;
        let id = RequestId::from(self.next_id);
        let request = Request::new(id.clone(), method.to_string(), params);
        self.client.sender.send(Message::Request(request)).expect("the server listens");
        loop {
            if let Message::Response(response) = self.client.receiver.recv().expect("an answer") {
                return serde_json::to_value(response).expect("it is JSON");
            }
        }
    }

    fn timed(&mut self, method: &str, params: &Value) -> Duration {
        let begin = Instant::now();
        self.ask(method, params.clone());
        begin.elapsed()
    }

    fn findings(&mut self) -> Value {
        loop {
            if let Message::Notification(mut note) = self.client.receiver.recv().expect("findings") {
                return note.params["diagnostics"].take();
            }
        }
    }
}
