//! Whatever stands in a document, and wherever the cursor is, the server goes on.

use crate::session::Session;
use serde_json::json;
use std::fs;
use std::path::Path;

/// Every so many bytes a text is cut and asked about.
const STEP: usize = 211;

fn examples() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let examples = fs::read_dir(root.join("examples")).expect("the examples");
    let mut paths: Vec<_> = examples.flatten().map(|entry| entry.path().join("main.twin")).collect();
    paths.push(root.join("stdlib/tests/every_block.twin"));
    paths.sort();
    paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}

#[test]
fn no_prefix_stops_it() {
    let uri = "file:///plant/cut.twin";
    let mut session = Session::start();
    session.open(uri, "");
    let mut version = 1;
    for text in examples() {
        let cuts = (0..text.len()).step_by(STEP).filter(|at| text.is_char_boundary(*at));
        for cut in cuts {
            let beginning = &text[..cut];
            version += 1;
            session.change(uri, version, None, beginning);
            let line = beginning.matches('\n').count();
            let column = beginning.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
            let position = json!({ "line": line, "character": column });
            for method in ["hover", "completion", "definition"] {
                let answer = session.ask_at(&format!("textDocument/{method}"), uri, &position);
                assert!(answer.get("code").is_none(), "{method} at byte {cut}: {answer}\n{beginning}");
            }
            let document = json!({ "textDocument": { "uri": uri } });
            let symbols = session.ask("textDocument/documentSymbol", document);
            assert!(symbols.is_array(), "symbols at byte {cut}: {symbols}\n{beginning}");
        }
    }
}

#[test]
fn positions_beyond_the_text_are_its_end() {
    let uri = "file:///plant/cut.twin";
    let mut session = Session::start();
    session.open(uri, "twin Ω {\n  °");
    for (line, character) in [(0, 99), (1, 3), (9, 9), (0, 6)] {
        let position = json!({ "line": line, "character": character });
        for method in ["hover", "completion", "definition"] {
            let answer = session.ask_at(&format!("textDocument/{method}"), uri, &position);
            assert!(answer.get("code").is_none(), "{answer}");
        }
    }
}
