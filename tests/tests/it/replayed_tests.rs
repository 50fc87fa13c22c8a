//! Tests that replay a recording against what really happened.

use std::path::Path;
use twin_connectors::file::create_file;
use twin_engine::{RowColumn, RowSchema, RowType};
use twin_plan::PathStep;
use twin_plan::kernel::Batch;
use twin_tests::test_blocks::{run_folder, say};
use twin_types::{Scalar, words};

const PROGRAM: &str = r#"
schema Sample { unit: string as "machine", ts: timestamp, vib: real }
source samples: Sample { topic: "vib", key: unit, time: ts }
twin Pump {
    key unit
    input samples
    rule worn when vib > 5 until never
}
"#;

/// Hourly samples of two machines over ten days: a wears out on the fourth day, b only seems to on the second.
fn recording() -> String {
    let mut text = String::from("machine,ts,vib\n");
    for hour in 0..240 {
        let (day, at) = (hour / 24 + 1, hour % 24);
        let a = if hour >= 72 { 6 } else { 1 };
        let b = if hour == 24 { 6 } else { 1 };
        text.push_str(&format!(
            "a,2024-01-{day:02}T{at:02}:00:00Z,{a}\nb,2024-01-{day:02}T{at:02}:00:00Z,{b}\n"
        ));
    }
    text
}

fn said(against: &str, expectations: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("a.csv"), recording()).expect("it can be written");
    match against.strip_prefix("parquet") {
        Some(_) => write_parquet(&folder.path().join("f.parquet")),
        None => {
            let ending = if against.starts_with('{') { "jsonl" } else { "csv" };
            std::fs::write(folder.path().join(format!("f.{ending}")), against).expect("it can be written");
        }
    }
    let file = if against.starts_with("parquet") {
        "f.parquet"
    } else if against.starts_with('{') {
        "f.jsonl"
    } else {
        "f.csv"
    };
    let test = format!(
        "test \"t\" {{\n    replay samples \"a.csv\" against failures \"{file}\"\n{expectations}}}\n"
    );
    std::fs::write(folder.path().join("main.twin"), format!("{PROGRAM}{test}")).expect("it can be written");
    match run_folder(folder.path()) {
        Ok(reports) => reports.iter().map(|report| say(&Default::default(), report)).collect(),
        Err(why) => why,
    }
}

/// `a` fails on the sixth day, `b` never.
fn write_parquet(path: &Path) {
    let column = |name: &str, ty| RowColumn {
        path: vec![PathStep::Name(name.to_string())],
        ty: RowType::Scalar(ty),
        unit: None,
        time: None,
        texts: Vec::new(),
    };
    let columns = vec![column("machine", Scalar::String), column("ts", Scalar::Timestamp)];
    let schema = RowSchema { name: "failures".to_string(), columns };
    let mut rows = Batch { rows: 1, columns: vec![Vec::new(); 2], texts: Vec::new() };
    let key = rows.add_text(b"a");
    rows.columns[0].push(key);
    rows.columns[1].push(words::from_i64(1_704_499_200_000_000_000));
    let mut writer = create_file(path, &schema, None).expect("it can be created");
    writer.restore(&Default::default()).expect("it is new");
    writer.write(&rows).expect("it takes rows");
    writer.finish().expect("it can be finished");
}

const GOOD: &str = "    expect worn before 90% of failures by at least 24 h
    expect worn false at most 1 per 400 h
    expect worn false at most 1
    expect worn raised at 2024-01-04T00:00Z
    expect worn raised at 3 d
    expect count(alerts) == 2
    expect count(alerts) == 1 at 2024-01-03T00:00Z
";

#[test]
fn what_really_happened_stands_in_files_of_every_kind() {
    for against in [
        "machine,ts\na,2024-01-06T00:00:00Z\n",
        "ts,remark,key\n2024-01-06T00:00:00Z,bearing,a\n",
        "key,time\na,2024-01-06T00:00:00Z\n",
        "unit,time\na,2024-01-06T00:00:00Z\n",
        "{\"machine\": \"a\", \"time\": \"2024-01-06T00:00:00Z\"}\n",
        "parquet",
    ] {
        assert_eq!(said(against, GOOD), "ok t\n", "{against}");
    }
}

#[test]
fn what_was_missed_and_what_was_false_is_named() {
    let against = "key,time\na,2024-01-04T12:00:00Z\nb,2024-01-09T00:00:00Z\nz,2024-01-09T00:00:00Z\n";
    insta::assert_snapshot!(said(against, GOOD));
    insta::assert_snapshot!(said("key,time\nb,2024-01-01T12:00:00Z\n", GOOD));
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let shown = |text: String| text.split_once("/f.csv").map(|(_, rest)| rest.to_string()).unwrap_or(text);
    insta::assert_snapshot!(shown(said("machine,when\na,2024-01-06T00:00:00Z\n", GOOD)));
}
