//! What sinks write: forms, going on after a stop, and that the bytes depend on the rows alone.

use crate::common::*;
use std::path::Path;
use twin_connectors::file::create_file;
use twin_engine::{LogError, RowColumn, RowSchema, RowType};
use twin_plan::TimeText;
use twin_plan::kernel::Batch;
use twin_types::{ABSENT_BOOL, ABSENT_INT, ABSENT_REAL, ABSENT_STRING, EnumId, Scalar, UnitTable, words};

fn field(name: &str, ty: Scalar) -> RowColumn {
    RowColumn { path: path_of(name), ty: RowType::Scalar(ty), unit: None, time: None, texts: Vec::new() }
}

/// A sink with a field of every kind.
pub fn schema() -> RowSchema {
    let table = UnitTable::default();
    let mut columns = vec![
        field("vin", Scalar::String),
        field("at", Scalar::Timestamp),
        field("engine.temp", Scalar::Real),
        field("engine.on", Scalar::Bool),
        field("tire[0]", Scalar::Real),
        field("tire[1]", Scalar::Real),
        field("mode", Scalar::Enum(EnumId(0))),
        field("count", Scalar::Int),
        field("held", Scalar::Duration),
        field("ms", Scalar::Timestamp),
        field("day", Scalar::Timestamp),
        RowColumn { ty: RowType::Json, ..field("why", Scalar::String) },
    ];
    columns[2].unit = table.get("degC");
    columns[4].unit = table.get("psi");
    columns[5].unit = table.get("psi");
    columns[6].texts = vec!["idle".to_string(), "RUN".to_string()];
    columns[8].unit = table.get("min");
    columns[9].time = Some(TimeText::Count(1_000_000));
    columns[10].time = Some(TimeText::Pattern("M/d/yyyy h:mm:ss a".to_string(), "UTC".to_string()));
    RowSchema { name: "health".to_string(), columns }
}

/// Rows `from..to` of the sink; every third is absent but for its name.
pub fn rows(from: usize, to: usize) -> Batch {
    let table = UnitTable::default();
    let (celsius, psi) = (table.get("degC").unwrap(), table.get("psi").unwrap());
    let mut batch = Batch { columns: vec![Vec::new(); 12], ..Batch::default() };
    for at in from..to {
        let name = batch.add_text(format!("car \"{at}\", é").as_bytes());
        let mut row = vec![
            name,
            ABSENT_INT,
            ABSENT_REAL,
            ABSENT_BOOL,
            ABSENT_REAL,
            ABSENT_REAL,
            ABSENT_INT,
            ABSENT_INT,
            ABSENT_INT,
            ABSENT_INT,
            ABSENT_INT,
            ABSENT_STRING,
        ];
        if at % 3 != 2 {
            let time = words::from_i64(1_567_606_196_000_000_000 + at as i64 * 1_500_000_000);
            let why = batch.add_text(format!("[{{\"n\":{at}}}]").as_bytes());
            row[1..].copy_from_slice(&[
                time,
                words::from_f64(celsius.to_si(21.37 + at as f64)),
                words::from_bool(Some(at % 2 == 0)),
                words::from_f64(psi.to_si(31.9)),
                ABSENT_REAL,
                at as u64 % 2,
                words::from_i64(-(at as i64)),
                words::from_i64(at as i64 * 30_000_000_000),
                time,
                time,
                why,
            ]);
        }
        for (column, word) in batch.columns.iter_mut().zip(row) {
            column.push(word);
        }
        batch.rows += 1;
    }
    batch
}

fn write(path: &Path, pieces: &[Batch], spool: Option<&Path>) -> Result<(), LogError> {
    let mut writer = create_file(path, &schema(), spool)?;
    for piece in pieces {
        writer.write(piece)?;
    }
    writer.finish()
}

#[test]
fn json_lines() {
    let folder = Folder::new();
    let path = folder.path("health.jsonl");
    write(&path, &[rows(0, 3)], None).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let expected = concat!(
        r#"{"vin":"car \"0\", é","at":"2019-09-04T14:09:56Z","engine":{"temp":21.37,"on":true},"tire":[31.9,null],"#,
        r#""mode":"idle","count":0,"held":0,"ms":1567606196000,"day":"9/4/2019 2:09:56 PM","why":[{"n":0}]}"#,
        "\n",
        r#"{"vin":"car \"1\", é","at":"2019-09-04T14:09:57.5Z","engine":{"temp":22.37,"on":false},"tire":[31.9,null],"#,
        r#""mode":"RUN","count":-1,"held":0.5,"ms":1567606197500,"day":"9/4/2019 2:09:57 PM","why":[{"n":1}]}"#,
        "\n",
        r#"{"vin":"car \"2\", é","at":null,"engine":{"temp":null,"on":null},"tire":[null,null],"#,
        r#""mode":null,"count":null,"held":null,"ms":null,"day":null,"why":null}"#,
        "\n",
    );
    assert_eq!(text, expected);
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn separated_values() {
    let folder = Folder::new();
    let path = folder.path("health.csv");
    write(&path, &[rows(1, 3)], None).unwrap();
    let expected = concat!(
        "vin,at,engine.temp,engine.on,tire[0],tire[1],mode,count,held,ms,day,why\n",
        "\"car \"\"1\"\", é\",2019-09-04T14:09:57.5Z,22.37,false,31.9,,RUN,-1,0.5,1567606197500,9/4/2019 2:09:57 PM,",
        "\"[{\"\"n\"\":1}]\"\n",
        "\"car \"\"2\"\", é\",,,,,,,,,,,\n",
    );
    assert_eq!(std::fs::read_to_string(path).unwrap(), expected);
}

const NAMES: [&str; 9] = [
    "x.jsonl",
    "x.csv",
    "x.jsonl.gz",
    "x.csv.zst",
    "x.jsonl.zst",
    "x.csv.gz",
    "x.parquet",
    "x.arrow",
    "x.avro",
];

#[test]
fn bytes_depend_on_the_rows_alone() {
    for name in NAMES {
        let folder = Folder::new();
        let (one, other) = (folder.path(name), folder.path(&format!("other.{name}")));
        write(&one, &[rows(0, 20_000)], None).unwrap();
        let pieces: Vec<_> = (0..20).map(|at| rows(at * 1000, (at + 1) * 1000)).collect();
        write(&other, &pieces, None).unwrap();
        assert!(std::fs::read(&one).unwrap() == std::fs::read(&other).unwrap(), "{name}: pieces show");
        // A run that stops twice, the second time behind its end, and loses what it wrote after its checkpoint.
        let (stopped, spool) = (folder.path(&format!("stopped.{name}")), folder.path("spool"));
        let mut writer = create_file(&stopped, &schema(), Some(&spool)).unwrap();
        pieces[..7].iter().for_each(|piece| writer.write(piece).unwrap());
        let position = writer.position().unwrap();
        pieces[3..9].iter().for_each(|piece| writer.write(piece).unwrap());
        writer.flush().unwrap();
        drop(writer);
        let mut writer = create_file(&stopped, &schema(), Some(&spool)).unwrap();
        writer.restore(&position).unwrap();
        pieces[7..12].iter().for_each(|piece| writer.write(piece).unwrap());
        let position = writer.position().unwrap();
        writer.finish().unwrap();
        drop(writer);
        let mut writer = create_file(&stopped, &schema(), Some(&spool)).unwrap();
        writer.restore(&position).unwrap();
        pieces[12..].iter().for_each(|piece| writer.write(piece).unwrap());
        writer.finish().unwrap();
        assert!(std::fs::read(&one).unwrap() == std::fs::read(&stopped).unwrap(), "{name}: stops show");
    }
}

#[test]
fn files_without_rows_are_whole() {
    for name in NAMES {
        let folder = Folder::new();
        let path = folder.write(name, "what was there before");
        write(&path, &[], None).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.starts_with(b"what"), "{name}");
        assert_eq!(bytes.is_empty(), name == "x.jsonl", "{name}");
    }
}

#[test]
fn what_cannot_be_written_says_why() {
    let folder = Folder::new();
    let check = |path: &Path, expected: &str| {
        let error = create_file(path, &schema(), None).map(|_| ()).unwrap_err().to_string();
        assert_eq!(folder.strip(&error), expected);
    };
    check(&folder.path("no/x.jsonl"), "no/x.jsonl: No such file or directory (os error 2)");
    check(
        &folder.path("x.xls"),
        "x.xls: the format is not to be seen: its name must end in .jsonl, .csv, .parquet, .avro or .arrow",
    );
    check(
        &folder.path("x.parquet.gz"),
        "x.parquet.gz: Parquet is compressed inside; leave the last ending out",
    );
    std::fs::create_dir(folder.path("x.jsonl")).unwrap();
    check(&folder.path("x.jsonl"), "x.jsonl: Is a directory (os error 21)");
    let mut writer = create_file(&folder.path("x.avro"), &schema(), None).unwrap();
    assert!(writer.position().unwrap_err().to_string().contains("without a folder for checkpoints"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told() {
    let folder = Folder::new();
    for name in ["x.jsonl", "x.csv.gz", "x.parquet", "x.avro", "x.arrow"] {
        let path = folder.path(name);
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        let error = write(&path, &[rows(0, 9000)], None).unwrap_err().to_string();
        assert_eq!(folder.strip(&error), format!("{name}: No space left on device (os error 28)"));
    }
}

#[test]
fn a_file_cut_short_meanwhile_is_told() {
    let folder = Folder::new();
    let path = folder.path("x.jsonl");
    let mut writer = create_file(&path, &schema(), None).unwrap();
    writer.write(&rows(0, 3)).unwrap();
    let position = writer.position().unwrap();
    std::fs::write(&path, "").unwrap();
    let error = create_file(&path, &schema(), None).unwrap().restore(&position).unwrap_err().to_string();
    assert!(error.contains("the file has 0 bytes, and it had"), "{error}");
}

#[test]
fn the_first_rows_are_seen_at_once_and_later_ones_in_pieces() {
    let folder = Folder::new();
    let path = folder.path("out.jsonl");
    let mut writer = create_file(&path, &schema(), None).unwrap();
    let lines = || std::fs::read_to_string(&path).unwrap().lines().count();
    writer.write(&rows(0, 100)).unwrap();
    assert_eq!(lines(), 100);
    writer.write(&rows(100, 101)).unwrap();
    assert_eq!(lines(), 100);
    writer.flush().unwrap();
    assert_eq!(lines(), 101);
}
