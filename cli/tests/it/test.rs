//! `twin test`

use crate::harness::{BOILER, Place};
use std::process::Output;

/// What a run of tests prints, without how long each took.
fn told(place: &Place, arguments: &[&str]) -> String {
    let text = place.twin(arguments);
    let is_time = |part: &str| part.ends_with(" ms)") || part.ends_with(" s)");
    let line = |line: &str| match line.rsplit_once(" (") {
        Some((name, time)) if is_time(time) && !line.starts_with("  ") => format!("{name} ([TIME])\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

const LATER: &str = r#"
test "hot is raised later" {
    with Boiler "B1"
    every 10 s from 0 s to 60 s samples { temp: 95 degC }
    expect hot raised at 30 s
    expect mean_temp == 90 degC at 1 min within 1%
}
"#;

#[test]
fn tests_pass_and_fail() {
    let place = Place::with("main.twin", &format!("{BOILER}{LATER}"));
    insta::assert_snapshot!(told(&place, &["test", "."]));
    insta::assert_snapshot!(told(
        &place,
        &["test", ".", "later", "--kernels", "evaluator", "--format", "short"]
    ));
    assert_eq!(code(&place.run(&["test", "."])), Some(1));
    assert_eq!(code(&place.run(&["test", ".", "is raised later"])), Some(1));
}

#[test]
fn without_tests_the_code_is_4() {
    let place = Place::with("main.twin", BOILER);
    assert_eq!(code(&place.run(&["test", "."])), Some(0));
    assert_eq!(code(&place.run(&["test", ".", "hot"])), Some(0));
    insta::assert_snapshot!(told(&place, &["test", ".", "cold"]));
    let bare = BOILER.split("test \"").next().unwrap_or_default();
    insta::assert_snapshot!(told(&Place::with("main.twin", bare), &["test", "."]));
}

#[test]
fn a_program_that_is_wrong_has_no_tests_to_run() {
    let place = Place::with("main.twin", &BOILER.replace("hot raised", "cold raised"));
    insta::assert_snapshot!(told(&place, &["test", ".", "--format", "short"]));
}

#[test]
fn a_recording_that_is_not_there() {
    let place = Place::with(
        "main.twin",
        &format!(
            "{BOILER}\ntest \"a year\" {{\n    replay samples \"year.jsonl\"\n    expect hot raised\n}}\n"
        ),
    );
    insta::assert_snapshot!(told(&place, &["test", ".", "year"]));
}

#[test]
fn results_as_data() {
    let place = Place::with("main.twin", &format!("{BOILER}{LATER}"));
    let text = String::from_utf8(place.run(&["test", ".", "--json"]).stdout).expect("it is UTF-8");
    let value: serde_json::Value = serde_json::from_str(&text).expect("one object");
    assert_eq!((value["passed"].as_u64(), value["failed"].as_u64()), (Some(1), Some(1)));
    let failed = &value["tests"][1];
    assert_eq!((failed["passed"].as_bool(), failed["line"].as_u64()), (Some(false), Some(37)));
    assert_eq!(failed["failures"][0]["happened"], "`hot` was raised at 20 s");
    assert_eq!(failed["failures"][0]["table"]["columns"][0], "time");
}
