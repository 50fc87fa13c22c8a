//! Parquet, Arrow and Avro: round trips, types that other writers use, damage.

use crate::common::*;
use crate::writers::{rows, schema};
use arrow::array::*;
use arrow::datatypes::{DataType, Field, Float64Type, Int32Type, Schema, TimeUnit};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use twin_connectors::file::{Reading, create_file, open_files};
use twin_engine::Chunk;
use twin_plan::{Column, Format, KeyPlan, TimeText};
use twin_types::{EnumId, Scalar};

fn columns_of_schema() -> Vec<Column> {
    vec![
        column("vin", Scalar::String),
        column("at", Scalar::Timestamp).optional(),
        column("engine.temp", Scalar::Real).unit("degC").optional(),
        column("engine.on", Scalar::Bool).optional(),
        column("tire[0]", Scalar::Real).unit("psi").optional(),
        column("tire[1]", Scalar::Real).unit("psi").optional(),
        column("mode", Scalar::Enum(EnumId(0))).texts(&["idle", "RUN"]).optional(),
        column("count", Scalar::Int).optional(),
        column("held", Scalar::Duration).unit("min").optional(),
        column("ms", Scalar::Timestamp).time(TimeText::Count(1_000_000)).optional(),
        column("day", Scalar::Timestamp)
            .time(TimeText::Pattern("M/d/yyyy h:mm:ss a".to_string(), "UTC".to_string()))
            .optional(),
    ]
}

#[test]
fn what_is_written_is_read() {
    let columns = columns_of_schema();
    let mut first: Option<Held> = None;
    for name in ["x.jsonl", "x.csv", "x.parquet", "x.arrow", "x.avro", "x.jsonl.gz", "x.csv.zst"] {
        let folder = Folder::new();
        let path = folder.path(name);
        let mut writer = create_file(&path, &schema(), None).unwrap();
        writer.write(&rows(0, 20_000)).unwrap();
        writer.finish().unwrap();
        let held = read(&[path], &reading(&Format::Json, &columns), 3000).unwrap();
        assert_eq!(held.rows.len(), 20_000, "{name}");
        assert_eq!(held.rejects, [""; 0], "{name}");
        assert_eq!(held.faults, vec![(0, 0); columns.len()], "{name}");
        assert_eq!(
            held.rows[1],
            "car \"1\", é 2019-09-04T14:09:57.5Z 295.52 0 219942.7576520707 - 1 -1 30000000000 \
             2019-09-04T14:09:57.5Z 2019-09-04T14:09:57Z",
            "{name}"
        );
        match &first {
            None => first = Some(held),
            Some(first) => assert!(held == *first, "{name}"),
        }
    }
}

/// Writes one batch in every columnar form that can hold it.
fn write_batch(folder: &Folder, batch: &RecordBatch) -> Vec<PathBuf> {
    let mut paths = vec![folder.path("x.parquet"), folder.path("x.arrow"), folder.path("stream.arrow")];
    let file = |path: &Path| std::fs::File::create(path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file(&paths[0]), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    let mut writer = arrow::ipc::writer::FileWriter::try_new(file(&paths[1]), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    let mut writer = arrow::ipc::writer::StreamWriter::try_new(file(&paths[2]), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    let avro = folder.path("x.avro");
    if let Ok(mut writer) = arrow_avro::writer::AvroWriter::new(file(&avro), batch.schema().as_ref().clone())
        && writer.write(batch).and_then(|()| writer.finish()).is_ok()
    {
        paths.push(avro);
    }
    paths
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<_> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn check(batch: &RecordBatch, columns: &[Column], expected: &[&str], faults: &[(u64, u64)]) {
    let folder = Folder::new();
    for path in write_batch(&folder, batch) {
        let held = read(std::slice::from_ref(&path), &reading(&Format::Avro, columns), 2).unwrap();
        let taken: Vec<_> = held.rows.iter().map(String::as_str).collect();
        assert_eq!(taken, expected, "{}", path.display());
        assert_eq!(held.faults, faults, "{}", path.display());
    }
}

#[test]
fn numbers_of_every_width() {
    let batch = batch(vec![
        ("i8", Arc::new(Int8Array::from(vec![Some(-1), None]))),
        ("u32", Arc::new(UInt32Array::from(vec![Some(4_000_000_000), Some(1)]))),
        ("u64", Arc::new(UInt64Array::from(vec![Some(u64::MAX), Some(2)]))),
        ("f32", Arc::new(Float32Array::from(vec![Some(0.5), Some(f32::NAN)]))),
        ("i64", Arc::new(Int64Array::from(vec![Some(36), Some(i64::MIN)]))),
        ("money", Arc::new(Decimal128Array::from(vec![12_345, -5]).with_precision_and_scale(10, 2).unwrap())),
        ("unread", Arc::new(StringArray::from(vec!["a", "b"]))),
    ]);
    let columns = [
        column("i8", Scalar::Int).optional(),
        column("u32", Scalar::Int),
        column("u64", Scalar::Int).optional(),
        column("f32", Scalar::Real).optional(),
        column("i64", Scalar::Real).unit("km/h").valid(0.0, 100.0),
        column("money", Scalar::Real),
    ];
    check(
        &batch,
        &columns,
        &["-1 4000000000 - 0.5 10.0 123.45", "- 1 2 - - -0.05"],
        &[(0, 0), (0, 0), (1, 0), (1, 0), (0, 1), (0, 0)],
    );
}

#[test]
fn times_of_every_unit() {
    let batch = batch(vec![
        ("s", Arc::new(TimestampSecondArray::from(vec![1_567_606_196]))),
        ("ms", Arc::new(TimestampMillisecondArray::from(vec![1_567_606_196_123]).with_timezone("UTC"))),
        ("us", Arc::new(TimestampMicrosecondArray::from(vec![1_567_606_196_000_001]))),
        ("day", Arc::new(Date32Array::from(vec![18_000]))),
        ("count", Arc::new(Int64Array::from(vec![1_567_606_196]))),
        ("real", Arc::new(Float64Array::from(vec![1_567_606_196.123]))),
        ("text", Arc::new(StringArray::from(vec!["2019-09-04 16:09:56+02:00"]))),
        ("took", Arc::new(Time64MicrosecondArray::from(vec![1_500_000]))),
    ]);
    let seconds = TimeText::Count(1_000_000_000);
    let columns = [
        column("s", Scalar::Timestamp),
        column("ms", Scalar::Timestamp).time(seconds.clone()),
        column("us", Scalar::Timestamp),
        column("day", Scalar::Timestamp),
        column("count", Scalar::Timestamp).time(seconds.clone()),
        column("real", Scalar::Timestamp).time(seconds),
        column("text", Scalar::Timestamp),
        column("took", Scalar::Duration),
    ];
    let expected = "2019-09-04T14:09:56Z 2019-09-04T14:09:56.123Z 2019-09-04T14:09:56.000001Z 2019-04-14T00:00:00Z \
                    2019-09-04T14:09:56Z 2019-09-04T14:09:56.123Z 2019-09-04T14:09:56Z 1500000000";
    check(&batch, &columns, &[expected], &[(0, 0); 8]);
}

#[test]
fn texts_enums_and_nested_values() {
    let dictionary: DictionaryArray<Int32Type> =
        vec![Some("RUN"), None, Some("off"), Some("RUN")].into_iter().collect();
    let tires = ListArray::from_iter_primitive::<arrow::datatypes::Float64Type, _, _>(vec![
        Some(vec![Some(1.0), Some(2.0)]),
        Some(vec![Some(3.0)]),
        None,
        Some(vec![None, Some(4.0)]),
    ]);
    let temps = Float64Array::from(vec![20.0, 21.0, 22.0, 23.0]);
    let inner = StructArray::try_new(
        vec![Field::new("temp", DataType::Float64, true)].into(),
        vec![Arc::new(temps)],
        Some(vec![true, false, true, true].into()),
    );
    let batch = batch(vec![
        ("vin", Arc::new(StringViewArray::from(vec!["a", "b", "c", "d"]))),
        ("mode", Arc::new(dictionary)),
        ("tire", Arc::new(tires)),
        ("engine", Arc::new(inner.unwrap())),
        ("on", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None, Some(true)]))),
    ]);
    let columns = [
        column("vin", Scalar::String),
        column("mode", Scalar::Enum(EnumId(0))).texts(&["idle", "RUN"]).optional(),
        column("tire[1]", Scalar::Real).optional(),
        column("engine.temp", Scalar::Real).unit("degC").optional(),
        column("on", Scalar::Bool).optional(),
    ];
    let expected = ["a 1 2.0 293.15 1", "b - - - 0", "c - - 295.15 -", "d 1 4.0 296.15 1"];
    check(&batch, &columns, &expected, &[(0, 0), (1, 0), (0, 0), (0, 0), (0, 0)]);
}

#[test]
fn rows_that_are_refused_are_shown() {
    let batch = batch(vec![
        ("vin", Arc::new(StringArray::from(vec![Some("a"), None, Some("c"), Some("d")]))),
        ("speed", Arc::new(StringArray::from(vec![Some("1"), Some("2"), Some("fast"), None]))),
        ("mode", Arc::new(StringArray::from(vec!["RUN", "RUN", "off", "RUN"]))),
    ]);
    let columns = [
        column("vin", Scalar::String),
        column("speed", Scalar::Int).optional(),
        column("mode", Scalar::Enum(EnumId(0))).texts(&["idle", "RUN"]),
    ];
    let folder = Folder::new();
    for path in write_batch(&folder, &batch) {
        let held = read(std::slice::from_ref(&path), &reading(&Format::Avro, &columns), 10).unwrap();
        assert_eq!(held.rows, ["a - 1", "d - 1"]);
        assert_eq!(held.offsets, [0, 3]);
        assert_eq!(held.faults, [(0, 0), (1, 0), (0, 0)], "rows set aside are not counted");
        assert_eq!(
            held.rejects[0],
            "missing_field: required field `vin` is missing (before row 1, offset 1)"
        );
        assert!(held.rejects[1].starts_with("bad_value: field `mode` is "), "{}", held.rejects[1]);
        assert!(held.rejects[1].contains("off"), "{}", held.rejects[1]);
        assert_eq!(held.reject_raws[1], r#"{"vin":"c","speed":"fast","mode":"off"}"#);
    }
}

#[test]
fn a_refused_row_tells_its_key_and_its_parts() {
    let motor = StructArray::from(vec![
        (
            Arc::new(Field::new("temp", DataType::Float64, true)),
            Arc::new(Float64Array::from(vec![Some(1.5), None])) as ArrayRef,
        ),
        (
            Arc::new(Field::new("on", DataType::Boolean, true)),
            Arc::new(BooleanArray::from(vec![true, false])) as ArrayRef,
        ),
    ]);
    let tires = ListArray::from_iter_primitive::<Float64Type, _, _>([
        Some(vec![Some(2.0), None]),
        Some(vec![Some(3.0), Some(4.25)]),
    ]);
    let batch = batch(vec![
        ("unit", Arc::new(Int64Array::from(vec![7, 8]))),
        ("motor", Arc::new(motor)),
        ("tire", Arc::new(tires)),
    ]);
    let columns =
        [column("unit", Scalar::Int), column("motor.temp", Scalar::Real), column("tire[1]", Scalar::Real)];
    let key = KeyPlan::Column(0);
    let folder = Folder::new();
    for path in write_batch(&folder, &batch) {
        let source =
            Reading { format: &Format::Avro, columns: &columns, key: &key, is_table: false, needs: &[] };
        let held = read(std::slice::from_ref(&path), &source, 10).unwrap();
        let rejects = [
            "missing_field: required field `tire[1]` is missing (before row 0, offset 0 of 7)",
            "missing_field: required field `motor.temp` is missing (before row 0, offset 1 of 8)",
        ];
        assert_eq!(held.rejects, rejects, "{}", path.display());
        // Of a file of columns only the part of an object that is read may be there; Avro writes 2.0 as 2.
        let raw = &held.reject_raws[0].replace("2.0", "2");
        assert!(raw.starts_with(r#"{"unit":7,"motor":{"temp":1.5"#), "{raw}");
        assert!(raw.ends_with(r#"},"tire":[2,null]}"#), "{raw}");
    }
}

#[test]
fn envelopes() {
    let value = StructArray::try_new(
        vec![Field::new("vin", DataType::Utf8, true), Field::new("speed", DataType::Float64, true)].into(),
        vec![
            Arc::new(StringArray::from(vec![Some("a"), Some("b"), None])),
            Arc::new(Float64Array::from(vec![36.0, 72.0, 0.0])),
        ],
        Some(vec![true, true, false].into()),
    );
    let batch = batch(vec![
        ("key", Arc::new(StringArray::from(vec!["a", "b", "c"]))),
        ("value", Arc::new(value.unwrap())),
        ("timestamp", Arc::new(Int64Array::from(vec![Some(5), None, Some(7)]))),
        ("offset", Arc::new(Int64Array::from(vec![10, 12, 14]))),
    ]);
    let columns = [column("vin", Scalar::String), column("speed", Scalar::Real).unit("km/h")];
    let key = KeyPlan::Column(0);
    let folder = Folder::new();
    for path in write_batch(&folder, &batch) {
        let table =
            Reading { format: &Format::Avro, columns: &columns, key: &key, is_table: true, needs: &[] };
        let held = read(std::slice::from_ref(&path), &table, 2).unwrap();
        assert_eq!(held.rows, ["a 10.0", "b 20.0", "c -"], "{}", path.display());
        assert_eq!((held.offsets, held.keys), (vec![10, 12, 14], vec!["a".into(), "b".into(), "c".into()]));
        assert_eq!((held.times, held.deleted), (vec![5_000_000, i64::MIN, 7_000_000], vec![2]));
        let held = read(&[path], &reading(&Format::Avro, &columns), 2).unwrap();
        assert_eq!(held.rejects, ["undecodable: the record has no value (before row 2, offset 14 of c)"]);
    }
}

#[test]
fn what_cannot_be_opened_says_why() {
    let columns = [column("vin", Scalar::String)];
    let folder = Folder::new();
    let batch = batch(vec![
        ("id", Arc::new(Int64Array::from(vec![1]))),
        ("speed", Arc::new(Int64Array::from(vec![1]))),
    ]);
    for path in write_batch(&folder, &batch) {
        let error = read(&[path], &reading(&Format::Avro, &columns), 2).unwrap_err().to_string();
        let wanted = "`vin`, which field `vin` needs; there are `id`, `speed`";
        assert!(error.ends_with(wanted), "{error}");
    }
    for name in ["x.parquet", "x.arrow", "x.avro"] {
        assert!(
            read(&[folder.write(name, "")], &reading(&Format::Avro, &columns), 2).unwrap().rows.is_empty()
        );
        let error =
            read(&[folder.write(name, "vin\na\n")], &reading(&Format::Avro, &columns), 2).unwrap_err();
        let error = folder.strip(&error.to_string());
        assert!(error.starts_with(&format!("{name}: this is no ")), "{error}");
    }
}

/// Rows taken and rejects, of a file that may be damaged.
fn salvage(path: &Path, columns: &[Column]) -> Result<(usize, Vec<String>), String> {
    let mut reader =
        open_files(&[path.to_path_buf()], &reading(&Format::Avro, columns)).map_err(|e| e.to_string())?;
    let mut chunk = Chunk::new(columns.len());
    let (mut taken, mut rejects) = (0, Vec::new());
    for _ in 0..100_000 {
        chunk.clear();
        let has_more = reader.read(&mut chunk, 1000).map_err(|e| e.to_string())?;
        taken += chunk.rows();
        rejects.extend(chunk.rejects.iter().map(|r| r.detail.clone()));
        if !has_more {
            // Damage is told once, also to who goes on behind the end.
            let mut again = open_files(&[path.to_path_buf()], &reading(&Format::Avro, columns)).unwrap();
            again.seek(&chunk.next).unwrap();
            chunk.clear();
            assert!(!again.read(&mut chunk, 10).unwrap());
            assert_eq!((chunk.rows(), chunk.rejects.len()), (0, 0));
            return Ok((taken, rejects));
        }
    }
    panic!("{} has no end", path.display())
}

#[test]
fn a_cut_off_file_gives_what_is_readable() {
    let columns = columns_of_schema();
    let folder = Folder::new();
    for name in ["x.parquet", "x.arrow", "x.avro"] {
        let path = folder.path(name);
        let mut writer = create_file(&path, &schema(), None).unwrap();
        writer.write(&rows(0, 30_000)).unwrap();
        writer.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() * 9 / 10]).unwrap();
        let salvaged = salvage(&path, &columns);
        if name == "x.parquet" {
            assert!(salvaged.unwrap_err().contains("this is no Parquet file, or it was cut off"));
            continue;
        }
        let (taken, rejects) = salvaged.unwrap();
        assert_eq!((taken, rejects.len()), (24_576, 1), "{name}");
        assert!(rejects[0].contains("24576"), "{}", rejects[0]);
    }
}

#[test]
fn damage_in_the_middle_costs_its_block() {
    let columns = columns_of_schema();
    let folder = Folder::new();
    for (name, least) in [("x.parquet", 150_000 - 131_072), ("x.avro", 150_000 - 2 * 8192)] {
        let path = folder.path(name);
        let mut writer = create_file(&path, &schema(), None).unwrap();
        writer.write(&rows(0, 150_000)).unwrap();
        writer.finish().unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let place = bytes.len() / 2;
        bytes[place..place + 40].fill(0xff);
        std::fs::write(&path, &bytes).unwrap();
        let (taken, rejects) = salvage(&path, &columns).unwrap();
        assert_eq!(rejects.len(), 1, "{name}: {rejects:?}");
        assert!((least..150_000).contains(&taken), "{name}: {taken} {rejects:?}");
    }
}

/// A block whose head says fewer records than it holds: the rest is told, and the next block is read.
#[test]
fn an_avro_block_with_more_bytes_than_records() {
    const SCHEMA: &str = r#"{"type":"record","name":"R","fields":[{"name":"vin","type":"string"}]}"#;
    let marker = [7; 16];
    let long = |number: usize| {
        let doubled = number * 2;
        if doubled < 128 {
            vec![doubled as u8]
        } else {
            vec![(doubled % 128) as u8 | 128, (doubled / 128) as u8]
        }
    };
    let text = |text: &str| [long(text.len()), text.as_bytes().to_vec()].concat();
    let block = |rows: usize, vins: &[&str]| {
        let data: Vec<u8> = vins.iter().flat_map(|vin| text(vin)).collect();
        [long(rows), long(data.len()), data, marker.to_vec()].concat()
    };
    let header =
        [b"Obj\x01".to_vec(), long(1), text("avro.schema"), text(SCHEMA), long(0), marker.to_vec()].concat();
    let blocks = [block(1, &["car1", "car2"]), block(0, &["car3"]), block(1, &["car4"])].concat();
    let folder = Folder::new();
    let path = folder.write("x.avro", [header, blocks].concat());
    let (taken, rejects) = salvage(&path, &[column("vin", Scalar::String)]).unwrap();
    assert_eq!(taken, 2);
    let ends = rejects.iter().map(|detail| detail.rsplit(": ").next().unwrap_or_default());
    let more = "the block says that this was its last record, and holds 5 more bytes";
    assert_eq!(ends.collect::<Vec<_>>(), [more, more]);
}

#[test]
fn nanosecond_times_need_no_unit() {
    let unit = DataType::Timestamp(TimeUnit::Nanosecond, Some("Europe/Paris".into()));
    let array = TimestampNanosecondArray::from(vec![7]).with_timezone("Europe/Paris");
    assert_eq!(array.data_type(), &unit);
    check(
        &batch(vec![("t", Arc::new(array))]),
        &[column("t", Scalar::Timestamp)],
        &["1970-01-01T00:00:00.000000007Z"],
        &[(0, 0)],
    );
}
