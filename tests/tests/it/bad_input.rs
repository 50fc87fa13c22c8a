//! Whatever stands in a recording, the run goes on: a record that cannot be taken is set aside once, with where it was
//! and why; a value that cannot be read is absent and counted; a file that is no recording is refused in words.

use serde_json::Value;
use std::path::{Path, PathBuf};
use twin_connectors::file::create_file;
use twin_plan::kernel::Batch;
use twin_tests::run::{self, Outcome, WAYS};

const PROGRAM: &str = r#"
enum Mode { idle, running as "RUN" }
schema S { id: string  ts: timestamp in ms  x: real  n: int?  mode: Mode?  y: real? valid 0..100 }
source s: S { topic: "s"  format: FORMAT  key: id  time: ts }
sink out { topic: "out" }
sink copy: Whole { topic: "copy" }
schema Whole { id: string  ts: timestamp in ms  x: real }
twin T {
    key id
    input s
    emit out { id, at: now, x, n, mode, y }
}
"#;

fn program(format: &str) -> run::Program {
    run::compile("bad", &PROGRAM.replace("FORMAT", format)).unwrap_or_else(|findings| panic!("{findings}"))
}

/// All ways of running agree on what is set aside too.
fn replay(format: &str, path: &Path) -> Result<Outcome, String> {
    let program = program(format);
    let recordings = [("s", vec![path])];
    let first = run::run(&program, &recordings, WAYS[0], None)?;
    for way in &WAYS[1..4] {
        let outcome = run::run(&program, &recordings, *way, None)?;
        assert!(first == outcome, "{}: {}", way.name, twin_tests::differential::difference(&first, &outcome));
    }
    Ok(first)
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().expect("a folder"))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).expect("it can be written");
        path
    }
}

fn records(outcome: &Outcome, sink: &str) -> Vec<Value> {
    let lines = outcome.outputs.get(sink).map_or("", String::as_str);
    lines.lines().map(|line| serde_json::from_str(line).expect("records are JSON")).collect()
}

const GOOD_LINE: &str = r#"{"id":"A","ts":1000,"x":1}"#;
const CSV_HEAD: &str = "id,ts,x,n,mode,y";

/// A record between two good ones, as the second line of a log.
fn between(format: &str, line: &[u8]) -> Result<Outcome, String> {
    let folder = Folder::new();
    let (head, ending, good) = match format {
        "json" => (String::new(), "jsonl", GOOD_LINE),
        _ => (format!("{CSV_HEAD}\n"), "csv", "A,1000,1,,,"),
    };
    let bytes = [head.as_bytes(), good.as_bytes(), b"\n", line, b"\n", good.as_bytes(), b"\n"].concat();
    replay(format, &folder.write(&format!("log.{ending}"), &bytes))
}

/// A record that is set aside: its reason, and words of the detail.
fn is_set_aside(format: &str, line: &[u8], reason: &str, detail: &str) {
    let shown = String::from_utf8_lossy(line);
    let outcome = between(format, line).unwrap_or_else(|why| panic!("{shown}: {why}"));
    let rejects = records(&outcome, "rejects");
    assert_eq!(rejects.len(), 1, "{shown}: {rejects:?}");
    let reject = &rejects[0];
    assert_eq!(reject["source"], "s", "{reject}");
    assert_eq!((&reject["partition"], &reject["offset"]), (&0.into(), &1.into()), "{reject}");
    assert_eq!(reject["reason"], reason, "{reject}");
    assert!(reject["detail"].as_str().is_some_and(|text| text.contains(detail)), "{detail}: {reject}");
    assert_eq!(reject["raw"], *shown, "{reject}");
    assert_eq!((outcome.summary.rejected, outcome.summary.rejects[reason]), (1, 1));
    assert_eq!(outcome.summary.faults, 0, "{shown}: counted once");
    assert_eq!(records(&outcome, "out").len(), 2, "{shown}: the run goes on");
}

#[test]
fn json_that_is_no_record() {
    for (line, detail) in [
        (&br#"{"id":"A","ts":1000,"x":1"#[..], "ends too soon"),
        (br#"{"id":"A" "ts":1000,"x":1}"#, "comma"),
        (br#"{"id":"A","ts":1000,"x":1,}"#, "name is missing"),
        (br#"{"id":"A","ts":1000,"x":1}}"#, "follows the record"),
        (br#"{"id":"A","ts":1000,"x":1} {"id":"A","ts":1000,"x":1}"#, "follows the record"),
        (br#"{"id":"A","ts":1000,"x":01}"#, "number that JSON does not have"),
        (br#"{"id":"A\q","ts":1000,"x":1}"#, "escape that JSON does not have"),
        (br#"{"id":"A\ud800","ts":1000,"x":1}"#, "half a surrogate pair"),
        (br#"[1,2]"#, "array"),
        (br#"null"#, "no object"),
        (br#""text""#, "no object"),
        (br#"42"#, "no object"),
        (b"{\"id\":\"\xff\xfe\",\"ts\":1000,\"x\":1}", "no UTF-8"),
        (b"{\"id\":\"A\",\"ts\":1000,\"x\":1,\"unread\":\"\xff\"}", "no UTF-8"),
    ] {
        is_set_aside("json", line, "undecodable", detail);
    }
}

#[test]
fn required_fields_that_are_missing_or_wrong() {
    for (line, reason, detail) in [
        ("{}", "missing_field", "`id` is missing"),
        (r#"{"ts":1000,"x":1}"#, "missing_field", "`id` is missing"),
        (r#"{"id":null,"ts":1000,"x":1}"#, "missing_field", "`id` is missing"),
        (r#"{"id":"A","x":1}"#, "missing_field", "`ts` is missing"),
        (r#"{"id":"A","ts":1000,"x":null}"#, "missing_field", "`x` is missing"),
        (r#"{"id":7,"ts":1000,"x":1}"#, "bad_value", "`id` is 7, which is not a text"),
        (r#"{"id":"A","ts":"yesterday","x":1}"#, "bad_value", "`ts` is \"yesterday\", which is not a number"),
        (r#"{"id":"A","ts":9223372036854775807,"x":1}"#, "bad_value", "does not fit"),
        (r#"{"id":"A","ts":1000,"x":"one"}"#, "bad_value", "`x` is \"one\", which is not a number"),
        (r#"{"id":"A","ts":1000,"x":true}"#, "bad_value", "`x` is true"),
        (r#"{"id":"A","ts":1000,"x":{}}"#, "bad_value", "`x` is {}"),
        (r#"{"id":"A","ts":1000,"x":1e999}"#, "bad_value", "no finite number"),
        (r#"{"id":"A","ts":1000,"x":NaN}"#, "bad_value", "no finite number"),
        (r#"{"id":"A","ts":1000,"x":-Infinity}"#, "bad_value", "no finite number"),
    ] {
        is_set_aside("json", line.as_bytes(), reason, detail);
    }
}

#[test]
fn rows_of_separated_values_that_are_no_records() {
    for (line, reason, detail) in [
        (&b",1000,1,,,"[..], "missing_field", "`id` is missing"),
        (b"A,,1,,,", "missing_field", "`ts` is missing"),
        (b"A,1000,,,,", "missing_field", "`x` is missing"),
        (b"A,1000,one,,,", "bad_value", "`x` is one"),
        (b"A,1000,NaN,,,", "bad_value", "no finite number"),
        (b"A,1000,inf,,,", "bad_value", "no finite number"),
        (b"A,1000,1e999,,,", "bad_value", "no finite number"),
        (b"\xff,1000,1,,,", "undecodable", "no UTF-8"),
        (b"\"A,1000,1,,,", "undecodable", "quote is opened and never closed"),
    ] {
        is_set_aside("csv", line, reason, detail);
    }
}

#[test]
fn optional_values_that_cannot_be_read_are_absent_and_counted() {
    let cases = [
        ("json", r#"{"id":"A","ts":1000,"x":1,"n":9223372036854775808}"#, "n", "unreadable"),
        ("json", r#"{"id":"A","ts":1000,"x":1,"n":1.5}"#, "n", "unreadable"),
        ("json", r#"{"id":"A","ts":1000,"x":1,"n":"7"}"#, "n", "unreadable"),
        ("json", r#"{"id":"A","ts":1000,"x":1,"mode":"walking"}"#, "mode", "unreadable"),
        ("json", r#"{"id":"A","ts":1000,"x":1,"mode":5}"#, "mode", "unreadable"),
        ("json", r#"{"id":"A","ts":1000,"x":1,"y":NaN}"#, "y", "unreadable"),
        ("json", r#"{"id":"A","ts":1000,"x":1,"y":100.001}"#, "y", "outside `valid`"),
        ("json", r#"{"id":"A","ts":1000,"x":1,"y":-1e-9}"#, "y", "outside `valid`"),
        ("csv", "A,1000,1,1.5,,", "n", "unreadable"),
        ("csv", "A,1000,1,,walking,", "mode", "unreadable"),
        ("csv", "A,1000,1,,,Infinity", "y", "unreadable"),
        ("csv", "A,1000,1,,,101", "y", "outside `valid`"),
    ];
    for (format, line, field, what) in cases {
        let outcome = between(format, line.as_bytes()).unwrap_or_else(|why| panic!("{line}: {why}"));
        let out = records(&outcome, "out");
        assert_eq!(out.len(), 3, "{line}");
        assert_eq!((&out[1][field], &out[1]["x"]), (&Value::Null, &1.into()), "{line}");
        let place = format!("s.{field}: {what}");
        assert_eq!((outcome.summary.faults, outcome.summary.faults_by[&place]), (1, 1), "{line}");
        assert_eq!(outcome.summary.rejected, 0, "{line}");
    }
}

#[test]
fn the_ends_of_valid_are_in_it() {
    for y in ["0", "100"] {
        let line = format!("{{\"id\":\"A\",\"ts\":1000,\"x\":1,\"y\":{y}}}");
        let outcome = between("json", line.as_bytes()).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(records(&outcome, "out")[1]["y"].to_string(), y);
        assert_eq!(outcome.summary.faults, 0);
    }
}

#[test]
fn blank_lines_and_odd_but_readable_records() {
    for (format, line, count) in [
        ("json", "", 2),
        ("json", "   ", 2),
        ("json", r#"{"id":"","ts":1000,"x":1}"#, 3),
        ("json", r#"{"id":"A","ts":1000,"x":1,"x":2}"#, 3),
        ("csv", "", 2),
        ("csv", "A,1000,1", 3),
        ("csv", "A,1000,1,,,,,,", 3),
        ("csv", "A\"B,1000,1,,,", 3),
    ] {
        let outcome = between(format, line.as_bytes()).unwrap_or_else(|why| panic!("{line}: {why}"));
        assert_eq!(records(&outcome, "out").len(), count, "{line}");
        assert_eq!((outcome.summary.rejected, outcome.summary.faults), (0, 0), "{line}");
    }
}

#[test]
fn a_line_of_ten_mebibytes() {
    for line in [format!("{{\"id\":\"A\",\"pad\":\"{}\"}}", "z".repeat(10 << 20)), "z".repeat(10 << 20)] {
        let outcome = between("json", line.as_bytes()).unwrap_or_else(|why| panic!("{why}"));
        let rejects = records(&outcome, "rejects");
        assert_eq!(rejects.len(), 1);
        assert_eq!((&rejects[0]["reason"], &rejects[0]["offset"]), (&"too_large".into(), &1.into()));
        let raw = rejects[0]["raw"].as_str().expect("its beginning");
        assert!(line.starts_with(raw.trim_end_matches('…')) && raw.len() < 1 << 16, "{} bytes", raw.len());
        assert_eq!(records(&outcome, "out").len(), 2);
    }
}

#[test]
fn times_that_repeat_go_back_or_lie_far_ahead() {
    let folder = Folder::new();
    let line = |time: &str, own: i64, x: i64| {
        format!(
            "{{\"key\":\"A\",\"value\":{{\"id\":\"A\",\"ts\":{time},\"x\":{x}}},\"timestamp\":{own},\"partition\":0,\"offset\":{x}}}\n"
        )
    };
    let day = 86_400_000;
    // The third is a day and a millisecond ahead of its record's own timestamp, the fourth exactly a day.
    let lines = [
        line("1000", 1000, 1),
        line("1000", 1001, 2),
        line(&(1002 + day + 1).to_string(), 1002, 3),
        line("999", 1003, 4),
        line("4102444800000", 1004, 5),
        line(&(1005 + day).to_string(), 1005, 6),
    ];
    let outcome = replay("json", &folder.write("log.jsonl", lines.concat().as_bytes()))
        .unwrap_or_else(|e| panic!("{e}"));
    let taken: Vec<_> = records(&outcome, "out").iter().map(|record| record["x"].to_string()).collect();
    assert_eq!(taken, ["1", "2", "6"], "one at the clock is applied, also twice");
    let rejects = records(&outcome, "rejects");
    let places: Vec<_> = rejects
        .iter()
        .map(|r| (r["reason"].to_string(), r["offset"].to_string(), r["key"].to_string()))
        .collect();
    let future = |offset: &str| ("\"future\"".to_string(), offset.to_string(), "\"A\"".to_string());
    assert_eq!(places, [future("3"), future("5")]);
    let late = records(&outcome, "late");
    assert_eq!(late.len(), 1);
    assert_eq!(
        (&late[0]["offset"], &late[0]["behind"], &late[0]["value"]["x"]),
        (&4.into(), &0.001.into(), &4.into())
    );
    assert_eq!((outcome.summary.late, outcome.summary.rejected), (1, 2));
}

#[test]
fn records_in_envelopes_without_a_value_or_a_key() {
    let folder = Folder::new();
    let lines = [
        r#"{"key":"A","value":{"id":"A","ts":1,"x":1},"timestamp":1,"partition":0,"offset":7}"#,
        r#"{"key":"A","value":null,"timestamp":1,"partition":0,"offset":8}"#,
        r#"{"key":null,"value":{"id":"B","ts":2,"x":2},"timestamp":1,"partition":0,"offset":9}"#,
        r#"{"key":"A","value":{"id":"A","ts":3,"x":"?"},"timestamp":1,"partition":0,"offset":10}"#,
    ];
    let outcome = replay("json", &folder.write("log.jsonl", lines.join("\n").as_bytes()))
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(records(&outcome, "out").len(), 2);
    let rejects: Vec<_> = records(&outcome, "rejects")
        .iter()
        .map(|r| (r["offset"].to_string(), r["key"].to_string()))
        .collect();
    assert_eq!(rejects, [("8".to_string(), "\"A\"".to_string()), ("10".to_string(), "\"A\"".to_string())]);
}

#[test]
fn files_that_are_no_recordings_are_refused_in_words() {
    let folder = Folder::new();
    let good = GOOD_LINE.as_bytes();
    for (name, format, bytes, words) in [
        ("a.jsonl.gz", "json", good, "not the bytes of gzip"),
        ("a.jsonl.zst", "json", good, "not the bytes of Zstandard"),
        ("a.parquet", "json", good, "no Parquet file"),
        ("a.avro", "avro", good, "no Avro file"),
        ("a.jsonl", "json", b"\xff\xfe{\0", "UTF-16"),
        ("a.csv", "csv", b"id,ts\nA,1\n", "no column `x`, which field `x` needs; there are `id`, `ts`"),
    ] {
        let refused = replay(format, &folder.write(name, bytes)).expect_err(name);
        assert!(refused.contains(words) && refused.contains(name), "{name}: {refused}");
    }
    let refused = replay("json", folder.0.path()).expect_err("a folder");
    assert!(refused.contains("this is a folder"), "{refused}");
    let refused = replay("json", &folder.0.path().join("none.jsonl")).expect_err("nothing");
    assert!(refused.contains("none.jsonl: No such file"), "{refused}");
}

#[test]
fn files_with_nothing_in_them_are_runs_without_events() {
    let folder = Folder::new();
    for (name, format, bytes) in [
        ("a.jsonl", "json", String::new()),
        ("b.jsonl", "json", "\n\n".to_string()),
        ("a.csv", "csv", String::new()),
        ("a.parquet", "json", String::new()),
        ("b.csv", "csv", format!("{CSV_HEAD}\n")),
    ] {
        let outcome = replay(format, &folder.write(name, bytes.as_bytes()))
            .unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(
            (outcome.summary.events, outcome.summary.twins, outcome.summary.rejected),
            (0, 0, 0),
            "{name}"
        );
    }
}

/// A whole file of many records, as the project's own writers make it.
fn whole_file(folder: &Folder, name: &str) -> Vec<u8> {
    let path = folder.0.path().join(name);
    let schemas = twin_engine::schemas(&program("json").plan);
    let schema = schemas.into_iter().find(|schema| schema.name == "copy").expect("the sink");
    let mut rows = Batch { columns: vec![Vec::new(); 3], ..Batch::default() };
    for n in 0..5000u64 {
        let id = rows.add_text(format!("twin {}", n * 7919 % 5000).as_bytes());
        rows.columns[0].push(id);
        rows.columns[1].push(n * 1_000_000_000);
        rows.columns[2].push((n as f64 * 0.37).sqrt().to_bits());
        rows.rows += 1;
    }
    let mut writer = create_file(&path, &schema, None).expect("it can be made");
    writer.write(&rows).expect("it can be written");
    writer.finish().expect("it can be finished");
    std::fs::read(&path).expect("it can be read")
}

#[test]
fn files_that_were_cut_off() {
    let folder = Folder::new();
    for (name, format) in [
        ("whole.jsonl.gz", "json"),
        ("whole.jsonl.zst", "json"),
        ("whole.csv.gz", "csv"),
        ("whole.parquet", "json"),
        ("whole.avro", "avro"),
        ("whole.arrow", "json"),
    ] {
        let bytes = whole_file(&folder, name);
        let outcome =
            replay(format, &folder.0.path().join(name)).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!((outcome.summary.events, outcome.summary.rejected), (5000, 0), "{name}");
        for part in [2, 3] {
            let cut = folder.write(&name.replace("whole", "cut"), &bytes[..bytes.len() * (part - 1) / part]);
            is_cut_off(format, &cut);
        }
    }
}

/// What lies before the cut is taken, the cut is told once; of a file whose end says what is in it nothing can be.
fn is_cut_off(format: &str, path: &Path) {
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
    let outcome = match replay(format, path) {
        Ok(outcome) => outcome,
        Err(refused) => {
            assert!(name.ends_with(".parquet") && refused.contains("it was cut off"), "{refused}");
            return;
        }
    };
    let rejects = records(&outcome, "rejects");
    assert_eq!(rejects.len(), 1, "{name}");
    assert_eq!(rejects[0]["reason"], "undecodable", "{name}");
    assert_eq!(rejects[0]["offset"].as_u64(), Some(outcome.summary.events), "{name}");
    let detail = rejects[0]["detail"].as_str().expect("a detail");
    assert!(detail.contains("cut off") && detail.contains(name), "{detail}");
    let has_lines = name.ends_with(".gz");
    assert!(outcome.summary.events < 5000 && (outcome.summary.events > 2000 || !has_lines), "{name}");
}
