//! JSON Lines and separated values: the awkward cases.

use crate::common::*;
use std::path::{Path, PathBuf};
use twin_connectors::file::Reading;
use twin_plan::{Format, KeyPlan, TimeText};
use twin_types::{EnumId, Scalar};

/// A file of text in all its clothes reads the same.
fn read_text(name: &str, text: &[u8], reading: &Reading<'_>) -> Held {
    let folder = Folder::new();
    let plain = read(&[folder.write(name, text)], reading, 3).unwrap();
    let packed = [
        folder.write(&format!("{name}.gz"), gzip(text)),
        folder.write(&format!("{name}.zst"), zstd(text)),
        // Several members one after the other are one file, for gzip and Zstandard alike.
        folder.write(
            &format!("two.{name}.gz"),
            [gzip(&text[..text.len() / 2]), gzip(&text[text.len() / 2..])].concat(),
        ),
        folder.write(
            &format!("two.{name}.zst"),
            [zstd(&text[..text.len() / 2]), zstd(&text[text.len() / 2..])].concat(),
        ),
    ];
    for path in packed {
        assert_eq!(read(std::slice::from_ref(&path), reading, 2).unwrap(), plain, "{}", path.display());
    }
    plain
}

fn fails(paths: &[PathBuf], reading: &Reading<'_>) -> String {
    read(paths, reading, 10).unwrap_err().to_string()
}

fn car_columns() -> Vec<twin_plan::Column> {
    vec![column("vin", Scalar::String), column("speed", Scalar::Real).unit("km/h").optional()]
}

#[test]
fn bare_values() {
    let columns = car_columns();
    let text = "\u{feff}{\"vin\":\"a\",\"speed\":36}\r\n\n{\"vin\":\"b\"}\n{broken\n{\"vin\":\"c\",\"speed\":\"fast\"}";
    let held = read_text("cars.jsonl", text.as_bytes(), &reading(&Format::Json, &columns));
    assert_eq!(held.rows, ["a 10.0", "b -", "c -"]);
    assert_eq!(held.offsets, [0, 1, 3]);
    assert_eq!(held.faults, [(0, 0), (1, 0)]);
    assert_eq!(held.rejects, ["undecodable: a field's name is missing at byte 2 (before row 2, offset 2)"]);
    assert_eq!(held.reject_raws, ["{broken"]);
    assert_eq!((held.times, held.keys), (vec![i64::MIN; 3], vec![String::new(); 3]));
}

#[test]
fn envelopes() {
    let columns = car_columns();
    let text = concat!(
        r#"{"key":"a","value":{"vin":"a","speed":36},"timestamp":1567606196000,"partition":2,"offset":17,"headers":null}"#,
        "\n",
        r#"{"key":"b","value":{"speed":36},"timestamp":1567606197000,"partition":2,"offset":19}"#,
        "\n",
        r#"{"offset":20,"value":{"vin":"c"}}"#,
        "\n",
    );
    let held = read_text("cars.jsonl", text.as_bytes(), &reading(&Format::Json, &columns));
    assert_eq!(held.rows, ["a 10.0", "c -"]);
    assert_eq!(held.offsets, [17, 20]);
    assert_eq!(
        held.rejects,
        ["missing_field: required field `vin` is missing (before row 1, offset 19 of b)"]
    );
}

#[test]
fn a_refused_record_tells_its_key() {
    let columns =
        [column("unit", Scalar::Int), column("mode", Scalar::Enum(EnumId(0))).texts(&["idle", "RUN"])];
    let keyed = |format, key| Reading { format, columns: &columns, key, is_table: false, needs: &[] };
    let unknown = |found: &str, key: &str| {
        format!(
            "bad_value: field `mode` is {found}, which is none of `idle`, `RUN` (before row 0, offset 0{key})"
        )
    };
    let json = "{\"mode\":\"off\",\"unit\":7}\n";
    let held = read_text("x.jsonl", json.as_bytes(), &keyed(&Format::Json, &KeyPlan::Column(0)));
    assert_eq!(held.rejects, [unknown("\"off\"", " of 7")]);
    // What is itself in trouble, or stands in a record that is damaged, is no key.
    let bad = "{\"unit\":\"x\",\"mode\":\"off\"}\n{\"unit\":8,\"mode\"}\n";
    let held = read_text("x.jsonl", bad.as_bytes(), &keyed(&Format::Json, &KeyPlan::Column(0)));
    assert!(held.rejects.iter().all(|reject| !reject.contains(" of ")), "{:?}", held.rejects);
    assert_eq!(held.rejects.len(), 2);
    let format = csv(b',', true, &[]);
    let held = read_text("x.csv", b"unit,mode\n7,off\n", &keyed(&format, &KeyPlan::Column(0)));
    assert_eq!(held.rejects, [unknown("off", " of 7")]);
    let held = read_text("x.csv", b"unit,mode\n7,off\n", &keyed(&format, &KeyPlan::Record));
    assert_eq!(held.rejects, [unknown("off", "")]);
    let folder = Folder::new();
    let path = folder.write("Bearing1_1.csv", "unit,mode\n7,off\n");
    let held = read(&[path], &keyed(&format, &KeyPlan::File), 3).unwrap();
    assert_eq!(held.rejects, [unknown("off", " of Bearing1_1")]);
}

#[test]
fn a_record_that_is_too_large_has_no_key_of_another() {
    let columns = car_columns();
    let text = format!(
        "{{\"key\":\"a\",\"value\":{{\"vin\":\"a\"}},\"offset\":7}}\n{{\"x\":\"{}\"}}\n",
        "y".repeat(5 << 20)
    );
    let held = read_text("cars.jsonl", text.as_bytes(), &reading(&Format::Json, &columns));
    assert_eq!(held.rejects, ["too_large: the record is larger than 4 MiB (before row 1, offset 1)"]);
}

#[test]
fn envelopes_keep_times_and_keys() {
    let columns = car_columns();
    let text = concat!(
        "{\"key\":null,\"value\":{\"vin\":\"a\"},\"offset\":5}\n",
        "{\"key\":\"b\",\"value\":{\"vin\":\"b\"},\"timestamp\":2}\n",
        "{\"key\":\"c\",\"value\":null,\"timestamp\":3}\n",
    );
    let folder = Folder::new();
    let path = folder.write("cars.jsonl", text);
    let table = Reading {
        format: &Format::Json,
        columns: &columns,
        key: &KeyPlan::Column(0),
        is_table: true,
        needs: &[],
    };
    let held = read(std::slice::from_ref(&path), &table, 10).unwrap();
    assert_eq!(held.rows, ["a -", "b -", "c -"]);
    assert_eq!(held.deleted, [2]);
    assert_eq!(held.times, [i64::MIN, 2_000_000, 3_000_000]);
    assert_eq!(held.keys, ["", "b", "c"]);
    assert_eq!(held.offsets, [5, 1, 2]);
    let held = read(&[path], &reading(&Format::Json, &columns), 10).unwrap();
    assert_eq!(held.rejects, ["undecodable: the record has no value (before row 2, offset 2 of c)"]);
}

#[test]
fn several_files_are_one_log() {
    let columns = car_columns();
    let folder = Folder::new();
    let paths = [
        folder.write("one.jsonl", "{\"vin\":\"a\"}\n{\"vin\":\"b\"}\n"),
        folder.write("none.jsonl", ""),
        folder.write("two.csv.gz", gzip(b"vin,speed\nc,36\n")),
    ];
    let key = KeyPlan::File;
    let by_file =
        Reading { format: &Format::Json, columns: &columns, key: &key, is_table: false, needs: &[] };
    let held = read(&paths, &by_file, 10).unwrap();
    assert_eq!(held.rows, ["a -", "b -", "c 10.0"]);
    assert_eq!(held.offsets, [0, 1, 2]);
    let names: Vec<_> = held.files.iter().map(|(row, name)| (*row, name.as_str())).collect();
    assert_eq!(names, [(0, "one"), (2, "none"), (2, "two")]);
}

#[test]
fn a_record_that_is_too_large_is_set_aside() {
    let columns = car_columns();
    let mut text = b"{\"vin\":\"a\"}\n{\"vin\":\"".to_vec();
    text.resize(10 << 20, b'x');
    text.extend_from_slice(b"\"}\n{\"vin\":\"b\"}\n");
    let held = read_text("cars.jsonl", &text, &reading(&Format::Json, &columns));
    assert_eq!(held.rows, ["a -", "b -"]);
    assert_eq!(held.rejects, ["too_large: the record is larger than 4 MiB (before row 1, offset 1)"]);
    assert_eq!(held.reject_raws[0].len(), 1024);
    // The same without an end of the line.
    text.truncate(9 << 20);
    let held = read_text("cars.jsonl", &text, &reading(&Format::Json, &columns));
    assert_eq!((held.rows.len(), held.rejects.len()), (1, 1));
}

#[test]
fn large_records_within_the_limit() {
    let columns = car_columns();
    let text = format!("{{\"vin\":\"a\",\"x\":\"{}\"}}\n{{\"vin\":\"b\"}}\n", "y".repeat(3 << 20));
    let held = read_text("cars.jsonl", text.as_bytes(), &reading(&Format::Json, &columns));
    assert_eq!(held.rows, ["a -", "b -"]);
}

#[test]
fn separated_values() {
    let columns = [
        column("vin", Scalar::String),
        column("speed", Scalar::Real).unit("km/h").optional(),
        column("on", Scalar::Bool).optional(),
        column("ts", Scalar::Timestamp).time(TimeText::Count(1_000_000)).optional(),
    ];
    let format = csv(b';', true, &["NA", "n/a"]);
    let text = concat!(
        "\u{feff}vin; speed ;on;ts;\r\n",
        "a;36;TRUE;1567606196000;\r\n",
        "\"b;\"\"x\"\"\ny\";n/a;0;;\r\n",
        "\r\n",
        "c;fast;yes\r\n",
        "d;NaN;1;1.5;;;\r\n",
        "e;1;1;1;;7\r\n",
        ";1;1;1\r\n",
        "f;+1.80E1;false;0.000001",
    );
    let held = read_text("cars.csv", text.as_bytes(), &reading(&format, &columns));
    assert_eq!(
        held.rows,
        [
            "a 10.0 1 2019-09-04T14:23:16Z".replace("14:23:16", "14:09:56"),
            "b;\"x\"\ny - 0 -".to_string(),
            "c - - -".to_string(),
            "d - 1 1970-01-01T00:00:00.0015Z".to_string(),
            "f 5.0 0 1970-01-01T00:00:00.000000001Z".to_string(),
        ]
    );
    assert_eq!(held.faults, [(0, 0), (2, 0), (1, 0), (0, 0)]);
    assert_eq!(
        held.rejects,
        [
            "undecodable: the record has 6 values, but the header names 5 (before row 4, offset 4)",
            "missing_field: required field `vin` is missing (before row 4, offset 5)",
        ]
    );
}

#[test]
fn columns_by_number() {
    let columns = [column("#1", Scalar::String), column("#5", Scalar::Real), column("#2", Scalar::Int)];
    let format = csv(b' ', false, &[]);
    let text = "1 1 0.0023 0.0003 100.0 518.67  \n1 2 -0.0027 -0.0003 101.5 518.67  \n";
    let held = read_text("train.txt", text.as_bytes(), &reading(&format, &columns));
    assert_eq!(held.rows, ["1 100.0 1", "1 101.5 2"]);
}

#[test]
fn an_open_quote_costs_its_line() {
    let columns = [column("a", Scalar::String), column("b", Scalar::Int)];
    let format = csv(b',', true, &[]);
    let held = read_text("x.csv", b"a,b\nx,1\n\"y,2\nz,3\n5\" pipe,4\n", &reading(&format, &columns));
    assert_eq!(held.rows, ["x 1", "z 3", "5\" pipe 4"]);
    assert_eq!(held.reject_raws, ["\"y,2"]);
    assert!(held.rejects[0].starts_with("undecodable: a quote is opened and never closed"));
}

#[test]
fn empty_files_are_fine() {
    let columns = car_columns();
    for name in ["x.jsonl", "x.csv"] {
        assert_eq!(read_text(name, b"", &reading(&Format::Json, &columns)).rows.len(), 0);
        let folder = Folder::new();
        let empty = folder.write(&format!("{name}.gz"), "");
        assert_eq!(read(&[empty], &reading(&Format::Json, &columns), 9).unwrap().rows.len(), 0);
    }
    assert_eq!(read_text("x.csv", b"vin,speed\n", &reading(&Format::Json, &columns)).rows.len(), 0);
    assert_eq!(read_text("x.jsonl", b"\n\n", &reading(&Format::Json, &columns)).rows.len(), 0);
}

#[test]
fn what_cannot_be_opened_says_why() {
    let columns = car_columns();
    let folder = Folder::new();
    let check = |path: PathBuf, expected: &str| {
        assert_eq!(folder.strip(&fails(&[path], &reading(&Format::Json, &columns))), expected);
    };
    check(folder.path("no.jsonl"), "no.jsonl: No such file or directory (os error 2)");
    std::fs::create_dir(folder.path("cars")).unwrap();
    check(folder.path("cars"), "cars: this is a folder; name the files in it");
    check(folder.write("utf16.csv", b"\xff\xfev\0i\0n\0"), "utf16.csv: the text is UTF-16; save it as UTF-8");
    let error = fails(&[folder.write("x.csv", "id,speed\n1,2\n")], &reading(&Format::Json, &columns));
    assert!(
        error.ends_with("x.csv: there is no column `vin`, which field `vin` needs; there are `id`, `speed`"),
        "{error}"
    );
    let error = fails(&[folder.write("x.jsonl.gz", "plain")], &reading(&Format::Json, &columns));
    assert!(
        error
            .contains("x.jsonl.gz: its name says that it is compressed, but these are not the bytes of gzip"),
        "{error}"
    );
}

/// What a damaged file gives, read once from its beginning.
fn read_through(path: &Path, columns: &[twin_plan::Column]) -> twin_engine::Chunk {
    let files = [path.to_path_buf()];
    let mut reader = twin_connectors::file::open_files(&files, &reading(&Format::Json, columns)).unwrap();
    let mut chunk = twin_engine::Chunk::new(columns.len());
    while reader.read(&mut chunk, 100).unwrap() {}
    chunk
}

#[test]
fn a_cut_off_file_gives_what_is_readable() {
    let columns = car_columns();
    let line = |n: usize| format!("{{\"vin\":\"car{n}\",\"speed\":{}.{n}}}\n", n * 7919 % 1000);
    let text: String = (0..50_000).map(line).collect();
    let folder = Folder::new();
    for (name, bytes) in [("x.jsonl.gz", gzip(text.as_bytes())), ("x.jsonl.zst", zstd(text.as_bytes()))] {
        let path = folder.write(name, &bytes[..bytes.len() / 2]);
        let chunk = read_through(&path, &columns);
        assert!(chunk.rows() > 500, "{name}: {}", chunk.rows());
        assert_eq!(chunk.rejects.len(), 1);
        let detail = folder.strip(&chunk.rejects[0].detail);
        assert!(
            detail.starts_with(&format!("{name}: the compressed data is damaged or cut off behind byte")),
            "{detail}"
        );
    }
}

/// Also where so little is left that not even the compression's own header is whole.
#[test]
fn a_file_cut_off_in_its_first_bytes_is_no_empty_file() {
    let columns = car_columns();
    let folder = Folder::new();
    let text = b"{\"vin\":\"car1\",\"speed\":1}\n";
    for (name, bytes, least) in [("x.jsonl.gz", gzip(text), 2), ("x.jsonl.zst", zstd(text), 4)] {
        for length in least..bytes.len() {
            let chunk = read_through(&folder.write(name, &bytes[..length]), &columns);
            assert_eq!(chunk.rejects.len(), 1, "{name}, {length} of {} bytes", bytes.len());
        }
    }
    let mut two = gzip(text);
    two.extend_from_slice(&gzip(text)[..5]);
    let chunk = read_through(&folder.write("x.jsonl.gz", &two), &columns);
    assert_eq!((chunk.rows(), chunk.rejects.len()), (1, 1), "a second part cut off in its header");
    let path = folder.write("x.csv.gz", &gzip(b"vin,speed\n")[..7]);
    let error = fails(&[path], &reading(&Format::Json, &columns));
    assert!(error.contains("the header cannot be read"), "{error}");
}

#[test]
fn what_is_no_text_is_told_at_once() {
    let columns = car_columns();
    let folder = Folder::new();
    let check = |name: &str, bytes: &[u8], expected: &str| {
        let error = fails(&[folder.write(name, bytes)], &reading(&Format::Json, &columns));
        assert!(error.ends_with(expected), "{error}");
    };
    let line = b"{\"vin\":\"car1\",\"speed\":1}\n";
    check("a.jsonl", &gzip(line), "these are the bytes of gzip; let its name end in .gz");
    check("b.csv", &zstd(line), "these are the bytes of Zstandard; let its name end in .zst");
    check("c.jsonl", b"PAR1\x15\x04", "these are the bytes of Parquet; let its name end in .parquet");
    check("d.avro.gz", &gzip(line), "Avro is compressed inside and is not read through more; unpack it");
    let header = read_text("e.csv", b"PAR1,vin,speed\n1,a,2\n", &reading(&Format::Json, &columns));
    assert_eq!(header.rows.len(), 1, "a column may be called so");
}

#[test]
fn positions_know_their_file() {
    let columns = car_columns();
    let folder = Folder::new();
    let path = folder.write("x.jsonl", "{\"vin\":\"a\"}\n{\"vin\":\"b\"}\n");
    let json = Format::Json;
    let open =
        || twin_connectors::file::open_files(std::slice::from_ref(&path), &reading(&json, &columns)).unwrap();
    let mut chunk = twin_engine::Chunk::new(2);
    open().read(&mut chunk, 1).unwrap();
    std::fs::write(&path, "{\"vin\":\"c\"}\n{\"vin\":\"b\"}\n").unwrap();
    let error = open().seek(&chunk.next).unwrap_err().to_string();
    assert!(
        error.ends_with("cannot go on where it stopped: it is another file than the one that was read"),
        "{error}"
    );
    std::fs::write(&path, "{\"vin\":\"a\"}\n{\"vin\":\"b\"}\n{\"vin\":\"c\"}\n").unwrap();
    let mut reader = open();
    reader.seek(&chunk.next).unwrap();
    chunk.clear();
    reader.read(&mut chunk, 10).unwrap();
    assert_eq!(chunk.rows(), 2, "a file that has grown is read on");
}
