//! The twelve mistakes, message by message, with a recording to quote.

mod common;

use common::{Outcome, check_in};
use twin_analysis::{FieldRecording, MemoryWorld, Recording};

const HEAD: &str = r#"schema Motor {
    id: string
    at: timestamp in ms
    temp: temperature in degC
    pressure: pressure in bar
    v: voltage in V
    rpm: real
    status: string
}
schema Weather { id: string, at: timestamp in ms, outside: temperature in degC }
source weather: Weather { key: id  time: at }
"#;

const SOURCE: &str = "source motor: Motor { key: id  time: at }\n";

fn world() -> MemoryWorld<'static> {
    let mut world = MemoryWorld::new(&twin_stdlib::LIBRARY);
    let field = |min: Option<f64>, max: Option<f64>, zeros, distinct, texts: &[&str]| FieldRecording {
        present: 1000,
        distinct,
        min,
        max,
        zeros,
        texts: texts.iter().map(|t| t.to_string()).collect(),
    };
    let fields = [
        ("id", field(None, None, 0, 50, &["A1", "A2"])),
        ("v", field(Some(0.1), Some(4.2), 0, 900, &[])),
        ("rpm", field(Some(0.0), Some(3000.0), 212, 800, &[])),
        ("status", field(None, None, 0, 2, &["OK", "FAULT"])),
    ];
    let fields = fields.into_iter().map(|(name, f)| (name.to_string(), f)).collect();
    let recording = Recording { records: 1000, span_ns: 9 * 86_400_000_000_000, fields };
    world.recordings.insert("motor".to_string(), recording);
    world
}

fn checked(source: &str, members: &str) -> Outcome {
    check_in(world(), &format!("{HEAD}{source}twin Car {{\n    key id\n    input motor\n{members}\n}}\n"))
}

#[test]
fn each_mistake_has_its_message() {
    let no_key = "source motor: Motor { time: at }\n";
    let cases = [
        ("a pressure added to a temperature", SOURCE, "    let a = temp + pressure"),
        (
            "a difference compared with a reading",
            SOURCE,
            "    let a = temp - (mean(temp) over 1 h) > 10 degC",
        ),
        ("a source without a key", no_key, ""),
        ("an unknown field", SOURCE, "    let a = presure > 3 bar\n    let b = oil_level > 3"),
        ("a text compared with a number", SOURCE, "    let a = status == 1"),
        (
            "the key, and a name for a text, compared with a number",
            SOURCE,
            "    let a = id > 90\n    let s = status\n    let b = s == 1",
        ),
        ("a window without an end", SOURCE, "    let a = median(v) over all"),
        ("a rule that will flap", SOURCE, "    rule hot when temp > 90 degC"),
        ("a divisor that can be zero", SOURCE, "    let a = v / rpm"),
        ("two inputs mixed", SOURCE, "    input weather\n    let a = temp - outside"),
        (
            "a state without a way",
            SOURCE,
            "    machine m {\n        idle -> busy when v > 1 V\n        lost -> idle when v > 2 V\n    }",
        ),
        ("a bare number", SOURCE, "    let a = v > 0.25"),
    ];
    let mut all = String::new();
    for (title, source, members) in cases {
        all.push_str(&format!("# {title}\n\n{members}\n\n{}\n", checked(source, members).text()));
    }
    insta::assert_snapshot!(all);
}
