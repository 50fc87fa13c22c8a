//! What the scanner takes, what it refuses, and that it agrees with a parser that builds trees.

use super::*;
use proptest::prelude::*;
use twin_types::{EnumId, Scalar, UnitTable, words};

fn column(name: &str, ty: Scalar, is_required: bool) -> Column {
    let mut path = Vec::new();
    for step in name.split('.') {
        match step.parse() {
            Ok(item) => path.push(PathStep::Item(item)),
            Err(_) => path.push(PathStep::Name(step.to_string())),
        }
    }
    let texts = match ty {
        Scalar::Enum(_) => vec!["idle".to_string(), "RUN".to_string()],
        _ => Vec::new(),
    };
    Column {
        name: name.to_string(),
        path,
        ty,
        unit: None,
        texts,
        time: None,
        is_required,
        default: None,
        valid: None,
    }
}

/// The columns' values of one record, shown; absent is `-`. A refusal gives its words.
fn decode(columns: &[Column], record: &str) -> String {
    let mut decoder = JsonDecoder::new(columns).unwrap();
    show(&mut decoder, columns, record.as_bytes())
}

fn show(decoder: &mut JsonDecoder, columns: &[Column], record: &[u8]) -> String {
    let mut chunk = Chunk::new(columns.len());
    if let Err(refusal) = decoder.decode(record, &mut chunk) {
        assert_eq!(chunk.batch.rows, 0);
        return format!("{}: {}", refusal.reason.name(), refusal.detail);
    }
    let value = |(at, column): (usize, &Column)| {
        let word = chunk.batch.columns[at][0];
        match column.ty {
            ty if !ty.is_present(word) => "-".to_string(),
            Scalar::Real => format!("{:?}", words::to_f64(word)),
            Scalar::String => String::from_utf8_lossy(chunk.batch.text(word)).into_owned(),
            _ => words::to_i64(word).to_string(),
        }
    };
    columns.iter().enumerate().map(value).collect::<Vec<_>>().join(" ")
}

fn plant() -> Vec<Column> {
    let mut columns = vec![
        column("vin", Scalar::String, true),
        column("speed", Scalar::Real, true),
        column("count", Scalar::Int, false),
        column("on", Scalar::Bool, false),
        column("mode", Scalar::Enum(EnumId(0)), false),
        column("tire.0", Scalar::Real, false),
        column("tire.1", Scalar::Real, false),
        column("engine.oil.temp", Scalar::Real, false),
    ];
    let table = UnitTable::default();
    columns[1].unit = table.compound(&[("km", 2), ("h", -2)]).ok();
    columns[7].unit = table.get("degC");
    columns[7].valid = Some((200.0, 400.0));
    columns
}

#[test]
fn every_type_is_taken() {
    let all = r#"{"vin":"A","speed":36,"count":7,"on":true,"mode":"RUN","tire":[1.5,2],"engine":{"oil":{"temp":90}}}"#;
    assert_eq!(decode(&plant(), all), "A 10.0 7 1 1 1.5 2.0 363.15");
    let blanks =
        " {\"engine\" : { \"oil\" :{ \"temp\": 90 , \"x\": [ ] } } ,\t\"speed\": 36.0, \"vin\": \"A\" } \r";
    assert_eq!(decode(&plant(), blanks), "A 10.0 - - - - - 363.15");
}

#[test]
fn missing_and_wrong_values() {
    let columns = plant();
    let check = |record: &str, expected: &str| assert_eq!(decode(&columns, record), expected, "{record}");
    check(r#"{"vin":"A"}"#, "missing_field: required field `speed` is missing");
    check(r#"{"vin":"A","speed":null}"#, "missing_field: required field `speed` is missing");
    check(r#"{"vin":"A","speed":"36"}"#, "bad_value: field `speed` is \"36\", which is not a number");
    check(r#"{"vin":"A","speed":NaN}"#, "bad_value: field `speed` is NaN, which is no finite number");
    check(r#"{"vin":"A","speed":1e999}"#, "bad_value: field `speed` is 1e999, which is no finite number");
    check(r#"{"vin":7,"speed":1}"#, "bad_value: field `vin` is 7, which is not a text");
    check(r#"{"vin":{"a":1},"speed":1}"#, "bad_value: field `vin` is {\"a\":1}, which is not a text");
    check(r#"{"vin":"A","speed":0,"count":9223372036854775808}"#, "A 0.0 - - - - - -");
    check(r#"{"vin":"A","speed":0,"count":1.5,"on":1,"mode":"off"}"#, "A 0.0 - - - - - -");
    check(r#"{"vin":"A","speed":0,"tire":[-Infinity,"2"],"engine":7}"#, "A 0.0 - - - - - -");
    check(r#"{"vin":"A","speed":0,"tire":{},"engine":{"oil":{"temp":900}}}"#, "A 0.0 - - - - - -");
    check(r#"{"vin":"A","speed":0,"count":3.0,"tire":[null,1]}"#, "A 0.0 3 - - - 1.0 -");
}

#[test]
fn faults_are_counted_at_their_column() {
    let columns = plant();
    let mut decoder = JsonDecoder::new(&columns).unwrap();
    let mut chunk = Chunk::new(columns.len());
    let record = br#"{"vin":"A","speed":0,"count":"x","on":null,"mode":"off","engine":{"oil":{"temp":900}}}"#;
    decoder.decode(record, &mut chunk).unwrap();
    let counts: Vec<_> = chunk.faults.iter().map(|f| (f.unreadable, f.outside)).collect();
    assert_eq!(counts, [(0, 0), (0, 0), (1, 0), (0, 0), (1, 0), (0, 0), (0, 0), (0, 1)]);
}

#[test]
fn blanks_may_come_and_go_from_record_to_record() {
    let columns = plant();
    let mut decoder = JsonDecoder::new(&columns).unwrap();
    let mut chunk = Chunk::new(columns.len());
    for record in [r#"{"vin":"A","speed":1}"#, r#"{"vin": "A", "speed":   1}"#, r#"{ "vin":"A" ,"speed":1 }"#]
    {
        decoder.decode(record.as_bytes(), &mut chunk).unwrap();
    }
    assert_eq!(chunk.batch.rows, 3);
}

#[test]
fn of_equal_names_the_last_wins() {
    let columns = plant();
    let check = |record: &str, expected: &str| assert_eq!(decode(&columns, record), expected, "{record}");
    check(r#"{"vin":"A","speed":1,"vin":"B","speed":36}"#, "B 10.0 - - - - - -");
    check(r#"{"vin":"A","speed":0,"tire":[1,2],"tire":[3]}"#, "A 0.0 - - - 3.0 - -");
    check(r#"{"vin":"A","speed":0,"tire":[1,2],"tire":null}"#, "A 0.0 - - - - - -");
    check(r#"{"vin":"A","speed":0,"speed":null}"#, "missing_field: required field `speed` is missing");
    check(r#"{"vin":"A","speed":"x","speed":36}"#, "A 10.0 - - - - - -");
}

#[test]
fn texts_have_their_escapes_taken_out() {
    let columns = [column("t", Scalar::String, true)];
    let check = |record: &str, expected: &str| assert_eq!(decode(&columns, record), expected, "{record}");
    check(r#"{"t":"a\"b\\c\/d\n\u00e9\ud83d\ude97°"}"#, "a\"b\\c/d\né🚗°");
    check(r#"{"\u0074":"name"}"#, "name");
    check(r#"{"t":"\ud83d"}"#, "undecodable: half a surrogate pair at byte 7");
    check(r#"{"t":"\x"}"#, "undecodable: an escape that JSON does not have at byte 7");
    check(r#"{"u":"abc\x","t":"a"}"#, "undecodable: an escape that JSON does not have at byte 10");
    check("{\"t\":\"a\tb\"}", "undecodable: a control character in a text at byte 8");
    check(r#"{"t":""}"#, "");
}

#[test]
fn broken_records_say_where() {
    let columns = [column("a", Scalar::Real, true)];
    let check = |record: &str, expected: &str| {
        assert_eq!(decode(&columns, record), format!("undecodable: {expected}"), "{record}");
    };
    check("", "the record ends too soon at byte 1");
    check("{", "the record ends too soon at byte 2");
    check(r#"{"a":1"#, "the record ends too soon at byte 7");
    check(r#"{"a":1,}"#, "a field's name is missing at byte 8");
    check(r#"{"a" 1}"#, "a colon is missing at byte 6");
    check(r#"{"a":1 "b":2}"#, "a comma or a closing bracket is missing at byte 8");
    check(r#"{"a":01}"#, "a number that JSON does not have at byte 6");
    check(r#"{"a":1}}"#, "something follows the record at byte 8");
    check(r#"{"a":1,"b":tru}"#, "a value is missing or is none of JSON's at byte 12");
    check(r#"{"a":1,"b":[1,{"c":]}]}"#, "a value is missing or is none of JSON's at byte 20");
    check(r#"{"a":1,"b":[1}]}"#, "a comma or a closing bracket is missing at byte 14");
    check("[1]", "an array, where a record is an object on one line, at byte 1");
    check("7", "no object begins at byte 1");
    let deep = format!("{{\"b\":{}1", "[".repeat(100_000));
    check(&deep, "objects and arrays are nested too deep at byte 135");
}

#[test]
fn invalid_utf8_is_refused() {
    let columns = [column("a", Scalar::Real, true)];
    let mut decoder = JsonDecoder::new(&columns).unwrap();
    let shown = show(&mut decoder, &columns, b"{\"a\":1,\"b\":\"\xff\"}");
    assert_eq!(shown, "undecodable: bytes that are no UTF-8 at byte 13");
}

#[test]
fn an_order_that_changes_is_followed() {
    let columns =
        [column("a", Scalar::Int, false), column("b", Scalar::Int, false), column("c", Scalar::Int, false)];
    let mut decoder = JsonDecoder::new(&columns).unwrap();
    for (record, expected) in [
        (r#"{"a":1,"b":2,"c":3}"#, "1 2 3"),
        (r#"{"a":4,"b":5,"c":6}"#, "4 5 6"),
        (r#"{"c":1,"b":2,"a":3}"#, "3 2 1"),
        (r#"{"a":4,"c":6}"#, "4 - 6"),
        (r#"{"x":0,"a":4,"y":"long","c":6}"#, "4 - 6"),
        (r#"{"x":0"a":4}"#, "undecodable: a comma or a closing bracket is missing at byte 7"),
        (r#"{,"a":4}"#, "undecodable: a field's name is missing at byte 2"),
        (r#"{"a": 4, "b": 5}"#, "4 5 -"),
        (r#"{"a":1,"b":2,"c":3}"#, "1 2 3"),
    ] {
        assert_eq!(show(&mut decoder, &columns, record.as_bytes()), expected, "{record}");
    }
}

#[test]
fn numbered_columns_read_arrays() {
    let mut columns = [column("a", Scalar::Int, true), column("b", Scalar::String, true)];
    columns[0].path = vec![PathStep::Column(1)];
    columns[1].path = vec![PathStep::Column(3)];
    assert_eq!(decode(&columns, r#"[5, 6, "x"]"#), "5 x");
}

#[test]
fn envelopes_tell_what_surrounds_a_value() {
    let columns = [column("speed", Scalar::Int, true)];
    let mut decoder = JsonDecoder::for_envelopes(&columns, NullValue::Refused).unwrap();
    let mut chunk = Chunk::new(1);
    let record = br#"{"key":"car1","value":{"speed":3,"key":9},"timestamp":15,"partition":0,"offset":17,"headers":{"a":"b"}}"#;
    assert!(is_envelope(record));
    decoder.decode(record, &mut chunk).unwrap();
    let envelope = decoder.envelope();
    let text = |word: Option<u64>| chunk.batch.text(word.unwrap());
    assert_eq!(text(envelope.key), b"car1");
    assert_eq!(text(envelope.headers), br#"{"a":"b"}"#);
    assert_eq!((envelope.timestamp_ms, envelope.partition, envelope.offset), (Some(15), Some(0), Some(17)));
    assert_eq!(words::to_i64(chunk.batch.columns[0][0]), 3);
    assert!(decoder.decode(br#"{"key":"car1","value":null}"#, &mut chunk).is_err());
    assert!(!is_envelope(br#"{"value":3.5,"timestamp":15}"#));
    assert!(!is_envelope(br#"{"value":{"a":1}}"#));
    assert!(is_envelope(br#"{"value":null,"key":1,"offset":0}"#));
}

#[test]
fn a_null_value_deletes_its_key() {
    let columns = [column("vin", Scalar::String, true), column("speed", Scalar::Int, true)];
    let mut decoder = JsonDecoder::for_envelopes(&columns, NullValue::Deletes(Some(0))).unwrap();
    let mut chunk = Chunk::new(2);
    decoder.decode(br#"{"key":"car1","value":null,"timestamp":15}"#, &mut chunk).unwrap();
    assert_eq!(chunk.deleted, [0]);
    assert_eq!(chunk.batch.text(chunk.batch.columns[0][0]), b"car1");
    assert_eq!(chunk.batch.columns[1][0], twin_types::ABSENT_INT);
}

/// Whether numbers are the same but for the last bit: `serde_json` rounds long ones to the nearest or the next. That all
/// numbers here are exact is tested where they are scanned.
fn is_near(found: &[f64], expected: &[f64]) -> bool {
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= b.abs() * f64::EPSILON;
    found.len() == expected.len() && found.iter().zip(expected).all(near)
}

/// Any JSON value.
fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(|f| serde_json::Number::from_f64(f).map_or(0.into(), Into::into)),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            proptest::collection::vec(("[abcé\"]{0,2}", inner), 0..5)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(records: Vec<Vec<u8>>) {
        let columns = plant();
        let mut decoder = JsonDecoder::new(&columns).unwrap();
        for record in &records {
            show(&mut decoder, &columns, record);
            is_envelope(record);
        }
    }

    #[test]
    fn no_text_like_json_panics(records in proptest::collection::vec("[{}\\[\\],:\"\\\\ue0-9a-c.+\\-ntrf ]{0,40}", 1..6)) {
        let columns = [column("a", Scalar::Real, false), column("b.0", Scalar::String, false)];
        let mut decoder = JsonDecoder::new(&columns).unwrap();
        for record in &records {
            let taken = show(&mut decoder, &columns, record.as_bytes());
            // What serde_json refuses is refused here, but for Python's words and numbers that no float holds.
            if let Err(error) = serde_json::from_str::<serde_json::Value>(record)
                && !error.to_string().contains("number out of range")
            {
                prop_assert!(taken.starts_with("undecodable"), "{record}: {taken}, but {error}");
            }
        }
    }

    /// Records that look alike but for their digits, some with a byte changed, are what `serde_json` says.
    #[test]
    fn records_that_look_alike_agree_with_trees(
        rows in proptest::collection::vec(([-20_000i32..20_000, 0..100_000, 0..30], 0..150usize, 0..9usize), 1..40),
    ) {
        let columns = [column("a", Scalar::Real, true), column("b", Scalar::Real, true)];
        let mut decoder = JsonDecoder::new(&columns).unwrap();
        for ([a, b, skipped], place, change) in rows {
            let (a, b) = (f64::from(a) / 100.0, f64::from(b) / 10.0);
            let filler = ",\"a_long_name_that_nobody_reads\":1.25".repeat(2);
            let mut line = format!("{{\"skipped\":{skipped},\"a\":{a:.2},\"b\":{b:.1}{filler}}}").into_bytes();
            if let (Some(byte), Some(other)) = (line.get_mut(place), b"0.-e,:/".get(change)) {
                *byte = *other;
            }
            let shown = show(&mut decoder, &columns, &line);
            let line = String::from_utf8(line).unwrap();
            match serde_json::from_str::<serde_json::Value>(&line) {
                Err(error) if error.to_string().contains("number out of range") => {}
                Err(error) => prop_assert!(shown.starts_with("undecodable"), "{line}: {shown}, but {error}"),
                Ok(tree) => match (tree["a"].as_f64(), tree["b"].as_f64()) {
                    (Some(a), Some(b)) => {
                        let found: Vec<f64> = shown.split(' ').filter_map(|word| word.parse().ok()).collect();
                        prop_assert!(is_near(&found, &[a, b]), "{line}: {shown}, not {a:?} {b:?}");
                    }
                    _ => prop_assert!(shown.contains("is missing"), "{line}: {shown}"),
                },
            }
        }
    }

    #[test]
    fn agrees_with_trees(values in proptest::collection::vec((any_json(), any::<f64>(), ".{0,9}"), 1..8), pretty: bool) {
        let columns = [column("a", Scalar::Real, false), column("s", Scalar::String, false)];
        let mut decoder = JsonDecoder::new(&columns).unwrap();
        for (skipped, number, text) in values {
            let number = if number.is_finite() { number } else { 0.5 };
            let mut record = serde_json::json!({ "x": skipped, "a": number, "s": text });
            if text.len() % 2 == 0 {
                record.as_object_mut().unwrap().swap_remove("x");
            }
            let line = if pretty { serde_json::to_string_pretty(&record) } else { serde_json::to_string(&record) }.unwrap();
            prop_assert_eq!(show(&mut decoder, &columns, line.as_bytes()), format!("{number:?} {text}"));
        }
    }
}
