//! Parquet as writers lay it out: dictionaries, plain pages, both in one column, pages and row groups of any size, with
//! values that are missing or wrong. Whatever the layout, what is read is what is read of the same rows in Arrow.

use crate::common::*;
use arrow::array::*;
use arrow::datatypes::{Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use proptest::prelude::*;
use std::path::Path;
use std::sync::Arc;
use twin_connectors::file::{Reading, open_files};
use twin_engine::Chunk;
use twin_plan::{Bound, Column, Format, KeyPlan, Range, TimeText};
use twin_types::{EnumId, Scalar, Word};

/// What is seldom otherwise in a recording; each a number of rows between two such, none where it never happens.
#[derive(Clone, Copy, Debug)]
struct Blemishes {
    null: Option<usize>,
    not_finite: Option<usize>,
    outside: Option<usize>,
}

/// How a file is laid out.
#[derive(Clone, Debug)]
struct Layout {
    has_dictionary: bool,
    dictionary_bytes: usize,
    page_rows: usize,
    page_bytes: usize,
    group_rows: usize,
    is_second: bool,
    has_statistics: bool,
    compression: Compression,
    other: Option<Encoding>,
}

fn layouts() -> impl Strategy<Value = Layout> {
    let sizes = (prop_oneof![Just(64usize), Just(4096), Just(1 << 20)], 1usize..3000, 100usize..20_000);
    let compression =
        prop_oneof![Just(Compression::UNCOMPRESSED), Just(Compression::SNAPPY), Just(Compression::LZ4_RAW)];
    let other = prop_oneof![
        6 => Just(None),
        1 => Just(Some(Encoding::DELTA_BINARY_PACKED)),
        1 => Just(Some(Encoding::PLAIN))
    ];
    (any::<[bool; 3]>(), sizes, 500usize..4000, compression, other).prop_map(
        |(flags, (dictionary_bytes, page_rows, page_bytes), group_rows, compression, other)| Layout {
            has_dictionary: flags[0] || other.is_none(),
            dictionary_bytes,
            page_rows,
            page_bytes,
            group_rows,
            is_second: flags[1],
            has_statistics: flags[2],
            compression,
            other,
        },
    )
}

fn blemishes() -> impl Strategy<Value = Blemishes> {
    let seldom = || prop_oneof![2 => Just(None), 1 => (1usize..4000).prop_map(Some)];
    (seldom(), seldom(), seldom()).prop_map(|(null, not_finite, outside)| Blemishes {
        null,
        not_finite,
        outside,
    })
}

/// Rows whose values repeat, the more the smaller `distinct`.
fn rows(count: usize, distinct: usize, blemishes: Blemishes, may_be_null: bool) -> RecordBatch {
    let is_due = |every: Option<usize>, row: usize| every.is_some_and(|every| row % every == every - 1);
    let pick = move |row: usize, salt: usize| (row * 7919 + row / 13 * salt) % distinct;
    let there = |row: usize| !(may_be_null && is_due(blemishes.null, row));
    let real = |row: usize| match row {
        _ if is_due(blemishes.not_finite, row) => f64::NAN,
        _ if is_due(blemishes.outside, row) => 1e6,
        _ => pick(row, 31) as f64 / 4.0,
    };
    let whole = |salt| move |row: usize| pick(row, salt) as i64 - 3;
    let time = |row: usize| 1_567_606_196_000 + (row * 10 + pick(row, 5) % 7) as i64;
    let arrays: Vec<(&str, ArrayRef)> = vec![
        ("unit", Arc::new((0..count).map(|row| Some(whole(3)(row))).collect::<Int64Array>())),
        ("ts", Arc::new((0..count).map(|row| Some(time(row))).collect::<Int64Array>())),
        ("at", Arc::new((0..count).map(|row| Some(time(row))).collect::<TimestampMillisecondArray>())),
        ("speed", Arc::new((0..count).map(|row| there(row).then(|| real(row))).collect::<Float64Array>())),
        ("temp", Arc::new((0..count).map(|row| Some(pick(row, 11) as f32 / 8.0)).collect::<Float32Array>())),
        ("gear", Arc::new((0..count).map(|row| Some(pick(row, 2) as i32 % 6)).collect::<Int32Array>())),
        (
            "name",
            Arc::new((0..count).map(|row| Some(format!("car {}", pick(row, 17)))).collect::<StringArray>()),
        ),
        (
            "on",
            Arc::new(
                (0..count)
                    .map(|row| Some(row / 9 % 5 == 0 || pick(row, 3) % 2 == 0))
                    .collect::<BooleanArray>(),
            ),
        ),
        (
            "mode",
            Arc::new(
                (0..count).map(|row| Some(["idle", "RUN", "é"][pick(row, 5) % 3])).collect::<StringArray>(),
            ),
        ),
        ("same", Arc::new((0..count).map(|row| Some((row / 600) as f64)).collect::<Float64Array>())),
    ];
    let field = |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), may_be_null);
    let schema = Schema::new(arrays.iter().map(field).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), arrays.into_iter().map(|(_, array)| array).collect()).unwrap()
}

fn columns(is_required: bool) -> Vec<Column> {
    let speed = column("speed", Scalar::Real).unit("km/h").valid(-10.0, 1e5);
    vec![
        column("unit", Scalar::Int),
        column("ts", Scalar::Timestamp).time(TimeText::Count(1_000_000)),
        column("at", Scalar::Timestamp),
        if is_required { speed } else { speed.optional() },
        column("temp", Scalar::Real).unit("degC"),
        column("gear", Scalar::Int),
        column("same", Scalar::Real),
        column("name", Scalar::String),
        column("on", Scalar::Bool),
        column("mode", Scalar::Enum(EnumId(0))).texts(&["idle", "RUN", "é"]),
    ]
}

fn write_parquet(path: &Path, batch: &RecordBatch, layout: &Layout) {
    let mut properties = WriterProperties::builder()
        .set_dictionary_enabled(layout.has_dictionary)
        .set_dictionary_page_size_limit(layout.dictionary_bytes)
        .set_data_page_row_count_limit(layout.page_rows)
        .set_data_page_size_limit(layout.page_bytes)
        .set_write_batch_size(64)
        .set_max_row_group_row_count(Some(layout.group_rows))
        .set_compression(layout.compression);
    if layout.is_second {
        properties = properties.set_writer_version(WriterVersion::PARQUET_2_0);
    }
    if !layout.has_statistics {
        properties = properties.set_statistics_enabled(EnabledStatistics::None);
    }
    if let Some(encoding) = layout.other {
        let whole = ColumnPath::from("unit");
        properties = properties
            .set_column_dictionary_enabled(whole.clone(), false)
            .set_column_encoding(whole, encoding);
    }
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties.build())).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn write_arrow(path: &Path, batch: &RecordBatch) {
    let file = std::fs::File::create(path).unwrap();
    let mut writer = arrow::ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn every_layout_holds_the_same_rows(
        layout in layouts(),
        blemishes in blemishes(),
        (count, distinct, at_once) in (1usize..4000, prop_oneof![1usize..4, 200usize..300, 3000usize..5000], 1usize..5000),
        (may_be_null, is_required) in any::<(bool, bool)>(),
    ) {
        let batch = rows(count, distinct, blemishes, may_be_null);
        let columns = columns(is_required);
        let key = KeyPlan::Column(0);
        let reading = Reading { format: &Format::Avro, columns: &columns, key: &key, is_table: false, needs: &[] };
        let folder = Folder::new();
        let (parquet, arrow) = (folder.path("x.parquet"), folder.path("x.arrow"));
        write_parquet(&parquet, &batch, &layout);
        write_arrow(&arrow, &batch);
        let (parquet, arrow) = (read(&[parquet], &reading, at_once).unwrap(), read(&[arrow], &reading, 5000).unwrap());
        prop_assert_eq!(parquet.rows.len() + parquet.rejects.len(), count);
        prop_assert!(parquet == arrow, "{:?}\n{:?}", parquet.rejects.first(), arrow.rejects.first());
    }
}

/// What only some records need: gears where it is fast, temperatures where it is fast in such a gear.
fn needs() -> Vec<Vec<Bound>> {
    let fast = Bound { column: 3, range: Range::Real(4.0, f64::MAX) };
    let geared = Bound { column: 5, range: Range::Whole(1, 3) };
    let mut needs = vec![Vec::new(); 10];
    needs[5] = vec![fast];
    needs[4] = vec![fast, geared];
    needs
}

/// All words, column by column; of texts their lengths, for handles say where they lie.
fn words(path: &Path, reading: &Reading<'_>, at_once: usize) -> Vec<Vec<Word>> {
    let mut reader = open_files(&[path.to_path_buf()], reading).unwrap();
    let mut chunk = Chunk::new(reading.columns.len());
    while reader.read(&mut chunk, at_once).unwrap() {}
    let mut words = std::mem::take(&mut chunk.batch.columns);
    words[7].iter_mut().for_each(|handle| *handle = chunk.batch.text(*handle).len() as Word);
    words
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn what_is_needed_is_there(
        layout in layouts(),
        blemishes in blemishes(),
        (count, distinct, at_once) in (1usize..4000, prop_oneof![1usize..40, 3000usize..5000], 1usize..5000),
    ) {
        let columns = columns(false);
        let needs = needs();
        let all = reading(&Format::Avro, &columns);
        let folder = Folder::new();
        let path = folder.path("x.parquet");
        write_parquet(&path, &rows(count, distinct, blemishes, true), &layout);
        let (whole, some) = (words(&path, &all, at_once), words(&path, &all.with_needs(&needs), at_once));
        for (at, (words, others)) in whole.iter().zip(&some).enumerate() {
            prop_assert_eq!(words.len(), others.len());
            for (row, (word, other)) in words.iter().zip(others).enumerate() {
                let is_needed = needs[at].iter().all(|bound| {
                    let word = whole[bound.column as usize][row];
                    match bound.range {
                        Range::Real(low, high) => (low..=high).contains(&f64::from_bits(word)),
                        Range::Whole(low, high) => (low..=high).contains(&(word as i64)),
                    }
                });
                prop_assert!(word == other || !is_needed && *other == columns[at].ty.absent());
            }
        }
    }
}

/// A file without rows, and files with bytes that are spoilt.
#[test]
fn nothing_and_spoilt_bytes() {
    let layout = Layout {
        has_dictionary: true,
        dictionary_bytes: 1 << 20,
        page_rows: 100,
        page_bytes: 1 << 20,
        group_rows: 1000,
        is_second: false,
        has_statistics: true,
        compression: Compression::UNCOMPRESSED,
        other: None,
    };
    let none = Blemishes { null: None, not_finite: None, outside: None };
    let columns = columns(true);
    let reading = reading(&Format::Avro, &columns);
    let folder = Folder::new();
    let path = folder.path("x.parquet");
    write_parquet(&path, &rows(0, 1, none, false), &layout);
    assert_eq!(read(std::slice::from_ref(&path), &reading, 10).unwrap().rows, [""; 0]);
    // Some bytes cost the rest of their row group, others only change a value; none makes it fail.
    write_parquet(&path, &rows(3000, 250, none, false), &layout);
    let bytes = std::fs::read(&path).unwrap();
    let whole = words(&path, &reading, 700)[1].len();
    let spoilt = folder.path("spoilt.parquet");
    let (mut some, mut all) = (0, 0);
    for place in (4..bytes.len() - 8).step_by(bytes.len() / 60) {
        let mut bytes = bytes.clone();
        bytes[place..place + 4].fill(0xff);
        std::fs::write(&spoilt, &bytes).unwrap();
        let Ok(mut reader) = open_files(std::slice::from_ref(&spoilt), &reading) else { continue };
        let mut chunk = Chunk::new(columns.len());
        while reader.read(&mut chunk, 700).unwrap() {}
        let rows = chunk.rows();
        assert!(chunk.batch.columns.iter().all(|column| column.len() == rows));
        (some, all) = (some + usize::from(rows < whole), all + usize::from(rows == whole));
    }
    assert!(some > 5 && all > 5, "{some} {all}");
}
