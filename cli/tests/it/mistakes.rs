//! The twelve mistakes to answer well, as a person, a script and an editor read them.

use crate::harness::Place;
use std::fmt::Write;

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

const KEYED: &str = "source motor: Motor { key: id  time: at }\n";
const WITHOUT_KEY: &str = "source motor: Motor { time: at }\n";

/// What each is about, how the source stands, and the line of the twin.
const MISTAKES: [(&str, &str, &str); 12] = [
    ("01_pressure_and_temperature", KEYED, "let a = temp + pressure"),
    ("02_difference_and_reading", KEYED, "let a = temp - (mean(temp) over 1 h) > 10 degC"),
    ("03_source_without_a_key", WITHOUT_KEY, "let a = v * 2"),
    ("04_unknown_field", KEYED, "let a = presure > 3 bar"),
    ("05_text_and_number", KEYED, "let a = status > 3"),
    ("06_window_without_an_end", KEYED, "let a = median(v) over all"),
    ("07_rule_that_flaps", KEYED, "rule low when v < 1 V"),
    ("08_divisor_that_can_be_zero", KEYED, "let a = v / rpm"),
    ("09_two_inputs", KEYED, "let a = temp - weather.outside"),
    (
        "10_state_that_cannot_be_reached",
        KEYED,
        "machine mode {\n        idle -> busy when rpm > 10\n        busy -> idle when rpm < 5\n        lost -> idle when rpm > 90\n    }",
    ),
    ("11_bare_number_and_quantity", KEYED, "let a = v > 0.25"),
    ("12_bracket_missing", KEYED, "let a = (v + 1 V * 2"),
];

/// Nine hours of one motor; its status and speed change, its voltage drops out now and then.
fn recording() -> String {
    let mut lines = String::new();
    for minute in 0..540_i64 {
        let at = 1_700_000_000_000 + minute * 60_000;
        let volts = if minute % 5 == 0 { 0.1 } else { 2.0 + (minute % 23) as f64 / 10.0 };
        let rpm = if minute % 9 == 0 { 0 } else { 1000 + minute };
        let status = if minute % 50 == 7 { "FAULT" } else { "OK" };
        writeln!(
            lines,
            r#"{{"id":"A{}","at":{at},"temp":{},"pressure":2.5,"v":{volts:.1},"rpm":{rpm},"status":"{status}"}}"#,
            minute % 3,
            20 + minute % 7
        )
        .expect("a string");
    }
    lines
}

#[test]
fn each_is_answered_in_three_forms() {
    let place = Place::new();
    place.write("twin.toml", "[inputs]\nmotor = \"motor.jsonl\"\nweather = \"weather.jsonl\"\n");
    place.write("weather.jsonl", "{\"id\":\"A1\",\"at\":1700000000000,\"outside\":7}\n");
    place.write("motor.jsonl", &recording());
    for (name, source, line) in MISTAKES {
        let twin = format!("twin Car {{\n    key id\n    input motor\n    input weather\n    {line}\n}}\n");
        place.write("main.twin", &format!("{HEAD}{source}{twin}"));
        let shown = ["human", "short", "json"].map(|form| place.twin(&["check", ".", "--format", form]));
        insta::assert_snapshot!(name, shown.join("\n"));
    }
}
