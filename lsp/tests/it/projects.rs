//! Programs of several files, some open and some on the disk.

use crate::session::{Session, unmarked, uri};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const MAIN: &str = "\
use fleet.rules.hot
use std.signal.ewma
schema S from \"s.avsc\" { temp: in degC }
source cars: S { key: vin  time: ts  format: avro }
twin Car {
    key vin
    input cars
    let smooth = ewma(temp, tau: 3 s)
    rule warm when hot(smooth) for 10 s until smooth < 60 degC { severity minor }
}
";
const RULES: &str = "/// Too hot.\nfn hot(t: temperature) -> bool = t > 80 degC\n";
const SCHEMA: &str = r#"{"type":"record","name":"S","fields":[
    {"name":"vin","type":"string"},
    {"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"temp","type":"double"}
]}"#;

/// A project on the disk.
struct OnDisk(tempfile::TempDir);

impl OnDisk {
    fn new() -> OnDisk {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("fleet")).expect("a folder");
        let disk = OnDisk(folder);
        disk.write("main.twin", MAIN);
        disk.write("fleet/rules.twin", RULES);
        disk.write("s.avsc", SCHEMA);
        disk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn uri(&self, name: &str) -> String {
        uri(&self.path(name))
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it is written");
    }
}

fn codes(findings: &Value) -> Vec<String> {
    let findings = findings.as_array().cloned().unwrap_or_default();
    findings.iter().map(|f| f["code"].as_str().unwrap_or_default().to_string()).collect()
}

#[test]
fn a_file_is_checked_with_the_program_that_uses_it() {
    let disk = OnDisk::new();
    let rules = disk.uri("fleet/rules.twin");
    let mut session = Session::start();
    session.open(&rules, RULES);
    assert_eq!(codes(&session.findings(&rules)), [""; 0]);
    // A change there makes the call in the main file wrong, which no editor has open.
    session.change(&rules, 2, None, &RULES.replace("temperature", "pressure").replace("degC", "bar"));
    let main = session.findings(&disk.uri("main.twin"));
    assert!(!codes(&main).is_empty());
    session.change(&rules, 3, None, RULES);
    assert_eq!(codes(&session.findings(&disk.uri("main.twin"))), [""; 0]);
}

#[test]
fn a_file_that_no_program_uses_stands_alone() {
    let disk = OnDisk::new();
    disk.write("scratch.twin", "fn half(x: real) -> real = x / 2\n");
    let scratch = disk.uri("scratch.twin");
    let mut session = Session::start();
    session.open(&scratch, "fn half(x: real) -> real = y / 2\n");
    assert_eq!(codes(&session.findings(&scratch)), ["E0201"]);
    let (text, position) = unmarked("fn half(x: U) -> U = x / 2\nfn quarter(x: U) -> U = ha<|>lf(half(x))\n");
    session.change(&scratch, 2, None, &text);
    assert_eq!(codes(&session.findings(&scratch)), [""; 0]);
    let found = session.ask_at("textDocument/definition", &scratch, &position);
    assert_eq!(found["range"]["start"], json!({ "line": 0, "character": 3 }));
}

#[test]
fn definitions_lead_into_other_files() {
    let disk = OnDisk::new();
    let main = disk.uri("main.twin");
    let mut session = Session::start();
    session.open(&main, MAIN);
    assert_eq!(codes(&session.findings(&main)), [""; 0]);
    let mut find = |marked: &str| {
        let (text, position) = unmarked(marked);
        assert_eq!(text, MAIN);
        let answer = session.ask_at("textDocument/definition", &main, &position);
        let start = &answer["range"]["start"];
        (
            answer["uri"].as_str().unwrap_or("none").to_string(),
            start["line"].as_u64(),
            start["character"].as_u64(),
        )
    };
    assert_eq!(
        find(&MAIN.replace("hot(smooth)", "ho<|>t(smooth)")),
        (disk.uri("fleet/rules.twin"), Some(1), Some(3))
    );
    assert_eq!(
        find(&MAIN.replace("fleet.rules", "fleet.ru<|>les")),
        (disk.uri("fleet/rules.twin"), Some(0), Some(0))
    );
    assert_eq!(find(&MAIN.replace("hot(smooth)", "hot(smo<|>oth)")), (main.clone(), Some(7), Some(8)));
    assert_eq!(find(&MAIN.replace("cars: S", "cars: <|>S")), (main.clone(), Some(2), Some(7)));
    assert_eq!(find(&MAIN.replace("input cars", "input ca<|>rs")), (main.clone(), Some(3), Some(7)));
    let (library, ..) = find(&MAIN.replace("ewma(temp", "ew<|>ma(temp"));
    assert_eq!(library, format!("file://{}/std/signal.twin", session.library_folder()));
    let path = library.trim_start_matches("file://");
    assert!(fs::metadata(path).expect("it is there").permissions().readonly());
    // It can be read and asked about; nobody is told of findings in it.
    let text = fs::read_to_string(path).expect("it is text");
    session.open(&library, &text);
    let line = text.lines().position(|line| line.starts_with("block ewma")).expect("the block");
    let hover = session.ask_at("textDocument/hover", &library, &json!({ "line": line, "character": 7 }));
    assert!(hover["contents"]["value"].as_str().is_some_and(|text| text.contains("Roberts")), "{hover}");
}

#[test]
fn files_that_others_write_are_read_again() {
    let disk = OnDisk::new();
    let main = disk.uri("main.twin");
    let mut session = Session::start();
    session.open(&main, MAIN);
    assert_eq!(codes(&session.findings(&main)), [""; 0]);
    rewrite(&disk.path("s.avsc"), &SCHEMA.replace("temp", "warmth"));
    assert!(!codes(&session.findings(&main)).is_empty());
}

/// Writes until the file's time has changed: some disks count coarsely.
fn rewrite(path: &Path, text: &str) {
    let time = || fs::metadata(path).and_then(|data| data.modified()).expect("a time");
    let before = time();
    while time() == before {
        fs::write(path, text).expect("it is written");
    }
}
