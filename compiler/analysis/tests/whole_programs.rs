//! Whole programs: the first one of the language's page as HIR, other files, schema files, tests, and that no text
//! whatever makes the checker panic.

mod common;

use common::{Outcome, check_in, check_text};
use twin_analysis::{MemoryWorld, print};

const FIRST: &str = include_str!("programs/first.twin");
const WIDE: &str = include_str!("programs/wide.twin");

fn fine(outcome: &Outcome) {
    assert!(outcome.findings.is_empty(), "{}", outcome.text());
    assert!(!print(&outcome.checked.program).contains("error"), "what is right is wholly understood");
}

#[test]
fn the_first_program_is_understood() {
    let outcome = check_text(FIRST);
    fine(&outcome);
    insta::assert_snapshot!(print(&outcome.checked.program));
}

#[test]
fn most_of_the_language_is_understood() {
    let outcome = check_text(WIDE);
    fine(&outcome);
    insta::assert_snapshot!(print(&outcome.checked.program));
}

#[test]
fn what_cannot_be_run_yet_is_checked_without_errors() {
    let outcome = check_text(include_str!("programs/not_built.twin"));
    assert!(outcome.findings.is_empty(), "{}", outcome.text());
    let whats: Vec<&str> = outcome.checked.program.not_built.iter().map(|(what, _)| what.as_str()).collect();
    let expected = ["model `failure_risk`", "part `turbines`", "`for … in`", "scenario `heatwave`"];
    assert_eq!(whats, expected);
}

#[test]
fn every_block_of_the_library_can_be_called() {
    fine(&check_text(include_str!("../../../stdlib/tests/every_block.twin")));
}

#[test]
fn facts_say_type_clock_and_place() {
    let outcome = check_text(FIRST);
    let mut text = String::new();
    for (span, fact) in &outcome.checked.facts.facts {
        let line = outcome.sources.position(span.file, span.start).line + 1;
        let place = if span.file.0 == 0 { format!("{line}") } else { continue };
        text.push_str(&format!("{place}: {} | {} | {}\n", fact.name, fact.ty, fact.changes));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn other_files_and_schema_files_are_found() {
    let avro = r#"{"type":"record","name":"Car","fields":[
        {"name":"vin","type":"string"},
        {"name":"ts","type":{"type":"long","logicalType":"timestamp-millis"}},
        {"name":"speed","type":["null","double"],"doc":"over ground"},
        {"name":"gear","type":{"type":"enum","name":"Gear","symbols":["P","D"]}},
        {"name":"pos","type":{"type":"record","name":"Pos","fields":[{"name":"lat","type":"double"}]}},
        {"name":"tags","type":{"type":"array","items":"string"}}
    ]}"#;
    let rules = "fn twice(x: U) -> U = x * 2\nschema Note { vin: string }\n";
    let world =
        MemoryWorld::new(&twin_stdlib::LIBRARY).with_file("fleet.rules", rules).with_file("car.avsc", avro);
    let text = r#"
        use fleet.rules
        use std.signal.ewma as smooth
        schema Car from "car.avsc" { speed: in km/h valid 0..300 }
        source cars: Car { key: vin  time: ts  format: avro }
        sink notes: Note { }
        twin C {
            key vin
            input cars
            let fast = twice(speed) > 20 m/s
            let calm = smooth(speed, tau: 3 s)
            let north = pos.lat > 50 and gear == D
            emit notes { vin } when fast and north
        }
    "#;
    let outcome = check_in(world, text);
    let codes: Vec<&str> = outcome.findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["E0703"], "{}", outcome.text());
    let car = &outcome.checked.program.schemas.iter().find(|s| s.name == "Car").expect("the schema");
    assert_eq!(car.fields.len(), 5);
}

#[test]
fn a_broken_part_is_reported_once() {
    let outcome = check_text(&FIRST.replace("coolant_temp:  temperature", "coolant_temp:  temprature"));
    let codes: Vec<&str> = outcome.findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["E0209"], "{}", outcome.text());
    let outcome = check_text(&FIRST.replace("ewma(coolant_temp, tau: 10 s)", "ewma(coolant_tmp, tau: 10 s)"));
    let codes: Vec<&str> = outcome.findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["E0202"], "{}", outcome.text());
    // Neither is who reads a field whose line cannot be read.
    for line in ["coolant_temp  temperature", "coolant_temp:  temperature[4", "coolant_temp:"] {
        let outcome = check_text(&FIRST.replace("coolant_temp:  temperature", line));
        assert!(outcome.findings.len() == 1, "{line}: {}", outcome.text());
    }
}

#[test]
fn calls_that_never_end_are_refused() {
    let text = "fn f(x: real) -> real = g(x)\nfn g(x: real) -> real = f(x)\n";
    let codes: Vec<&str> = check_text(text).findings.iter().map(|f| f.code).collect();
    assert!(codes.iter().all(|code| *code == "E0207"), "{codes:?}");
    let mut text = "fn f0(x: real) -> real = x + 1\n".to_string();
    for at in 1..40 {
        text.push_str(&format!("fn f{at}(x: real) -> real = f{}(x) + f{}(x)\n", at - 1, at - 1));
    }
    text.push_str("schema S { id: string, x: real }\nsource s: S { key: id }\ntwin T { key id input s let a = f39(x) }\n");
    assert!(!check_text(&text).errors().is_empty());
    let deep = format!("unit x = {}1{} m\n", "(1+".repeat(250), ")".repeat(250));
    check_text(&deep);
    let long = format!("unit x = {} m\n", vec!["1"; 3000].join(" + "));
    check_text(&long);
}

/// Nesting of every kind, as deep as it may be and deeper, in the small stack of a test's thread.
#[test]
fn deep_nesting_is_refused_and_not_crashed_on() {
    let head = "use std.signal.ewma\nfn f(x: real) -> real = x + 1\nschema S { id: string, x: real, b: bool }\n\
        source s: S { key: id }\ntwin T { key id input s\n";
    let nestings = [
        ("ewma(", ", tau: 3 s)"),
        ("f(", ")"),
        ("(1 + ", ")"),
        ("-(", ")"),
        ("(if b then 1 else ", ")"),
        ("prev(", ")"),
        ("(mean(", ") over 3 s)"),
        ("[", "][0]"),
        ("(x ?? ", ")"),
        ("max(1, ", ")"),
        ("abs(", ")"),
        ("{ a: ", " }.a"),
        ("(match b { true -> 1, else -> ", " })"),
    ];
    for (open, close) in nestings {
        for depth in [60, 190, 250] {
            let text = format!("{head} let a = {}x{}\n}}", open.repeat(depth), close.repeat(depth));
            check_text(&text);
        }
    }
    let chain = format!("{head} let a = x{}\n}}", " + x * 2".repeat(3000));
    check_text(&chain);
}

/// Every beginning of a program, and programs with one word gone, are checked without a panic.
#[test]
fn no_text_makes_it_panic() {
    for text in [FIRST, WIDE] {
        let cuts: Vec<usize> = (0..text.len()).step_by(211).filter(|at| text.is_char_boundary(*at)).collect();
        for at in &cuts {
            check_text(&text[..*at]);
        }
        let words: Vec<&str> = text.split_inclusive(' ').collect();
        for at in (0..words.len()).step_by(31) {
            let without: String =
                words.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, w)| *w).collect();
            check_text(&without);
        }
    }
}
