//! Numbers of other people's libraries, through programs: by the evaluator and by machine code.

mod equations;
mod recursive;
mod windows;

use serde_json::Value;
use std::path::PathBuf;
use twin_tests::csv::Csv;
use twin_tests::run::{self, WAYS};

const KINDS: [&str; 3] = ["plain", "offset", "bursty"];

/// A file of expected numbers: beside the operators that first used it, or here.
fn path(file: &str) -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let own = here.join("oracles").join(file);
    if own.is_file() { own } else { here.join("../runtime/operators/tests/data").join(file) }
}

fn table(file: &str) -> Csv {
    Csv::read(&path(file))
}

fn json(file: &str) -> Value {
    let text = std::fs::read_to_string(path(file)).expect("an oracle can be read");
    serde_json::from_str(&text).expect("an oracle is JSON")
}

/// The records that a program's sink `out` gets; the two kernels must agree to the last bit.
fn outputs(program: &str, source: &str, records: &str, to: Option<i64>) -> Vec<Value> {
    let compiled = run::compile("oracle", program).unwrap_or_else(|findings| panic!("{findings}\n{program}"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("records.csv");
    std::fs::write(&file, records).expect("records can be written");
    let recordings = [(source, vec![file.as_path()])];
    let [evaluator, native] = [WAYS[0], WAYS[1]].map(|way| {
        run::run(&compiled, &recordings, way, to).unwrap_or_else(|why| panic!("{}: {why}", way.name))
    });
    assert_eq!(evaluator, native, "{}", twin_tests::differential::difference(&evaluator, &native));
    let out = native.outputs.get("out").map_or("", String::as_str);
    out.lines().map(|line| serde_json::from_str(line).expect("records are JSON")).collect()
}

/// The series of a kind, its times moved on by so many milliseconds.
fn series(kind: &str, later_ms: i64) -> String {
    let mut text = "ts_ms,x\n".to_string();
    for row in table(&format!("win_{kind}_events.csv")).rows() {
        let time: i64 = row.text("ts_ms").parse().expect("milliseconds");
        text.push_str(&format!("{},{}\n", time + later_ms, row.text("x")));
    }
    text
}

/// Relative to the value, or to `floor` where that is larger.
fn is_near(found: Option<f64>, wanted: Option<f64>, (relative, floor): (f64, f64)) -> bool {
    match (found, wanted) {
        (Some(found), Some(wanted)) => (found - wanted).abs() <= relative * wanted.abs().max(floor),
        (found, wanted) => found == wanted,
    }
}

const SOURCE: &str = r#"
schema S { ts_ms: timestamp in ms  x: real }
source s: S { topic: "s"  format: csv  key: "one"  time: ts_ms }
sink out { topic: "out" }
"#;
