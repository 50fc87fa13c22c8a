//! `twin check`

use crate::assert_run;
use crate::harness::{BOILER, Place};

const WRONG: &str = r#"use rules.limits

schema Sample { boiler: string, ts: timestamp in s, temp: temperature in degC, flow: volume_flow in L/s }

source samples: Sample { topic: "boiler", key: boiler, time: ts }

twin Boiler {
    key boiler
    input samples

    let sum = temp + flow
    let b = tmep
    rule hot when temp > limits(1)
}
"#;

const LIMITS: &str = "fn limits(x: real) -> temperature { return x * 1 K }\n";

#[test]
fn a_sound_program() {
    assert_run!(Place::with("main.twin", BOILER).twin(&["check", "."]));
}

#[test]
fn all_findings_in_one_go() {
    let place = Place::with("plant/main.twin", WRONG);
    place.write("plant/rules.twin", LIMITS);
    assert_run!(place.twin(&["check", "plant"]));
    assert_run!(place.twin(&["check", "plant", "--format", "short"]));
    assert_run!(place.twin(&["check", "plant/main.twin", "--format", "json"]));
}

#[test]
fn warnings_can_be_denied() {
    let place = Place::with("main.twin", &BOILER.replace(" for 20 s until temp < limit - 10 K", ""));
    assert_run!(place.twin(&["check", "main.twin", "--format", "short"]));
    assert_run!(place.twin(&["check", "main.twin", "--format", "short", "--deny", "warnings"]));
    assert_run!(place.twin(&["check", "main.twin", "--quiet"]));
}

/// What makes the check fail is shown also to those who want to hear only of what is wrong.
#[test]
fn denied_warnings_are_not_silenced() {
    let place = Place::with("main.twin", &BOILER.replace(" for 20 s until temp < limit - 10 K", ""));
    let output = place.run(&["check", "main.twin", "--format", "short", "--deny", "warnings", "--quiet"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("W0401"));
}

/// So many warnings that not all of them are shown do not hide the error behind them.
#[test]
fn warnings_do_not_hide_an_error() {
    let flapping: String = (0..60).map(|n| format!("    rule r{n} when temp > {n} degC\n")).collect();
    let end = "    emit means { boiler, at: now, mean_temp }\n";
    let text = BOILER.replace(end, &format!("{end}{flapping}    let wrong = temp + 1 bar\n"));
    let place = Place::with("main.twin", &text);
    place.write("a.jsonl", "");
    let output = place.run(&["check", "main.twin", "--format", "short"]);
    let (said, counted) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("error[E0301]"), "{said}");
    assert_eq!(counted, "1 error, 49 warnings in main.twin; 11 more are not shown\n");
    let output = place.run(&["replay", "main.twin", "--input", "samples=a.jsonl"]);
    assert_eq!(output.status.code(), Some(1), "a wrong program does not run");
}

#[test]
fn several_programs() {
    let place = Place::with("a.twin", BOILER);
    place.write("b.twin", "twin B { }\n");
    assert_run!(place.twin(&["check", "a.twin", "b.twin", "--format", "short"]));
}

#[test]
fn what_is_no_program() {
    let place = Place::with("notes.txt", "hello");
    place.write("empty/notes.txt", "");
    std::fs::write(place.path("latin.twin"), b"// caf\xe9\n").expect("it can be written");
    for path in ["missing.twin", "notes.txt", "empty", "latin.twin"] {
        assert_run!(place.twin(&["check", path]));
    }
}

#[test]
fn colours_are_there_when_asked_for() {
    let place = Place::with("main.twin", "twin B { }\n");
    let coloured = place.run(&["check", "main.twin", "--color", "always"]);
    assert!(coloured.stdout.contains(&0x1b));
    let plain = place.run(&["check", "main.twin"]);
    assert!(!plain.stdout.contains(&0x1b));
}

#[test]
fn memory_line_by_line() {
    let text = BOILER.replace("    rule hot", "    let usual = mean(temp) over 10 min\n\n    rule hot");
    let place = Place::with("main.twin", &text);
    assert_run!(place.twin(&["check", ".", "--memory", "--fleet", "100000"]));
    place.write("main.twin", &text.replace("time: ts\n", "time: ts\n    rate: 1 Hz\n"));
    assert_run!(place.twin(&["check", ".", "--memory"]));
    let json = place.run(&["check", ".", "--memory", "--format", "json"]);
    assert!(String::from_utf8_lossy(&json.stdout).contains("\"row_bytes\":"));
}
