//! What a record costs, to read and to write: CPU time of the thread, best of seven passes.
//!
//! The records are those of the decoding table in the design notes: device, time, 16 floats of 1 to 8 digits,
//! 4 integers; about 400 bytes of JSON. `serde_json` reads them typed and borrowed, into the same columns.

use serde::Deserialize;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use twin_connectors::file::{Reading, create_file, open_files};
use twin_connectors::{CsvDecoder, JsonDecoder, JsonEncoder};
use twin_engine::{Chunk, RowColumn, RowSchema, RowType};
use twin_plan::kernel::Batch;
use twin_plan::{Column, Format, KeyPlan, PathStep, TimeText};
use twin_types::{Scalar, UnitTable};

const RECORDS: usize = 50_000;
const PASSES: usize = 7;

fn cpu_ns() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Whether the first argument, if there is one, is part of a name.
fn is_asked_for(name: &str) -> bool {
    let part = std::env::args().nth(1).filter(|part| !part.starts_with('-'));
    part.is_none_or(|part| name.contains(&part) || part.contains(name))
}

fn measure(name: &str, bytes: usize, mut pass: impl FnMut() -> usize) {
    if !is_asked_for(name) {
        return;
    }
    let mut best = u64::MAX;
    let passes = std::env::var("PASSES").ok().and_then(|n| n.parse().ok()).unwrap_or(PASSES);
    for _ in 0..passes {
        let before = cpu_ns();
        assert_eq!(black_box(pass()), RECORDS);
        best = best.min(cpu_ns() - before);
    }
    let per_record = best as f64 / RECORDS as f64;
    let rate = bytes as f64 * 1000.0 / best as f64;
    println!("{name:<44} {per_record:>7.0} ns/record {:>7.0} krecord/s {rate:>6.0} MB/s", 1e6 / per_record);
}

fn value(record: usize, field: usize) -> f64 {
    let digits = (record * 7 + field * 3) % 8 + 1;
    let whole = (record * 2_654_435_761 + field * 40_503) % 10usize.pow(digits as u32);
    whole as f64 / 10f64.powi((field % digits.min(5)) as i32)
}

/// The names and values of a record.
fn fields(record: usize) -> Vec<(String, String)> {
    let mut fields = vec![
        ("device".to_string(), format!("\"device-{:05}\"", record % 1000)),
        ("ts".to_string(), (1_567_606_196_000 + record * 100).to_string()),
    ];
    fields.extend((0..16).map(|at| (format!("sensor_{at}"), value(record, at).to_string())));
    fields.extend((0..4).map(|at| (format!("count_{at}"), ((record * 31 + at * 17) % 100_000).to_string())));
    fields
}

fn json(record: usize, comma: &str, colon: &str) -> String {
    let pairs = fields(record).into_iter().map(|(name, value)| format!("\"{name}\"{colon}{value}"));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(comma))
}

fn column(name: &str, ty: Scalar) -> Column {
    Column {
        name: name.to_string(),
        path: vec![PathStep::Name(name.to_string())],
        ty,
        unit: None,
        texts: Vec::new(),
        time: None,
        is_required: true,
        default: None,
        valid: None,
    }
}

fn columns() -> Vec<Column> {
    let mut columns = vec![column("device", Scalar::String), column("ts", Scalar::Timestamp)];
    columns[1].time = Some(TimeText::Count(1_000_000));
    columns.extend((0..16).map(|at| column(&format!("sensor_{at}"), Scalar::Real)));
    columns.extend((0..4).map(|at| column(&format!("count_{at}"), Scalar::Int)));
    columns
}

fn some_columns() -> Vec<Column> {
    let all = columns();
    [0, 1, 5, 9, 19].map(|at: usize| all[at].clone()).to_vec()
}

fn with_units(mut columns: Vec<Column>) -> Vec<Column> {
    for column in columns.iter_mut().filter(|c| c.ty == Scalar::Real) {
        column.unit = UnitTable::default().get("degC");
        column.valid = Some((-1e9, 1e9));
    }
    columns
}

#[derive(Deserialize)]
struct Typed<'a> {
    device: &'a str,
    ts: i64,
    sensor_0: f64,
    sensor_1: f64,
    sensor_2: f64,
    sensor_3: f64,
    sensor_4: f64,
    sensor_5: f64,
    sensor_6: f64,
    sensor_7: f64,
    sensor_8: f64,
    sensor_9: f64,
    sensor_10: f64,
    sensor_11: f64,
    sensor_12: f64,
    sensor_13: f64,
    sensor_14: f64,
    sensor_15: f64,
    count_0: i64,
    count_1: i64,
    count_2: i64,
    count_3: i64,
}

impl Typed<'_> {
    fn push(&self, batch: &mut Batch) {
        let device = batch.add_text(self.device.as_bytes());
        let sensors = [
            self.sensor_0,
            self.sensor_1,
            self.sensor_2,
            self.sensor_3,
            self.sensor_4,
            self.sensor_5,
            self.sensor_6,
            self.sensor_7,
            self.sensor_8,
            self.sensor_9,
            self.sensor_10,
            self.sensor_11,
            self.sensor_12,
            self.sensor_13,
            self.sensor_14,
            self.sensor_15,
        ];
        let counts = [self.count_0, self.count_1, self.count_2, self.count_3];
        batch.columns[0].push(device);
        batch.columns[1].push((self.ts * 1_000_000) as u64);
        for (column, value) in batch.columns[2..18].iter_mut().zip(sensors) {
            column.push(value.to_bits());
        }
        for (column, value) in batch.columns[18..].iter_mut().zip(counts) {
            column.push(value as u64);
        }
        batch.rows += 1;
    }
}

fn read_json(lines: &[String], columns: &[Column]) -> usize {
    let mut decoder = JsonDecoder::new(columns).unwrap();
    let mut chunk = Chunk::new(columns.len());
    let mut rows = 0;
    for lines in lines.chunks(4096) {
        chunk.clear();
        lines.iter().for_each(|line| decoder.decode(line.as_bytes(), &mut chunk).unwrap());
        rows += black_box(&chunk).rows();
    }
    rows
}

fn read_file(path: &Path, columns: &[Column]) -> usize {
    let reading =
        Reading { format: &Format::Json, columns, key: &KeyPlan::Record, is_table: false, needs: &[] };
    let mut reader = open_files(&[path.to_path_buf()], &reading).unwrap();
    let mut chunk = Chunk::new(columns.len());
    let mut rows = 0;
    loop {
        chunk.clear();
        let has_more = reader.read(&mut chunk, 4096).unwrap();
        rows += black_box(&chunk).rows();
        if !has_more {
            return rows;
        }
    }
}

fn sink(columns: &[Column]) -> RowSchema {
    let field = |c: &Column| RowColumn {
        path: c.path.clone(),
        ty: RowType::Scalar(c.ty),
        unit: c.unit.clone(),
        time: c.time.clone(),
        texts: Vec::new(),
    };
    RowSchema { name: "bench".to_string(), columns: columns.iter().map(field).collect() }
}

fn main() {
    let folder = std::env::temp_dir().join("twin-connectors-bench");
    std::fs::create_dir_all(&folder).unwrap();
    let (all, some) = (columns(), some_columns());
    let units = with_units(columns());
    let lines: Vec<String> = (0..RECORDS).map(|at| json(at, ",", ":")).collect();
    let bytes = lines.iter().map(String::len).sum::<usize>();
    println!("{} bytes of JSON a record", bytes / RECORDS);
    measure_json(&lines, bytes, &all, &some, &units);
    measure_csv(&all, &some);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let path = folder.join("x.jsonl");
    std::fs::write(&path, &text).unwrap();
    measure("file of JSON Lines, 22 fields", bytes, || read_file(&path, &all));
    let mut chunk = Chunk::new(all.len());
    let mut decoder = JsonDecoder::new(&units).unwrap();
    lines.iter().for_each(|line| decoder.decode(line.as_bytes(), &mut chunk).unwrap());
    measure_files(&folder, &chunk.batch, &all, &some);
    measure_writing(&chunk.batch, &all, &units);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn measure_json(lines: &[String], bytes: usize, all: &[Column], some: &[Column], units: &[Column]) {
    measure("JSON scanner, 22 fields", bytes, || read_json(lines, all));
    measure("JSON scanner, 22 fields, units and bounds", bytes, || read_json(lines, units));
    measure("JSON scanner, 5 of 22 fields", bytes, || read_json(lines, some));
    let blanks: Vec<String> = (0..RECORDS).map(|at| json(at, ", ", ": ")).collect();
    measure("JSON scanner, 22 fields, blanks between", bytes, || read_json(&blanks, all));
    measure("serde_json typed and borrowed, 22 fields", bytes, || {
        let mut batch = Batch { columns: vec![Vec::new(); 22], ..Batch::default() };
        let mut rows = 0;
        for lines in lines.chunks(4096) {
            batch.columns.iter_mut().for_each(Vec::clear);
            (batch.rows, batch.texts) = (0, Vec::new());
            lines.iter().for_each(|line| serde_json::from_str::<Typed<'_>>(line).unwrap().push(&mut batch));
            rows += black_box(&batch).rows;
        }
        rows
    });
}

fn measure_csv(all: &[Column], some: &[Column]) {
    let mut text = String::new();
    let header = fields(0).into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(",");
    let lines: Vec<String> = (0..RECORDS)
        .map(|at| {
            let values = fields(at).into_iter().map(|(_, value)| value.trim_matches('"').to_string());
            values.collect::<Vec<_>>().join(",")
        })
        .collect();
    for line in &lines {
        let _ = writeln!(text, "{line}");
    }
    for (name, columns) in [("22 fields", all), ("5 of 22 fields", some)] {
        measure(&format!("CSV, {name}"), text.len(), || {
            let mut decoder = CsvDecoder::with_header(columns, header.as_bytes(), b',', &[]).unwrap();
            let mut chunk = Chunk::new(columns.len());
            let mut rows = 0;
            for lines in lines.chunks(4096) {
                chunk.clear();
                lines.iter().for_each(|line| decoder.decode(line.as_bytes(), &mut chunk).unwrap());
                rows += black_box(&chunk).rows();
            }
            rows
        });
    }
}

fn measure_files(folder: &Path, rows: &Batch, all: &[Column], some: &[Column]) {
    for ending in ["avro", "parquet", "arrow", "jsonl.gz", "jsonl.zst"] {
        if !is_asked_for(&format!("file .{ending}, ")) {
            continue;
        }
        let path: PathBuf = folder.join(format!("x.{ending}"));
        let mut writer = create_file(&path, &sink(all), None).unwrap();
        writer.write(rows).unwrap();
        writer.finish().unwrap();
        let bytes = std::fs::metadata(&path).unwrap().len() as usize;
        measure(&format!("file .{ending}, 22 fields"), bytes, || read_file(&path, all));
        measure(&format!("file .{ending}, 5 of 22 fields"), bytes, || read_file(&path, some));
        if ending == "avro" {
            measure("file .avro, 22 fields, by arrow-avro", bytes, || {
                let input = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
                let reader = arrow_avro::reader::ReaderBuilder::new().with_batch_size(4096).build(input);
                reader.unwrap().map(|batch| black_box(batch.unwrap()).num_rows()).sum()
            });
        }
    }
}

fn measure_writing(rows: &Batch, all: &[Column], units: &[Column]) {
    for (name, columns) in [("plain", all), ("16 in degC", units)] {
        let mut encoder = JsonEncoder::new(&sink(columns).columns).unwrap();
        let mut out = Vec::new();
        encoder.rows(rows, &mut out);
        let bytes = out.len();
        measure(&format!("JSON written, 22 fields, {name}"), bytes, || {
            out.clear();
            encoder.rows(rows, &mut out);
            rows.rows
        });
    }
}
