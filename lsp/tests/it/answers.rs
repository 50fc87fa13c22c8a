//! Texts with a cursor, and what the server answers there.

use crate::session::{Session, unmarked};
use serde_json::{Value, json};
use std::fmt::Write;

const URI: &str = "file:///plant/pump.twin";

/// A program with a bit of everything; `%` is where a case puts its lines.
const PUMP: &str = "\
//! Pumps.
use std.signal.ewma

enum Mode { idle, running as \"RUN\" }

/// What a pump sends.
schema Sample {
    id: string
    ts: timestamp in ms
    /// At the outlet.
    outlet: pressure in bar valid 0..40
    temp: temperature? in °C
    speed: angular_velocity in rpm
    mode: Mode
}
schema Limits { id: string as \"pump_id\", warm: temperature in degC }

source pump: Sample { topic: \"pumps\"  format: json  key: id  time: ts  lateness: 2 s  rate: 1 Hz }
table limits: Limits { topic: \"limits\"  key: id }
sink health { topic: \"health\" }
command stop: Limits { topic: \"stop\"  key: id }

twin Pump {
    key id
    input pump

    /// Where it gets too warm.
    param warm: temperature = 80 °C
    let smooth = ewma(outlet, tau: 10 s)
    let median_temp = median(temp) over 100 samples
    state starts: int = 0
%
    on rising(mode == running) { starts = starts + 1 }
    rule hot when temp > warm for 30 s until temp < warm - 5 K { severity critical }
    emit health { id, smooth } every 1 min
}
";

fn program(lines: &str) -> String {
    PUMP.replace('%', lines)
}

/// Opens a marked text and gives the position of its mark.
fn opened(marked: &str) -> (Session, Value) {
    let (text, position) = unmarked(marked);
    let session = Session::start();
    session.open(URI, &text);
    (session, position)
}

fn hover(marked: &str) -> String {
    let (mut session, position) = opened(marked);
    let answer = session.ask_at("textDocument/hover", URI, &position);
    answer["contents"]["value"].as_str().unwrap_or("nothing").to_string()
}

#[test]
fn hover_tells_type_clock_bytes_and_documentation() {
    let whole = program("    let warmth = temp - warm");
    let mut text = String::new();
    for (what, from, to) in [
        ("a field", "ewma(outlet", "ewma(out<|>let"),
        ("a param", "param warm", "param w<|>arm"),
        ("a signal that a block keeps", "let smooth", "let smo<|>oth"),
        ("a signal that a window keeps", "let median_temp", "let <|>median_temp"),
        ("a signal that nothing keeps", "let warmth", "let warmth<|>"),
        ("a state", "starts + 1", "st<|>arts + 1"),
        ("a rule", "rule hot", "rule h<|>ot"),
        ("a builtin", "median(temp)", "med<|>ian(temp)"),
        ("a form of the language", "rising(mode", "ris<|>ing(mode"),
        ("a block of the library", "ewma(outlet", "ew<|>ma(outlet"),
        ("a use line", "std.signal.ewma", "std.signal.ew<|>ma"),
        ("a module", "std.signal.ewma", "std.sig<|>nal.ewma"),
        ("a reading", "80 °C", "80 °<|>C"),
        ("a unit", "2 s  rate", "2 <|>s  rate"),
        ("the unit of a field", "angular_velocity in rpm", "angular_velocity in r<|>pm"),
        ("the unit of a reading", "temperature? in °C", "temperature? in °<|>C"),
        ("a twin", "twin Pump", "twin <|>Pump"),
        ("a schema", "pump: Sample", "pump: S<|>ample"),
        ("a source", "input pump", "input p<|>ump"),
        ("a kind of quantity", "outlet: pressure", "outlet: pres<|>sure"),
        ("a keyword", "until temp", "un<|>til temp"),
    ] {
        let marked = whole.replacen(from, to, 1);
        writeln!(text, "## {what}\n\n{}\n", hover(&marked)).expect("a string takes everything");
    }
    insta::assert_snapshot!(text);
}

/// The labels of the completions at the mark, best first, at most twelve, with their details.
fn completions(marked: &str) -> String {
    let (mut session, position) = opened(marked);
    let answer = session.ask_at("textDocument/completion", URI, &position);
    let mut items: Vec<Value> = answer.as_array().cloned().unwrap_or_default();
    items.sort_by_key(|item| item["sortText"].as_str().unwrap_or_default().to_string());
    let typed = |item: &Value| {
        let range = &item["textEdit"]["range"];
        let columns = range["start"]["character"].as_u64()..range["end"]["character"].as_u64();
        let line = marked.lines().nth(position["line"].as_u64().unwrap_or(0) as usize).unwrap_or("");
        let units: Vec<u16> = line.encode_utf16().collect();
        let slice = columns.start.zip(columns.end).and_then(|(a, b)| units.get(a as usize..b as usize));
        String::from_utf16_lossy(slice.unwrap_or_default())
    };
    let starts = |item: &Value| {
        let label = item["label"].as_str().unwrap_or_default();
        label.starts_with(&typed(item))
    };
    let fitting: Vec<&Value> = items.iter().filter(|item| starts(item)).collect();
    let mut text = String::new();
    for item in fitting.iter().take(12) {
        let also = match item["additionalTextEdits"].get(0) {
            Some(edit) => format!("  (+ {:?})", edit["newText"].as_str().unwrap_or_default()),
            None => String::new(),
        };
        let detail = item["detail"].as_str().unwrap_or_default();
        let line = format!("{}  {detail}{also}", item["label"].as_str().unwrap_or_default());
        writeln!(text, "{}", line.trim_end()).expect("a string takes everything");
    }
    if fitting.len() > 12 {
        writeln!(text, "and {} more", fitting.len() - 12).expect("a string takes everything");
    }
    text
}

#[test]
fn completion_knows_its_place() {
    let mut text = String::new();
    for (what, lines) in [
        ("a member begins", "    r<|>"),
        ("a value: names and functions", "    let x = out<|>"),
        ("a value: a block that has no use line yet", "    let x = kal<|>"),
        ("fields of an input", "    let x = pump.<|>"),
        ("fields of a table", "    let x = limits.w<|>"),
        ("what a command can be asked", "    let x = stop.<|>"),
        ("what a rule can be asked", "    let x = hot.<|>"),
        ("values of an enum", "    let x = mode == <|>"),
        ("units of what is compared", "    let x = outlet > 3 <|>"),
        ("units beside a degree sign", "    let x = temp > 20 °<|>"),
        ("units of a parameter", "    let x = ewma(outlet, tau: 10 <|>)"),
        ("a compound unit", "    let x = 3 km/<|>"),
        ("parameters", "    let x = ewma(outlet, <|>)"),
        ("behind a value", "    let x = mean(outlet) o<|>"),
        ("lines of a rule", "    rule r when starts > 3 { <|> }"),
        ("severities", "    rule r when starts > 3 { severity <|> }"),
        ("sinks", "    emit <|>"),
        ("fields of a command", "    rule r when starts > 3 { emit stop { <|> } }"),
        ("a hole of a message", "    rule r when starts > 3 { message \"at {sm<|>\" }"),
        ("states to assign", "    on pump { st<|> }"),
        ("types", "    state s: pre<|>"),
        ("no completion in a comment", "    // out<|>"),
        ("no completion in a text", "    rule r when starts > 3 { message \"out<|>\" }"),
    ] {
        let found = completions(&program(lines));
        writeln!(text, "## {what}\n{}\n{found}", lines.trim()).expect("a string takes everything");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn completion_at_the_top_of_a_file() {
    let mut text = String::new();
    for lines in [
        "s<|>",
        "use std.<|>",
        "use std.detect.<|>",
        "source s: <|>",
        "source t: Sample { <|> }",
        "source t: Sample { format: <|> }",
        "source t: Sample { key: i<|> }",
        "schema T { x: pres<|> }",
        "schema T { x: pressure in k<|> }",
        "test \"t\" { <|> }",
        "test \"t\" { with <|> }",
        "test \"t\" { with Pump \"a\" at 3 s pump { <|> } }",
        "test \"t\" { with Pump \"a\" expect h<|> }",
        "test \"t\" { with Pump \"a\" expect hot <|> }",
    ] {
        let found = completions(&format!("{}\n{lines}\n", program("")));
        writeln!(text, "## {lines}\n{found}").expect("a string takes everything");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn findings_come_with_code_severity_places_and_cures() {
    let text = program("    let µ = outlet + temp // Ω\n    let typo = outlt\n    rule odd when temp > 20");
    let mut session = Session::start();
    session.open(URI, &text);
    let findings = session.findings(URI);
    let everything = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let context = json!({ "diagnostics": [] });
    let asked = json!({ "textDocument": { "uri": URI }, "range": everything, "context": context });
    let actions = session.ask("textDocument/codeAction", asked);
    insta::assert_snapshot!(format!("{findings:#}\n\n{actions:#}"));
}

#[test]
fn typing_changes_findings() {
    let text = program("    let x = outlet > 3 bar");
    let mut session = Session::start();
    session.open(URI, &text);
    assert_eq!(session.findings(URI), json!([]));
    // ` bar` becomes ` °C`: behind it the columns of UTF-16 and of bytes differ.
    let line = text.lines().position(|line| line.contains("3 bar")).expect("the line");
    let range = |from: usize, to: usize| json!({ "start": { "line": line, "character": from }, "end": { "line": line, "character": to } });
    session.change(URI, 2, Some(range(23, 26)), "°C");
    let findings = session.findings(URI);
    assert_eq!(findings[0]["code"], "E0302", "{findings:#}");
    assert_eq!(findings[0]["range"]["end"]["character"], 25, "{findings:#}");
    session.change(URI, 3, Some(range(23, 25)), "kPa");
    assert_eq!(session.findings(URI), json!([]));
    session.change(URI, 4, None, "twin {");
    assert_ne!(session.findings(URI), json!([]));
    session.tell("textDocument/didClose", json!({ "textDocument": { "uri": URI } }));
    assert_eq!(session.findings(URI), json!([]));
}

#[test]
fn format_changes_only_what_differs() {
    let text = program("    let   x = outlet>3 bar // °");
    let mut session = Session::start();
    session.open(URI, &text);
    let options = json!({ "tabSize": 4, "insertSpaces": true });
    let asked = json!({ "textDocument": { "uri": URI }, "options": options });
    let edits = session.ask("textDocument/formatting", asked.clone());
    insta::assert_snapshot!(format!("{edits:#}"));
    session.change(URI, 2, None, "twin {");
    assert_eq!(session.ask("textDocument/formatting", asked), json!([]));
}

#[test]
fn symbols_are_an_outline() {
    let mut session = Session::start();
    session.open(URI, &program(""));
    let symbols = session.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": URI } }));
    let mut text = String::new();
    fn write(symbols: &Value, depth: usize, text: &mut String) {
        for symbol in symbols.as_array().into_iter().flatten() {
            let (name, detail) = (symbol["name"].as_str(), symbol["detail"].as_str());
            let line = symbol["selectionRange"]["start"]["line"].as_u64().unwrap_or_default() + 1;
            let indent = "  ".repeat(depth);
            let (name, detail) = (name.unwrap_or_default(), detail.unwrap_or_default());
            writeln!(text, "{indent}{name}: {detail} (line {line})").expect("a string takes everything");
            write(&symbol["children"], depth + 1, text);
        }
    }
    write(&symbols, 0, &mut text);
    insta::assert_snapshot!(text);
}

#[test]
fn an_unknown_request_is_refused() {
    let mut session = Session::start();
    let answer = session.ask("textDocument/somethingElse", json!({}));
    assert_eq!(answer["code"], -32601);
}
